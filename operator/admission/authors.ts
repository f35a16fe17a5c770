/**
 * Who makes an AgentRunner or changes what it does: written down at admission, in its annotation tollgate.dev/authors, a user
 * name a line. No author decides on an Approval of his own run.
 *
 *   AdmissionReview ── other than kill and suspend? ── yes ──> who was there before, and who asks
 *                                          └── no ──> as it was, whatever somebody wrote there
 *
 * The ValidatingAdmissionPolicy tollgate-authors compares it with what the API server knows.
 */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../adapters/kube/answer.ts';
import { AUTHORS, GROUP } from '../../core/cluster/names.ts';
import { type Asked, otherThan } from './message.ts';
import type { ReviewAnswer } from './review.ts';

interface Runner {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface AuthorRequest extends Asked {
  readonly object: Runner;
  /** undefined: it is being made. */
  readonly oldObject: Runner | undefined;
}

/** What stops it or lets it go on, and does nothing else. */
const SWITCHES = ['kill', 'suspend'];

export function authorRequest(request: Record<string, unknown>, asked: Asked): AuthorRequest | string {
  const other = otherThan(request, { group: GROUP, version: 'v1alpha1', kind: 'AgentRunner' });
  if (other !== undefined) return other;
  const { object, oldObject } = request;
  if (!isRunner(object)) return 'its object is no AgentRunner';
  if (asked.operation !== 'CREATE' && !isRunner(oldObject))
    return 'it does not say what the AgentRunner was before';
  return { ...asked, object, oldObject: isRunner(oldObject) ? oldObject : undefined };
}

export function recordAuthor({ uid, userInfo, object, oldObject }: AuthorRequest): ReviewAnswer {
  const { annotations } = object.metadata;
  const authors = authorsOf(userInfo.username, object, oldObject);
  if (annotations?.[AUTHORS] === authors) return { uid, allowed: true };
  const { [AUTHORS]: _, ...others } = annotations ?? {};
  const value = authors === undefined ? others : { ...others, [AUTHORS]: authors };
  const patch = [{ op: 'add', path: '/metadata/annotations', value }];
  return {
    uid,
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
  };
}

function authorsOf(username: string, now: Runner, before: Runner | undefined): string | undefined {
  const recorded = before?.metadata.annotations?.[AUTHORS];
  if (before !== undefined && isDeepStrictEqual(done(now), done(before))) return recorded;
  const all = recorded === undefined || recorded === '' ? [] : recorded.split('\n');
  return all.includes(username) ? recorded : [...all, username].join('\n');
}

function done({ spec }: Runner): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !SWITCHES.includes(field)));
}

function isRunner(object: unknown): object is Runner {
  if (!isRecord(object) || !isRecord(object.metadata) || !isRecord(object.spec)) return false;
  const { annotations } = object.metadata;
  return annotations === undefined || isRecord(annotations);
}
