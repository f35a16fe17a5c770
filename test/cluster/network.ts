/**
 * Two networks: the cluster's, and the world outside it.
 *
 *   cluster                                       outside
 *   node0   10.200.0.1   the node                 10.201.0.2
 *   cni0    10.244.0.1   its pods          veth   93.184.216.0/24: every address of it is this host
 *   outside0 10.201.0.1 ───────────────────────── 10.201.0.1 is the way back
 *
 * Stand-ins for providers and other hosts of the internet run outside: what a pod may always reach, its own node, must
 * not be where they are. Theirs are addresses of the public internet, because Tollgate treats private ones otherwise.
 * Nothing here is joined to the real network.
 */

import { existsSync } from 'node:fs';
import { run, until } from './commands.ts';
import type { Machine } from './machine.ts';

/** Addresses of the cluster. */
export const NETWORK = {
  node: '10.200.0.1',
  pods: '10.244.0.0/16',
  services: '10.96.0.0/16',
  /** The API server's Service: the first of them. */
  api: '10.96.0.1',
  dns: '10.96.0.10',
  domain: 'cluster.local',
} as const;

/** The part that holds the outside network open. */
export const OUTSIDE = 'outside';

/** Every address of this range is a host outside. */
export const outsideAddress = (host: number) => `93.184.216.${host}`;

export async function connect(machine: Machine): Promise<void> {
  const { pid } = await machine.spawn(OUTSIDE, ['unshare', '--net', 'sleep', 'infinity']);
  // The process is there before its network is.
  const theirs = () => networkId(machine.enterNetworkOf(OUTSIDE));
  const cluster = await networkId(machine.enterNetwork);
  await until('there is a network outside', async () => (await theirs()) !== cluster);

  await script(machine.enterNetwork, [
    'ip link set lo up',
    // There is no dummy interface in every kernel; a bridge without ports holds an address as well.
    'ip link add node0 type bridge',
    `ip addr add ${NETWORK.node}/24 dev node0`,
    'ip link set node0 up',
    `ip link add outside0 type veth peer name eth0 netns ${pid}`,
    'ip addr add 10.201.0.1/24 dev outside0',
    'ip link set outside0 up',
    'ip route add default via 10.201.0.2',
  ]);
  await script(machine.enterNetworkOf(OUTSIDE), [
    'ip link set lo up',
    'ip addr add 10.201.0.2/24 dev eth0',
    'ip link set eth0 up',
    `ip route add local ${outsideAddress(0)}/24 dev lo`,
    'ip route add 10.0.0.0/8 via 10.201.0.1',
    // Who calls an address that nobody has is told so, instead of waiting.
    'ip route add unreachable default',
    'sysctl -qw net.ipv4.ip_forward=1',
  ]);
  await script(machine.enterNetwork, [
    'sysctl -qw net.ipv4.ip_forward=1',
    'sysctl -qw net.bridge.bridge-nf-call-iptables=1',
    // A refused connection is told so each time, not six times a second: else tests would see timeouts among refusals.
    'sysctl -qw net.ipv4.icmp_ratelimit=0',
  ]);
}

/** Traffic of a bridge goes through iptables only with this module. */
export async function loadModules(): Promise<void> {
  if (!existsSync('/proc/sys/net/bridge')) await run(['modprobe', 'br_netfilter']);
}

async function script(enter: readonly string[], lines: readonly string[]): Promise<void> {
  await run([...enter, 'sh', '-ec', `PATH=$PATH:/usr/sbin:/sbin\n${lines.join('\n')}`]);
}

function networkId(enter: readonly string[]): Promise<string> {
  return run([...enter, 'readlink', '/proc/self/ns/net']);
}
