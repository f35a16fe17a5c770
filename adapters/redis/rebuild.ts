/**
 * Counting anew what Redis can't be trusted with any more.
 *
 *   begin (one process does it) ──> entries in Redis, (a pause,) then sidecars, then the audit log ──> recount
 *     ──> a generation of its own: counters, leases, rates ──> finish: the epoch names it, spending is open
 *
 * Entries go from Redis and from sidecars to the audit log, and are read in that order, so that none is missed on its way.
 * Spending is shut all the while, settlements too, so nothing is missed between reading and opening. If it ends halfway,
 * or Redis is started again meanwhile, nothing is open, and the next one begins anew. A lease of which only the beginning
 * is known goes on as an open one, and is charged in full if it expires: errors err upward.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryDraft } from '../../core/audit/entry.ts';
import { LedgerUnavailable } from '../../core/ports.ts';
import type { Connection } from './connection.ts';
import { Outbox } from './outbox.ts';
import { Recount, type RecountedCounter, type RecountedLease } from './recount.ts';

type Entries = Iterable<EntryDraft> | AsyncIterable<EntryDraft>;

/** What is known outside of Redis. Each is asked once, and only after Redis' own entries were read. */
export interface RebuildSource {
  /**
   * Of the audit log: `opened`, `closed` and `incomplete` of every lease that counts in a window that has not ended, in
   * ascending order of the bytes of the leases' ids, and every `carried` once, anywhere. What lies far back may be given as
   * `carried`, summed up by counter. Asked last.
   */
  audit(): Entries;
  /** Of all sidecars: the entries that they do not know to be stored, `opened` of calls that run among them. */
  sidecars(): Entries;
  /** Whom the kill switch stops, with reasons. */
  killed(): Iterable<readonly [scope: string, reason: string]>;
  /** Opens also when something was spent of which nobody knows where it counts. */
  readonly acceptUnplaced?: boolean;
  /**
   * How long the answer to a reservation may be on its way to who makes the call, ms; after that nobody may take it. Only
   * so long after spending was shut are audit log and sidecars asked: else one could call on a reservation that it has not
   * told of. By default `answerMs` of the config, which holds for the way to this process.
   */
  readonly pauseMs?: number;
}

/** open: there was nothing to do. busy: another process is at it. */
export type Rebuilt =
  | { readonly outcome: 'open' | 'busy' }
  | {
      readonly outcome: 'rebuilt';
      readonly counters: number;
      readonly leases: number;
      /** Entries that only sidecars had, and that are in Redis now, to be fetched. */
      readonly entries: number;
      readonly unplaced: readonly string[];
      /** How many entries can't be read, and are not counted; undefined: none. */
      readonly setAside?: number;
    };

export interface RebuildOptions {
  /** Where entries go that only sidecars had. */
  readonly chain: string;
  readonly ttlMs: number;
}

/** A process that does nothing for so long, ms, has ended: another one may begin. */
const PATIENCE_MS = 30_000;
const AT_ONCE = 100;
const READ_AT_ONCE = 1_000;

type Item = readonly (string | number)[];

export async function rebuild(
  connection: Connection,
  from: RebuildSource,
  options: RebuildOptions,
): Promise<Rebuilt> {
  const work = new Work(connection);
  const outcome = await work.begin();
  if (outcome === 'open' || outcome === 'busy') return { outcome };
  const beat = setInterval(() => work.beat(), PATIENCE_MS / 3).unref();
  try {
    await work.assertReplicas();
    return await recountAll(connection, work, from, options);
  } catch (error) {
    await work.abandon();
    throw error;
  } finally {
    clearInterval(beat);
  }
}

async function recountAll(
  connection: Connection,
  work: Work,
  from: RebuildSource,
  { chain, ttlMs }: RebuildOptions,
): Promise<Rebuilt> {
  const begun = performance.now();
  const recount = new Recount(work.now);
  for await (const entry of entriesIn(new Outbox(connection))) recount.know(entry);
  const { answerMs } = connection.settings;
  await sleep(Math.max(0, begun + (from.pauseMs ?? answerMs) - performance.now()));
  for await (const entry of from.sidecars()) recount.tell(entry);
  for await (const entry of from.audit()) recount.read(entry);
  const result = recount.result();
  if (result.unplaced.length > 0 && !from.acceptUnplaced) {
    const some = result.unplaced.slice(0, 5).join(', ');
    throw new LedgerUnavailable(
      `Spending stays shut: ${result.unplaced.length} calls have ended whose beginning is in no log (${some}).`,
    );
  }
  await work.put('kill', [...from.killed()]);
  await work.put('entry', result.untold.map(entryItem(chain)));
  await work.put('counter', result.counters.map(counterItem));
  await work.put('lease', result.leases.map(leaseItem(ttlMs)));
  await work.put(
    'ended',
    result.ended.map(({ lease, outcome }) => [lease, outcome]),
  );
  await work.put('running', [...result.running]);
  await work.put(
    'bucket',
    result.buckets.map(({ rate, second, requests, tokens }) => [rate, second, requests, tokens]),
  );
  await work.finish();
  const [counters, leases] = [result.counters.length, result.leases.length];
  const { unplaced, untold } = result;
  const setAside = result.setAside > 0 ? { setAside: result.setAside } : {};
  return { outcome: 'rebuilt', counters, leases, entries: untold.length, unplaced, ...setAside };
}

/** What one process does in Redis to rebuild; it is told when another has taken over. */
class Work {
  readonly #connection: Connection;
  readonly #token = randomUUID();
  /** Redis' clock when it began, epoch ms. */
  now = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async begin(): Promise<unknown> {
    const [outcome, now] = (await this.#call('begin', [this.#token, PATIENCE_MS])) as readonly unknown[];
    this.now = Number(now);
    return outcome;
  }

  /** Without its replicas a primary may be none any more, as after a failover that it has not heard of. */
  async assertReplicas(): Promise<void> {
    const { minReplicas } = this.#connection.settings;
    if (minReplicas === 0) return;
    const args = [this.#token, PATIENCE_MS, 'entry', 0];
    const { replicas } = await this.#connection.callTogether([{ name: 'put', args }]);
    if (replicas >= minReplicas) return;
    throw new LedgerUnavailable(
      `Spending stays shut: only ${replicas} of ${minReplicas} replicas follow Redis.`,
    );
  }

  /** So that another need not wait. Where that fails, it need not wait for long. */
  async abandon(): Promise<void> {
    await this.#call('abandon', [this.#token]).catch(() => undefined);
  }

  /** It is still at it. Where that can't be said, the next step finds out. */
  beat(): void {
    this.#put('entry', []).catch(() => undefined);
  }

  async put(what: string, items: readonly Item[]): Promise<void> {
    for (let i = 0; i < items.length; i += AT_ONCE) await this.#put(what, items.slice(i, i + AT_ONCE));
  }

  async finish(): Promise<void> {
    const [answer, gen] = (await this.#call('finish', [this.#token])) as readonly unknown[];
    if (answer !== 'done') throw taken();
    const isOlder = (key: string) => Number(/^(\d+):/.exec(key)?.[1] ?? Number.NaN) < Number(gen);
    // What stays behind takes room and is in nobody's way; the next one tries again.
    await this.#connection.remove(this.#connection.settings.prefix, isOlder).catch(() => undefined);
  }

  async #put(what: string, items: readonly Item[]): Promise<void> {
    const args = [this.#token, PATIENCE_MS, what, items.length, ...items.flat()];
    const [answer] = (await this.#call('put', args)) as readonly unknown[];
    if (answer !== 'done') throw taken();
  }

  #call(name: string, args: Item): Promise<unknown> {
    return this.#connection.call(name, args);
  }
}

function taken(): LedgerUnavailable {
  return new LedgerUnavailable('Counting anew was overtaken: by another process, or by a restart of Redis.');
}

async function* entriesIn(outbox: Outbox): AsyncGenerator<EntryDraft> {
  for (const chain of await outbox.chains()) {
    for (let after = ''; ; ) {
      const waiting = await outbox.entries(chain, after, READ_AT_ONCE, 'all');
      for (const { entry } of waiting) yield entry;
      const last = waiting.at(-1);
      if (last === undefined) break;
      after = last.id;
    }
  }
}

function entryItem(chain: string): (entry: EntryDraft) => Item {
  return (entry) => {
    const lease = 'lease' in entry ? (entry.lease ?? '') : '';
    return [chain, entry.kind, lease, JSON.stringify(entry)];
  };
}

function counterItem({ key, spent, reserved, resetsAt }: RecountedCounter): Item {
  return [key, spent, reserved, resetsAt ?? ''];
}

function leaseItem(ttlMs: number): (lease: RecountedLease) => Item {
  return ({ opened, state, charged }) => {
    const { lease, exchange, workload, reserved, cap, at, counters, rates } = opened;
    const fields = {
      cap,
      ...reserved,
      uses: JSON.stringify(counters),
      rates: JSON.stringify(rates),
      opened: at,
      exchange,
      workload: `${workload.namespace}/${workload.name}`,
      session: workload.session,
      // Of what it exceeded nothing is known but what its entry has.
      over: '[]',
      attempt: 'rebuilt',
      chain: '',
      entry: '0-0',
    };
    const pairs = Object.entries(fields);
    return [
      ...[lease, state, ttlMs, charged.usd, charged.tokens, charged.requests],
      ...[pairs.length, ...pairs.flat()],
    ];
  };
}
