/**
 * Who decides on an Approval: what the API server asks of us when a decision is written, and what we add to it.
 *
 *   AdmissionReview ── decision, reason ──> spec.decidedBy: user name, UID, groups, time, all as the API server says
 *
 * What somebody wrote there himself is replaced. The ValidatingAdmissionPolicy tollgate-decisions compares it once more, with
 * what the API server knows: were we not asked, or answered wrongly, no decision comes of it.
 */
import { isRecord } from '../../adapters/kube/answer.ts';
import { GROUP } from '../../core/cluster/names.ts';
import type { Approval } from '../../core/policy/types.generated.ts';
import { type Asked, otherThan } from './message.ts';
import type { ReviewAnswer } from './review.ts';

type DecidedBy = NonNullable<Approval['spec']['decidedBy']>;

export interface DecisionRequest extends Asked {
  readonly decided: boolean;
  readonly decidedBefore: boolean;
  /** When the API server got this request, RFC 3339; undefined where that can't be told. */
  readonly at: string | undefined;
}

/** No refusal: a decision that is not of the right form has no time either, and the API server says what is wrong with it. */
const UNTIMED =
  'Tollgate: the time of this decision is not known, so that nobody is noted with it: leave metadata.managedFields out of it';

/** As many and as long as the CRD takes them. */
const MOST_GROUPS = 64;
const LONGEST_GROUP = 256;

export function decisionRequest(request: Record<string, unknown>, asked: Asked): DecisionRequest | string {
  const other = otherThan(request, { group: GROUP, version: 'v1alpha1', kind: 'Approval' });
  if (other !== undefined) return other;
  const { object, oldObject } = request;
  if (!isApproval(object)) return 'its object is no Approval';
  if (!isApproval(oldObject)) return 'it does not say what the Approval was before';
  return {
    ...asked,
    decided: object.spec.decision !== undefined,
    decidedBefore: oldObject.spec.decision !== undefined,
    at: timeOf(object.metadata, oldObject.metadata),
  };
}

export function stamp(request: DecisionRequest): ReviewAnswer {
  const { uid, userInfo, at } = request;
  if (request.operation !== 'UPDATE' || !request.decided || request.decidedBefore)
    return { uid, allowed: true };
  if (at === undefined) return { uid, allowed: true, warnings: [UNTIMED] };
  const groups = userInfo.groups.filter((group) => fits(group)).slice(0, MOST_GROUPS);
  const decidedBy: DecidedBy = {
    username: userInfo.username,
    ...(userInfo.uid === '' ? {} : { uid: userInfo.uid }),
    ...(groups.length === 0 ? {} : { groups }),
    at,
  };
  // «add» replaces what is there (RFC 6902, 4.1).
  const patch = [{ op: 'add', path: '/spec/decidedBy', value: decidedBy }];
  return {
    uid,
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
  };
}

/** CEL and the schema count characters, and not what JavaScript's length does. */
function fits(group: string): boolean {
  return [...group].length <= LONGEST_GROUP;
}

/**
 * The API server notes each request in metadata.managedFields, with its time, before it asks us: the one entry that is new.
 * Entries that somebody sends along are new too; which of them is the API server's can't be told then.
 */
function timeOf(now: Record<string, unknown>, before: Record<string, unknown>): string | undefined {
  const entries = ({ managedFields }: Record<string, unknown>) =>
    Array.isArray(managedFields) ? managedFields.filter(isRecord) : [];
  const old = new Set(entries(before).map((entry) => JSON.stringify(entry)));
  const [entry, ...more] = entries(now).filter((one) => !old.has(JSON.stringify(one)));
  return more.length === 0 && typeof entry?.time === 'string' ? entry.time : undefined;
}

function isApproval(
  object: unknown,
): object is Readonly<Record<'metadata' | 'spec', Record<string, unknown>>> {
  return isRecord(object) && isRecord(object.metadata) && isRecord(object.spec);
}
