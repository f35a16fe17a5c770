/**
 * The outbox of warnings: which of them a webhook has still to be told, and who is at it.
 *
 *   pending ──claim──> pending, not due for a while ──> delivered | given up
 *                           └──(failed, or its process died)──> due again
 *
 * A row is claimed in a transaction before it is sent, so that only one process sends it. Who dies between sending and
 * saying so leaves it to be sent again, with the same id.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { counterName } from '../../core/ledger/checks.ts';
import type { BudgetWarning } from '../../core/ledger/warnings.ts';
import type { SqliteLedger } from './ledger.ts';

/** A warning that this process may send, until the time it claimed it for is over. */
export interface Delivery {
  readonly counter: string;
  readonly warning: BudgetWarning;
  /** How often it was sent, this time included. */
  readonly attempt: number;
}

export interface OutboxOptions {
  readonly db: DatabaseSync;
  readonly ledger: Pick<SqliteLedger, 'inTransaction'>;
}

/** All that write reject with LedgerUnavailable. */
export class WarningOutbox {
  readonly #ledger: OutboxOptions['ledger'];
  readonly #next: StatementSync;
  readonly #claim: StatementSync;
  readonly #end: StatementSync;
  readonly #again: StatementSync;

  constructor({ db, ledger }: OutboxOptions) {
    this.#ledger = ledger;
    const mine = `state = 'pending' AND policy IN (SELECT value FROM json_each(?))`;
    this.#next = db.prepare(`SELECT min(due_at) AS at FROM warnings WHERE ${mine}`);
    this.#claim = db.prepare(
      `UPDATE warnings SET due_at = ?, attempts = attempts + 1 WHERE (counter, percent) =
        (SELECT counter, percent FROM warnings WHERE ${mine} AND due_at <= ? ORDER BY due_at LIMIT 1)
      RETURNING *`,
    );
    this.#end = db.prepare(
      `UPDATE warnings SET state = ?, delivered_at = ? WHERE counter = ? AND percent = ? AND state = 'pending'`,
    );
    this.#again = db.prepare(
      `UPDATE warnings SET due_at = ? WHERE counter = ? AND percent = ? AND state = 'pending' AND attempts = ?`,
    );
  }

  /**
   * @param policies namespace/policy of those whose webhook can be told from here
   * @returns when one of theirs may be sent, epoch ms; undefined when there is none. Blocks for one short read.
   */
  nextDue(policies: readonly string[]): number | undefined {
    const { at } = this.#next.get(JSON.stringify(policies)) as { at: number | null };
    return at ?? undefined;
  }

  /** @param forMs for how long nobody else takes it; longer than it takes to send it */
  claim(policies: readonly string[], forMs: number): Promise<Delivery | undefined> {
    const wanted = JSON.stringify(policies);
    return this.#ledger.inTransaction(({ now }) => {
      const row = this.#claim.get(now + forMs, wanted, now) as unknown as WarningRow | undefined;
      return row && deliveryOf(row);
    });
  }

  /** The receiver has it. */
  delivered(delivery: Delivery): Promise<void> {
    return this.#finish(delivery, 'delivered');
  }

  /** Nobody wants it, or it was tried for too long. */
  giveUp(delivery: Delivery): Promise<void> {
    return this.#finish(delivery, 'given up');
  }

  /** It was not taken. Does nothing when the claim was over and another process has it. @param at epoch ms */
  tryAgain({ counter, warning, attempt }: Delivery, at: number): Promise<void> {
    return this.#ledger.inTransaction(() => {
      this.#again.run(at, counter, warning.percent, attempt);
    });
  }

  #finish({ counter, warning }: Delivery, state: 'delivered' | 'given up'): Promise<void> {
    return this.#ledger.inTransaction(({ now }) => {
      this.#end.run(state, state === 'delivered' ? now : null, counter, warning.percent);
    });
  }
}

interface WarningRow {
  readonly counter: string;
  readonly percent: number;
  readonly policy: string;
  readonly amount: number;
  readonly spent: number;
  readonly resets_at: number | null;
  readonly at: number;
  readonly workload: string;
  readonly session: string;
  readonly attempts: number;
}

function deliveryOf({ counter, attempts, resets_at, ...row }: WarningRow): Delivery {
  const { policy, percent, amount, spent, at, workload, session } = row;
  const facts = { percent, spent, amount, resetsAt: resets_at, at, workload, session };
  return { counter, attempt: attempts, warning: { policy, ...counterName(counter), ...facts } };
}
