/**
 * Warnings of one transaction: thresholds that counters reach are recorded with the settlement that reaches them.
 *
 *   reserve ── watch: what the counter's limit warns of ──> memory, and the table for other processes
 *   settle ─── spent: compared with the next threshold, in memory ──(reached)──> table warnings
 *
 * The database is asked once for each counter and process, and when something is reached; not for each call.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { counterName, type LimitCheck } from '../../core/ledger/checks.ts';
import { type BudgetWarning, nextWarning, reached, type WarningRule } from '../../core/ledger/warnings.ts';

/** What is known of a counter. */
interface Watched {
  /** As it is stored; undefined where the limit warns of nothing. */
  readonly text: string | undefined;
  readonly rule: WarningRule | undefined;
  /** Whether to read anything at all: the least spend at which there is something to tell. */
  readonly next: number;
}

/** Who made the call that a counter is charged for. */
export interface Spender {
  /** namespace/name */
  readonly workload: string;
  readonly session: string;
}

/** A warning, and whether a webhook is told of it: of several that are reached at once, of the highest. */
export interface Recorded {
  readonly warning: BudgetWarning;
  readonly highest: boolean;
}

/** Counters of windows that have passed are never asked for again. */
const MOST_REMEMBERED = 10_000;

/** What one process remembers of counters between its transactions. The database goes before it. */
export class WatchedCounters {
  readonly #rule: StatementSync;
  readonly #putRule: StatementSync;
  readonly #told: StatementSync;
  readonly #put: StatementSync;
  readonly #known = new Map<string, Watched>();

  constructor(db: DatabaseSync) {
    this.#rule = db.prepare('SELECT rule FROM warning_rules WHERE counter = ?');
    this.#putRule = db.prepare(
      'INSERT OR REPLACE INTO warning_rules (counter, rule, resets_at) VALUES (?, ?, ?)',
    );
    this.#told = db.prepare('SELECT percent FROM warnings WHERE counter = ?');
    this.#put = db.prepare(
      `INSERT INTO warnings (counter, percent, policy, limit_id, amount, spent, resets_at, at, workload, session,
        state, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  get(counter: string): Watched | undefined {
    return this.#known.get(counter);
  }

  /** Only what was committed may be remembered. */
  remember(changed: ReadonlyMap<string, Watched>): void {
    if (this.#known.size + changed.size > MOST_REMEMBERED) this.#known.clear();
    for (const [counter, watched] of changed) this.#known.set(counter, watched);
  }

  storedRule(counter: string): string | undefined {
    return (this.#rule.get(counter) as { rule: string } | undefined)?.rule;
  }

  storeRule(counter: string, rule: string, resetsAt: number | null): void {
    this.#putRule.run(counter, rule, resetsAt);
  }

  told(counter: string): Set<number> {
    return new Set(this.#told.all(counter).map((row) => (row as { percent: number }).percent));
  }

  put(counter: string, warning: BudgetWarning, state: string): void {
    const { percent, policy, limit, amount, spent, resetsAt, at, workload, session } = warning;
    const facts = [percent, policy, limit, amount, spent, resetsAt, at, workload, session];
    this.#put.run(counter, ...facts, state, at);
  }
}

export class Warnings {
  readonly #counters: WatchedCounters;
  readonly #now: number;
  readonly #changed = new Map<string, Watched>();
  readonly recorded: Recorded[] = [];

  constructor(counters: WatchedCounters, now: number) {
    this.#counters = counters;
    this.#now = now;
  }

  /** A call is counted under this limit from now on. */
  watch({ counter, warns }: LimitCheck, resetsAt: number | null): void {
    if (counter === undefined || warns === undefined) return;
    const known = this.#known(counter);
    if (known?.rule === warns) return;
    const text = JSON.stringify(warns);
    if (known?.text === text) return;
    if (this.#counters.storedRule(counter) !== text) this.#counters.storeRule(counter, text, resetsAt);
    this.#learn(counter, text, warns);
  }

  /** A counter was charged. @param spent what it stands at now */
  spent(counter: string, spent: number, resetsAt: number | null, by: Spender): void {
    const watched = this.#known(counter) ?? this.#read(counter);
    if (spent < watched.next || watched.rule === undefined) return;
    const told = this.#counters.told(counter);
    const percents = reached(watched.rule, spent, told);
    for (const percent of percents) {
      const highest = percent === percents.at(-1);
      const { rule } = watched;
      const name = counterName(counter);
      const policy = name.limit.slice(0, name.limit.lastIndexOf('/'));
      const facts = { percent, spent, amount: rule.amount, resetsAt, at: this.#now };
      const warning = { policy, ...name, ...facts, ...by };
      this.#counters.put(counter, warning, stateOf(rule, highest));
      this.recorded.push({ warning, highest });
      told.add(percent);
    }
    this.#changed.set(counter, { ...watched, next: nextWarning(watched.rule, told) });
  }

  /** What it wrote is committed. */
  committed(): void {
    if (this.#changed.size > 0) this.#counters.remember(this.#changed);
  }

  #known(counter: string): Watched | undefined {
    return this.#changed.get(counter) ?? this.#counters.get(counter);
  }

  /** Of a call that another process, or one before this, has begun. */
  #read(counter: string): Watched {
    const text = this.#counters.storedRule(counter);
    return this.#learn(counter, text, text === undefined ? undefined : (JSON.parse(text) as WarningRule));
  }

  #learn(counter: string, text: string | undefined, rule: WarningRule | undefined): Watched {
    const next = rule ? nextWarning(rule, this.#counters.told(counter)) : Number.POSITIVE_INFINITY;
    const watched = { text, rule, next };
    this.#changed.set(counter, watched);
    return watched;
  }
}

function stateOf({ send }: WarningRule, highest: boolean): string {
  if (!send) return 'none';
  return highest ? 'pending' : 'passed over';
}
