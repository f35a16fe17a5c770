/** `tollgate audit verify` over a state database, or a copy of one, and the ends that were kept apart from it. */
import type { DatabaseSync } from 'node:sqlite';
import type { Finding } from '../../core/audit/finding.ts';
import { type VerifySummary, verify } from '../../core/audit/verify.ts';
import { tablesOf } from './audit-source.ts';
import { readEnds } from './ends.ts';
import { openReadOnly } from './state.ts';

export interface VerifyOptions {
  /** Path of the database; it is opened to read only. */
  readonly database: string;
  /** Path of the folder of ends; without it only what does not need them is verified. */
  readonly ends?: string;
  /** Path of the key file; without it contents are only looked for, not decrypted. */
  readonly key?: string;
  /** Epoch ms; by default when the database is read. */
  readonly now?: number;
  /** Called every 10,000 entries with how many were read, and of how many. */
  readonly onProgress?: (done: number, all: number) => void;
}

export interface VerifyReport extends VerifySummary {
  /** Of findings the first 10,000, and of notes the first 1,000. */
  readonly findings: readonly Finding[];
  /** How many findings and notes there were beside those. */
  readonly omitted: number;
  /** Whether no finding is more than a note. */
  readonly clean: boolean;
}

const MOST_FINDINGS = 10_000;
const MOST_NOTES = 1_000;
const PROGRESS = 10_000;

/**
 * Blocks while it reads; about 20 s for a million entries. Other processes may go on writing.
 * @throws StateError when the database or the ends can't be read
 */
export function verifyDatabase({ database, ends, key, now: at, onProgress }: VerifyOptions): VerifyReport {
  // Ends first: whatever they name is in the database by then.
  const kept = ends === undefined ? undefined : readEnds(ends);
  const db = openReadOnly(database);
  try {
    db.exec('BEGIN');
    const all = onProgress ? countEntries(db) : 0;
    // The first read is what BEGIN is for: from now on nothing changes any more.
    db.prepare('SELECT 1 FROM entries LIMIT 1').get();
    const now = at ?? Date.now();
    let done = 0;
    const found = verify({ ...tablesOf(db, key), ends: kept, now }, () => {
      done++;
      if (done % PROGRESS === 0) onProgress?.(done, all);
    });
    return collect(found);
  } finally {
    db.close();
  }
}

/** All is read, whatever is found: a report that counts less than there is would itself mislead. */
function collect(found: Generator<Finding, VerifySummary>): VerifyReport {
  const findings: Finding[] = [];
  const counts = { findings: 0, notes: 0 };
  for (let next = found.next(); ; next = found.next()) {
    if (next.done) {
      const omitted = counts.findings + counts.notes - findings.length;
      return { ...next.value, findings, omitted, clean: counts.findings === 0 };
    }
    const count = next.value.note ? ++counts.notes : ++counts.findings;
    if (count <= (next.value.note ? MOST_NOTES : MOST_FINDINGS)) findings.push(next.value);
  }
}

/** Not count(*), which reads the whole log. */
function countEntries(db: DatabaseSync): number {
  const row = db
    .prepare(
      `WITH RECURSIVE all_chains (chain) AS (
        SELECT min(chain) FROM entries
        UNION ALL SELECT (SELECT min(chain) FROM entries WHERE chain > all_chains.chain) FROM all_chains
          WHERE all_chains.chain IS NOT NULL)
      SELECT sum((SELECT max(seq) - min(seq) + 1 FROM entries WHERE entries.chain = all_chains.chain)) AS n
      FROM all_chains WHERE chain IS NOT NULL`,
    )
    .get() as { n: number | null };
  return row.n ?? 0;
}
