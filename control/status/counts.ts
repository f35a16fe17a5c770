/** Where the limits of all BudgetPolicies stand: of those who have a count of their own, who has used most of each. */

import { counterName } from '../../core/ledger/checks.ts';
import type { Counter } from '../../core/ledger/fit.ts';
import { windowAt } from '../../core/money/window.ts';
import type { Limit } from '../../core/policy/budget.ts';

/** Of the ledger. */
export interface Counters {
  /** Epoch ms. */
  now(): number;
  counters(keys: readonly string[]): Promise<Counter[]>;
  counterKeys(): AsyncIterable<readonly string[]>;
}

export interface Count {
  /** How many have a count of their own in the present window. */
  readonly counters: number;
  /** Of the one who has used most; absent where nobody has. */
  readonly fullest?: Counter & { readonly scope: string };
  /** When the window ends, epoch ms; Infinity for a lifetime. */
  readonly resetsAt: number;
}

/** How many counters are read before the next ones are looked for: there may be thousands. */
const AT_ONCE = 1_000;

/**
 * @param limits those per request are left out: nothing is counted
 * @returns by the limit itself
 * @throws LedgerUnavailable
 */
export async function countsOf(
  ledger: Counters,
  limits: readonly Limit[],
): Promise<ReadonlyMap<Limit, Count>> {
  const at = ledger.now();
  const counts = new Map<Limit, Count>();
  const wanted = new Map<string, Limit>();
  for (const limit of limits) {
    if (limit.window === 'request') continue;
    const { key, end } = windowAt(limit.window, limit.timeZone, at);
    counts.set(limit, { counters: 0, resetsAt: end });
    wanted.set(`${limit.id}|${key}|${limit.unit}`, limit);
  }
  if (wanted.size === 0) return counts;
  // A key may come twice.
  const seen = new Set<string>();
  let waiting: [limit: Limit, scope: string, key: string][] = [];
  const read = async () => {
    const found = await ledger.counters(waiting.map(([, , key]) => key));
    for (const [i, counter] of found.entries()) {
      const [limit, scope] = waiting[i] ?? [];
      const before = limit && counts.get(limit);
      if (limit === undefined || scope === undefined || before === undefined) continue;
      counts.set(limit, added(before, { ...counter, scope }));
    }
    waiting = [];
  };
  for await (const keys of ledger.counterKeys()) {
    for (const key of keys) {
      const { limit: id, scope, window, unit } = counterName(key);
      const limit = wanted.get(`${id}|${window}|${unit}`);
      if (limit === undefined || !scope.startsWith(SCOPES[limit.per]) || seen.has(key)) continue;
      seen.add(key);
      waiting.push([limit, scope, key]);
    }
    if (waiting.length >= AT_ONCE) await read();
  }
  await read();
  return counts;
}

/** How scopes begin (core/ledger/checks.ts): a limit that is now per namespace has counts by workload from before. */
const SCOPES: Readonly<Record<Limit['per'], string>> = {
  workload: 'workload:',
  session: 'session:',
  runner: 'runner:',
  namespace: 'namespace:',
  cluster: 'cluster',
};

function added(count: Count, one: Counter & { readonly scope: string }): Count {
  const { fullest, counters } = count;
  return { ...count, counters: counters + 1, fullest: fullest === undefined ? one : fuller(fullest, one) };
}

/** Of equals always the same one, so that what is shown does not change by itself. */
function fuller<C extends Counter & { readonly scope: string }>(a: C, b: C): C {
  const more = b.spent + b.reserved - (a.spent + a.reserved);
  if (more !== 0) return more > 0 ? b : a;
  return b.scope < a.scope ? b : a;
}
