/** kube-proxy, which makes a Service's address answer. */
import { kubeconfig } from '../certificates.ts';
import { NODE } from '../machine.ts';
import { NETWORK } from '../network.ts';
import { answers, flags, type Part } from './part.ts';

export const kubeProxy: Part = {
  name: 'kube-proxy',
  command: ({ program }) => [
    program('kube-proxy'),
    ...flags({
      kubeconfig: kubeconfig('kube-proxy'),
      'hostname-override': NODE,
      'proxy-mode': 'iptables',
      'cluster-cidr': NETWORK.pods,
      // Else a change takes a second to be seen.
      'iptables-min-sync-period': '100ms',
      // These are settings of the whole kernel: they stay as they are.
      'conntrack-max-per-core': 0,
      'conntrack-min': 0,
      'conntrack-tcp-timeout-established': 0,
      'conntrack-tcp-timeout-close-wait': 0,
    }),
  ],
  isReady: (setting) => answers(setting, 'http://127.0.0.1:10249/healthz'),
};
