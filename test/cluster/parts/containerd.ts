/** containerd, which runs containers; with it, how a pod gets its network. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGES } from '../images.ts';
import { INSIDE } from '../machine.ts';
import { NETWORK } from '../network.ts';
import { CNI } from '../packages.ts';
import { state } from '../places.ts';
import { configure, type Part } from './part.ts';

export const containerd: Part = {
  name: 'containerd',
  command: () => {
    const network = configure('cni/10-pods.conflist', pods(false)).replace(/\/[^/]+$/, '');
    return ['containerd', '--config', configure('containerd.toml', toml(network))];
  },
  isReady: async ({ machine }) => {
    await machine.run(['ctr', '--address', INSIDE.containerd, 'plugins', 'ls', '-q']);
    return true;
  },
};

const WITH_IPV6 = 'cni/05-pods-with-ipv6.conflist';

/** Whether pods that are made from now on have IPv6 on their link: containerd takes the first file, and sees new ones. */
export function leaveIpv6(on: boolean): void {
  if (on) configure(WITH_IPV6, pods(true));
  else rmSync(join(state, 'config', WITH_IPV6), { force: true });
}

/** CNI's specification 1.0.0; the plugins' own documentation has the fields. */
const pods = (ipv6: boolean) => ({
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
    // The cluster has IPv4 alone, and its engine filters that alone; but each device would have an address of its link.
    ...(ipv6 ? [] : [{ type: 'tuning', sysctl: { 'net.ipv6.conf.eth0.disable_ipv6': '1' } }]),
  ],
});

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
