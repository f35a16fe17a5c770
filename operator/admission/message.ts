/**
 * AdmissionReview (admission.k8s.io/v1) as the API server sends it, and as it is answered. What is not just what was
 * asked for in the webhook's configuration is refused: it would be a mistake in that.
 */
import { isRecord } from '../../adapters/kube/answer.ts';
import type { ReviewAnswer, ReviewRequest } from './review.ts';

const API_VERSION = 'admission.k8s.io/v1';
const KIND = 'AdmissionReview';

export type Message =
  | { readonly request: ReviewRequest }
  /** With a UID it can be answered as a review. */
  | { readonly problem: string; readonly uid: string | undefined };

export function readMessage(body: unknown): Message {
  if (!isRecord(body) || body.apiVersion !== API_VERSION || body.kind !== KIND)
    return { problem: `this is no ${KIND} of ${API_VERSION}`, uid: undefined };
  const request = isRecord(body.request) ? body.request : {};
  const { uid, namespace, operation, object, userInfo } = request;
  if (typeof uid !== 'string' || uid === '') return { problem: `the ${KIND} has no request`, uid: undefined };
  const wrong = (problem: string): Message => ({ problem, uid });

  const { group, version, kind } = isRecord(request.kind) ? request.kind : {};
  if (group !== '' || version !== 'v1' || kind !== 'Pod')
    return wrong('it is about something else than a Pod of v1');
  if (request.subResource !== undefined && request.subResource !== '')
    return wrong(`it is about the subresource ${String(request.subResource)} of a Pod`);
  if (typeof operation !== 'string') return wrong('it says of no operation');
  if (typeof namespace !== 'string' || namespace === '') return wrong('it says of no namespace');
  if (!isRecord(userInfo) || typeof userInfo.username !== 'string') return wrong('it does not say who asks');
  if (!isPod(object)) return wrong('its object is no Pod with containers');
  return {
    request: {
      uid,
      namespace,
      operation,
      object: object as unknown as ReviewRequest['object'],
      userInfo: { username: userInfo.username },
    },
  };
}

/** @returns the answer in its envelope */
export function answerMessage(response: ReviewAnswer): object {
  return { apiVersion: API_VERSION, kind: KIND, response };
}

/** @param message a sentence; whoever creates the pod reads it */
export function refusedAnswer(uid: string, code: number, message: string): ReviewAnswer {
  return { uid, allowed: false, status: { code, message: `Tollgate: ${message}` } };
}

/** As much of a pod as is touched; the rest the API server has checked, or checks after us. */
function isPod(object: unknown): boolean {
  if (!isRecord(object) || !isRecord(object.metadata) || !isRecord(object.spec)) return false;
  const { containers, initContainers = [], volumes = [] } = object.spec;
  return [containers, initContainers, volumes].every((list) => Array.isArray(list) && list.every(isRecord));
}
