/**
 * The ledger in Redis, for several processes on several machines (control).
 *
 *   reserve ──> FCALL reserve (+ WAIT: on every replica that may be promoted) ──> granted | refused
 *   settle, extend, sweep ──> a connection of their own, off the way of calls
 *   entries, warnings ──> stand in Redis with what they are about until they are fetched (outbox.ts)
 *   rebuild ──> counts anew what Redis can't be trusted with any more (rebuild.ts)
 *
 * The functions are in library/; core/ledger has the rules, and one model-based test holds them to it. Contents of
 * messages are kept elsewhere.
 */
import { randomUUID } from 'node:crypto';
import type { Closed, EntryDraft, Opened } from '../../core/audit/entry.ts';
import { type Amounts, type Counter, NOTHING } from '../../core/ledger/fit.ts';
import {
  type Grant,
  LEASE_TTL_MS,
  type Ledger,
  LedgerUnavailable,
  type Reservation,
  type ReserveRequest,
  type Settlement,
} from '../../core/ports.ts';
import type { RedisConfig } from './config.ts';
import { type Arguments, Connection, type ConnectionOptions } from './connection.ts';
import { LeaseWithdrawn, LedgerShut, OtherWindow, type ShutReason } from './errors.ts';
import { NOT_REPLICATED, openedEntry } from './opened.ts';
import { Outbox } from './outbox.ts';
import { type RebuildSource, type Rebuilt, rebuild } from './rebuild.ts';
import { ReplicatedCalls } from './replicated.ts';
import { readGrant, readShortage, reserveArgs } from './reserve-call.ts';

export interface RedisLedgerOptions extends ConnectionOptions {
  readonly config: RedisConfig;
  /** Under which the entries of this process stand until they are fetched: letters, digits, - and _. */
  readonly chain: string;
  /** How long a lease lives without being extended, ms. */
  readonly leaseTtlMs?: number;
  /** With so many entries of this process that nobody has fetched, no more calls are let through. */
  readonly mostEntries?: number;
}

/** As the port has it; with the entry as it was written, for who makes the call to keep until it is in the log. */
export type RedisReservation =
  | { readonly granted: Grant; readonly opened: Opened }
  | Extract<Reservation, { refused: unknown }>;

/** Whether calls can be paid from it. */
export type Standing = { readonly open: true } | { readonly open: false; readonly reason: ShutReason };

const MOST_ENTRIES = 100_000;
/** How many leases one function call is about. */
const AT_ONCE = 200;

export class RedisLedger implements Omit<Ledger, 'openContents'> {
  readonly #reserving: Connection;
  readonly #replicated: ReplicatedCalls;
  readonly #connection: Connection;
  readonly #chain: string;
  readonly #ttlMs: number;
  readonly #mostEntries: number;
  /** Makes each try of this process one of its own. */
  readonly #process = randomUUID();
  #attempts = 0;
  #clock = { at: 0, seen: 0 };
  readonly outbox: Outbox;

  private constructor(options: RedisLedgerOptions, reserving: Connection, connection: Connection) {
    this.#reserving = reserving;
    this.#replicated = new ReplicatedCalls(reserving);
    this.#connection = connection;
    this.#chain = options.chain;
    this.#ttlMs = options.leaseTtlMs ?? LEASE_TTL_MS;
    this.#mostEntries = options.mostEntries ?? MOST_ENTRIES;
    this.outbox = new Outbox(connection);
  }

  /** @throws LedgerUnavailable when Redis can't be reached or must not be used; RangeError for a wrong config */
  static async open(options: RedisLedgerOptions): Promise<RedisLedger> {
    const connection = await Connection.open(options.config, options);
    let reserving: Connection | undefined;
    try {
      reserving = await Connection.open(options.config, options);
      const ledger = new RedisLedger(options, reserving, connection);
      await ledger.standing();
      return ledger;
    } catch (error) {
      connection.close();
      reserving?.close();
      throw error;
    }
  }

  /**
   * Redis' clock as it was last heard of, epoch ms: by it callers choose the windows of their limits. It is behind by the
   * way of an answer; where that matters, OtherWindow says so.
   */
  now(): number {
    return Math.floor(this.#clock.at + (performance.now() - this.#clock.seen));
  }

  /**
   * As the port. Rejects with OtherWindow (ask again with its time), LeaseWithdrawn (with another lease), LedgerShut, or
   * another LedgerUnavailable: ask again with the same lease, which may have been granted.
   */
  async reserve(request: ReserveRequest): Promise<RedisReservation> {
    const attempt = `${this.#process}.${this.#attempts++}`;
    const [chain, ttlMs, mostEntries] = [this.#chain, this.#ttlMs, this.#mostEntries];
    const asked = reserveArgs(request, { attempt, chain, ttlMs, mostEntries });
    const { answer, replicas } = await this.#replicated.call('reserve', asked.args);
    const reply = answer as readonly unknown[];
    const [kind, first] = reply;
    switch (kind) {
      case 'granted': {
        this.#heard(first);
        if (replicas < this.#reserving.settings.minReplicas) await this.#withdraw(request, attempt, replicas);
        const { grant, at } = readGrant(request.lease, reply);
        const rates = request.rates.map(({ key }) => key);
        return { granted: grant, opened: openedEntry(asked.draft, grant, at, asked.counters, rates) };
      }
      case 'limit':
      case 'rate':
        this.#heard(first);
        return { refused: readShortage(reply, request) };
      case 'stopped':
        return { refused: { kind, reason: String(first) } };
      case 'window':
        this.#heard(first);
        throw new OtherWindow(Number(first));
      case 'full':
        throw new LedgerUnavailable(
          `${mostEntries} entries wait to get into the audit log. Spending waits for it.`,
        );
      case 'ended':
        if (first === 'withdrawn') throw new LeaseWithdrawn(request.lease);
        throw new Error(`Lease ${request.lease} has ended: it is ${first}.`);
      default:
        throw shut(reply);
    }
  }

  /** As the port. @throws RangeError for amounts that are not whole numbers >= 0 */
  async settle(lease: string, settlement: Settlement, closed: EntryDraft): Promise<void> {
    await this.settleKnown(lease, settlement, closed);
  }

  /**
   * As settle().
   * @returns false where the lease was never heard of here, which is said once: whoever has its `opened` should adopt() it
   */
  async settleKnown(lease: string, settlement: Settlement, closed: EntryDraft): Promise<boolean> {
    const { usd, tokens, requests } = settlement.outcome === 'settled' ? settlement.amounts : NOTHING;
    if (![usd, tokens, requests].every((amount) => Number.isSafeInteger(amount) && amount >= 0)) {
      throw new RangeError(`${usd}, ${tokens}, ${requests} are not amounts: whole numbers from 0 up.`);
    }
    const text = JSON.stringify(closed);
    const args = [lease, this.#chain, settlement.outcome, usd, tokens, requests, text];
    return (await this.#call('settle', args))[2] !== 'unknown';
  }

  /** Counts a call that began before counters were counted anew, and of which that knew nothing. Not to be done twice. */
  async adopt({ at, counters, workload }: Opened, { usd, tokens, requests }: Amounts): Promise<void> {
    const name = `${workload.namespace}/${workload.name}`;
    await this.#call('adopt', [at, JSON.stringify(counters), usd, tokens, requests, name, workload.session]);
  }

  async extend(leases: readonly string[]): Promise<void> {
    for (let i = 0; i < leases.length; i += AT_ONCE) {
      await this.#call('extend', [this.#ttlMs, ...leases.slice(i, i + AT_ONCE)]);
    }
  }

  /** Writes an entry that moves no money; also while spending is shut. */
  async record(entry: EntryDraft): Promise<void> {
    await this.#connection.call('record', [this.#chain, entry.kind, JSON.stringify(entry)]);
  }

  /** Charges expired leases of all processes. To be called every 15 s or so, by any of them. */
  async sweep(): Promise<void> {
    for (;;) {
      const [, , count] = await this.#call('sweep', [this.#chain, AT_ONCE]);
      if (Number(count) < AT_ONCE) return;
    }
  }

  /** @param keys of counters (core/ledger/checks.ts); @returns where each stands, nano-USD, tokens or requests */
  async counters(keys: readonly string[]): Promise<Counter[]> {
    const all: Counter[] = [];
    for (let i = 0; i < keys.length; i += AT_ONCE) {
      const some = keys.slice(i, i + AT_ONCE);
      const [, , ...values] = await this.#call('counters', some);
      all.push(
        ...some.map((_, n) => ({ spent: Number(values[2 * n]), reserved: Number(values[2 * n + 1]) })),
      );
    }
    return all;
  }

  /**
   * The keys of all counters that there are, some at a time, those of past windows among them; one may come twice. All
   * that is in Redis is looked through, so this is for one process, now and then.
   */
  async *counterKeys(): AsyncGenerator<string[]> {
    const [kind, generation] = (await this.#connection.call('standing', [])) as readonly unknown[];
    if (kind !== 'open') throw shut([kind, generation]);
    yield* this.#connection.rests(`${this.#connection.settings.prefix}${generation}:counter:`);
  }

  /**
   * The kill switch: no new call of that scope gets a reservation from now on.
   * @param scope "cluster", "namespace:shop", "workload:shop/crawler" or "session:…"
   * @param reason for people; null lets calls through again
   */
  async kill(scope: string, reason: string | null): Promise<void> {
    await this.#connection.call('kill', [scope, reason === null ? '' : reason || 'stopped']);
  }

  /** @returns the reason of each scope that is stopped */
  async killed(): Promise<Map<string, string>> {
    const all = (await this.#connection.call('killed', [])) as readonly string[];
    return new Map(all.flatMap((scope, i) => (i % 2 === 0 ? [[scope, all[i + 1] ?? '']] : [])));
  }

  async standing(): Promise<Standing> {
    const [kind, reason, now] = (await this.#connection.call('standing', [])) as readonly unknown[];
    this.#heard(now);
    return kind === 'open' ? { open: true } : { open: false, reason: reason as ShutReason };
  }

  /**
   * Opens spending where it is shut, on counters that are counted anew. Several processes may try; one does it.
   * @throws LedgerUnavailable when it could not be done; then nothing is open
   */
  rebuild(from: RebuildSource): Promise<Rebuilt> {
    return rebuild(this.#connection, from, { chain: this.#chain, ttlMs: this.#ttlMs });
  }

  /** Ends its connections. What it has reserved stands until it is settled or expires. */
  stop(): void {
    this.#reserving.close();
    this.#connection.close();
  }

  async #call(name: string, args: Arguments): Promise<readonly unknown[]> {
    const reply = (await this.#connection.call(name, args)) as readonly unknown[];
    if (reply[0] === 'shut') throw shut(reply);
    this.#heard(reply[1]);
    return reply;
  }

  /** Not on all replicas: it may be forgotten by a failover, so nobody must stand on it. */
  async #withdraw({ lease, facts }: ReserveRequest, attempt: string, replicas: number): Promise<never> {
    const { minReplicas, replicationMs } = this.#reserving.settings;
    const entry = notReplicated(lease, facts.exchange, this.now());
    try {
      await this.#reserving.call('withdraw', [lease, attempt, this.#chain, JSON.stringify(entry)]);
    } catch {
      // Then it expires, and is charged.
    }
    throw new LedgerUnavailable(
      `Within ${replicationMs} ms only ${replicas} of ${minReplicas} replicas had the reservation. ` +
        'Spending waits until they have caught up.',
    );
  }

  #heard(now: unknown): void {
    this.#clock = { at: Number(now), seen: performance.now() };
  }
}

function shut([, reason]: readonly unknown[]): LedgerShut {
  return new LedgerShut(reason as ShutReason);
}

function notReplicated(lease: string, exchange: string, at: number): Closed {
  return {
    kind: 'closed',
    at,
    exchange,
    lease,
    verdict: 'deny',
    code: 'ledger_unavailable',
    status: null,
    outcome: 'released',
    amounts: NOTHING,
    usage: null,
    calls: [],
    faults: [NOT_REPLICATED],
    ms: { total: 0, governed: 0 },
  };
}
