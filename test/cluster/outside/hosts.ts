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
  const bill = join(mkdtempSync(join(tmpdir(), 'tollgate-provider-')), 'bill.jsonl');
  const program = join(import.meta.dirname, 'provider.ts');
  const stop = await startOutside(cluster, [program, address, cert, key, bill, String(paceMs)]);
  for (const name of names) cluster.outside.name(name, address);
  return {
    address,
    bill: () =>
      existsSync(bill)
        ? readFileSync(bill, 'utf8')
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as BillLine)
        : [],
    stop,
  };
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
