/**
 * Control's metrics, under the names that local mode has (adapters/telemetry/metrics.ts), and with namespaces. Spend is
 * counted from entries as they are stored here, so each replica counts what came to it: sum over replicas. Where budgets
 * stand is told by one replica alone.
 */
import { Counter, Gauge, Registry } from 'prom-client';
import type { SidecarCaller } from '../adapters/cluster/caller.ts';
import type { BudgetFigures } from '../adapters/telemetry/metrics.ts';
import type { Closed, GitRequest, Opened } from '../core/audit/entry.ts';
import { GIT_REFUSALS } from '../core/git/refusals.ts';
import { verdictOf } from '../core/govern/ended.ts';
import { REFUSALS } from '../core/govern/refusals.ts';
import type { BudgetWarning } from '../core/ledger/warnings.ts';

/** Limits that are told. */
const MOST_LIMITS = 500;
/** Values of a label that have one of their own; the others are `other`. */
const MOST = { namespace: 50, wire: 20, provider: 50, model: 50, limit: MOST_LIMITS } as const;

const GIT_SERVICES: ReadonlySet<string> = new Set(['git-upload-pack', 'git-receive-pack']);

export interface Watched {
  /** Streams to sidecars that are open here. */
  sidecars(): number;
  /** Limits in US dollars and where they stand; none where another replica tells. */
  budgets(): readonly BudgetFigures[];
}

export class ControlMetrics {
  readonly registry = new Registry();
  readonly #known = new Map<keyof typeof MOST, Set<string>>();
  readonly #exchanges = new Counter({
    name: 'tollgate_exchanges_total',
    help: 'Exchanges that ended.',
    labelNames: ['namespace', 'wire', 'provider', 'model', 'verdict'],
    registers: [this.registry],
  });
  readonly #refusals = new Counter({
    name: 'tollgate_refusals_total',
    help: 'Refusals and faults by their stable code.',
    labelNames: ['namespace', 'code'],
    registers: [this.registry],
  });
  readonly #spend = new Counter({
    name: 'tollgate_spend_usd_total',
    help: 'Settled spend in US dollars.',
    labelNames: ['namespace', 'provider', 'model'],
    registers: [this.registry],
  });

  readonly #git = new Counter({
    name: 'tollgate_git_requests_total',
    help: 'Requests for repositories that ended, at the git route of setup and teardown.',
    labelNames: ['namespace', 'service', 'verdict', 'code'],
    registers: [this.registry],
  });
  readonly #warnings = new Counter({
    name: 'tollgate_budget_warnings_total',
    help: 'Thresholds of limits that were reached: once for each window and scope.',
    labelNames: ['policy', 'limit', 'percent'],
    registers: [this.registry],
  });

  constructor({ sidecars, budgets }: Watched) {
    new Gauge({
      name: 'tollgate_sidecars_connected',
      help: 'Sidecars that hold a stream to this replica.',
      registers: [this.registry],
      collect() {
        this.set(sidecars());
      },
    });
    const told = () => budgets().slice(0, MOST_LIMITS);
    this.#budget('limit', 'What a limit in US dollars allows in its window.', told, ({ amount }) => amount);
    this.#budget('spent', 'What was spent of it in its current window.', told, ({ spent }) => spent);
    this.#budget('reserved', 'What running calls hold of it.', told, ({ reserved }) => reserved);
  }

  /** @param opened where the call was made, and its beginning is known */
  ended({ payer }: Pick<SidecarCaller, 'payer'>, closed: Closed, opened: Opened | undefined): void {
    const namespace = this.#bounded('namespace', payer.workload.namespace);
    const provider = this.#bounded('provider', opened?.provider ?? 'none');
    const model = this.#bounded('model', opened?.model ?? 'none');
    const wire = this.#bounded('wire', opened?.wire ?? closed.asked?.wire ?? 'none');
    this.#exchanges.inc({ namespace, wire, provider, model, verdict: verdictOf(closed) });
    const { usd } = closed.amounts;
    if (usd > 0) this.#spend.inc({ namespace, provider, model }, usd / 1e9);
    const denied = closed.calls.filter(({ verdict }) => verdict === 'deny');
    for (const code of [closed.code, ...denied.map(({ code }) => code ?? null)])
      if (code !== null)
        this.#refusals.inc({ namespace, code: Object.hasOwn(REFUSALS, code) ? code : 'other' });
  }

  git({ payer }: Pick<SidecarCaller, 'payer'>, { service, verdict, code }: GitRequest): void {
    this.#git.inc({
      namespace: this.#bounded('namespace', payer.workload.namespace),
      service: GIT_SERVICES.has(service) ? service : 'other',
      verdict: verdict === 'allow' ? 'allow' : 'deny',
      code: code === null ? 'none' : Object.hasOwn(GIT_REFUSALS, code) ? code : 'other',
    });
  }

  warned({ policy, limit, percent }: Pick<BudgetWarning, 'policy' | 'limit' | 'percent'>): void {
    const known = this.#bounded('limit', limit);
    this.#warnings.inc({ policy: known === limit ? policy : 'other', limit: known, percent });
  }

  #bounded(label: keyof typeof MOST, value: string): string {
    const known = this.#known.get(label) ?? new Set();
    this.#known.set(label, known);
    if (known.has(value) || value === 'none') return value;
    if (known.size >= MOST[label]) return 'other';
    known.add(value);
    return value;
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
}
