/**
 * What Redis and MongoDB of a cluster hold, read by their drivers alone, and what has to hold of it whatever happened.
 *
 *   Redis ── counters ──┐
 *   MongoDB ── entries ─┴──> books ──> of one namespace: exchanges, each with how it began and ended
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Cluster } from '../cluster.ts';
import { run, until } from '../commands.ts';
import { NAMESPACE } from '../tollgate.ts';

export interface Counter {
  /** limit|scope|window|unit */
  readonly name: string;
  readonly spent: number;
  readonly reserved: number;
}

/** An entry of the audit log, as it was hashed. */
interface Entry {
  readonly kind: string;
  readonly at: number;
  readonly exchange?: string;
  readonly lease?: string | null;
  readonly askedCap?: number | null;
  readonly workload?: { readonly namespace: string; readonly name: string };
  readonly asked?: { readonly workload: { readonly namespace: string } };
  readonly amounts?: { readonly usd: number };
  readonly outcome?: string;
  readonly code?: string | null;
  readonly prev?: string | null;
}

/** One call that was reserved, by its lease. */
export interface Reserved {
  readonly lease: string;
  readonly exchange: string;
  readonly opened: readonly Entry[];
  readonly closed: readonly Entry[];
  readonly incomplete: readonly Entry[];
}

export interface Books {
  /** Of Redis' process; one that was started again has forgotten all. */
  readonly runId: string;
  readonly counters: readonly Counter[];
  /** Processes of control whose reservations have not been put away yet: about those of the last ten seconds. */
  readonly chains: readonly string[];
  /** Calls of one namespace that were paid for. */
  readonly calls: readonly Reserved[];
  /** Ids of exchanges that were refused before anything was reserved. */
  readonly refused: ReadonlySet<string>;
}

interface Row {
  readonly chain: string;
  readonly seq: number;
  readonly text: string;
  readonly hash: string;
}

/**
 * @param namespace  whose calls
 * @param since  epoch ms: entries before are not read
 * @throws Error when a store can't be asked; AssertionError when a chain is broken
 */
export async function readBooks(cluster: Cluster, namespace: string, since: number): Promise<Books> {
  const mongo = await addressOf(cluster, 'mongodb');
  const { rows, ...rest } = await ask(cluster, [mongo, String(since)]);
  assertLinked(rows);
  return { ...rest, ...callsOf(rows, namespace) };
}

/** As readBooks(), of Redis alone: cheap enough to be asked all the while. */
export async function readCounters(cluster: Cluster): Promise<Omit<Books, 'calls' | 'refused'>> {
  const { rows: _, ...rest } = await ask(cluster, []);
  return rest;
}

type Answer = Omit<Books, 'calls' | 'refused'> & { readonly rows: readonly Row[] };

async function ask(cluster: Cluster, mongo: readonly string[]): Promise<Answer> {
  const program = join(import.meta.dirname, 'inside', 'books.ts');
  const redis = await addressOf(cluster, 'redis');
  const command = [...cluster.enter, process.execPath, program, redis, ...mongo];
  return JSON.parse(await run(command, { timeout: 150_000 })) as Answer;
}

/**
 * Waits until nothing is open: each call has its end in the log, and no counter of the policy holds anything.
 *
 * @param policy  name of a BudgetPolicy, part of its counters' names
 * @param exchanges  ids that agents were told: their entries may still be on their way
 */
export async function settled(
  read: () => Promise<Books>,
  policy: string,
  { timeout = 600_000, exchanges = [] }: { timeout?: number; exchanges?: readonly string[] } = {},
): Promise<Books> {
  let books: Books | undefined;
  let missing: readonly string[] = [];
  const open = () =>
    books?.calls.filter(({ closed, incomplete }) => closed.length + incomplete.length === 0) ?? [];
  const held = () => counterOf(books, policy)?.reserved ?? 0;
  await until(
    () =>
      `all calls are settled: ${open().length} are open, ${held()} nano-USD reserved, ` +
      `${missing.length} not in the log, such as ${missing[0]}`,
    async () => {
      books = await read().catch(() => undefined);
      if (books === undefined) return false;
      const known = new Set([...books.calls.map(({ exchange }) => exchange), ...books.refused]);
      missing = exchanges.filter((exchange) => !known.has(exchange));
      return missing.length === 0 && open().length === 0 && held() === 0;
    },
    { timeout, every: 2_000 },
  );
  if (books === undefined) throw new Error('unreachable: it was waited for');
  return books;
}

/** @returns the one of this policy; a policy of a proof has one limit, which all its pods share */
export function counterOf(books: Pick<Books, 'counters'> | undefined, policy: string): Counter | undefined {
  return books?.counters.find(({ name }) => name.includes(`/${policy}/`));
}

/** What a call was charged in the end, nano-USD: its real cost counts where that came after it had expired. */
export function chargeOf({ closed, incomplete }: Reserved): number {
  return (closed[0] ?? incomplete[0])?.amounts?.usd ?? 0;
}

/** Of a StatefulSet's one pod; only the node and control may reach it. */
async function addressOf(cluster: Cluster, store: string): Promise<string> {
  const path = 'jsonpath={.status.podIP}';
  return cluster.kubectl(['get', 'pod', '-n', NAMESPACE, `tollgate-${store}-0`, '-o', path]);
}

/** Each entry is what its hash says, has the one before it in its text, and none is missing between two. */
function assertLinked(rows: readonly Row[]): void {
  const chains = Map.groupBy(rows, ({ chain }) => chain);
  for (const [chain, of] of chains) {
    const sorted = of.toSorted((a, b) => a.seq - b.seq);
    for (const [i, { seq, text, hash }] of sorted.entries()) {
      assert.equal(createHash('sha256').update(text).digest('hex'), hash, `entry ${seq} of ${chain}`);
      const before = sorted[i - 1];
      if (before === undefined) continue;
      assert.equal(seq, before.seq + 1, `an entry before ${seq} of ${chain} is missing, or is there twice`);
      assert.equal(
        (JSON.parse(text) as Entry).prev,
        before.hash,
        `entry ${seq} of ${chain} follows on another`,
      );
    }
  }
}

function callsOf(rows: readonly Row[], namespace: string): Pick<Books, 'calls' | 'refused'> {
  const entries = rows.map(({ text }) => JSON.parse(text) as Entry);
  const byLease = Map.groupBy(
    entries.filter(({ lease }) => typeof lease === 'string' && lease !== ''),
    ({ lease }) => lease ?? '',
  );
  const calls = [...byLease].map(([lease, of]): Reserved => {
    const kind = (name: string) => of.filter((entry) => entry.kind === name);
    const exchange = of[0]?.exchange ?? '';
    return {
      lease,
      exchange,
      opened: kind('opened'),
      closed: kind('closed'),
      incomplete: kind('incomplete'),
    };
  });
  const refused = entries.filter(({ asked }) => asked?.workload.namespace === namespace);
  return {
    calls: calls.filter(({ opened }) => opened[0]?.workload?.namespace === namespace),
    refused: new Set(refused.map(({ exchange }) => exchange ?? '')),
  };
}
