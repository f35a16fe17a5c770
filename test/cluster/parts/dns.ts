/** CoreDNS, in pods and with the labels and the Service that NetworkPolicies of real clusters expect. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGES } from '../images.ts';
import { INSIDE } from '../machine.ts';
import { NETWORK } from '../network.ts';
import { state } from '../places.ts';

const NAME = 'coredns';
const NAMESPACE = 'kube-system';
const labels = { 'k8s-app': 'kube-dns' };
const meta = (more: object = {}) => ({ name: NAME, namespace: NAMESPACE, ...more });

/** Names of the cluster, names that tests give to hosts outside, and nothing else. */
const COREFILE = `
${NETWORK.domain} in-addr.arpa ip6.arpa {
  errors
  ready
  kubernetes ${NETWORK.domain} in-addr.arpa ip6.arpa {
    pods insecure
    ttl 1
  }
}
. {
  errors
  hosts /outside/hosts {
    ttl 1
    reload 500ms
    fallthrough
  }
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;

/** What is applied once there is a node. */
export const dns: readonly object[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta() },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: NAME },
    rules: [
      { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: NAME },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
  },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta(), data: { Corefile: COREFILE } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta({ labels }),
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          dnsPolicy: 'Default',
          containers: [
            {
              name: NAME,
              image: IMAGES.coredns,
              imagePullPolicy: 'Never',
              args: ['-conf', '/etc/coredns/Corefile'],
              readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
              volumeMounts: [
                { name: 'config', mountPath: '/etc/coredns' },
                { name: 'outside', mountPath: '/outside' },
              ],
            },
          ],
          volumes: [
            { name: 'config', configMap: { name: NAME } },
            { name: 'outside', hostPath: { path: `${INSIDE.state}/dns`, type: 'Directory' } },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: NAMESPACE, labels },
    spec: {
      clusterIP: NETWORK.dns,
      selector: labels,
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      ],
    },
  },
];

/** Says which names hosts outside have; seen by pods within a second. */
export function writeOutsideNames(names: ReadonlyMap<string, string>): void {
  mkdirSync(join(state, 'dns'), { recursive: true });
  const lines = [...names].map(([name, address]) => `${address} ${name}\n`);
  writeFileSync(join(state, 'dns', 'hosts'), lines.join(''));
}
