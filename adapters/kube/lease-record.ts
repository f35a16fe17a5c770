/** What stands in a Lease (coordination.k8s.io/v1, LeaseSpec). Its times are for people; nothing is decided by them. */
import type { Lease } from './lease.ts';

type Spec = NonNullable<Lease['spec']>;

/** What another holder may say about its own duration: a mistake must not shut everybody out. */
const MOST_MS = 60_000;

/** @returns the record of a holder that takes or renews it */
export function heldBy(identity: string, before: Lease | undefined, durationMs: number): Spec {
  const now = microTime(new Date());
  const renewed = before?.spec?.holderIdentity === identity;
  const transitions = before?.spec?.leaseTransitions ?? 0;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.max(1, Math.ceil(durationMs / 1000)),
    acquireTime: renewed ? (before?.spec?.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: before === undefined || renewed ? transitions : transitions + 1,
  };
}

/** @returns a Lease that anybody may take at once */
export function released(mine: Lease): Lease {
  const now = microTime(new Date());
  const { leaseTransitions = 0 } = mine.spec ?? {};
  return {
    ...mine,
    spec: { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions, acquireTime: now, renewTime: now },
  };
}

/** How long a Lease has to stay as it is before it is taken: as long as its holder counts on, or we would. */
export function waitMs({ spec }: Lease, durationMs: number): number {
  const theirs = (spec?.leaseDurationSeconds ?? 0) * 1000;
  return Math.max(durationMs, Math.min(theirs, MOST_MS));
}

/** metav1.MicroTime, which has six digits. */
export function microTime(date: Date): string {
  return date.toISOString().replace(/Z$/, '000Z');
}
