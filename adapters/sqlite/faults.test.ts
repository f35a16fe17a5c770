import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { LedgerUnavailable } from '../../core/ports.ts';
import { closedDraft, limitOf, requestFor, SMALL } from '../testing-drafts.ts';
import { type OpenLedger, openLedger, rows, temporaryFolder } from './testing.ts';
import { verifyDatabase } from './verify.ts';

const LIMITS = [limitOf(1000)];

function reserve({ ledger }: OpenLedger, lease: string) {
  return ledger.reserve(requestFor({ lease, limits: LIMITS }));
}

/** Everything that a failed call must not have changed. */
function contentOf(db: DatabaseSync): unknown {
  return ['entries', 'leases', 'counters', 'rate_buckets', 'running'].map((table) =>
    rows(db, `SELECT * FROM ${table}`),
  );
}

function assertClean({ paths }: OpenLedger): void {
  const { findings } = verifyDatabase({ database: paths.database, ends: paths.ends });
  assert.deepEqual(findings, []);
}

/** Another process that holds the write lock until its standard input ends. @returns once it has it */
async function lockElsewhere(t: TestContext, database: string) {
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    const db = new DatabaseSync(process.argv[1]);
    db.exec('BEGIN IMMEDIATE');
    process.stdout.write('locked');
    process.stdin.on('end', () => db.exec('COMMIT')).resume();`;
  const child = spawn(process.execPath, ['-e', script, database], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { child, release: () => child.stdin.end() };
}

/** @returns the longest time for which the event loop stood still until the promise settled, ms */
async function longestStall(work: Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  // A stall may well end with the work.
  await work.finally(look);
  clearInterval(timer);
  return longest;
}

describe('a database that another process has locked', () => {
  it('is waited for without stalling the event loop, and the work completes', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const stalls: number[] = [];
    // Much less than the lock is held for.
    const MOST = 75;
    // The machine may stall the loop as well: only what happens every time is our doing.
    for (let attempt = 0; attempt < 20 && Math.min(...stalls, 1_000) > MOST; attempt++) {
      const { child, release } = await lockElsewhere(t, open.paths.database);
      setTimeout(release, 300);
      const started = performance.now();
      const works = Promise.all([reserve(open, `a${attempt}`), reserve(open, `b${attempt}`)]);
      stalls.push(await longestStall(works));
      assert.ok(performance.now() - started > 200, 'it was locked');
      if (child.exitCode === null) await once(child, 'exit');
    }
    assert.ok(Math.min(...stalls) <= MOST, `the event loop stood still for ${stalls} ms`);
    assert.equal(rows(open.db, 'SELECT * FROM leases').length, stalls.length * 2);
    assertClean(open);
    await open.ledger.stop();
  });

  it('is unavailable when its patience ends, for each call after its own wait', async (t) => {
    const open = await openLedger(temporaryFolder(t), { patienceMs: 400 });
    const before = contentOf(open.db);
    const { release } = await lockElsewhere(t, open.paths.database);
    const began = performance.now();
    const early = assert.rejects(reserve(open, 'early'), LedgerUnavailable);
    await new Promise((resolve) => setTimeout(resolve, 350));
    // This one comes when the first has nearly lost its patience, and lives to see the lock go.
    const lateBegan = performance.now();
    const late = reserve(open, 'late').catch((error: unknown) => {
      // On a machine that stands still for so long, its own wait may be over too.
      assert.ok(error instanceof LedgerUnavailable);
      return performance.now() - lateBegan;
    });
    await early;
    const waited = performance.now() - began;
    assert.ok(waited >= 395, `it gave up after ${waited} ms`);
    assert.deepEqual(contentOf(open.db), before);
    release();
    const answer = await late;
    assert.ok(typeof answer === 'number' ? answer >= 395 : 'granted' in answer, String(answer));
    await open.ledger.stop();
  });
});

describe('a database that can not be written', () => {
  /** Brings a fault about, sees that nothing is half done, mends it, sees that all works. */
  async function survives(open: OpenLedger, fault: () => void, mend: () => void): Promise<void> {
    await reserve(open, 'before');
    const before = contentOf(open.db);
    const end = open.ledger.end;
    fault();
    const settlement = { outcome: 'settled', amounts: SMALL } as const;
    await assert.rejects(
      open.ledger.settle('before', settlement, closedDraft({ lease: 'before' }, settlement)),
      LedgerUnavailable,
    );
    // Several in one batch, large enough to need new pages.
    const many = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => reserve(open, `during-${i}`)));
    assert.ok(many.some(({ status }) => status === 'rejected'));
    for (const result of many) {
      if (result.status === 'rejected')
        assert.ok(result.reason instanceof LedgerUnavailable, `${result.reason}`);
    }
    mend();
    assert.deepEqual(contentOf(open.db), before);
    assert.deepEqual(open.ledger.end, end);
    assert.ok('granted' in (await reserve(open, 'after')));
    await open.ledger.settle('before', settlement, closedDraft({ lease: 'before' }, settlement));
    assertClean(open);
    await open.ledger.stop();
  }

  it('because the disk is full: nothing is half done, and later work succeeds', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const full = () => {
      // What can be written without a new page still is: fill what is free.
      const { page_count: pages } = open.db.prepare('PRAGMA page_count').get() as { page_count: number };
      open.db.exec(`PRAGMA max_page_count = ${pages}`);
    };
    await reserve(open, 'before');
    full();
    let granted = 0;
    let failed = 0;
    for (let i = 0; failed === 0 && i < 2000; i++) {
      const before = contentOf(open.db);
      const results = await Promise.allSettled(
        [0, 1, 2].map((n) => open.ledger.reserve(requestFor({ lease: `fill-${i}-${n}` }))),
      );
      failed = results.filter(({ status }) => status === 'rejected').length;
      granted += results.length - failed;
      if (failed > 0) {
        assert.equal(failed, 3, 'all of one transaction, or none');
        for (const result of results) {
          assert.ok(result.status === 'rejected' && result.reason instanceof LedgerUnavailable);
          assert.match(result.reason.message, /full/);
        }
        assert.deepEqual(contentOf(open.db), before);
      }
    }
    assert.ok(failed > 0, 'the disk was never full');
    open.db.exec('PRAGMA max_page_count = 1073741823');
    assert.ok('granted' in (await reserve(open, 'after')));
    assert.equal(rows(open.db, 'SELECT * FROM leases').length, granted + 2);
    assertClean(open);
    await open.ledger.stop();
  });

  it('because it is read-only', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    await survives(
      open,
      () => open.db.exec('PRAGMA query_only = ON'),
      () => open.db.exec('PRAGMA query_only = OFF'),
    );
  });

  it('because its folder was moved away: SQLite alone would write on, to where nobody looks', async (t) => {
    const folder = join(temporaryFolder(t), 'state');
    const open = await openLedger(folder);
    await survives(
      open,
      () => renameSync(folder, `${folder}-away`),
      () => renameSync(`${folder}-away`, folder),
    );
  });

  it('because another database lies in its place', async (t) => {
    const folder = temporaryFolder(t);
    const open = await openLedger(join(folder, 'a'));
    const other = await openLedger(join(folder, 'b'));
    await other.ledger.stop();
    const { database } = open.paths;
    await survives(
      open,
      () => {
        renameSync(database, `${database}.away`);
        renameSync(other.paths.database, database);
      },
      () => renameSync(`${database}.away`, database),
    );
  });
});

describe('a commit that reports an error although it was made', () => {
  it('leaves ledger, chain and ends as if it had reported none', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const { db, ledger, paths, chain } = open;
    const exec = db.exec.bind(db);
    db.exec = (sql) => {
      exec(sql);
      if (sql !== 'COMMIT') return;
      db.exec = exec;
      throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 });
    };
    await assert.rejects(reserve(open, 'doubted'), LedgerUnavailable);
    const again = await reserve(open, 'doubted');
    assert.ok('granted' in again && again.granted.cap === 10);
    assert.deepEqual(rows(db, 'SELECT spent, reserved FROM counters'), [{ spent: 0, reserved: 20 }]);
    assert.deepEqual(rows(db, `SELECT count(*) AS n FROM entries WHERE kind = 'opened'`), [{ n: 1 }]);
    await ledger.record({ kind: 'content_read', at: 1, exchange: 'x', by: 'me' });
    const [file] = readdirSync(paths.ends);
    const lines = readFileSync(join(paths.ends, file as string), 'utf8')
      .trim()
      .split('\n');
    const hashes = rows(db, 'SELECT seq, hash FROM entries WHERE chain = ? ORDER BY seq', chain);
    assert.deepEqual(
      lines,
      hashes.map(({ seq, hash }) => `${seq} ${hash}`),
    );
    assertClean(open);
    await ledger.stop();
  });
});

describe('a ledger that has stopped', () => {
  it('closes its database also when its last entry can not be written', async (t) => {
    const { ledger, db } = await openLedger(temporaryFolder(t));
    db.exec('PRAGMA query_only = ON');
    await assert.rejects(ledger.stop(), LedgerUnavailable);
    assert.equal(db.isOpen, false);
  });

  it('answers calls that come too late as unavailable', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    await open.ledger.stop();
    await assert.rejects(reserve(open, 'late'), LedgerUnavailable);
  });
});

describe('one call that is wrong', () => {
  it('does not take the calls of the same moment with it', async (t) => {
    const open = await openLedger(temporaryFolder(t));
    const request = (lease: string) => requestFor({ lease, limits: LIMITS });
    const results = await Promise.allSettled([
      open.ledger.reserve(request('good')),
      open.ledger.reserve({
        ...request('bad'),
        opened: () => {
          throw new TypeError('a bug of the caller');
        },
      }),
      open.ledger.settle(
        'good',
        { outcome: 'settled', amounts: { ...SMALL, usd: 0.5 } },
        closedDraft({ lease: 'good' }, { outcome: 'charged' }),
      ),
      open.ledger.reserve(request('fine')),
    ]);
    assert.deepEqual(
      results.map((result) => (result.status === 'rejected' ? result.reason.name : 'done')),
      ['done', 'TypeError', 'RangeError', 'done'],
    );
    assert.deepEqual(rows(open.db, 'SELECT id, state FROM leases ORDER BY id'), [
      { id: 'fine', state: 'open' },
      { id: 'good', state: 'open' },
    ]);
    assert.deepEqual(rows(open.db, 'SELECT spent, reserved FROM counters'), [{ spent: 0, reserved: 40 }]);
    assertClean(open);
    await open.ledger.stop();
  });
});
