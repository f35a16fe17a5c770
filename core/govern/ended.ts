/** How an exchange ended, as metrics and summaries tell it. */
import type { Closed } from '../audit/entry.ts';
import { REFUSALS, type RefusalCode } from './refusal-table.ts';

/** fault: something was wrong, at the provider or here; a policy denied nothing. */
export type Verdict = 'allow' | 'deny' | 'fault';

export function verdictOf({ code, faults, verdict }: Pick<Closed, 'code' | 'faults' | 'verdict'>): Verdict {
  const known = code !== null && Object.hasOwn(REFUSALS, code) ? REFUSALS[code as RefusalCode] : undefined;
  const broken = known !== undefined && (known.kind === 'fault' || known.kind === 'cut');
  return broken || faults.includes('internal_error') ? 'fault' : verdict;
}
