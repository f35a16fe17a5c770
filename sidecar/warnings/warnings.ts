/**
 * What becomes of a limit's warning in this process: a line in the log, a count, and word to the sender of webhooks.
 *
 *   ledger ── recorded ──┬── log (the highest of those that one call reached)
 *                        ├── metric (each)
 *                        └── sender ──> webhook, from the outbox in the database
 */
import type { WarningOutbox } from '../../adapters/sqlite/warning-outbox.ts';
import type { Recorded } from '../../adapters/sqlite/warnings.ts';
import type { Log } from '../../adapters/telemetry/log.ts';
import type { Metrics } from '../../adapters/telemetry/metrics.ts';
import { type Target, targetOf } from '../../adapters/webhooks/target.ts';
import type { BudgetWarning } from '../../core/ledger/warnings.ts';
import type { Budget } from '../../core/policy/budget.ts';
import type { Clock } from '../../core/ports.ts';
import { showAmount, showReset } from '../../core/wording.ts';
import type { Times } from '../times.ts';
import { WebhookSender } from './sender.ts';

export interface WarningOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly times: Times;
  /** Where signing secrets are found. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What is there only after the ledger. */
export interface Started {
  readonly metrics: Pick<Metrics, 'warned'>;
  readonly outbox: WarningOutbox;
  /** @returns the budgets in force now, of all callers; the same objects as long as they stay */
  budgets(): readonly Budget[];
}

export class BudgetWarnings {
  readonly #options: WarningOptions;
  readonly #targets = new WeakMap<Budget, Target | string | undefined>();
  /** What was said of webhooks that can't be told: once is enough. */
  readonly #said = new Set<string>();
  /** Of calls that died before this process, which the ledger charges when it starts. */
  readonly #early: BudgetWarning[] = [];
  #started: Started | undefined;
  #sender: WebhookSender | undefined;

  constructor(options: WarningOptions) {
    this.#options = options;
  }

  /** Told by the ledger, after the commit. Never throws. */
  readonly recorded = (recorded: readonly Recorded[]): void => {
    for (const { warning, highest } of recorded) {
      if (this.#started) this.#started.metrics.warned(warning);
      else this.#early.push(warning);
      if (highest) this.#say(warning);
    }
    this.#sender?.wake();
  };

  /** Begins to count and to send, also what earlier processes left. */
  start(started: Started): void {
    const { outbox, metrics } = started;
    this.#started = started;
    for (const warning of this.#early.splice(0)) metrics.warned(warning);
    this.#sender = new WebhookSender({ ...this.#options, outbox, targets: () => this.#able() });
    this.#sender.wake();
  }

  /** Waits a little for what is under way; the ledger must still be open. */
  async stop(): Promise<void> {
    await this.#sender?.stop();
  }

  #say({ limit, scope, percent, spent, amount, unit, resetsAt }: BudgetWarning): void {
    const facts = {
      limit,
      scope,
      percent,
      spent: showAmount(spent, unit),
      amount: showAmount(amount, unit),
      resets: showReset(resetsAt ?? undefined) ?? 'never',
    };
    this.#options.log.warn(facts, `${percent} % of a limit is spent`);
  }

  /** Callers have snapshots of their own, with the same policies in them. */
  #able(): ReadonlyMap<string, Target> {
    const able = new Map<string, Target>();
    for (const budget of this.#started?.budgets() ?? []) {
      const target = this.#targetOf(budget);
      if (target === undefined) continue;
      if (typeof target === 'object') able.set(target.policy, target);
      else if (!this.#said.has(target)) this.#options.log.error(target);
      if (typeof target === 'string') this.#said.add(target);
    }
    return able;
  }

  #targetOf(budget: Budget): Target | string | undefined {
    if (!this.#targets.has(budget)) this.#targets.set(budget, targetOf(budget, this.#options.environment));
    return this.#targets.get(budget);
  }
}
