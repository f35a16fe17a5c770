/** A state folder with an audit log in it, and somebody who tampers with it by SQL. */
import { cpSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { hashText } from '../../core/audit/chain.ts';
import type { Settlement } from '../../core/ports.ts';
import { closedDraft, limitOf, refusedDraft, requestFor } from '../testing-drafts.ts';
import { statePaths } from './state.ts';
import { openLedger, rows, temporaryFolder } from './testing.ts';
import { verifyDatabase } from './verify.ts';

const HALF: Settlement = { outcome: 'settled', amounts: { usd: 10, tokens: 10, requests: 1 } };

export interface Log {
  readonly folder: string;
  /** The chain that most is done to: one process' from start to stop, seq 1 to 26. */
  readonly chain: string;
}

/** A state folder as two processes leave it, one of which dies: every kind of ending is in it. */
export async function writeLog(folder: string): Promise<Log> {
  let now = 1_000_000;
  const clock = () => now;
  const limits = [
    limitOf(100_000),
    limitOf(50_000, { counter: 'n|cluster|lifetime|tokens', unit: 'tokens' }),
  ];
  const first = await openLedger(folder, { clock, chain: 'first' });
  const second = await openLedger(folder, { clock, chain: 'second' });
  for (let i = 0; i < 16; i++) {
    const { ledger } = i % 4 === 3 ? second : first;
    const call = { lease: `lease-${i}`, at: now, limits };
    await ledger.reserve(requestFor(call));
    now += 10;
    const settlement: Settlement =
      i === 5 ? { outcome: 'charged' } : i === 6 ? { outcome: 'released' } : HALF;
    if (i !== 8 && i !== 9)
      await ledger.settle(call.lease, settlement, closedDraft({ ...call, at: now }, settlement));
    if (i === 10) await ledger.record(refusedDraft('x-refused', now));
  }
  now += 100_000;
  await second.ledger.sweep();
  await first.ledger.settle('lease-9', HALF, closedDraft({ lease: 'lease-9', at: now }, HALF));
  await first.ledger.stop();
  second.db.close();
  return { folder, chain: 'first' };
}

/** A copy that can be tampered with. */
export function copyOf(t: Pick<TestContext, 'after'>, log: Log): string {
  const folder = temporaryFolder(t);
  cpSync(log.folder, folder, { recursive: true });
  return folder;
}

export function verifyFolder(folder: string, withEnds = true) {
  const { database, ends, key } = statePaths(folder);
  return verifyDatabase({ database, key, ...(withEnds ? { ends } : {}), now: 2_000_000 });
}

export function found(folder: string): string[] {
  return verifyFolder(folder).findings.map(({ kind, chain, seq, through, exchange }) => {
    const which = through !== undefined && through !== seq ? `${seq}-${through}` : seq;
    return [kind, chain ?? exchange, which].filter((part) => part !== undefined).join(' ');
  });
}

export function tamper(folder: string, change: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(statePaths(folder).database);
  change(db);
  db.close();
}

export interface Row {
  seq: number;
  at: number;
  kind: string;
  exchange: string | null;
  apart: number | null;
  text: string;
}

export function readChain(db: DatabaseSync, chain: string): Row[] {
  const sql = 'SELECT seq, at, kind, exchange, apart, text FROM entries WHERE chain = ? ORDER BY seq';
  return rows(db, sql, chain) as unknown as Row[];
}

/** Writes a chain back, numbered from 1 and hashed anew. */
export function writeCarefully(db: DatabaseSync, chain: string, entries: Row[]): void {
  db.prepare('DELETE FROM entries WHERE chain = ?').run(chain);
  const put = db.prepare(
    'INSERT INTO entries (chain, seq, at, kind, exchange, apart, text, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  let prev = '0'.repeat(64);
  entries.forEach(({ at, kind, exchange, apart, text: before }, i) => {
    const text = JSON.stringify({ ...JSON.parse(before), chain, seq: i + 1, prev });
    prev = hashText(text);
    put.run(chain, i + 1, at, kind, exchange, apart, text, prev);
  });
}
