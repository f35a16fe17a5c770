/** What is kept of each object of the cluster: there may be thousands, and most of what they say is not for Tollgate. */
import { AGENT, KILL, TOOL_PROFILE } from '../../core/cluster/names.ts';
import type { KubeObject } from '../kube/object.ts';

export type Any = KubeObject & { readonly spec?: object; readonly status?: object };
export type Pod = Any & {
  readonly spec?: { readonly serviceAccountName?: string };
  readonly status?: { readonly phase?: string; readonly podIPs?: readonly { readonly ip?: string }[] };
};

/** As long as an AgentRunner's may be. */
const MOST_REASON = 512;
const POD_ANNOTATIONS: ReadonlySet<string> = new Set([AGENT, TOOL_PROFILE, KILL]);
const OWNER_ANNOTATIONS: ReadonlySet<string> = new Set([KILL]);

/** Of a pod: who it is, what is written on it that Tollgate reads, its addresses, and whether it has ended. */
export function slimPod({ apiVersion, kind, metadata, spec, status }: Pod): Pod {
  const { serviceAccountName } = spec ?? {};
  const { phase, podIPs } = status ?? {};
  return {
    ...head(apiVersion, kind),
    metadata: withAnnotations(metadata, POD_ANNOTATIONS),
    spec: serviceAccountName === undefined ? {} : { serviceAccountName },
    status: {
      ...(phase === undefined ? {} : { phase }),
      ...(podIPs === undefined ? {} : { podIPs }),
    },
  };
}

/** Of an owner: whom it selects, which Jobs it has, and whether it was killed. */
export function slimOwner({ apiVersion, kind, metadata, spec, status }: Any): Any {
  const { selector, kill } = (spec ?? {}) as { selector?: object; kill?: string };
  const { active } = (status ?? {}) as { active?: unknown };
  return {
    ...head(apiVersion, kind),
    metadata: withAnnotations(metadata, OWNER_ANNOTATIONS),
    spec: { ...(selector === undefined ? {} : { selector }), ...(kill === undefined ? {} : { kill }) },
    status: Array.isArray(active) ? { active } : {},
  };
}

/** Whether what slimOwner() leaves of it, and who owns it in turn, says the same as before. */
export function isSameOwner(now: Any, old: Any): boolean {
  const said = ({ metadata: { ownerReferences, annotations }, spec, status }: Any) =>
    JSON.stringify([ownerReferences, annotations, spec, status]);
  return said(now) === said(old);
}

/** Of a policy of Tollgate's: all but annotations, which are as long as one likes and which nobody reads. */
export function slimPolicy<T extends KubeObject>({ metadata: { annotations: _, ...metadata }, ...rest }: T) {
  return { ...rest, metadata } as T;
}

/** Whether its author wrote nothing new: what others write into its status is no other policy. */
export function isSamePolicy(now: KubeObject, old: KubeObject): boolean {
  const { uid, generation } = now.metadata;
  return generation !== undefined && generation === old.metadata.generation && uid === old.metadata.uid;
}

/** @returns why it was killed, in its author's words: an AgentRunner by its field, everything else by its annotation */
export function killOf({ metadata, spec }: Any): string | undefined {
  const { kill } = (spec ?? {}) as { kill?: string };
  return (kill || metadata.annotations?.[KILL])?.slice(0, MOST_REASON) || undefined;
}

/** A Deployment's annotations are copied to its ReplicaSets, and stay there when they are taken off the Deployment. */
export function isItsOwn({ kind, metadata }: Any): boolean {
  return kind !== 'ReplicaSet' || !metadata.ownerReferences?.some(({ controller }) => controller);
}

function withAnnotations(metadata: Any['metadata'], wanted: ReadonlySet<string>): Any['metadata'] {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => wanted.has(name));
  return { ...metadata, annotations: Object.fromEntries(annotations) };
}

function head(apiVersion: string | undefined, kind: string | undefined) {
  return { ...(apiVersion === undefined ? {} : { apiVersion }), ...(kind === undefined ? {} : { kind }) };
}
