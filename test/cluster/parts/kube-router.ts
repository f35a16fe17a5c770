/** kube-router, for NetworkPolicies alone: routes and Services are others' work. */
import { kubeconfig } from '../certificates.ts';
import { NODE } from '../machine.ts';
import { NETWORK } from '../network.ts';
import { answers, flags, type Part } from './part.ts';

export const kubeRouter: Part = {
  name: 'kube-router',
  command: ({ program }) => [
    // It finds its own Node by this name, which has to exist when it starts.
    ...['env', `NODE_NAME=${NODE}`],
    program('kube-router'),
    ...flags({
      kubeconfig: kubeconfig('admin'),
      'run-firewall': true,
      'run-router': false,
      'run-service-proxy': false,
      'service-cluster-ip-range': NETWORK.services,
      'health-port': 20244,
      'metrics-port': 0,
    }),
  ],
  isReady: (setting) => answers(setting, 'http://127.0.0.1:20244/healthz'),
};
