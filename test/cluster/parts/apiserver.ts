/** The API server, on the node's address. */
import { certificate } from '../certificates.ts';
import { NETWORK } from '../network.ts';
import { flags, type Part } from './part.ts';

export const apiserver: Part = {
  name: 'kube-apiserver',
  command: ({ program }) => [
    program('kube-apiserver'),
    ...flags({
      'etcd-servers': 'http://127.0.0.1:2379',
      'advertise-address': NETWORK.node,
      'secure-port': 6443,
      'service-cluster-ip-range': NETWORK.services,
      'authorization-mode': 'Node,RBAC',
      'enable-admission-plugins': 'NodeRestriction',
      'allow-privileged': true,
      'client-ca-file': certificate('ca.crt'),
      'tls-cert-file': certificate('apiserver.crt'),
      'tls-private-key-file': certificate('apiserver.key'),
      'service-account-issuer': `https://kubernetes.default.svc.${NETWORK.domain}`,
      'service-account-key-file': certificate('tokens.pub'),
      'service-account-signing-key-file': certificate('tokens.key'),
      'kubelet-certificate-authority': certificate('ca.crt'),
      'kubelet-client-certificate': certificate('apiserver-kubelet.crt'),
      'kubelet-client-key': certificate('apiserver-kubelet.key'),
      // Nobody resolves the node's name.
      'kubelet-preferred-address-types': 'InternalIP',
    }),
  ],
  isReady: async ({ kubectl }) => (await kubectl(['get', '--raw', '/readyz'])) === 'ok',
};
