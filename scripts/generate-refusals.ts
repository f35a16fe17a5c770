/** Generates docs/refusals.md from the table of refusals. */

import { BOUNDING, REFUSALS, type RefusalEntry } from '../core/govern/refusals.ts';
import { BAD_KEYS } from '../sidecar/bad-keys.ts';

const KINDS: Readonly<Record<RefusalEntry['kind'], string>> = {
  policy:
    'A decision of a policy. Agent CLIs get status 200 with a normal message that says it, because that is the only answer they show as it is and do not retry; SDKs get the status.',
  request: 'The request could not be read, or is not allowed in at all. Everybody gets the status.',
  fault: 'Something is broken. Everybody gets the status.',
  call: 'Text that stands in a reply, in the place of the tool call that the model wanted to make.',
  cut: 'A reply that had begun ends early, with this text or with an error event.',
};

/** @returns docs/refusals.md */
export function generateRefusals(): string {
  const lines = [
    '# Refusals',
    '',
    '<!-- Generated from core/govern/refusal-table.ts by scripts/generate.ts. Do not edit. -->',
    '',
    'Everything that Tollgate can say no to, by its stable code. A refusal ends with its code and the id of the request,',
    'and `tollgate audit show ID` finds what led to it. Who was not let in at all (`foreign_origin`, `foreign_host`,',
    '`bad_key`, `oauth_login`, `not_ready`, `shutting_down`) is no business of the audit log: their ids stand in the log on stderr',
    '(`--log-level warn`, which is the default).',
    '',
    'Words in braces stand for what one refusal is about: `{model}` for the name of a model, `{limit}` for a limit as',
    '`namespace/policy/limit`, `{left}` and `{amount}` for what is left of it and what it is in all, `{needed}` for the most',
    'that the call could take, `{profile}` and `{provider}` for names of manifests, `{path}` for a place in the request.',
    '',
  ];
  for (const [kind, meaning] of Object.entries(KINDS)) {
    lines.push(`## ${kind}`, '', meaning, '');
    for (const [code, entry] of Object.entries(REFUSALS)) {
      if (entry.kind !== kind) continue;
      const status = entry.status === 200 ? '' : ` (${entry.status})`;
      lines.push(`### \`${code}\`${status}`, '', `> ${entry.sentence}`, '');
      lines.push(`Why: ${entry.reason}`, '', ...(code === 'bad_key' ? badKeys() : remedies(entry)), '');
    }
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** What to do depends on what is wrong. */
function badKeys(): string[] {
  const all = Object.values(BAD_KEYS).map(({ wrong, how }) => `- ${wrong}: ${how}`);
  return ['What is wrong, and what to do:', '', ...all];
}

/** Where what to do depends on what is refused, all of it. */
function remedies({ remedy }: RefusalEntry): string[] {
  if (remedy !== '{how}') return [`What to do: ${remedy}`];
  return [
    'What to do:',
    '',
    `- about something that the provider does by itself: ${BOUNDING.capability}`,
    `- about a field, content part or tool type that Tollgate does not know: ${BOUNDING.unknown}`,
    `- about a document: ${BOUNDING.document}`,
  ];
}
