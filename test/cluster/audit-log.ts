/**
 * The audit log of the test cluster, read from its MongoDB as it lies there. It shares no code with what writes it:
 * collections, hashes and chains are as docs say.
 */
import { createHash } from 'node:crypto';
import { root } from '../../scripts/test-files.ts';
import type { Cluster } from './cluster.ts';
import { run } from './commands.ts';
import { NAMESPACE } from './tollgate.ts';

export interface Row {
  readonly chain: string;
  readonly seq: number;
  readonly text: string;
  readonly hash: string;
}

export interface End {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
}

/** An entry, as far as tests look at it. */
export interface Entry {
  readonly kind: string;
  /** Epoch ms. */
  readonly at: number;
  readonly lease?: string | null;
  readonly workload?: { readonly namespace: string; readonly name: string };
  readonly agent?: string;
  readonly model?: string | null;
  readonly verdict?: string;
  readonly code?: string | null;
  readonly amounts?: { readonly usd: number };
  readonly calls?: readonly { readonly name: string; readonly verdict: string }[];
  readonly phase?: string;
  readonly step?: string;
  readonly service?: string;
  readonly listing?: boolean;
  readonly url?: string;
  readonly status?: number | null;
  readonly commands?: readonly { readonly ref: string; readonly new: string; readonly result?: string }[];
  readonly asked?: { readonly workload: { readonly namespace: string; readonly name: string } };
}

export interface AuditLog {
  readonly rows: readonly Row[];
  readonly ends: readonly End[];
}

/** Reads all of it. A program in the cluster's network does: this one is outside of it. */
export async function readAuditLog(cluster: Cluster): Promise<AuditLog> {
  const service = ['service', 'tollgate-mongodb', '-n', NAMESPACE];
  const { spec } = await cluster.get<{ spec: { clusterIP: string } }>(service);
  const command = [process.execPath, '--input-type=module', '-e', READ, `mongodb://${spec.clusterIP}:27017`];
  return JSON.parse(await run([...cluster.enter, ...command], { cwd: root, timeout: 120_000 })) as AuditLog;
}

const READ = `
  import { MongoClient } from 'mongodb';
  const client = await MongoClient.connect(process.argv[1], { serverSelectionTimeoutMS: 60_000 });
  const all = (name) => client.db('tollgate').collection(name).find({}, { projection: { _id: 0 } }).toArray();
  // Ends first: what is written meanwhile only makes chains longer.
  const ends = await all('ends');
  console.log(JSON.stringify({ ends, rows: await all('entries') }));
  await client.close();`;

/** @returns a sentence for each entry that is not as it was written, and each that is missing */
export function faultsOf({ rows, ends }: AuditLog): string[] {
  const chains = new Map<string, Row[]>();
  for (const row of rows) chains.set(row.chain, [...(chains.get(row.chain) ?? []), row]);
  const faults = [...chains].flatMap(([chain, of]) => faultsOfChain(chain, of));
  for (const { chain, seq, hash } of ends) {
    const there = chains.get(chain)?.find((row) => row.seq === seq);
    if (there?.hash !== hash) faults.push(`${chain} has no entry ${seq} with the hash of its end`);
  }
  for (const chain of chains.keys())
    if (!ends.some((end) => end.chain === chain)) faults.push(`${chain} has no end`);
  return faults;
}

function faultsOfChain(chain: string, rows: readonly Row[]): string[] {
  let [before, at] = ['0'.repeat(64), 1];
  return rows
    .toSorted((a, b) => a.seq - b.seq)
    .flatMap(({ seq, text, hash }) => {
      const says = JSON.parse(text) as { chain: string; seq: number; prev: string };
      const isWhole = createHash('sha256').update(text).digest('hex') === hash;
      const follows = seq === at && says.seq === seq && says.chain === chain && says.prev === before;
      [before, at] = [hash, seq + 1];
      return isWhole && follows
        ? []
        : [`entry ${seq} of ${chain} is ${isWhole ? 'out of place' : 'changed'}`];
    });
}

/**
 * @param name  of a workload, such as agentrunner/bugfix
 * @param since  epoch ms: there may have been one of that name before
 * @returns what the log has of it, chain by chain
 */
export function entriesOf({ rows }: AuditLog, namespace: string, name: string, since: number): Entry[] {
  const entries = rows
    .toSorted((a, b) => a.chain.localeCompare(b.chain) || a.seq - b.seq)
    .map(({ text }) => JSON.parse(text) as Entry)
    .filter(({ at }) => at >= since);
  const isOf = ({ workload, asked }: Entry) => {
    const of = workload ?? asked?.workload;
    return of?.namespace === namespace && of.name === name;
  };
  const leases = new Set(entries.filter(isOf).flatMap(({ lease }) => lease ?? []));
  return entries.filter(
    (entry) => isOf(entry) || (typeof entry.lease === 'string' && leases.has(entry.lease)),
  );
}

/** @returns nano-USD that the entries say was charged */
export function chargedIn(entries: readonly Entry[]): number {
  return entries
    .filter(({ kind }) => kind === 'closed' || kind === 'incomplete')
    .reduce((sum, { amounts }) => sum + (amounts?.usd ?? 0), 0);
}
