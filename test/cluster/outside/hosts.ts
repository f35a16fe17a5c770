/** Hosts of the internet for tests of the cluster: programs outside, with names that the cluster's DNS knows. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BillLine } from '../../../rehearsal/server.ts';
import type { Cluster } from '../cluster.ts';
import type { Authority } from './authority.ts';

export interface Provider {
  readonly address: string;
  /** What it sold so far, oldest first. */
  bill(): readonly BillLine[];
  /** From which addresses it was connected to, one for each connection, oldest first. */
  callers(): readonly string[];
  stop(): void;
}

/**
 * Starts a provider that answers to these names, on port 443.
 *
 * @param host  the last number of its address
 * @param paceMs  before each piece of an answer
 */
export async function startProvider(
  cluster: Cluster,
  authority: Authority,
  names: readonly string[],
  { host, paceMs = 0 }: { readonly host: number; readonly paceMs?: number },
): Promise<Provider> {
  const address = cluster.outside.address(host);
  const { cert, key } = await authority.issue(names);
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-provider-'));
  const [bill, callers] = [join(folder, 'bill.jsonl'), join(folder, 'callers')];
  const program = join(import.meta.dirname, 'provider.ts');
  const stop = await startOutside(cluster, [program, address, cert, key, bill, callers, String(paceMs)]);
  for (const name of names) cluster.outside.name(name, address);
  return {
    address,
    bill: () => linesOf(bill).map((line) => JSON.parse(line) as BillLine),
    callers: () => linesOf(callers),
    stop,
  };
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

/** Runs a program of Node outside until it is stopped. @returns once it has said `ready` */
export async function startOutside(cluster: Cluster, args: readonly string[]): Promise<() => void> {
  const [command = '', ...rest] = [...cluster.outside.enter, process.execPath, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${args[0]} has ended before it was ready`);
  });
  await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  return () => void child.kill('SIGKILL');
}
