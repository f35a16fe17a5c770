/** Entries as they are read back from what the functions wrote. */
import type { CounterUse, EntryDraft, Opened, OpenedDraft } from '../../core/audit/entry.ts';
import type { Grant } from '../../core/ports.ts';

/** The fault of a call that was not made, as its reservation did not get to all replicas. */
export const NOT_REPLICATED = 'not_replicated';

/** @returns the entry: what was asked for, with what was granted, when, and what it is counted in */
export function openedEntry(
  draft: OpenedDraft,
  grant: Pick<Grant, 'cap' | 'amounts' | 'over'>,
  at: number,
  counters: readonly CounterUse[],
  rates: readonly string[],
): Opened {
  const { cap, amounts: reserved, over } = grant;
  return { ...draft, cap, reserved, observed: [...draft.observed, ...over], at, counters, rates };
}

/** @param fields names and values in turn, as a stream has them */
export function fieldsOf(fields: readonly unknown[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (let i = 0; i < fields.length; i += 2) map.set(String(fields[i]), String(fields[i + 1]));
  return map;
}

/** @throws Error when it is no entry that this release writes */
export function readEntry(fields: ReadonlyMap<string, string>): EntryDraft {
  const at = Number(fields.get('at'));
  const number = (name: string) => Number(fields.get(name));
  const amounts = { usd: number('usd'), tokens: number('tokens'), requests: number('requests') };
  if (fields.get('kind') === 'incomplete') {
    const [exchange = '', lease = ''] = [fields.get('exchange'), fields.get('lease')];
    return { kind: 'incomplete', at, exchange, lease, amounts };
  }
  const draft = JSON.parse(fields.get('draft') ?? 'null') as EntryDraft | null;
  if (draft === null) throw new Error(`an entry of kind ${fields.get('kind')} has no text`);
  // One that was told when counters were rebuilt has its own time.
  if (fields.has('whole')) return draft;
  if (draft.kind !== 'opened') return { ...draft, at };
  const over = list<string>(fields.get('over'));
  const grant = { cap: number('cap'), amounts, over };
  return openedEntry(
    draft,
    grant,
    at,
    list<CounterUse>(fields.get('uses')),
    list<string>(fields.get('rates')),
  );
}

function list<T>(json: string | undefined): T[] {
  return JSON.parse(json ?? '[]') as T[];
}
