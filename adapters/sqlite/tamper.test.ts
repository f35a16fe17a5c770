import assert from 'node:assert/strict';
import { before, describe, it, type TestContext } from 'node:test';
import { temporaryFolder } from './testing.ts';
import {
  copyOf,
  found,
  type Log,
  type Row,
  readChain,
  tamper,
  verifyFolder,
  writeCarefully,
  writeLog,
} from './testing-log.ts';
import { checkTampering } from './testing-tampering.ts';

let log: Log;
before(async (t) => {
  log = await writeLog(temporaryFolder(t as TestContext));
});

/** Tampers with the first chain, once naively and once hashing all anew; @returns what is found each time */
function foundAfter(t: Pick<TestContext, 'after'>, change: (entries: Row[]) => Row[]): string[] {
  const folder = copyOf(t, log);
  tamper(folder, (db) => writeCarefully(db, log.chain, change(readChain(db, log.chain))));
  return found(folder);
}

describe('tampering by SQL', () => {
  const attacks: [name: string, sql: string, expected: string[]][] = [
    [
      'a text',
      `UPDATE entries SET text = replace(text, '"agent":"claude-code"', '"agent":"x"') WHERE chain = 'first' AND seq = 4`,
      ['changed first 4'],
    ],
    [
      'which lease a text is about',
      `UPDATE entries SET text = replace(text, '"lease":', '"leese":') WHERE chain = 'first' AND seq = 4`,
      ['changed first 4', 'lease_without_opened x-lease-1'],
    ],
    [
      'all of a text but its lease',
      `UPDATE entries SET text = '{"kind":"opened","lease":"lease-1"}' WHERE chain = 'first' AND seq = 4`,
      ['changed first 4', 'lease_mismatch first 4', 'amount_mismatch first 4'],
    ],
    [
      'an amount in a text',
      `UPDATE entries SET text = replace(text, '"usd":10', '"usd":9') WHERE chain = 'first' AND seq = 3`,
      ['changed first 3', 'amount_mismatch first 3'],
    ],
    ['a hash', `UPDATE entries SET hash = 'abc' WHERE chain = 'first' AND seq = 7`, ['changed first 7']],
    ['a time', `UPDATE entries SET at = at + 1 WHERE chain = 'first' AND seq = 7`, ['changed first 7']],
    [
      'a type that is none',
      `UPDATE entries SET at = 1e300 WHERE chain = 'first' AND seq = 7`,
      ['changed first 7'],
    ],
    [
      'a number too large for JavaScript',
      `UPDATE entries SET at = 9223372036854775807 WHERE chain = 'first' AND seq = 7`,
      ['changed first 7'],
    ],
    ['a kind', `UPDATE entries SET kind = 'stopped' WHERE chain = 'first' AND seq = 2`, ['changed first 2']],
    [
      'an exchange',
      `UPDATE entries SET exchange = 'x-other' WHERE chain = 'first' AND seq = 2`,
      ['changed first 2', 'lease_without_opened x-lease-0'],
    ],
    [
      'a removed entry',
      `DELETE FROM entries WHERE chain = 'first' AND seq = 2`,
      ['removed first 2', 'lease_without_opened x-lease-0'],
    ],
    ['the start of a chain', `DELETE FROM entries WHERE chain = 'first' AND seq = 1`, ['removed first 1']],
    ['the end of a chain', `DELETE FROM entries WHERE chain = 'second' AND seq > 5`, ['cut_off second 6-11']],
    ['a chain', `DELETE FROM entries WHERE chain = 'first'`, ['chain_missing first 1-26']],
    [
      'a doubled entry',
      `INSERT INTO entries SELECT chain, 27, at, kind, exchange, apart, text, hash FROM entries WHERE chain = 'first' AND seq = 3`,
      ['reordered first 27', 'longer_than_end first 26', 'twice_closed first 27'],
    ],
    [
      'the numbers of two',
      `UPDATE entries SET seq = CASE seq WHEN 5 THEN 1006 ELSE 1005 END WHERE chain = 'first' AND seq IN (5, 6); UPDATE entries SET seq = seq - 1000 WHERE seq > 1000`,
      ['reordered first 5', 'rehashed first 5'],
    ],
    [
      'the chain of one',
      `UPDATE entries SET chain = 'second', seq = 99 WHERE chain = 'first' AND seq = 6`,
      ['removed first 6', 'reordered second 99', 'longer_than_end second 11'],
    ],
    [
      'a lease',
      `DELETE FROM leases WHERE id = 'lease-1'`,
      [
        'opened_without_lease first 4',
        'closed_without_lease first 5',
        'counter_mismatch',
        'counter_mismatch',
      ],
    ],
    [
      'what a lease was charged',
      `UPDATE leases SET charged_usd = 0 WHERE id = 'lease-1'`,
      ['amount_mismatch first 5'],
    ],
    [
      'how a lease ended',
      `UPDATE leases SET state = 'open' WHERE id = 'lease-1'`,
      [
        'amount_mismatch first 5',
        'amount_mismatch x-lease-1',
        'lease_mismatch x-lease-1',
        'expired x-lease-1',
      ],
    ],
    [
      'who a lease is for',
      `UPDATE leases SET workload = 'other' WHERE id = 'lease-1'`,
      ['lease_mismatch first 4'],
    ],
    [
      'the counters of a lease',
      `UPDATE leases SET counters = '[1, {}' WHERE id = 'lease-1'`,
      ['lease_mismatch first 4'],
    ],
    [
      'the counters of all leases, with the counters set back',
      `UPDATE leases SET counters = '[]'; UPDATE counters SET spent = 0`,
      ['lease_mismatch first 2', 'lease_mismatch first 4'],
    ],
    [
      'the age of all leases, with the counters deleted',
      'UPDATE leases SET opened_at = 0; DELETE FROM counters',
      ['lease_mismatch first 2', 'lease_mismatch first 4'],
    ],
    [
      'counters, as if their window had ended long ago',
      'UPDATE counters SET resets_at = 1',
      ['counter_mismatch', 'counter_mismatch'],
    ],
    ['a counter', 'UPDATE counters SET spent = 0', ['counter_mismatch', 'counter_mismatch']],
    ['all counters', 'DELETE FROM counters', ['counter_mismatch', 'counter_mismatch']],
  ];

  for (const [name, sql, expected] of attacks) {
    it(`is found: ${name}`, (t) => {
      const folder = copyOf(t, log);
      tamper(folder, (db) => db.exec(sql));
      assert.deepEqual(found(folder).slice(0, expected.length), expected);
      assert.equal(verifyFolder(folder).clean, false);
    });
  }
});

describe('tampering with care: renumbered, and hashed anew to the end', () => {
  it('is found: a changed entry, by its number', (t) => {
    const change = (entries: Row[]) =>
      entries.map((row) =>
        row.seq === 9 ? { ...row, text: row.text.replace('"status":200', '"status":403') } : row,
      );
    assert.deepEqual(foundAfter(t, change), ['changed first 9', 'rehashed first 10-26']);
  });

  it('is found: a removed exchange, by the numbers of its entries', (t) => {
    const folder = copyOf(t, log);
    tamper(folder, (db) => {
      const entries = readChain(db, log.chain);
      writeCarefully(
        db,
        log.chain,
        entries.filter(({ exchange }) => exchange !== 'x-lease-2'),
      );
      db.exec(`DELETE FROM leases WHERE id = 'lease-2'; UPDATE counters SET spent = spent - 10`);
    });
    assert.deepEqual(found(folder), ['removed first 6-7', 'rehashed first 6-24']);
  });

  it('is found: entries in another order', (t) => {
    const change = (entries: Row[]) => entries.with(3, entries[12] as Row).with(12, entries[3] as Row);
    assert.deepEqual(
      foundAfter(t, change).sort(),
      ['reordered first 13', 'reordered first 4', 'rehashed first 5-26'].sort(),
    );
  });

  it('is found: an exchange that never was', (t) => {
    const change = (entries: Row[]) => {
      const fake = JSON.stringify({ ...JSON.parse(entries[4]?.text ?? ''), lease: null, exchange: 'x-fake' });
      return entries.toSpliced(5, 0, { ...(entries[4] as Row), exchange: 'x-fake', text: fake });
    };
    assert.deepEqual(foundAfter(t, change), ['inserted first 6', 'rehashed first 7-27']);
  });

  it('is found: a cut end, also with a new last entry', (t) => {
    const change = (entries: Row[]) => [...entries.slice(0, 20), entries.at(-1) as Row];
    const all = foundAfter(t, change);
    assert.deepEqual(
      all.filter((one) => /^(removed|cut_off|reordered|changed)/.test(one)),
      ['removed first 21-25'],
    );
  });
});

describe('tampering by SQL at random', () => {
  // With many more cases in tamper.slow.test.ts.
  it('is always found', (t) => checkTampering(copyOf(t, log), 40));
});
