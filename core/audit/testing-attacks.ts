/** For tests of verify: somebody who tampers with a chain at random, with care or without. */
import assert from 'node:assert/strict';
import fc from '../testing-fast-check.ts';
import type { EntryDraft } from './entry.ts';
import type { StoredEntry } from './source.ts';
import { edited, rehash, swapped, TestLog, without } from './testing.ts';

const EDIT = { by: 'nobody' };

function note(n: number): EntryDraft {
  return { kind: 'content_read', at: 1000 + n, exchange: `x${n}`, by: 'somebody' };
}

type Attack = (rows: StoredEntry[], i: number, j: number) => StoredEntry[];
const at = (rows: StoredEntry[], i: number) => rows[i % rows.length] as StoredEntry;
const attacks: Record<string, Attack> = {
  edit: (rows, i) => rows.with(i % rows.length, edited(at(rows, i), EDIT)),
  'edit a column': (rows, i) => rows.with(i % rows.length, { ...at(rows, i), at: 1 }),
  remove: (rows, i) => without(rows, i % rows.length),
  insert: (rows, i, j) => rows.toSpliced(i % rows.length, 0, edited(at(rows, j), { by: 'fake' })),
  copy: (rows, i, j) => rows.toSpliced(i % rows.length, 0, at(rows, j)),
  swap: (rows, i, j) => swapped(rows, i % rows.length, j % rows.length),
  'cut off': (rows, i) => rows.slice(0, 1 + (i % rows.length)),
  'cut the beginning': (rows, i) => rows.slice(i % rows.length),
};

export function chainOf(length: number): TestLog {
  const log = new TestLog();
  log.write('b', { kind: 'started', at: 1, version: '1', command: 'run', predecessor: null });
  log.write('b', ...Array.from({ length }, (_, i) => note(i + 2)));
  return log;
}

const attack = fc.tuple(fc.constantFrom(...Object.keys(attacks)), fc.nat(200), fc.nat(200));

/** Whatever is done, it is found. */
export function checkFound(numRuns: number): void {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 120 }),
      fc.array(attack, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (length, plan, careful) => {
        const log = chainOf(length);
        const before = log.chain('b');
        let rows = before;
        for (const [name, i, j] of plan) if (rows.length > 0) rows = attacks[name]?.(rows, i, j) ?? rows;
        rows = careful ? rehash(rows) : rows.map((row, i) => ({ ...row, seq: i + 1 }));
        log.replace('b', rows);
        const isLonger = rows.length > before.length && before.every((row, i) => sameRow(row, rows[i]));
        const unchanged = rows.length === before.length && before.every((row, i) => sameRow(row, rows[i]));
        fc.pre(!unchanged && !(isLonger && careful));
        const found = log.findings().filter((finding) => !finding.note);
        assert.notDeepEqual(found, []);
      },
    ),
    { numRuns },
  );
}

/** What is done once is found where it was done. */
export function checkPlace(numRuns: number): void {
  const length = 60;
  const index = fc.integer({ min: 1, max: length - 2 });
  fc.assert(
    fc.property(index, index, fc.boolean(), (i, j, careful) => {
      const finish = (rows: StoredEntry[]) =>
        careful ? rehash(rows) : rows.map((row, n) => ({ ...row, seq: n + 1 }));
      const found = (change: (rows: StoredEntry[]) => StoredEntry[]) => {
        const log = chainOf(length);
        log.replace('b', finish(change(log.chain('b'))));
        return log.found().filter((one) => !one.startsWith('rehashed'));
      };
      assert.deepEqual(
        found((rows) => attacks.edit?.(rows, i, j) ?? []),
        [`changed ${i + 1}`],
      );
      assert.deepEqual(
        found((rows) => attacks.remove?.(rows, i, j) ?? []),
        [`removed ${i + 1}`],
      );
      assert.deepEqual(
        found((rows) => attacks.insert?.(rows, i, j) ?? []),
        [`inserted ${i + 1}`],
      );
      if (i === j) return;
      const moved = found((rows) => swapped(rows, i, j));
      const all = Array.from({ length }, (_, n) => `reordered ${n + 1}`);
      const between = all.slice(Math.min(i, j), Math.max(i, j) + 1);
      // Of two or three in a row, it can't be told which was moved past the others.
      if (between.length > 3) assert.deepEqual(new Set(moved), new Set([between[0], between.at(-1)]));
      else assert.ok(moved.length > 0 && moved.every((one) => between.includes(one)), `${moved}`);
    }),
    { numRuns },
  );
}

function sameRow(a: StoredEntry, b: StoredEntry | undefined): boolean {
  return a.text === b?.text && a.seq === b.seq && a.hash === b.hash && a.at === b.at;
}
