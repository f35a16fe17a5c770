/** Programs from Debian's packages that the cluster runs on; root has missing ones installed. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { attempt, run } from './commands.ts';

/** Where Debian puts the programs that give a pod its network. */
export const CNI = '/usr/lib/cni';

/** Program, or a file of it, and the package it is in. */
const PACKAGES = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  [join(CNI, 'bridge')]: 'containernetworking-plugins',
  [join(CNI, 'portmap')]: 'containernetworking-plugins',
  [join(CNI, 'tuning')]: 'containernetworking-plugins',
  iptables: 'iptables',
  ipset: 'ipset',
  conntrack: 'conntrack',
  busybox: 'busybox-static',
  ip: 'iproute2',
  sysctl: 'procps',
  'redis-server': 'redis-server',
  openssl: 'openssl',
} as const;

/** @throws Error with the command that failed, and what it said */
export async function installPackages(say: (line: string) => void): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  // What is there already must not have to go, such as Docker's own containerd.
  const command = ['apt-get', 'install', '-y', '--no-install-recommends', '--no-remove', ...missing];
  say(`installing ${missing.join(', ')} (${command.join(' ')})`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, timeout: 900_000 };
  await attempt(['apt-get', 'update', '-qq'], options);
  await run(command, options);
  const still = missingPackages();
  if (still.length > 0) throw new Error(`${command.join(' ')} went well, but not there: ${still.join(', ')}`);
}

function missingPackages(): string[] {
  const missing = Object.entries(PACKAGES).filter(([program]) => programPath(program) === undefined);
  return [...new Set(missing.map(([, name]) => name))];
}

/** @returns where a program is, looking also where root's programs are */
export function programPath(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  const paths = program.startsWith('/') ? [program] : folders.map((folder) => join(folder, program));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
