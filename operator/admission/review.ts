/**
 * What the API server asks of us when a pod is created, and what we answer (admission.k8s.io/v1).
 *
 *   AdmissionReview ── asks to be governed? ── no ──> allowed as it is
 *                                  └── yes ── which profile, agent, phase ──> patched, or a sentence that says why not
 */
import type { V1Pod } from '@kubernetes/client-node';
import type { AgentKind } from '../../core/agents/agent.ts';
import { AGENT, GIT, INJECT, PHASE_LABEL, TOOL_PROFILE } from '../../core/cluster/names.ts';
import { readRepositories } from '../../core/git/repository.ts';
import { type Injection, type Installation, inject, type Phase } from './inject.ts';

export interface ReviewRequest {
  readonly uid: string;
  readonly namespace: string;
  readonly operation: string;
  readonly object: V1Pod;
  readonly userInfo: { readonly username: string };
}

export interface ReviewAnswer {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly message: string };
  /** Sentences that kubectl shows. */
  readonly warnings?: readonly string[];
  readonly patchType?: 'JSONPatch';
  /** Base64 of a JSON Patch (RFC 6902). */
  readonly patch?: string;
}

/** What a profile means for a pod. */
export type ProfileAnswer = Pick<Injection, 'network' | 'tier'> | { readonly problem: string };

export interface ReviewOptions {
  readonly installation: Installation;
  agentKind(id: string): AgentKind | undefined;
  /** @param profile the one that the pod names; undefined: the namespace's default */
  profileFor(namespace: string, profile: string | undefined, phase: Phase): ProfileAnswer;
  /**
   * Whether who creates the pod may say of which phase it is: controllers, of Jobs that admission lets nobody but the
   * operator make.
   */
  mayNamePhase(username: string): boolean;
  /**
   * @param labels that the pod will have
   * @returns why its network would not be as narrow as it is meant to be
   */
  widened(namespace: string, labels: Readonly<Record<string, string>>): string | undefined;
}

const PHASES: ReadonlySet<string> = new Set<Phase>(['setup', 'work', 'teardown']);

export function review(request: ReviewRequest, options: ReviewOptions): ReviewAnswer {
  const { uid, object: pod } = request;
  if (request.operation !== 'CREATE' || pod.metadata?.annotations?.[INJECT] !== 'true')
    return { uid, allowed: true };
  const how = injectionFor(request, options);
  if ('problem' in how)
    return { uid, allowed: false, status: { code: 400, message: `Tollgate: ${how.problem}` } };
  const injected = inject(pod, how, options.installation);
  const why = options.widened(request.namespace, injected.metadata?.labels ?? {});
  if (why !== undefined) {
    const message = `Tollgate: the network of this pod would be wider than its fence: ${why}`;
    return { uid, allowed: false, status: { code: 403, message } };
  }
  const patch = [
    { op: 'replace', path: '/spec', value: injected.spec },
    { op: 'add', path: '/metadata/labels', value: injected.metadata?.labels },
  ];
  return {
    uid,
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
  };
}

function injectionFor(
  { namespace, object: pod, userInfo }: ReviewRequest,
  options: ReviewOptions,
): Injection | { readonly problem: string } {
  const { annotations = {}, labels = {} } = pod.metadata ?? {};
  const id = annotations[AGENT] ?? 'sdk';
  const agent = options.agentKind(id);
  if (agent === undefined)
    return { problem: `the annotation ${AGENT} names an agent that is not known: ${id}` };
  // A phase has a network of its own, which nobody gives himself.
  const phase = options.mayNamePhase(userInfo.username) ? (labels[PHASE_LABEL] ?? 'work') : 'work';
  if (!PHASES.has(phase)) return { problem: `the label ${PHASE_LABEL} is no phase: ${phase}` };
  const profile = options.profileFor(namespace, annotations[TOOL_PROFILE], phase as Phase);
  if ('problem' in profile) return profile;
  const text = annotations[GIT];
  // Nobody else can name another phase, so nobody else's pods have repositories.
  if (text === undefined || phase === 'work') return { agent, phase: phase as Phase, ...profile };
  try {
    return { agent, phase: phase as Phase, ...profile, repositories: readRepositories(text) };
  } catch (error) {
    return { problem: `the annotation ${GIT} is not as the operator writes it: ${(error as Error).message}` };
  }
}
