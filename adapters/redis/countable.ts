/**
 * Whether an entry of the audit log can be counted by: what stands there was looked at when it came, but perhaps by another
 * release, or by nobody; and one that can't be read must not keep spending shut.
 */
import type { EntryDraft } from '../../core/audit/entry.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Of kinds that say nothing of money anything will do. */
export function isCountable(entry: EntryDraft): boolean {
  const fields = entry as unknown as Fields | null;
  switch (fields?.kind) {
    case 'opened':
      return (
        areTexts(fields.lease, fields.exchange) &&
        areTexts(...partsOf(fields.workload, 'namespace', 'name', 'session')) &&
        areAmounts(fields.at, fields.cap, ...partsOf(fields.reserved, 'usd', 'tokens', 'requests')) &&
        isList(fields.counters, isUse) &&
        isList(fields.rates, isText)
      );
    case 'closed':
      return (
        (fields.lease === null || areTexts(fields.lease)) &&
        areTexts(fields.outcome) &&
        areAmounts(fields.at, ...partsOf(fields.amounts, 'usd', 'tokens', 'requests')) &&
        isList(fields.faults, isText)
      );
    case 'incomplete':
      return (
        areTexts(fields.lease) &&
        areAmounts(fields.at, ...partsOf(fields.amounts, 'usd', 'tokens', 'requests'))
      );
    case 'carried':
      return isList(fields.counters, isCarried);
    default:
      return fields !== null;
  }
}

function isUse(use: unknown): boolean {
  if (!Array.isArray(use)) return false;
  const [counter, unit, resetsAt] = use as unknown[];
  const isUnit = unit === 'usd' || unit === 'tokens' || unit === 'requests';
  return isText(counter) && isUnit && (resetsAt === null || isAmount(resetsAt));
}

function isCarried(use: unknown): boolean {
  if (!Array.isArray(use)) return false;
  const [counter, spent, resetsAt] = use as unknown[];
  return isText(counter) && isAmount(spent) && (resetsAt === null || isAmount(resetsAt));
}

function partsOf(of: unknown, ...names: readonly string[]): unknown[] {
  return names.map((name) => (of as Fields | null | undefined)?.[name]);
}

function isList(list: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(list) && list.every(is);
}

function areTexts(...all: readonly unknown[]): boolean {
  return all.every(isText);
}

function areAmounts(...all: readonly unknown[]): boolean {
  return all.every(isAmount);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isAmount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0;
}
