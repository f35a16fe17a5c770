/**
 * The fence of governed pods: the NetworkPolicies of an enabled namespace, and what makes it wider than it is meant.
 *
 *   pod, label tollgate.dev/network ── narrow ──> gateway, narrow port
 *                                   └─ wide ────> gateway, narrow and wide port
 *
 * They are the same everywhere and never change while pods are under them, since connections that are open survive a
 * change. Policies that select a pod add up (networking.k8s.io/v1), so that any other with an egress rule is a way out.
 */
import type { Door } from '../egress/names.ts';
import { SYSTEM_NAMESPACE } from '../policy/snapshot.ts';
import { FENCES, GATEWAY_PORTS, GOVERNED_LABEL, NETWORK_LABEL } from './names.ts';

type Labels = Readonly<Record<string, string>>;

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Of a NetworkPolicy what is looked at here; the rest is compared as it is. */
export interface Fence {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    /** Raised by the API server with each change of the spec. */
    readonly generation?: number;
  };
  readonly spec?: {
    readonly podSelector?: LabelSelector;
    readonly policyTypes?: readonly string[];
    readonly egress?: readonly object[];
  };
  /** What its egress rules open, in words for people, where they themselves are not kept. */
  readonly opens?: string;
}

/** The operator of a selector that was too long to be kept. */
export const TOO_LONG = 'TooLong';

const OPENS: Readonly<Record<Door, readonly Door[]>> = { narrow: ['narrow'], wide: ['narrow', 'wide'] };

/** @returns the spec of a door's NetworkPolicy, as the API server keeps it */
export function fenceSpec(door: Door) {
  const toGateway = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': SYSTEM_NAMESPACE } },
    podSelector: {
      matchLabels: { 'app.kubernetes.io/name': 'tollgate', 'app.kubernetes.io/component': 'gateway' },
    },
  };
  return {
    podSelector: { matchLabels: { [GOVERNED_LABEL]: 'true', [NETWORK_LABEL]: door } },
    // No rule for what comes in.
    policyTypes: ['Ingress', 'Egress'],
    egress: [
      { to: [toGateway], ports: OPENS[door].map((open) => ({ protocol: 'TCP', port: GATEWAY_PORTS[open] })) },
    ],
  };
}

/** One reason why a pod's network is wider than its fence. */
export interface Widening {
  /** In a sentence. */
  readonly why: string;
  /** The policy that does it; undefined where one is not there. */
  readonly by?: Fence;
}

/**
 * @param labels of a governed pod
 * @param policies all of its namespace
 * @returns why its network is wider than its fence, in a sentence; undefined: it is not
 */
export function widened(labels: Labels, policies: readonly Fence[]): string | undefined {
  return wideningsOf(labels, policies)[0]?.why;
}

/** @returns all that makes the network of a pod wider than its fence, as widened() has it; none where nothing does */
export function wideningsOf(labels: Labels, policies: readonly Fence[]): readonly Widening[] {
  const door = labels[NETWORK_LABEL];
  if (door !== 'narrow' && door !== 'wide')
    return [{ why: `its label ${NETWORK_LABEL} is not narrow or wide` }];
  const found: Widening[] = [];
  const fence = policies.find(({ metadata }) => metadata.name === FENCES[door]);
  if (fence === undefined) found.push({ why: `the NetworkPolicy ${FENCES[door]} is not there` });
  for (const policy of policies) {
    const { name } = policy.metadata;
    const own = (['narrow', 'wide'] as const).find((one) => FENCES[one] === name);
    if (own !== undefined && isSame(policy.spec, fenceSpec(own))) continue;
    if (own === door) found.push({ why: `the NetworkPolicy ${name} was changed`, by: policy });
    else if (opens(policy) && selects(policy.spec?.podSelector ?? {}, labels)) {
      const how = isTooLong(policy)
        ? 'has a selector that is too long, which is taken to select it,'
        : 'selects it';
      found.push({ why: `the NetworkPolicy ${name} ${how} and lets it out`, by: policy });
    }
  }
  return found;
}

/** Whether it lets anything out (NetworkPolicySpec: without policyTypes it is for egress when it has egress rules). */
function opens({ spec = {} }: Fence): boolean {
  const { policyTypes, egress = [] } = spec;
  return egress.length > 0 && (policyTypes === undefined || policyTypes.includes('Egress'));
}

function isTooLong({ spec }: Fence): boolean {
  return spec?.podSelector?.matchExpressions?.some(({ operator }) => operator === TOO_LONG) ?? false;
}

/** What can't be understood is taken to select. */
function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      if (operator === 'In') return value !== undefined && values.includes(value);
      return operator !== 'NotIn' || value === undefined || !values.includes(value);
    })
  );
}

/** Of values that came as JSON, in whatever order an object's names are. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const names = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    names.length === Object.keys(b).length &&
    names.every((name) => name in b && isSame(a[name as keyof typeof a], b[name as keyof typeof b]))
  );
}
