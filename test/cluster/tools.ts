/** kubectl and helm for the cluster, for programs and for people. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { adminKubeconfig } from './certificates.ts';
import { type RunOptions, run } from './commands.ts';
import type { Machine } from './machine.ts';
import { OUTSIDE } from './network.ts';
import { state } from './places.ts';

/** Where the commands for people are. */
export const COMMANDS = join(state, 'bin');

/** All that they would write to a home folder goes to the state folder. */
const ENVIRONMENT = {
  KUBECONFIG: adminKubeconfig,
  KUBECACHEDIR: join(state, 'home', 'kubectl'),
  HELM_CACHE_HOME: join(state, 'home', 'helm-cache'),
  HELM_CONFIG_HOME: join(state, 'home', 'helm-config'),
  HELM_DATA_HOME: join(state, 'home', 'helm-data'),
};

/** @returns what it wrote. @throws Error with the command and what it said */
export function kubectl(
  machine: Machine,
  binaries: Binaries,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return runTool(machine, binaries('kubectl'), args, options);
}

/** @returns what it wrote. @throws Error with the command and what it said */
export function helm(
  machine: Machine,
  binaries: Binaries,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return runTool(machine, binaries('helm'), args, options);
}

function runTool(machine: Machine, path: string, args: readonly string[], options: RunOptions) {
  const env = { ...process.env, ...options.env, ...ENVIRONMENT };
  return run([...machine.enterNetwork, path, ...args], { ...options, env });
}

/** Writes commands for people: kubectl, helm, and two that run any command in one of the networks. */
export function writeCommands(machine: Machine, binaries: Binaries): void {
  mkdirSync(COMMANDS, { recursive: true });
  const settings = Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${quote(value)}`);
  const write = (name: string, enter: readonly string[], program: readonly string[], to: string) => {
    const line = ['exec', ...enter, ...program].map(quote).join(' ');
    const path = join(COMMANDS, name);
    writeFileSync(path, `#!/bin/sh\n# ${to}\nexport ${settings.join(' ')}\n${line} "$@"\n`);
    chmodSync(path, 0o755);
  };
  const inside = machine.enterNetwork;
  write('kubectl', inside, [binaries('kubectl')], "Asks the test cluster's API server.");
  write('helm', inside, [binaries('helm')], 'Installs into the test cluster.');
  write('in-cluster', inside, [], "Runs a command in the cluster's network.");
  write('outside', machine.enterNetworkOf(OUTSIDE), [], 'Runs a command on a host outside the cluster.');
}

/** For sh. */
function quote(word: string): string {
  return /^[\w./=:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
