/**
 * Tells people that limits are nearly spent, each threshold once for all replicas of control.
 *
 *   Redis ── one replica claims it ──┬── metric (each), log (the highest of those that one call reached)
 *                                    ├── Event on the BudgetPolicy (the highest)
 *                                    └── webhook (the highest) ──┬── 2xx ──> done
 *                                                                ├── 410, 24 hours ──> given up
 *                                                                └── else ──> due again, later each time
 *
 * Who dies over it leaves it to another: event and webhook then come again with the same name and id, by which the API
 * server and the receiver drop them. No call waits for any of it.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventRecorder } from '../../adapters/kube/events.ts';
import { resource } from '../../adapters/kube/object.ts';
import type { ClaimedWarning, Outbox } from '../../adapters/redis/outbox.ts';
import type { Log } from '../../adapters/telemetry/log.ts';
import { post, type Told } from '../../adapters/webhooks/post.ts';
import type { Target } from '../../adapters/webhooks/target.ts';
import { warningId } from '../../core/ledger/warning-event.ts';
import { type BudgetWarning, GIVE_UP_AFTER_MS, retryAfter } from '../../core/ledger/warnings.ts';
import { type Budget, compileBudget } from '../../core/policy/budget.ts';
import type { PolicyObject } from '../../core/policy/objects.ts';
import { showAmount, showReset } from '../../core/wording.ts';
import type { ControlMetrics } from '../metrics.ts';
import { judgeAll } from '../status/validity.ts';
import type { PolicyView } from '../status/writer.ts';
import type { WebhookSecrets } from './secrets.ts';
import { targetOf } from './targets.ts';

const BUDGETS = resource<PolicyView>('tollgate.dev/v1alpha1 BudgetPolicy', 'budgetpolicies');

/** How long things take, ms. */
export interface TellerTimes {
  /** Between two looks whether there is something to tell. */
  readonly every: number;
  /** For which a claim holds: longer than `answer`. */
  readonly claim: number;
  /** A receiver may take so long. */
  readonly answer: number;
  /** A webhook that can't be told from here is looked at again so much later. */
  readonly unable: number;
}

const TIMES: TellerTimes = { every: 1_000, claim: 30_000, answer: 10_000, unable: 60_000 };
/** Warnings that are under way at the same time. */
const MOST_AT_ONCE = 8;
const MOST_SAID = 10_000;

export interface TellerOptions {
  readonly outbox: Pick<Outbox, 'claimWarning' | 'postponeWarning' | 'acknowledgeWarnings'>;
  /** All policies as they are now. */
  policies(): readonly PolicyView[];
  readonly secrets: Pick<WebhookSecrets, 'find'>;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly metrics: Pick<ControlMetrics, 'warned'>;
  readonly log: Log;
  readonly times?: Partial<TellerTimes>;
  readonly clock?: () => number;
}

interface Policy {
  readonly object: PolicyView;
  readonly budget: Budget;
}

export class WarningTeller {
  readonly #options: TellerOptions;
  readonly #times: TellerTimes;
  readonly #stopped = new AbortController();
  readonly #telling = new Set<Promise<void>>();
  /** What was said of webhooks that can't be told: once is enough. */
  readonly #said = new Set<string>();
  #isAway = false;
  #running: Promise<void> | undefined;

  constructor(options: TellerOptions) {
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Breaks off what is under way: it is due for another. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    await Promise.all(this.#telling);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#round().then(
        () => {
          this.#isAway = false;
        },
        (error: unknown) => {
          if (!this.#isAway)
            this.#options.log.warn({ why: (error as Error).message }, 'warnings of budgets wait to be told');
          this.#isAway = true;
        },
      );
      await sleep(this.#times.every, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @throws LedgerUnavailable */
  async #round(): Promise<void> {
    const policies = policiesOf(this.#options.policies());
    for (const policy of policies.values()) this.#targetOf(policy);
    while (this.#telling.size < MOST_AT_ONCE && !this.#stopped.signal.aborted) {
      const claimed = await this.#options.outbox.claimWarning(this.#times.claim);
      if (claimed === undefined) return;
      const telling = this.#tell(claimed, policies.get(claimed.warning.policy))
        .catch((error: unknown) =>
          // The claim ends by itself, and then it is told again.
          this.#options.log.warn({ why: String(error) }, 'what came of a warning could not be written'),
        )
        .finally(() => this.#telling.delete(telling));
      this.#telling.add(telling);
    }
  }

  async #tell(claimed: ClaimedWarning, policy: Policy | undefined): Promise<void> {
    const { outbox, metrics } = this.#options;
    const { id, warning, highest, send, attempt } = claimed;
    if (attempt === 1) metrics.warned(warning);
    if (highest) this.#say(warning, policy, attempt);
    const target = send && highest && policy !== undefined ? this.#targetOf(policy) : undefined;
    const done = target === undefined || (await this.#send(claimed, target));
    if (done) await outbox.acknowledgeWarnings([id]);
  }

  #say(warning: BudgetWarning, policy: Policy | undefined, attempt: number): void {
    const { limit, scope, percent, unit, resetsAt } = warning;
    const [spent, amount] = [showAmount(warning.spent, unit), showAmount(warning.amount, unit)];
    const resets = showReset(resetsAt ?? undefined) ?? 'never';
    if (attempt === 1)
      this.#options.log.warn(
        { limit, scope, percent, spent, amount, resets },
        `${percent} % of a limit is spent`,
      );
    if (policy === undefined) return;
    const name = limit.slice(limit.lastIndexOf('/') + 1);
    const end = resetsAt === null ? '' : `; it resets ${resets}`;
    this.#options.events.record(
      { of: BUDGETS, object: policy.object },
      {
        ...{ type: 'Warning', reason: 'BudgetWarning', action: 'Warn' },
        note: `${percent} % of ${name} is spent: ${spent} of ${amount}, counted for ${scope}${end}`,
        once: warningId(warning).replace(/^warning_/, ''),
      },
    );
  }

  /** @returns whether nothing is left to do; @throws LedgerUnavailable */
  async #send(claimed: ClaimedWarning, target: Target | string): Promise<boolean> {
    const { outbox, log, clock = Date.now } = this.#options;
    const { warning, attempt } = claimed;
    const said = { limit: warning.limit, percent: warning.percent, attempt };
    const givenUp = (why: string) => {
      log.error({ ...said, why }, 'a webhook was not told of a warning');
      return true;
    };
    if (clock() - warning.at >= GIVE_UP_AFTER_MS) return givenUp('it was tried for 24 hours');
    if (typeof target === 'string') {
      await outbox.postponeWarning(claimed, this.#times.unable);
      return false;
    }
    const told = await this.#post(target, warning, clock());
    if (told.how === 'gone') return givenUp('it answered 410: it wants no more of them');
    if (told.how === 'taken') {
      log.info({ ...said, host: target.url.host, status: told.status }, 'a webhook was told of a warning');
      return true;
    }
    // What was broken off by our end is for another, at once.
    const ms = this.#stopped.signal.aborted ? 0 : retryAfter(attempt, Math.random());
    await outbox.postponeWarning(claimed, ms);
    log.warn(
      { ...said, host: target.url.host, detail: told.detail, againInMs: ms },
      'a webhook did not take a warning; it is sent again',
    );
    return false;
  }

  #post(target: Target, warning: BudgetWarning, at: number): Promise<Told> {
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(this.#times.answer)]);
    return post(target, warning, signal, at);
  }

  /** Says it where people look, when a webhook can't be told. */
  #targetOf({ object, budget }: Policy): Target | string | undefined {
    const target = targetOf(budget, this.#options.secrets);
    if (typeof target !== 'string') return target;
    const { uid, generation } = object.metadata;
    const key = JSON.stringify([uid, generation, target]);
    if (this.#said.has(key)) return target;
    if (this.#said.size >= MOST_SAID) this.#said.clear();
    this.#said.add(key);
    this.#options.log.error(target);
    const text = { type: 'Warning', reason: 'WebhookNotTold', action: 'Warn', note: target } as const;
    this.#options.events.record({ of: BUDGETS, object }, { ...text, once: hash(key) });
    return target;
  }
}

/** Objects that have not changed are compiled once. */
const compiled = new WeakMap<PolicyView, Policy>();

/** @returns the BudgetPolicies that are understood, by namespace/name */
function policiesOf(objects: readonly PolicyView[]): ReadonlyMap<string, Policy> {
  const budgets = objects.filter(({ kind }) => kind === BUDGETS.kind);
  const judged = judgeAll(budgets as unknown as PolicyObject[]);
  const all = budgets.flatMap((object, i): Policy[] => {
    const manifest = judged[i]?.manifest;
    if (manifest?.kind !== 'BudgetPolicy') return [];
    const known = compiled.get(object);
    if (known !== undefined) return [known];
    const policy = { object, budget: compileBudget(manifest, object.metadata.namespace ?? '', true) };
    compiled.set(object, policy);
    return [policy];
  });
  return new Map(all.map((policy) => [policy.budget.name, policy]));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
