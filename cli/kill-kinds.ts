/** What `tollgate kill` can stop, by the names that people know from kubectl, and where each kind says so. */
import { type KubeObject, type Resource, resource } from '../adapters/kube/object.ts';
import { GOVERNED_LABEL, KILL, RUNNER_LABEL } from '../core/cluster/names.ts';
import { UsageError } from './output.ts';

export type Whole = KubeObject & { readonly spec?: object };

export interface KillKind {
  /** As in deployment/triage. */
  readonly noun: string;
  readonly others: readonly string[];
  readonly resource: Resource<Whole>;
  /** @returns why it is killed; undefined: it is not */
  reasonOf(object: Whole): string | undefined;
  /** A JSON merge patch. @param reason null takes it off; @param uid of the very object that was looked at */
  patch(reason: string | null, uid: string): object;
  /** @returns a label selector of its governed pods; undefined: they can't be told by labels */
  podsOf(object: Whole): string | undefined;
  /** Whether it says of itself that it is not governed, as only pods do. */
  isUngoverned(object: Whole): boolean;
}

export interface Target {
  readonly kind: KillKind;
  readonly name: string;
}

export const PODS = resource<Whole>('v1 Pod', 'pods');
const GOVERNED = `${GOVERNED_LABEL}=true`;

const RUNNER: KillKind = {
  noun: 'agentrunner',
  others: ['agentrunners', 'runner', 'runners'],
  resource: resource<Whole>('tollgate.dev/v1alpha1 AgentRunner', 'agentrunners'),
  reasonOf: ({ spec }) => (spec as { kill?: string } | undefined)?.kill || undefined,
  patch: (reason, uid) => ({ metadata: { uid }, spec: { kill: reason } }),
  podsOf: ({ metadata: { name } }) => `${GOVERNED},${RUNNER_LABEL}=${name}`,
  isUngoverned: () => false,
};

export const KINDS: readonly KillKind[] = [
  RUNNER,
  annotated('apps/v1 Deployment', 'deployments', ['deploy'], selected),
  annotated('apps/v1 StatefulSet', 'statefulsets', ['sts'], selected),
  annotated('apps/v1 DaemonSet', 'daemonsets', ['ds'], selected),
  annotated('batch/v1 Job', 'jobs', [], selected),
  annotated('batch/v1 CronJob', 'cronjobs', ['cj'], () => undefined),
  annotated('v1 Pod', 'pods', ['po'], () => undefined),
];

/** @throws UsageError for what is no workload */
export function targetOf(text: string): Target {
  const [noun = '', name = '', ...more] = text.split('/');
  const kind = KINDS.find(
    (one) => one.noun === noun.toLowerCase() || one.others.includes(noun.toLowerCase()),
  );
  if (kind === undefined || !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name) || more.length > 0)
    throw new UsageError(
      `${JSON.stringify(text)} is no workload: write KIND/NAME, with a kind of ${KINDS.map((one) => one.noun).join(', ')}`,
    );
  return { kind, name };
}

function annotated(
  kind: string,
  plural: string,
  others: readonly string[],
  podsOf: KillKind['podsOf'],
): KillKind {
  const of = resource<Whole>(kind, plural);
  return {
    noun: of.kind.toLowerCase(),
    others: [plural, ...others],
    resource: of,
    reasonOf: ({ metadata: { annotations } }) => annotations?.[KILL] || undefined,
    patch: (reason, uid) => ({ metadata: { uid, annotations: { [KILL]: reason } } }),
    podsOf,
    isUngoverned: ({ metadata: { labels } }) => of.kind === 'Pod' && labels?.[GOVERNED_LABEL] !== 'true',
  };
}

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** As the owner selects its pods. */
function selected({ spec }: Whole): string | undefined {
  const { selector } = (spec ?? {}) as {
    selector?: { matchLabels?: Record<string, string>; matchExpressions?: readonly Expression[] };
  };
  if (selector === undefined) return undefined;
  const labels = Object.entries(selector.matchLabels ?? {}).map(([name, value]) => `${name}=${value}`);
  return [GOVERNED, ...labels, ...(selector.matchExpressions ?? []).map(termOf)].join(',');
}

function termOf({ key, operator, values = [] }: Expression): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
}
