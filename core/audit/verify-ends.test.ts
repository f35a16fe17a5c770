import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredEntry } from './source.ts';
import { after, EDIT, edited, rehash, swapped, twoChains, withFourth, without } from './testing.ts';

describe('ends that were tampered with', () => {
  it('are missed when lines of them are gone', () => {
    const log = twoChains();
    log.ends?.set(
      'b',
      (log.ends.get('b') ?? []).filter(({ seq }) => seq < 4 || seq > 6),
    );
    assert.deepEqual(log.found(), ['no_end 4-6']);
    log.replace('b', rehash(log.chain('b').with(4, edited(log.chain('b')[4] as StoredEntry, EDIT))));
    assert.ok(log.found().some((found) => found.startsWith('changed') || found.startsWith('rehashed')));
  });

  it('are missed when the file is gone', () => {
    const log = twoChains();
    log.ends?.delete('b');
    assert.deepEqual(log.found(), ['no_end']);
  });

  it('disagree with the entry they are for', () => {
    const log = twoChains();
    log.ends?.set('b', (log.ends.get('b') ?? []).with(3, { seq: 4, hash: 'f'.repeat(64) }));
    assert.deepEqual(log.found(), ['changed 4']);
  });

  it('disagree with what the next chain says when all was rewritten, ends included', () => {
    const log = twoChains();
    const rows = rehash(log.chain('a').with(3, edited(log.chain('a')[3] as StoredEntry, EDIT)));
    log.replace('a', rows);
    log.ends?.set(
      'a',
      rows.map(({ seq, hash }) => ({ seq, hash })),
    );
    assert.deepEqual(log.found(), ['changed 10']);
    log.ends?.set('a', []);
    assert.deepEqual(log.found(), ['changed 10']);
  });
});

describe('a log without ends', () => {
  it('is checked within itself', () => {
    const fourth = (rows: StoredEntry[]) => rows[3] as StoredEntry;
    assert.deepEqual(
      after((rows) => rows, false),
      [],
    );
    assert.deepEqual(after(withFourth({ text: '{}' }), false), ['changed 4']);
    assert.deepEqual(
      after((rows) => rows.with(3, edited(fourth(rows), EDIT)), false),
      ['changed 4'],
    );
    assert.deepEqual(
      after((rows) => without(rows, 3), false),
      ['removed 4'],
    );
    assert.deepEqual(
      after((rows) => rows.toSpliced(3, 1).slice(0, 3), false),
      [],
    );
    assert.deepEqual(
      after((rows) => rows.toSpliced(3, 0, fourth(rows)), false),
      ['inserted 4'],
    );
    assert.deepEqual(
      after((rows) => rows.with(3, edited(fourth(rows), { chain: 'a' })), false),
      ['reordered 4', 'changed 4'],
    );
    assert.deepEqual(after(withFourth({ at: 9 }), false), ['changed 4']);
    const numbered = (rows: StoredEntry[]) => swapped(rows, 3, 5).map((row, i) => ({ ...row, seq: i + 1 }));
    assert.ok(after(numbered, false).includes('reordered 4'));
  });

  it('is said to be one', () => {
    const log = twoChains();
    log.ends = undefined;
    assert.deepEqual(log.found(), ['(ends_unknown )']);
  });
});
