/**
 * What somebody would do who wants a call to have cost less: changes its entry in the audit log and hashes everything
 * behind it anew, so that the chain fits again. Written without any code of Tollgate's: an attacker has what is on disk.
 */
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

interface Row {
  chain: string;
  seq: number;
  text: string;
}

/** @returns what was done, for people */
export function tamper(database: string): string {
  const db = new DatabaseSync(database);
  const dearest = db
    .prepare(
      `SELECT chain, seq, text FROM entries WHERE kind = 'closed'
       ORDER BY json_extract(text, '$.amounts.usd') DESC LIMIT 1`,
    )
    .get() as unknown as Row;
  const entry = JSON.parse(dearest.text) as { amounts: { usd: number }; lease: string };
  const before = entry.amounts.usd;
  entry.amounts.usd = Math.floor(before / 10);
  const change = db.prepare('UPDATE entries SET text = ?, hash = ? WHERE chain = ? AND seq = ?');
  let text = JSON.stringify(entry);
  let hash = sha256(text);
  change.run(text, hash, dearest.chain, dearest.seq);
  const rest = db.prepare('SELECT chain, seq, text FROM entries WHERE chain = ? AND seq > ? ORDER BY seq');
  for (const row of rest.all(dearest.chain, dearest.seq) as unknown as Row[]) {
    text = JSON.stringify({ ...(JSON.parse(row.text) as object), prev: hash });
    hash = sha256(text);
    change.run(text, hash, row.chain, row.seq);
  }
  // Lease and counter are made to fit as well.
  db.prepare('UPDATE leases SET charged_usd = ? WHERE id = ?').run(entry.amounts.usd, entry.lease);
  db.prepare(`UPDATE counters SET spent = spent - ? WHERE key LIKE '%|usd'`).run(before - entry.amounts.usd);
  db.close();
  return `entry ${dearest.seq}: a cost of ${before} nano-USD became ${entry.amounts.usd}, everything after it was hashed anew`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
