/** containerd, which runs containers; with it, how a pod gets its network. */

import { IMAGES } from '../images.ts';
import { INSIDE } from '../machine.ts';
import { NETWORK } from '../network.ts';
import { CNI } from '../packages.ts';
import { configure, type Part } from './part.ts';

export const containerd: Part = {
  name: 'containerd',
  command: () => {
    const network = configure('cni/10-pods.conflist', pods).replace(/\/[^/]+$/, '');
    return ['containerd', '--config', configure('containerd.toml', toml(network))];
  },
  isReady: async ({ machine }) => {
    await machine.run(['ctr', '--address', INSIDE.containerd, 'plugins', 'ls', '-q']);
    return true;
  },
};

/** CNI's specification 1.0.0; the plugins' own documentation has the fields. */
const pods = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      // Hosts outside see which pod calls; they know the way back.
      ipMasq: false,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: NETWORK.pods.replace(/\/\d+$/, '/24') }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

const toml = (network: string) => `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"

[grpc]
  address = "${INSIDE.containerd}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${IMAGES.pause}"
  # Where it may not make processes less likely to be killed, runc would fail.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI}"
    conf_dir = "${network}"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
