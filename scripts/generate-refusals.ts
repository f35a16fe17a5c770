/** Generates docs/refusals.md from the table of refusals. */
import { REFUSALS, type RefusalEntry } from '../core/govern/refusals.ts';

const KINDS: Readonly<Record<RefusalEntry['kind'], string>> = {
  policy:
    'A decision of a policy. Agent CLIs get status 200 with a normal message that says it, because that is the only answer they show as it is and do not retry; SDKs get the status.',
  request: 'The request could not be read, or is not allowed in at all. Everybody gets the status.',
  fault: 'Something is broken. Everybody gets the status.',
  call: 'Text that stands in a reply, in the place of the tool call that the model wanted to make.',
  cut: 'A reply that had begun ends early, with this text or with an error event.',
};

export function generateRefusals(): string {
  const lines = [
    '# Refusals',
    '',
    '<!-- Generated from core/govern/refusals.ts by scripts/generate.ts. Do not edit. -->',
    '',
    'Everything that Tollgate can say no to, by its stable code. A refusal names its code and the request, so that',
    '`tollgate audit show ID` finds what led to it.',
    '',
  ];
  for (const [kind, meaning] of Object.entries(KINDS)) {
    lines.push(`## ${kind}`, '', meaning, '');
    for (const [code, entry] of Object.entries(REFUSALS)) {
      if (entry.kind !== kind) continue;
      const status = entry.status === 200 ? '' : ` (${entry.status})`;
      lines.push(`### \`${code}\`${status}`, '', `> ${entry.sentence}`, '');
      lines.push(`Why: ${entry.reason}`, '', `What to do: ${entry.remedy}`, '');
    }
  }
  return `${lines.join('\n').trimEnd()}\n`;
}
