/**
 * What any replica of control does from time to time, and all may do at once: spending is opened where Redis has lost what
 * was spent, expired leases are charged, and entries that stand in Redis are dropped when the audit log has them. Those that
 * nobody else will write there the leader writes, as two replicas would write the same in two chains.
 *
 *   Redis' outbox ── `opened`, `closed` that their sidecar has recorded ──> dropped: they stand in its chain
 *                 ── those of a sidecar that has not, for too long ──> the leader's own chain
 *                 ── `incomplete`, and all else ──> the leader's own chain
 *
 * Entries leave the outbox when they are known to be stored; what a failed write has left is stored before it is asked
 * what is stored, so that nothing comes twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ForkError, type MongoAudit } from '../adapters/mongo/audit.ts';
import type { RedisLedger } from '../adapters/redis/ledger.ts';
import type { WaitingEntry } from '../adapters/redis/outbox.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import type { EntryDraft } from '../core/audit/entry.ts';
import type { OwnChain } from './own-chain.ts';

export interface HousekeepingOptions {
  readonly ledger: Pick<RedisLedger, 'sweep' | 'outbox'>;
  readonly audit: Pick<MongoAudit, 'of'>;
  /** Begun. */
  readonly chain: Pick<OwnChain, 'flush' | 'record'>;
  readonly log: Log;
  /** Counts anew what Redis does not know any more, if that is so. */
  openSpending(): Promise<void>;
  /** Whether this replica writes what sidecars do not. Asked before each write. */
  leads(): boolean;
  readonly everyMs: number;
  /** How long a sidecar may take to bring its entries before they are written for it, ms. */
  readonly patienceMs: number;
  readonly clock?: () => number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** Small questions: a server without an index that helps has to answer each of them in time. */
const AT_ONCE = 100;

interface Waiting extends WaitingEntry {
  /** The stream that it is in. */
  readonly chain: string;
}

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** One round. @throws LedgerUnavailable; ForkError: the next one writes to another chain */
  async round(): Promise<void> {
    const { ledger, chain: own, openSpending } = this.#options;
    await openSpending();
    await ledger.sweep();
    await own.flush();
    await this.#emptyOutbox();
  }

  async #run(): Promise<void> {
    const { everyMs, log, random = Math.random } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.round().catch((error: unknown) => {
        const level = error instanceof ForkError ? 'error' : 'warn';
        log[level]({ error: (error as Error).message }, 'housekeeping goes on in the next round');
      });
      // Replicas that were started together must not all ask at the same moment for ever.
      await sleep(everyMs * (0.75 + random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }

  /** The outbox has a stream for each sidecar, most of them short: many are settled by one question to the audit log. */
  async #emptyOutbox(): Promise<void> {
    const { outbox } = this.#options.ledger;
    let some: Waiting[] = [];
    for (const chain of await outbox.chains()) {
      for (let after = ''; ; ) {
        const entries = await outbox.entries(chain, after, AT_ONCE);
        some.push(...entries.map((one) => ({ chain, ...one })));
        if (some.length >= AT_ONCE) {
          await this.#settle(some);
          some = [];
        }
        after = entries.at(-1)?.id ?? '';
        if (entries.length < AT_ONCE) break;
      }
    }
    if (some.length > 0) await this.#settle(some);
  }

  async #settle(some: readonly Waiting[]): Promise<void> {
    const { ledger, audit, chain: own, patienceMs, leads, clock = Date.now } = this.#options;
    const recorded = await audit.of(some.flatMap(({ entry }) => leaseOf(entry) ?? []));
    const late = clock() - patienceMs;
    const ours: Waiting[] = [];
    const done: Waiting[] = [];
    for (const one of some) {
      const { kind, at } = one.entry;
      const lease = leaseOf(one.entry);
      if (lease !== undefined && recorded.has(`${kind} ${lease}`)) done.push(one);
      // Only sidecars tell of these, and may still do so.
      else if ((kind !== 'opened' && kind !== 'closed') || at < late) ours.push(one);
    }
    if (ours.length > 0 && leads()) {
      await own.record(ours.map(({ entry }) => entry));
      done.push(...ours);
    }
    for (const [chain, of] of Map.groupBy(done, ({ chain }) => chain))
      await ledger.outbox.acknowledge(
        chain,
        of.map(({ id }) => id),
      );
  }
}

function leaseOf(entry: EntryDraft): string | undefined {
  return 'lease' in entry && entry.lease !== null ? entry.lease : undefined;
}
