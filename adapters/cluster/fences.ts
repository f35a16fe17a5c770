/**
 * NetworkPolicies as Tollgate keeps them, of any namespace and by whoever wrote them; and what they make of the network of
 * governed pods, worked out once for each change.
 *
 *   NetworkPolicy ── slimFence() ──> whom it selects, whether it lets out, in words what ── kept ──> Widenings
 *
 * Anybody who may write NetworkPolicies in one namespace can write thousands, of 1.5 MB each.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Fence, fenceSpec, type LabelSelector, TOO_LONG, widened } from '../../core/cluster/fences.ts';
import { FENCES } from '../../core/cluster/names.ts';
import { whatOpens } from '../../core/cluster/opened.ts';
import { type KubeObject, resource } from '../kube/object.ts';
import type { Reflector } from '../kube/reflector.ts';

/** What slimFence() leaves of a NetworkPolicy. */
export interface KeptFence extends KubeObject {
  readonly spec?: NonNullable<Fence['spec']>;
  readonly opens?: NonNullable<Fence['opens']>;
}

export const NETWORK_POLICIES = resource<KeptFence>('networking.k8s.io/v1 NetworkPolicy', 'networkpolicies');
/** The index that a store of them has to have. */
export const BY_NAMESPACE = 'namespace';

/** Characters of a podSelector as JSON. One that is longer is taken to select each pod of its namespace. */
const MOST_SELECTOR = 4096;
const MOST_WORDS = 512;
const DOORS = ['narrow', 'wide'] as const;
/** Of a namespace so many sets of labels are remembered. */
const MOST_TOLD = 10_000;

/** Of a NetworkPolicy: whom it selects, if it lets anything out, and what, in words. A fence as it has to be stays as it is. */
export function slimFence({ metadata, spec = {} }: KeptFence): KeptFence {
  const { name, namespace, uid, resourceVersion, generation } = metadata;
  const kept = {
    metadata: {
      ...{ name, uid, resourceVersion },
      ...(namespace === undefined ? {} : { namespace }),
      ...(generation === undefined ? {} : { generation }),
    },
  };
  const own = DOORS.find((door) => FENCES[door] === name);
  if (own !== undefined && isDeepStrictEqual(spec, fenceSpec(own))) return { ...kept, spec: OWN[own] };
  const { podSelector, policyTypes, egress = [] } = spec;
  if (egress.length === 0) return { ...kept, spec: {} };
  return {
    ...kept,
    spec: {
      podSelector: bounded(podSelector ?? {}),
      ...(policyTypes === undefined ? {} : { policyTypes: policyTypes.slice(0, MOST_TYPES) }),
      egress: [{}],
    },
    opens: whatOpens(egress).slice(0, MOST_WORDS),
  };
}

/** There are two types, each of which may stand there once (NetworkPolicySpec). */
const MOST_TYPES = 2;
const OWN = { narrow: fenceSpec('narrow'), wide: fenceSpec('wide') };

function bounded(selector: LabelSelector): LabelSelector {
  if (JSON.stringify(selector).length <= MOST_SELECTOR) return selector;
  return { matchExpressions: [{ key: '', operator: TOO_LONG }] };
}

/** Why pods are let out of their fences, remembered until a policy of their namespace changes. */
export class Widenings {
  readonly #policies: Pick<Reflector<KeptFence>, 'store'>;
  /** By namespace, then by labels. */
  readonly #told = new Map<string, Map<string, string | undefined>>();

  /** @param policies found by BY_NAMESPACE; whoever asks when one changes has to come after this */
  constructor(policies: Pick<Reflector<KeptFence>, 'store' | 'on'>) {
    this.#policies = policies;
    const changed = ({ metadata }: KeptFence) => void this.#told.delete(metadata.namespace ?? '');
    policies.on({ add: changed, update: changed, delete: changed });
  }

  /** @returns as core's widened(), of a pod in this namespace with these labels */
  of(namespace: string, labels: Readonly<Record<string, string>>): string | undefined {
    const print = JSON.stringify(labels);
    const known = this.#told.get(namespace) ?? new Map<string, string | undefined>();
    if (known.has(print)) return known.get(print);
    const why = widened(labels, this.#policies.store.find(BY_NAMESPACE, namespace));
    if (known.size >= MOST_TOLD) known.clear();
    this.#told.set(namespace, known.set(print, why));
    return why;
  }
}
