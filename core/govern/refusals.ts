/**
 * A refusal as it happens, and how it becomes text. Every one that there is stands in refusal-table.ts.
 *
 *   code + values ── refusal() ──> stages, exchange ── refusalText() ──> what the agent and its user read
 */
import { REFUSALS, type RefusalCode } from './refusal-table.ts';

export { REFUSALS, type RefusalCode, type RefusalEntry } from './refusal-table.ts';

/** One refusal as it happened. */
export interface Refusal {
  readonly code: RefusalCode;
  /** Values for the {names} in its texts; never credentials, never more of a body than a field's name. */
  readonly params: Readonly<Record<string, string>>;
  /** For rates: when to try again, ms. */
  readonly retryAfterMs?: number;
}

/** @param params values for the {names} in the texts of this code */
export function refusal(code: RefusalCode, params: Record<string, string> = {}): Refusal {
  return { code, params };
}

/** What to do about what cannot be bounded, by what it is: {how} of cost_unbounded. */
export const BOUNDING = {
  capability: REFUSALS.capability_off.remedy,
  unknown:
    'Leave it out, or add "{name}" to spec.allowedFields of the Provider {provider} if its cost is bounded.',
  document: 'Send the document as text, or use a model whose context window Tollgate knows.',
} as const;

/** @returns what the agent and its user read: what happened and what to do about it */
export function refusalText({ code, params }: Refusal, requestId: string): string {
  const { sentence, remedy } = REFUSALS[code];
  return `[tollgate] ${fill(sentence, params)} ${fill(remedy, params)} (${code}, ${requestId})`;
}

/** A value may be a sentence of its own: then its full stop is the one. */
export function fill(text: string, params: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}(\.?)/g, (_, name: string, stop: string) => {
    const value = params[name] ?? `{${name}}`;
    return value.endsWith('.') ? value : `${value}${stop}`;
  });
}
