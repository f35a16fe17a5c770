/** Whether each policy is one that this release understands, and names nothing that is not there; with a sentence if not. */
import { clusterBuiltIn } from '../../core/policy/built-in.ts';
import type { LoadedManifest } from '../../core/policy/manifests.ts';
import { type PolicyObject, policyObject, readObjects } from '../../core/policy/objects.ts';
import { formatProblem } from '../../core/policy/problem.ts';
import { chooseProviders } from '../../core/policy/snapshot.ts';
import type { Manifest, Provider } from '../../core/policy/types.generated.ts';

export interface Judged {
  /** Undefined where it is not understood. */
  readonly manifest: Manifest | undefined;
  readonly reason: 'Understood' | 'NotUnderstood' | 'NoSuchProvider' | 'NoContentKey';
  /** For people. */
  readonly message: string;
}

const UNDERSTOOD = 'it is in force where it applies';
const NO_CONTENT_KEY =
  'it asks for message contents, and control has no key to keep them with: calls of workloads that it is for are refused. Name a Secret in the value contents.existingSecret of the chart, or set spec.audit.content to none';
const MOST_MESSAGE = 4_096;

/**
 * @param keepsContents whether what is said can be kept
 * @returns in the order of the objects; each is judged by itself, as one that is wrong says nothing of the others
 */
export function judgeAll(objects: readonly PolicyObject[], keepsContents = true): Judged[] {
  const read = objects.map(readOne);
  const providers = read.flatMap((one) => (isProvider(one) ? [one] : []));
  const names = new Set(
    chooseProviders(providers, clusterBuiltIn()).map(({ manifest }) => manifest.metadata.name),
  );
  return read.map((one): Judged => {
    if (typeof one === 'string')
      return { manifest: undefined, reason: 'NotUnderstood', message: one.slice(0, MOST_MESSAGE) };
    const { manifest } = one;
    const lost = manifest.kind === 'ToolProfile' ? manifest.spec.models.routes : [];
    const [route] = lost.filter(({ provider }) => !names.has(provider));
    const keeps = manifest.kind === 'ToolProfile' && manifest.spec.audit.content === 'full';
    if (route === undefined && keeps && !keepsContents)
      return { manifest, reason: 'NoContentKey', message: NO_CONTENT_KEY };
    if (route === undefined) return { manifest, reason: 'Understood', message: UNDERSTOOD };
    const message = `it routes ${route.model} to the Provider ${route.provider}, and there is none: workloads that it is for go on by what was in force before, and new ones can't call`;
    return { manifest, reason: 'NoSuchProvider', message };
  });
}

/** Objects that have not changed are read once. */
const known = new WeakMap<object, LoadedManifest | string>();

function readOne(object: PolicyObject): LoadedManifest | string {
  const before = known.get(object);
  if (before !== undefined) return before;
  const { manifests, problems } = readObjects([policyObject(object)]);
  const [first] = manifests;
  const made =
    problems.length > 0 || first === undefined
      ? `this release does not understand it: ${problems.map(formatProblem).join('; ')}`
      : first;
  known.set(object, made);
  return made;
}

function isProvider(one: LoadedManifest | string): one is LoadedManifest<Provider> {
  return typeof one !== 'string' && one.manifest.kind === 'Provider';
}
