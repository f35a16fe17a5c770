/** The kubelet, which runs the node's pods. */
import { certificate, kubeconfig } from '../certificates.ts';
import { CGROUP } from '../cgroups.ts';
import { INSIDE, NODE } from '../machine.ts';
import { NETWORK } from '../network.ts';
import { configure, flags, type Part } from './part.ts';

export const kubelet: Part = {
  name: 'kubelet',
  command: ({ program }) => [
    program('kubelet'),
    ...flags({
      config: configure('kubelet.json', configuration()),
      kubeconfig: kubeconfig('kubelet'),
      'hostname-override': NODE,
      'node-ip': NETWORK.node,
    }),
  ],
  isReady: async ({ kubectl }) => {
    const condition = '{.status.conditions[?(@.type=="Ready")].status}';
    return (await kubectl(['get', 'node', NODE, '-o', `jsonpath=${condition}`])) === 'True';
  },
};

/** KubeletConfiguration, kubelet.config.k8s.io/v1beta1. */
function configuration(): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: NETWORK.node,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: certificate('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: certificate('kubelet-server.crt'),
    tlsPrivateKeyFile: certificate('kubelet-server.key'),
    clusterDomain: NETWORK.domain,
    clusterDNS: [NETWORK.dns],
    // What pods with dnsPolicy Default get: nobody, as nothing outside is real.
    resolvConf: configure('resolv.conf', ''),
    containerRuntimeEndpoint: `unix://${INSIDE.containerd}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: CGROUP,
    failCgroupV1: false,
    failSwapOn: false,
    // The machine is shared with people and other tests: neither its disk nor its memory may stop a pod.
    enforceNodeAllocatable: [],
    evictionHard: {},
    imageGCHighThresholdPercent: 100,
    imageMinimumGCAge: '24h',
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
    // Changes of ConfigMaps, Secrets and tokens are seen at once.
    syncFrequency: '5s',
    configMapAndSecretChangeDetectionStrategy: 'Watch',
    // How soon a node is Ready, and a pod's end is seen.
    nodeStatusUpdateFrequency: '2s',
    nodeStatusReportFrequency: '10s',
    shutdownGracePeriod: '0s',
    maxPods: 200,
  };
}
