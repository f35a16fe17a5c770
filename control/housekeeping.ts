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

const AT_ONCE = 500;

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
    for (const chain of await ledger.outbox.chains()) await this.#empty(chain);
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

  /** One stream of the outbox. */
  async #empty(chain: string): Promise<void> {
    const { ledger, audit, chain: own, patienceMs, leads, clock = Date.now } = this.#options;
    let after = '';
    for (;;) {
      const waiting = await ledger.outbox.entries(chain, after, AT_ONCE);
      if (waiting.length === 0) return;
      const recorded = await audit.of(waiting.flatMap(({ entry }) => leaseOf(entry) ?? []));
      const late = clock() - patienceMs;
      const ours: WaitingEntry[] = [];
      const done: string[] = [];
      for (const one of waiting) {
        const { kind, at } = one.entry;
        const lease = leaseOf(one.entry);
        if (lease !== undefined && recorded.has(`${kind} ${lease}`)) done.push(one.id);
        // Only sidecars tell of these, and may still do so.
        else if ((kind !== 'opened' && kind !== 'closed') || at < late) ours.push(one);
      }
      const written = leads() ? ours : [];
      if (written.length > 0) await own.record(written.map(({ entry }) => entry));
      const ids = [...done, ...written.map(({ id }) => id)];
      if (ids.length > 0) await ledger.outbox.acknowledge(chain, ids);
      after = waiting.at(-1)?.id ?? '';
      if (waiting.length < AT_ONCE) return;
    }
  }
}

function leaseOf(entry: EntryDraft): string | undefined {
  return 'lease' in entry && entry.lease !== null ? entry.lease : undefined;
}
