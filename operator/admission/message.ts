/**
 * AdmissionReview (admission.k8s.io/v1) as the API server sends it, and as it is answered. What is not just what was
 * asked for in the webhook's configuration is refused: it would be a mistake in that.
 */
import { isRecord } from '../../adapters/kube/answer.ts';
import type { ReviewAnswer, ReviewRequest } from './review.ts';

const API_VERSION = 'admission.k8s.io/v1';
const KIND = 'AdmissionReview';

export type Message<R> =
  | { readonly request: R }
  /** With a UID it can be answered as a review. */
  | { readonly problem: string; readonly uid: string | undefined };

/** As much of a request as is looked at, whatever it is about. */
export interface Asked {
  readonly uid: string;
  readonly namespace: string;
  readonly operation: string;
  readonly userInfo: { readonly username: string; readonly uid: string; readonly groups: readonly string[] };
}

/** @param read what the request is about → the request, or what is wrong with it */
export function readMessage<R>(
  body: unknown,
  read: (request: Record<string, unknown>, asked: Asked) => R | string,
): Message<R> {
  if (!isRecord(body) || body.apiVersion !== API_VERSION || body.kind !== KIND)
    return { problem: `this is no ${KIND} of ${API_VERSION}`, uid: undefined };
  const request = isRecord(body.request) ? body.request : {};
  const { uid, namespace, operation, userInfo } = request;
  if (typeof uid !== 'string' || uid === '') return { problem: `the ${KIND} has no request`, uid: undefined };
  const wrong = (problem: string): Message<R> => ({ problem, uid });

  if (typeof operation !== 'string') return wrong('it says of no operation');
  if (typeof namespace !== 'string' || namespace === '') return wrong('it says of no namespace');
  if (!isRecord(userInfo) || typeof userInfo.username !== 'string') return wrong('it does not say who asks');
  const groups = Array.isArray(userInfo.groups) ? userInfo.groups.filter((g) => typeof g === 'string') : [];
  const who = {
    username: userInfo.username,
    uid: typeof userInfo.uid === 'string' ? userInfo.uid : '',
    groups,
  };
  const found = read(request, { uid, namespace, operation, userInfo: who });
  return typeof found === 'string' ? wrong(found) : { request: found };
}

/** @returns why it is not about an object of this kind itself; undefined if it is */
export function otherThan(
  request: Record<string, unknown>,
  wanted: { readonly group: string; readonly version: string; readonly kind: string },
): string | undefined {
  const { group, version, kind } = isRecord(request.kind) ? request.kind : {};
  if (group !== wanted.group || version !== wanted.version || kind !== wanted.kind)
    return `it is about something else than ${wanted.kind}s of ${wanted.version}`;
  if (request.subResource !== undefined && request.subResource !== '')
    return `it is about the subresource ${String(request.subResource)} of a ${wanted.kind}`;
  return undefined;
}

/** What is asked when a pod is made. */
export function podRequest(request: Record<string, unknown>, asked: Asked): ReviewRequest | string {
  const other = otherThan(request, { group: '', version: 'v1', kind: 'Pod' });
  if (other !== undefined) return other;
  const { object } = request;
  if (!isPod(object)) return 'its object is no Pod with containers';
  return { ...asked, object: object as unknown as ReviewRequest['object'] };
}

/** @returns the answer in its envelope */
export function answerMessage(response: ReviewAnswer): object {
  return { apiVersion: API_VERSION, kind: KIND, response };
}

/** @param message a sentence; whoever asks the API server reads it */
export function refusedAnswer(uid: string, code: number, message: string): ReviewAnswer {
  return { uid, allowed: false, status: { code, message: `Tollgate: ${message}` } };
}

/** As much of a pod as is touched; the rest the API server has checked, or checks after us. */
function isPod(object: unknown): boolean {
  if (!isRecord(object) || !isRecord(object.metadata) || !isRecord(object.spec)) return false;
  const { containers, initContainers = [], volumes = [] } = object.spec;
  return [containers, initContainers, volumes].every((list) => Array.isArray(list) && list.every(isRecord));
}
