/**
 * Retention of contents: what no entry names any more goes, with sessions that have nothing left.
 *
 *   entries of a session ──name──> heads ──prev──> … all that is still needed; the rest, if old enough, goes
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Closed, Opened, RequestContent } from '../../core/audit/entry.ts';
import { REMEMBERED_MS } from '../contents/session.ts';
import { BYTES_AT_ONCE, ROWS_AT_ONCE } from './contents.ts';
import type { PruningLedger } from './prune.ts';

export interface PruneContentsOptions {
  readonly db: DatabaseSync;
  readonly ledger: PruningLedger;
  /** Epoch ms: what was written before may go. */
  readonly before: number;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Removes, in transactions of bounded size, what no entry names any more.
 * @returns how many messages and sessions went, and a sentence for each session that had to be let alone
 * @throws LedgerUnavailable when the database can't be written
 */
export async function pruneContents({
  db,
  ledger,
  before,
  now,
}: PruneContentsOptions): Promise<{ messages: number; sessions: number; kept: string[] }> {
  // A process does not write again for a while what it knows to be stored, and then names it: that must stay.
  const written = Math.min(before, now - 2 * REMEMBERED_MS);
  const candidates = db
    .prepare(
      `SELECT id FROM sessions WHERE created_at < ?
      AND EXISTS (SELECT 1 FROM contents WHERE session = sessions.id)`,
    )
    .all(written) as { id: string }[];
  let messages = 0;
  const kept: string[] = [];
  for (const { id } of candidates) {
    try {
      messages += await pruneSession(db, ledger, id, written);
    } catch (error) {
      // An entry of it is no JSON any more: what it named is not known.
      if (!(error instanceof SyntaxError)) throw error;
      kept.push(
        `What was said in session ${id} is not pruned: an entry of it was changed. See tollgate audit verify.`,
      );
    }
  }
  return { messages, sessions: await pruneSessions(db, ledger, written), kept };
}

async function pruneSession(
  db: DatabaseSync,
  ledger: PruningLedger,
  session: string,
  written: number,
): Promise<number> {
  const needed = withAllBefore(db, session, namedBy(db, session));
  const remove = db.prepare('DELETE FROM contents WHERE session = ? AND address = ? AND at < ?');
  const old = db
    .prepare('SELECT address, length(data) AS size FROM contents WHERE session = ? AND at < ?')
    .all(session, written) as { address: string; size: number }[];
  const unneeded = old.filter(({ address }) => !needed.has(address));
  let removed = 0;
  for (let done = 0; done < unneeded.length; ) {
    let [next, bytes] = [done, 0];
    do bytes += unneeded[next++]?.size ?? 0;
    while (next < unneeded.length && next - done < ROWS_AT_ONCE && bytes < BYTES_AT_ONCE);
    const some = unneeded.slice(done, next);
    removed += await ledger.inTransaction(() =>
      some.reduce((sum, { address }) => sum + Number(remove.run(session, address, written).changes), 0),
    );
    done = next;
  }
  return removed;
}

/** @returns the addresses that entries of a session name */
function* namedBy(db: DatabaseSync, session: string): Iterable<string> {
  const paid = db
    .prepare(
      `SELECT text FROM leases JOIN entries ON entries.exchange = leases.exchange
      WHERE session = ? AND kind IN ('opened', 'closed')`,
    )
    .iterate(session) as Iterable<{ text: string }>;
  for (const { text } of paid) yield* addressesIn(JSON.parse(text) as Opened | Closed);
  // A refusal has no lease; of what was refused there is only its entry.
  const refused = db
    .prepare(
      `SELECT text FROM entries WHERE kind = 'closed' AND apart = 1
      AND instr(text, ?) > 0 AND instr(text, '"content":') > 0`,
    )
    .iterate(`"session":${JSON.stringify(session)}`) as Iterable<{ text: string }>;
  for (const { text } of refused) yield* addressesIn(JSON.parse(text) as Closed);
}

function addressesIn(entry: Opened | Closed): string[] {
  if (entry.kind === 'closed') {
    const reply = entry.content === undefined ? [] : [entry.content.reply];
    return [...reply, ...requestAddresses(entry.asked?.content)];
  }
  return requestAddresses(entry.content);
}

function requestAddresses(content: RequestContent | undefined): string[] {
  if (content === undefined) return [];
  return content.messages === null ? [content.envelope] : [content.envelope, content.messages];
}

/** @returns the addresses, and those of all that was said before */
function withAllBefore(db: DatabaseSync, session: string, named: Iterable<string>): ReadonlySet<string> {
  const prevOf = db.prepare('SELECT prev FROM contents WHERE session = ? AND address = ?');
  const needed = new Set<string>();
  for (const last of named) {
    for (let address: string | null = last; address !== null && !needed.has(address); ) {
      needed.add(address);
      address = (prevOf.get(session, address) as { prev: string | null } | undefined)?.prev ?? null;
    }
  }
  return needed;
}

/** Sessions that have nothing left. One that lives on and stores something again brings its key back. */
async function pruneSessions(db: DatabaseSync, ledger: PruningLedger, written: number): Promise<number> {
  const remove = db.prepare(
    `DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE created_at < ? AND erased_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM contents WHERE session = sessions.id)
      AND NOT EXISTS (SELECT 1 FROM leases WHERE session = sessions.id) LIMIT ?)`,
  );
  for (let removed = 0; ; ) {
    const count = await ledger.inTransaction(() => Number(remove.run(written, ROWS_AT_ONCE).changes));
    removed += count;
    if (count < ROWS_AT_ONCE) return removed;
  }
}
