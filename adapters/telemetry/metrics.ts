/**
 * Prometheus metrics of one process. Names and labels are what dashboards stand on, so they stay; the number of label
 * values is bounded: models beyond the first ones count as `other`.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Models with a label value of their own. */
const MOST_MODELS = 50;
/** Limits with label values of their own: policies have few, but they may be changed for as long as a process runs. */
const MOST_LIMITS = 500;

export interface ExchangeLabels {
  readonly wire: string;
  readonly provider: string;
  readonly model: string;
  readonly verdict: 'allow' | 'deny' | 'fault';
}

/** One limit in US dollars and where it stands now, nano-USD. */
export interface BudgetFigures {
  readonly id: string;
  readonly scope: string;
  readonly amount: number;
  readonly spent: number;
  readonly reserved: number;
}

interface Handle {
  inc(value?: number): void;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #models = new Set<string>();
  readonly #limits = new Set<string>();
  readonly #exchanges = new Counter({
    name: 'tollgate_exchanges_total',
    help: 'Exchanges that ended.',
    labelNames: ['wire', 'provider', 'model', 'verdict'],
    registers: [this.registry],
  });
  readonly #refusals = new Counter({
    name: 'tollgate_refusals_total',
    help: 'Refusals and faults by their stable code.',
    labelNames: ['code'],
    registers: [this.registry],
  });
  readonly #spend = new Counter({
    name: 'tollgate_spend_usd_total',
    help: 'Settled spend in US dollars.',
    labelNames: ['provider', 'model'],
    registers: [this.registry],
  });
  readonly #added = new Histogram({
    name: 'tollgate_added_seconds',
    help: 'Time from the end of a request to its forwarding: what Tollgate added, waiting for rates included.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1, 10, 60],
    registers: [this.registry],
  });
  readonly #warnings = new Counter({
    name: 'tollgate_budget_warnings_total',
    help: 'Thresholds of limits that were reached: once for each window and scope.',
    labelNames: ['policy', 'limit', 'percent'],
    registers: [this.registry],
  });
  #running = 0;
  /** Handles of each counter's label sets: looking one up by its labels costs more than counting. */
  readonly #handles = new Map<Counter, Map<string, Handle>>();

  /** @param budgets asked at each scrape, so that what other processes spend is seen too */
  constructor(budgets: () => readonly BudgetFigures[]) {
    const running = () => this.#running;
    new Gauge({
      name: 'tollgate_exchanges_running',
      help: 'Exchanges that are running.',
      registers: [this.registry],
      collect() {
        this.set(running());
      },
    });
    this.#budget(
      'limit',
      'What a limit in US dollars allows in its window.',
      budgets,
      ({ amount }) => amount,
    );
    this.#budget('spent', 'What was spent of it in its current window.', budgets, ({ spent }) => spent);
    this.#budget('reserved', 'What running calls hold of it.', budgets, ({ reserved }) => reserved);
  }

  #budget(
    what: string,
    help: string,
    budgets: () => readonly BudgetFigures[],
    figure: (of: BudgetFigures) => number,
  ): void {
    new Gauge({
      name: `tollgate_budget_${what}_usd`,
      help,
      labelNames: ['limit', 'scope'],
      registers: [this.registry],
      collect() {
        // A limit that is no longer there must not stay at its last value.
        this.reset();
        for (const budget of budgets())
          this.set({ limit: budget.id, scope: budget.scope }, figure(budget) / 1e9);
      },
    });
  }

  begun(): void {
    this.#running++;
  }

  finished(): void {
    this.#running--;
  }

  /** One attempt ended: an exchange has several only when it fell back. */
  ended(labels: ExchangeLabels, usd: number): void {
    const model = bounded(this.#models, labels.model, MOST_MODELS);
    this.#handle(this.#exchanges, { ...labels, model }).inc();
    if (usd > 0) this.#handle(this.#spend, { provider: labels.provider, model }).inc(usd);
  }

  refused(code: string): void {
    this.#handle(this.#refusals, { code }).inc();
  }

  /** A limit's threshold was reached. @param limit namespace/policy/limit */
  warned({ policy, limit, percent }: { policy: string; limit: string; percent: number }): void {
    const known = bounded(this.#limits, limit, MOST_LIMITS) === limit;
    const labels = known ? { policy, limit } : { policy: 'other', limit: 'other' };
    this.#handle(this.#warnings, { ...labels, percent: String(percent) }).inc();
  }

  added(ms: number): void {
    this.#added.observe(ms / 1000);
  }

  #handle(counter: Counter, labels: Record<string, string>): Handle {
    let handles = this.#handles.get(counter);
    if (!handles) {
      handles = new Map();
      this.#handles.set(counter, handles);
    }
    const id = Object.values(labels).join('\n');
    let handle = handles.get(id);
    if (!handle) {
      handle = counter.labels(labels);
      handles.set(id, handle);
    }
    return handle;
  }
}

/** @returns the value, or `other` when there are so many already */
function bounded(known: Set<string>, value: string, most: number): string {
  if (known.has(value)) return value;
  if (known.size >= most) return 'other';
  known.add(value);
  return value;
}
