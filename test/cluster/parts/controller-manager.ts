/** Kubernetes' own controllers, each with the rights of its ServiceAccount. */
import { certificate, kubeconfig } from '../certificates.ts';
import { NETWORK } from '../network.ts';
import { flags, type Part } from './part.ts';

export const controllerManager: Part = {
  name: 'kube-controller-manager',
  command: ({ program }) => [
    program('kube-controller-manager'),
    ...flags({
      kubeconfig: kubeconfig('controller-manager'),
      'allocate-node-cidrs': true,
      'cluster-cidr': NETWORK.pods,
      'service-cluster-ip-range': NETWORK.services,
      'root-ca-file': certificate('ca.crt'),
      'service-account-private-key-file': certificate('tokens.key'),
      'use-service-account-credentials': true,
      // 20 requests a second are its own measure, and it begins with hundreds.
      'kube-api-qps': 1000,
      'kube-api-burst': 1000,
      // There is one of it.
      'leader-elect': false,
      // It is 15 s otherwise, and claims stay Pending as long.
      'pvclaimbinder-sync-period': '1s',
      'flex-volume-plugin-dir': '/var/lib/kubelet/volume-plugins',
    }),
  ],
  // It makes the ServiceAccount that pods of a namespace have.
  isReady: async ({ kubectl }) => {
    await kubectl(['get', 'serviceaccount', 'default', '--namespace', 'default']);
    return true;
  },
};
