/** What a cluster could leave on this machine; compared before and after. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { attempt } from './commands.ts';
import { id, state } from './places.ts';

/** Where its programs write to, unless they are told otherwise. */
const USUAL = [
  ...['/etc/cni/net.d', '/etc/containerd', '/etc/kubernetes', '/opt/cni', '/run/containerd', '/run/netns'],
  ...['/run/xtables.lock', '/run/cilium', '/tmp/hostpath_pv', '/usr/libexec/kubernetes', '/var/lib/cni'],
  ...['/var/lib/containerd', '/var/lib/etcd', '/var/lib/kubelet', '/var/log/containers', '/var/log/pods'],
  ...[`${homedir()}/.kube`, `${homedir()}/.cache/helm`, `${homedir()}/.config/helm`],
];

/** Settings of the whole kernel that its programs want otherwise. */
const SETTINGS = [
  ...['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'],
  ...['kernel/keys/root_maxkeys', 'kernel/keys/root_maxbytes', 'net/ipv4/ip_forward'],
];

export async function machineState(): Promise<Record<string, unknown>> {
  const output = async (...command: string[]) => {
    const { stdout, stderr, code } = await attempt(command);
    // Packet counters go on counting.
    return code === 0 ? stdout.replace(/\[\d+:\d+\]|^#.*$/gm, '') : stderr;
  };
  return {
    mounts: readFileSync('/proc/self/mounts', 'utf8').split('\n').sort(),
    namespaces: await output('ip', 'netns', 'list'),
    links: (await output('ip', '-o', 'link')).match(/^\d+: [^:]+/gm),
    routes: await output('ip', 'route', 'show', 'table', 'all'),
    firewall: await output('iptables-save'),
    sets: await output('ipset', 'list', '-n'),
    folders: USUAL.filter((path) => existsSync(path)),
    cgroups: readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.split('/').includes(id),
    ),
    settings: SETTINGS.map((name) => [name, readFileSync(`/proc/sys/${name}`, 'utf8')]),
    processes: ownProcesses(),
    state: existsSync(state),
  };
}

/** Processes that have the cluster's folders or name in their arguments. */
function ownProcesses(): string[] {
  return pids()
    .map((pid) => readOr(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')))
    .filter((line) => line.includes(id) || line.includes(state) || line.includes('/run/programs/'));
}

/** @returns processes in one of these namespaces, such as `pid:[4026531836]` */
export function processesIn(namespaces: ReadonlySet<string>): number[] {
  return pids().filter((pid) => namespacesOf(pid).some((namespace) => namespaces.has(namespace)));
}

/** @returns the namespaces of a process: of mounts, network, processes, host name */
export function namespacesOf(pid: number): string[] {
  return ['mnt', 'net', 'pid', 'uts'].map((kind) => readOr(() => readlinkSync(`/proc/${pid}/ns/${kind}`)));
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** A process may end at any moment. */
function readOr(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
