/**
 * What each AgentRunner has spent: money and tokens as the ledger counts them for its session, exchanges as they are
 * counted with the audit log, and what is left of the tightest limit that is for it.
 */
import type { ClusterPolicies } from '../../adapters/cluster/policies.ts';
import type { KubeObject } from '../../adapters/kube/object.ts';
import type { SessionTally } from '../../adapters/mongo/sessions.ts';
import { checksFor, type LimitCheck } from '../../core/ledger/checks.ts';
import type { Counter } from '../../core/ledger/fit.ts';
import { sessionCounters } from '../../core/ledger/session.ts';
import { formatUsd } from '../../core/money/amount.ts';
import type { Workload } from '../../core/policy/snapshot.ts';
import type { Counters } from './counts.ts';

export interface Spend {
  readonly usd: string;
  readonly left?: string;
  readonly tokens: number;
  readonly exchanges: number;
  readonly refused: number;
  readonly lastRefusal?: string;
  readonly at: string;
}

/** What is kept of an AgentRunner for this. */
export interface RunnerView extends KubeObject {
  readonly spec: { readonly labels?: Readonly<Record<string, string>>; readonly toolProfile?: string };
  readonly status: {
    readonly spend?: Spend;
    /** Of the task. RFC 3339. */
    readonly finishedAt?: string;
    /** Of the try that ended last. */
    readonly endedAt?: string;
  };
}

interface WholeRunner extends KubeObject {
  readonly spec?: RunnerView['spec'];
  readonly status?: RunnerView['status'] & {
    readonly phases?: readonly { readonly finishedAt?: string }[];
  };
}

/** Costs of calls whose sidecar is gone may come so long after. ms. */
const LATE_MS = 86_400_000;

export function slimRunner({ apiVersion, kind, metadata, spec, status }: WholeRunner): RunnerView {
  const { name, namespace, uid, resourceVersion } = metadata;
  const { labels, toolProfile } = spec ?? {};
  const { spend, finishedAt, phases = [] } = status ?? {};
  const ends = phases.flatMap((phase) => phase.finishedAt ?? []).toSorted();
  const endedAt = ends.at(-1);
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: { name, uid, resourceVersion, ...(namespace === undefined ? {} : { namespace }) },
    spec: { ...(labels && { labels }), ...(toolProfile === undefined ? {} : { toolProfile }) },
    status: {
      ...(spend && { spend }),
      ...(finishedAt === undefined ? {} : { finishedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
    },
  };
}

/** @returns whether what it has spent may still change, or was not told since its end. @param now epoch ms */
export function isOfInterest({ status }: RunnerView, now: number): boolean {
  return status.finishedAt === undefined || now - Date.parse(status.finishedAt) < LATE_MS;
}

export interface Sources {
  readonly ledger: Pick<Counters, 'counters' | 'now'>;
  readonly sessions: { of(sessions: readonly string[]): Promise<ReadonlyMap<string, SessionTally>> };
  readonly policies: Pick<ClusterPolicies, 'of'>;
}

/**
 * @param now epoch ms, before which all of it was so
 * @returns what is to be written of those of which it differs from what is written, by the runner
 * @throws LedgerUnavailable
 */
export async function changedSpend(
  { ledger, sessions, policies }: Sources,
  runners: readonly RunnerView[],
  now: number,
): Promise<ReadonlyMap<RunnerView, Spend>> {
  const tallies = await sessions.of(runners.map(({ metadata: { uid } }) => uid));
  const limits = new Map(runners.map((runner) => [runner, limitsOf(policies, runner, ledger.now())]));
  const keys = runners.flatMap((runner) => [
    ...sessionCounters(runner.metadata.uid),
    ...(limits.get(runner) ?? []).map(({ counter }) => counter),
  ]);
  const found = await ledger.counters(keys);
  const changed = new Map<RunnerView, Spend>();
  let at = 0;
  for (const runner of runners) {
    const own = limits.get(runner) ?? [];
    const [usd, tokens, ...counts] = found.slice(at, at + 2 + own.length);
    at += 2 + own.length;
    const tally = tallies.get(runner.metadata.uid);
    const told = spendOf(usd?.spent ?? 0, tokens?.spent ?? 0, tally, leftOf(own, counts), now);
    const spend = kept(told, runner.status.spend);
    if (differs(runner, spend)) changed.set(runner, spend);
  }
  return changed;
}

function spendOf(
  usd: number,
  tokens: number,
  tally: SessionTally | undefined,
  left: number | undefined,
  at: number,
): Spend {
  const refusal = tally?.last.refusal ?? null;
  return {
    usd: dollars(usd),
    ...(left === undefined ? {} : { left: dollars(left) }),
    tokens,
    exchanges: tally?.exchanges ?? 0,
    refused: tally?.refused ?? 0,
    ...(refusal === null ? {} : { lastRefusal: refusal.slice(0, 128) }),
    at: new Date(at).toISOString(),
  };
}

/** Of a session without a call for months the ledger knows nothing any more: what was told of it stays. */
function kept(spend: Spend, before: Spend | undefined): Spend {
  if (spend.tokens > 0 || before === undefined || before.exchanges !== spend.exchanges) return spend;
  return { ...spend, usd: before.usd, tokens: before.tokens };
}

/** As policies have it: the unit is in the field's name. */
function dollars(nano: number): string {
  return formatUsd(nano).replace('$', '');
}

/** What is left after its end changes with what others spend, and is not news of it. */
function differs({ status }: RunnerView, spend: Spend): boolean {
  const { spend: before, finishedAt, endedAt } = status;
  const { at: _, left, ...figures } = spend;
  if (before === undefined)
    return endedAt !== undefined || left !== undefined || spend.exchanges > 0 || spend.tokens > 0;
  const { at, left: leftBefore, ...figuresBefore } = before;
  // The operator waits for the last word: it has to be later than the end.
  if (endedAt !== undefined && !(Date.parse(at) > Date.parse(endedAt))) return true;
  if (finishedAt === undefined && left !== leftBefore) return true;
  return Object.entries({ lastRefusal: undefined, ...figures }).some(
    ([name, value]) => figuresBefore[name as keyof typeof figures] !== value,
  );
}

type Counting = LimitCheck & { readonly counter: string };

/** Those in US dollars that refuse. */
function limitsOf(policies: Pick<ClusterPolicies, 'of'>, runner: RunnerView, at: number): Counting[] {
  const { name, namespace = '', uid } = runner.metadata;
  const workload: Workload = {
    namespace,
    name: `agentrunner/${name}`,
    labels: runner.spec.labels ?? {},
    runner: name,
  };
  const answer = policies.of(workload, runner.spec.toolProfile);
  if (!('policy' in answer)) return [];
  const { limits } = checksFor(answer.policy.snapshot.budgets, { workload, session: uid }, at);
  return limits.filter(
    (limit): limit is Counting => limit.unit === 'usd' && limit.refuse && limit.counter !== undefined,
  );
}

function leftOf(limits: readonly Counting[], counts: readonly Counter[]): number | undefined {
  const left = limits.map(({ amount }, i) => {
    const { spent, reserved } = counts[i] ?? { spent: 0, reserved: 0 };
    return Math.max(0, amount - spent - reserved);
  });
  return left.length === 0 ? undefined : Math.min(...left);
}
