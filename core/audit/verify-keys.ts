/**
 * Whether the keys of `serve` are as the log says: each change of one is an entry with all that its row has from then
 * on. A key that was added, revived or given another secret by somebody who can write the database is found so. Entries
 * without an end are of no account: anybody can add one to the chain of a process that has gone.
 */
import type { KeyChanged, KeyFacts } from './entry.ts';
import { type Finding, finding } from './finding.ts';
import { isProven } from './proven.ts';
import type { AuditSource, StoredKey } from './source.ts';

type Says = Partial<KeyChanged>;

/** What has to be the same in a key's row and its last entry, and how people call it. */
const FIELDS: Readonly<Record<keyof KeyFacts | 'change' | 'print', string>> = {
  change: 'its number of changes',
  name: 'its name',
  namespace: 'its namespace',
  labels: 'its labels',
  agent: 'its kind of agent',
  profile: 'its ToolProfile',
  maxConcurrent: 'how many calls it may make at once',
  maxRequestBytes: 'how large its requests may be',
  createdAt: 'when it was created',
  issuedAt: 'when its secret was made',
  expiresAt: 'when it expires',
  revokedAt: 'whether it is revoked',
  oldUntil: 'until when the secret before is good',
  print: 'its secret',
};

/** @yields a finding for each key that is not as its last entry says */
export function* verifyKeys(
  source: Pick<AuditSource, 'keys' | 'entriesOfKind' | 'ends'>,
): Generator<Finding> {
  const said = new Map<string, Says>();
  for (const row of source.entriesOfKind('key')) {
    if (!isProven(row, source.ends)) continue;
    const says = JSON.parse(row.text) as Says;
    const before = said.get(String(says.id));
    if (Number(says.change) > Number(before?.change ?? 0)) said.set(String(says.id), says);
  }
  for (const key of source.keys()) {
    const says = said.get(key.id);
    said.delete(key.id);
    const why = says ? difference(key, says) : 'no entry says that it was created';
    if (why) yield mismatch(key.id, key.name, why);
  }
  for (const [id, { name }] of said) yield mismatch(id, name, 'it is gone, and keys are never removed');
}

function difference(key: StoredKey, says: Says): string | undefined {
  const fields = Object.keys(FIELDS) as (keyof typeof FIELDS)[];
  const other = fields.find((field) => JSON.stringify(key[field]) !== JSON.stringify(says[field]));
  return other && `${FIELDS[other]} is not what its last entry says`;
}

function mismatch(id: string, name: unknown, why: string): Finding {
  const sentence = `The key ${id} (${String(name)}) was changed by other means than tollgate keys: ${why}.`;
  return finding('key_mismatch', { sentence });
}
