/**
 * What was spent, as `kubectl get` shows it: by one replica, at most every ten seconds, and only where something changed.
 *
 *   ledger ── counters ──> BudgetPolicies: each limit   ┐
 *          └─ sessions ──> AgentRunners: spend          ├─ differs from what stands there? ──> server-side apply, own fields
 *   manifests ──> BudgetPolicies, ToolProfiles,         │
 *                 Providers: Valid                      ┘
 *
 * Nothing here is remembered: whoever comes next reads the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiError } from '../../adapters/kube/answer.ts';
import type { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, type Resource, resource } from '../../adapters/kube/object.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../../adapters/kube/reflector-options.ts';
import type { Log } from '../../adapters/telemetry/log.ts';
import type { BudgetFigures } from '../../adapters/telemetry/metrics.ts';
import { compileBudget, type Limit } from '../../core/policy/budget.ts';
import type { PolicyObject } from '../../core/policy/objects.ts';
import { figuresOf, type LimitStatus, limitStatuses } from './budgets.ts';
import { type Condition, conditionOf } from './condition.ts';
import { type Count, type Counters, countsOf } from './counts.ts';
import { changedSpend, isOfInterest, type RunnerView, type Sources, slimRunner } from './runners.ts';
import { type Judged, judgeAll } from './validity.ts';

/** Owner of the fields; stable over releases. */
export const MANAGER = 'tollgate-control';

export type PolicyView = KubeObject & {
  readonly spec?: object;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly limits?: readonly LimitStatus[];
    readonly conditions?: readonly Condition[];
  };
};

const RUNNERS = resource<RunnerView>('tollgate.dev/v1alpha1 AgentRunner', 'agentrunners');
const POLICIES: Readonly<Record<string, Resource>> = {
  BudgetPolicy: resource('tollgate.dev/v1alpha1 BudgetPolicy', 'budgetpolicies'),
  ToolProfile: resource('tollgate.dev/v1alpha1 ToolProfile', 'toolprofiles'),
  Provider: resource('tollgate.dev/v1alpha1 Provider', 'providers', false),
};

export interface StatusOptions {
  readonly client: KubeClient;
  readonly hooks: ReflectorHooks;
  /** All policies as they are now, with their status. */
  policies(): readonly PolicyView[];
  readonly sources: Omit<Sources, 'ledger'> & { readonly ledger: Counters };
  /** Whether control can keep what is said. */
  readonly keepsContents: boolean;
  /** Whether it is this replica's to write. */
  leads(): boolean;
  readonly log: Log;
  readonly everyMs: number;
  readonly clock?: () => number;
}

/** A pass over Redis and all that is written may take this share of the time, and no more. */
const MOST_SHARE = 1 / 5;

export class StatusWriter {
  readonly #options: StatusOptions;
  readonly #runners: Reflector<RunnerView>;
  readonly #stopped = new AbortController();
  #figures: readonly BudgetFigures[] = [];
  #running: Promise<void> | undefined;

  constructor(options: StatusOptions) {
    this.#options = options;
    const { client, hooks } = options;
    this.#runners = new Reflector(client, RUNNERS, { slim: slimRunner, hooks });
  }

  /** Where limits in US dollars stand; none where another replica tells. */
  get figures(): readonly BudgetFigures[] {
    return this.#options.leads() ? this.#figures : [];
  }

  start(): void {
    this.#runners.start();
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    // A round may be waiting for them.
    await Promise.all([this.#runners.stop(), this.#running]);
  }

  /** One look at everything. @throws LedgerUnavailable */
  async round(): Promise<void> {
    await this.#runners.synced();
    const objects = this.#options.policies();
    const { keepsContents } = this.#options;
    const judged = judgeAll(objects as unknown as PolicyObject[], keepsContents);
    const limits = judged.map(limitsOf);
    const counts = await countsOf(this.#options.sources.ledger, limits.flat());
    this.#figures = figuresOf(counts);
    const failures: ApiError[] = [];
    for (const [i, object] of objects.entries()) {
      const [one, own = []] = [judged[i], limits[i]];
      if (one === undefined) continue;
      const failure = await this.#writePolicy(object, one, own, counts);
      if (failure !== undefined) failures.push(failure);
    }
    failures.push(...(await this.#writeRunners()));
    if (failures.length > 0)
      this.#options.log.warn({ failures: failures.length, why: failures[0]?.message }, NOT_WRITTEN);
  }

  async #run(): Promise<void> {
    const { everyMs, leads, log } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const begun = performance.now();
      if (leads())
        await this.round().catch((error: unknown) =>
          log.warn({ why: (error as Error).message }, NOT_WRITTEN),
        );
      const took = performance.now() - begun;
      const pause = Math.max(everyMs - took, took / MOST_SHARE - took);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  async #writePolicy(
    object: PolicyView,
    { manifest, reason, message }: Judged,
    limits: readonly Limit[],
    counts: ReadonlyMap<Limit, Count>,
  ): Promise<ApiError | undefined> {
    const of = POLICIES[object.kind ?? ''];
    if (of === undefined) return undefined;
    const { generation } = object.metadata;
    const observed = generation === undefined ? {} : { observedGeneration: generation };
    const before = object.status?.conditions ?? [];
    const isValid = reason === 'Understood';
    const said = { type: 'Valid', status: isValid ? 'True' : 'False', reason, message, ...observed } as const;
    const { clock = Date.now } = this.#options;
    const status = {
      ...observed,
      ...(manifest?.kind === 'BudgetPolicy' ? { limits: limitStatuses(limits, counts) } : {}),
      conditions: [conditionOf(said, before, clock())],
    };
    if (isWritten(status, object.status ?? {})) return undefined;
    return this.#apply(of, object, status);
  }

  async #writeRunners(): Promise<ApiError[]> {
    const { sources, clock = Date.now } = this.#options;
    const now = clock();
    const runners = [...this.#runners.store.list()].filter((runner) => isOfInterest(runner, now));
    const failures: ApiError[] = [];
    for (const [runner, spend] of await changedSpend(sources, runners, now)) {
      const failure = await this.#apply(RUNNERS, runner, { spend });
      if (failure !== undefined) failures.push(failure);
    }
    return failures;
  }

  /** One at a time, so that the API server sets the pace. */
  async #apply(of: Resource, object: KubeObject, status: object): Promise<ApiError | undefined> {
    if (this.#stopped.signal.aborted || !this.#options.leads()) return undefined;
    const { uid } = object.metadata;
    const answer = await this.#options.client.applyStatus(of, object, status, {
      manager: MANAGER,
      force: true,
      uid,
    });
    // Gone, or another one by now: the next round sees that.
    if (answer.ok || answer.error.code === 404 || answer.error.code === 409) return undefined;
    return answer.error;
  }
}

const NOT_WRITTEN = 'statuses were not all written; it goes on in the next round';

function limitsOf({ manifest }: Judged): readonly Limit[] {
  if (manifest?.kind !== 'BudgetPolicy') return [];
  return compileBudget(manifest, manifest.metadata.namespace ?? '', true).limits;
}

/** Whether all that is to be said stands there; what others have written is theirs. */
function isWritten(status: object, before: object): boolean {
  const there = before as Readonly<Record<string, unknown>>;
  return Object.entries(status).every(([name, value]) =>
    name === 'conditions' ? hasAll(there[name], value as Condition[]) : isSame(value, there[name]),
  );
}

function hasAll(there: unknown, wanted: readonly Condition[]): boolean {
  return Array.isArray(there) && wanted.every((one) => there.some((other) => isSame(one, other)));
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (typeof a !== 'object' || a === null) return a === b;
  if (typeof b !== 'object' || b === null) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isSame(a[name as never], b[name as never]));
}
