/**
 * What any replica of control does from time to time, and all may do at once: spending is opened where Redis has lost what
 * was spent, expired leases are charged, and entries that stand in Redis get into the audit log.
 *
 *   Redis' outbox ── `opened`, `closed` that their sidecar has recorded ──> dropped: they stand in its chain
 *                 ── those of a sidecar that has not, for too long ──> this process' own chain
 *                 ── `incomplete`, and all else ──> this process' own chain
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ForkError, type MongoAudit } from '../adapters/mongo/audit.ts';
import type { RedisLedger } from '../adapters/redis/ledger.ts';
import type { WaitingEntry } from '../adapters/redis/outbox.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { advance, type ChainState, link } from '../core/audit/chain.ts';
import type { EntryDraft } from '../core/audit/entry.ts';

export interface HousekeepingOptions {
  readonly ledger: Pick<RedisLedger, 'sweep' | 'outbox'>;
  readonly audit: Pick<MongoAudit, 'of' | 'store'>;
  /** The chain that this process writes, `started` stored. */
  readonly chain: ChainState;
  readonly log: Log;
  /** Counts anew what Redis does not know any more, if that is so. */
  openSpending(): Promise<void>;
  readonly everyMs: number;
  /** How long a sidecar may take to bring its entries before they are written for it, ms. */
  readonly patienceMs: number;
  readonly clock?: () => number;
}

const AT_ONCE = 500;

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #stopped = new AbortController();
  #chain: ChainState;
  #running: Promise<void> | undefined;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.#chain = options.chain;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** One round. @throws LedgerUnavailable */
  async round(): Promise<void> {
    const { ledger, openSpending } = this.#options;
    await openSpending();
    await ledger.sweep();
    for (const chain of await ledger.outbox.chains()) await this.#empty(chain);
  }

  /** Adds entries to this process' chain. @throws LedgerUnavailable; then none of them is in it */
  async record(drafts: readonly EntryDraft[]): Promise<void> {
    let state = this.#chain;
    const entries = drafts.map((entry) => {
      const linked = link(state, entry);
      state = advance(state, linked);
      return { ...linked, entry };
    });
    await this.#options.audit.store(this.#chain.chain, entries);
    this.#chain = state;
  }

  async #run(): Promise<void> {
    const { everyMs, log } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.round().catch((error: unknown) => {
        const level = error instanceof ForkError ? 'error' : 'warn';
        log[level]({ error: (error as Error).message }, 'housekeeping goes on in the next round');
      });
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One stream of the outbox. */
  async #empty(chain: string): Promise<void> {
    const { ledger, audit, patienceMs, clock = Date.now } = this.#options;
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
      if (ours.length > 0) await this.record(ours.map(({ entry }) => entry));
      const ids = [...done, ...ours.map(({ id }) => id)];
      if (ids.length > 0) await ledger.outbox.acknowledge(chain, ids);
      after = waiting.at(-1)?.id ?? '';
      if (waiting.length < AT_ONCE) return;
    }
  }
}

function leaseOf(entry: EntryDraft): string | undefined {
  return 'lease' in entry && entry.lease !== null ? entry.lease : undefined;
}
