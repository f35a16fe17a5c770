/** For tests of statuses: policies, a ledger that is a map, and what the real one would be asked. */
import type { Counter } from '../../core/ledger/fit.ts';
import type { PolicyObject } from '../../core/policy/objects.ts';
import type { Counters } from './counts.ts';

/** Noon, UTC. */
export const NOON = Date.UTC(2026, 10, 22, 12);
export const NAMESPACE = 'team-a';

export function policy(
  kind: string,
  name: string,
  spec: object,
  namespace: string | undefined = NAMESPACE,
): PolicyObject {
  const metadata = kind === 'Provider' ? { name } : { name, namespace };
  return { apiVersion: 'tollgate.dev/v1alpha1', kind, metadata, spec };
}

export interface FakeCounters extends Counters {
  readonly all: Map<string, Counter>;
  /** How many were read at a time. */
  readonly reads: number[];
}

export function fakeCounters(counters: Readonly<Record<string, Partial<Counter>>> = {}): FakeCounters {
  const all = new Map(
    Object.entries(counters).map(([key, one]) => [key, { spent: 0, reserved: 0, ...one }] as const),
  );
  const reads: number[] = [];
  return {
    all,
    reads,
    now: () => NOON,
    async counters(keys) {
      reads.push(keys.length);
      return keys.map((key) => all.get(key) ?? { spent: 0, reserved: 0 });
    },
    async *counterKeys() {
      const keys = [...all.keys()];
      // Redis may tell of one twice.
      for (let i = 0; i < keys.length; i += 100) yield [...keys.slice(i, i + 100), ...keys.slice(0, 1)];
    },
  };
}
