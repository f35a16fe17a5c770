/**
 * The chain of the audit log that this process writes itself.
 *
 *   drafts ── linked ──> a batch ── stored ──────────────────────────────> the chain goes on after it
 *                          │  └── nobody knows whether it was stored ──> kept, and stored first the next time, as it is
 *                          └── somebody else wrote under this chain ──> dropped; a new chain begins, and names this one
 *
 * Storing again what is stored does nothing, so a batch whose answer was lost is no fork as long as it stays the same.
 */
import { randomUUID } from 'node:crypto';
import { ForkError, type MongoAudit, type StoredEntry } from '../adapters/mongo/audit.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { advance, type ChainState, link, newChain } from '../core/audit/chain.ts';
import type { ChainEnd, EntryDraft } from '../core/audit/entry.ts';

export interface OwnChainOptions {
  readonly audit: Pick<MongoAudit, 'store' | 'chains'>;
  /** Id of the first chain. */
  readonly chain: string;
  /** What `started` says of this process. */
  readonly version: string;
  readonly command: string;
  readonly log: Log;
  readonly clock?: () => number;
}

/** In the place of a pod's sidecar; no UID is like it. */
const CONTROL = { pod: 'control', namespace: '', workload: '', session: '', runner: null } as const;

interface Batch {
  readonly entries: readonly StoredEntry[];
  /** Where the chain stands with it. */
  readonly after: ChainState;
}

export class OwnChain {
  readonly #options: OwnChainOptions;
  #state: ChainState;
  /** Linked, and not known to be stored. */
  #pending: Batch | undefined;
  /** One write at a time. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: OwnChainOptions) {
    this.#options = options;
    this.#state = newChain(options.chain);
  }

  /** Where it stands, as far as that is known to be stored. */
  get end(): ChainEnd {
    return this.#state;
  }

  /** Writes `started`. To be done once, before all else. @throws LedgerUnavailable */
  begin(): Promise<void> {
    return this.record([this.#started(null)]);
  }

  /**
   * Stores what a write has left that failed. Only afterwards the audit log says whether those entries are in it.
   *
   * @throws LedgerUnavailable; ForkError: somebody else has written under this chain. What had been left is dropped, and
   *   what comes next goes into a new chain
   */
  flush(): Promise<void> {
    return this.#inTurn(() => this.#store());
  }

  /**
   * Adds entries, after what a write before may have left.
   *
   * @throws LedgerUnavailable: they may be stored, or will be with the next flush() or record(), unless that finds a fork;
   *   ForkError, as flush(): they are not in the new chain
   */
  record(drafts: readonly EntryDraft[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#store();
      this.#pending = batchOf(this.#state, drafts);
      await this.#store();
    });
  }

  #inTurn(write: () => Promise<void>): Promise<void> {
    const written = this.#last.then(write);
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #store(): Promise<void> {
    const pending = this.#pending;
    if (pending === undefined) return;
    try {
      // No sidecar may write under it.
      if (this.#state.seq === 0) await this.#options.audit.chains.bind(this.#state.chain, CONTROL);
      await this.#options.audit.store(this.#state.chain, pending.entries);
    } catch (error) {
      if (error instanceof ForkError) this.#beginAnew(error);
      throw error;
    }
    this.#state = pending.after;
    this.#pending = undefined;
  }

  #beginAnew({ message }: ForkError): void {
    const old = this.#state;
    this.#state = newChain(randomUUID());
    this.#pending = batchOf(this.#state, [this.#started(old.seq === 0 ? null : old)]);
    this.#options.log.error(
      { chain: old.chain, end: old.seq, next: this.#state.chain, why: message },
      'somebody else has written to the audit log under the chain of this process, after `end`: it goes on with a new chain, and the old one does not verify any more',
    );
  }

  #started(predecessor: ChainEnd | null): EntryDraft {
    const { version, command, clock = Date.now } = this.#options;
    return { kind: 'started', at: clock(), version, command, predecessor };
  }
}

function batchOf(before: ChainState, drafts: readonly EntryDraft[]): Batch {
  let after = before;
  const entries = drafts.map((entry) => {
    const linked = link(after, entry);
    after = advance(after, linked);
    return { ...linked, entry };
  });
  return { entries, after };
}
