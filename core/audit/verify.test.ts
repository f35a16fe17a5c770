import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredEntry } from './source.ts';
import {
  after,
  EDIT,
  edited,
  note,
  rehash,
  swapped,
  TestLog,
  twoChains,
  withFourth,
  without,
} from './testing.ts';

describe('a log as it was written', () => {
  it('has nothing to find in it', () => {
    assert.deepEqual(twoChains().findings(), []);
  });

  it('may be longer than its ends, by what its process could not note any more', () => {
    const log = twoChains();
    log.writeWithoutEnd('b', note(21));
    log.writeWithoutEnd('b', note(22));
    assert.deepEqual(log.found(), ['(longer_than_end 10)']);
  });

  it('may be one chain without any end yet', () => {
    const log = new TestLog();
    log.writeWithoutEnd('a', note(1));
    log.ends?.set('a', []);
    assert.deepEqual(log.found(), []);
  });

  it('says how much it read', () => {
    const log = twoChains();
    const reading = verifyAll(log);
    assert.deepEqual(reading, { chains: 2, entries: 20, leases: 0 });
  });
});

describe('an entry that was changed', () => {
  it('is named, when only its text is new', () => {
    const text = '{"kind":"content_read"}';
    assert.deepEqual(after(withFourth({ text })), ['changed 4']);
    assert.deepEqual(after(withFourth({ text: 'not JSON' })), ['changed 4']);
    assert.deepEqual(after(withFourth({ text: 'null' })), ['changed 4']);
  });

  it('is named, when its hash was made to fit', () => {
    assert.deepEqual(
      after((rows) => rows.with(3, edited(rows[3] as StoredEntry, EDIT))),
      ['changed 4'],
    );
  });

  it('is named, when all that follows was hashed anew with care', () => {
    const change = (rows: StoredEntry[]) => rehash(rows.with(3, edited(rows[3] as StoredEntry, EDIT)));
    assert.deepEqual(after(change), ['changed 4', 'rehashed 5-10']);
  });

  it('is named, when it is the first or the last', () => {
    const change = (index: number) => (rows: StoredEntry[]) =>
      rehash(rows.with(index, edited(rows[index] as StoredEntry, { at: 7 })));
    assert.deepEqual(after(change(0)), ['changed 1', 'rehashed 2-10']);
    assert.deepEqual(after(change(9)), ['changed 10']);
  });

  it('is named with each other that was changed', () => {
    const change = (rows: StoredEntry[]) =>
      rehash([3, 4, 7].reduce((all, i) => all.with(i, edited(all[i] as StoredEntry, EDIT)), rows));
    assert.deepEqual(after(change), ['changed 4', 'changed 5', 'changed 8', 'rehashed 6-10']);
  });

  it('is named by the number it had, when one before it was removed', () => {
    const change = (rows: StoredEntry[]) =>
      rehash(without(rows.with(6, edited(rows[6] as StoredEntry, EDIT)), 3));
    assert.deepEqual(after(change), ['removed 4', 'changed 7', 'rehashed 4-9']);
  });

  it('is named, when only what is filed beside its text is new', () => {
    assert.deepEqual(after(withFourth({ hash: 'f'.repeat(64) })), ['changed 4']);
    assert.deepEqual(after(withFourth({ at: 7 })), ['changed 4']);
    assert.deepEqual(after(withFourth({ kind: 'stopped' })), ['changed 4']);
    assert.deepEqual(after(withFourth({ exchange: 'x2' })), ['changed 4']);
    assert.deepEqual(after(withFourth({ exchange: null })), ['changed 4']);
  });

  it('is named, when its text was written otherwise and says the same', () => {
    const change = (rows: StoredEntry[]) => {
      const row = rows[3] as StoredEntry;
      return withFourth({ text: row.text.replace(',', ', ') })(rows);
    };
    assert.deepEqual(after(change), ['changed 4']);
  });

  it('is named by its exchange too', () => {
    const log = twoChains();
    log.replace('b', withFourth({ text: '{}' })(log.chain('b')));
    const [found] = log.findings();
    assert.equal(found?.chain, 'b');
    assert.equal(found?.exchange, 'x14');
    assert.match(found?.sentence ?? '', /^Entry 4 of chain b was changed: /);
  });
});

describe('an entry that was removed', () => {
  it('is named, when it just is not there', () => {
    assert.deepEqual(
      after((rows) => without(rows, 3)),
      ['removed 4'],
    );
    assert.deepEqual(
      after((rows) => without(rows, 0)),
      ['removed 1'],
    );
  });

  it('is named, when the rest was renumbered and hashed anew', () => {
    assert.deepEqual(
      after((rows) => rehash(without(rows, 3))),
      ['removed 4', 'rehashed 4-9'],
    );
    assert.deepEqual(
      after((rows) => rehash(without(rows, 0))),
      ['removed 1', 'rehashed 1-9'],
    );
  });

  it('is named, when only the numbers beside the texts were moved up', () => {
    const change = (rows: StoredEntry[]) => without(rows, 3).map((row, i) => ({ ...row, seq: i + 1 }));
    assert.deepEqual(after(change), ['removed 4', 'rehashed 4-9']);
  });

  it('is named with its neighbours, however many', () => {
    const change = (rows: StoredEntry[]) => [...rows.slice(0, 3), ...rows.slice(7)];
    assert.deepEqual(after(change), ['removed 4-7']);
    assert.deepEqual(
      after((rows) => rehash(change(rows))),
      ['removed 4-7', 'rehashed 4-6'],
    );
  });
});

describe('an entry that was inserted', () => {
  const fake = (rows: StoredEntry[]) => edited(rows[5] as StoredEntry, EDIT);

  it('is named, when the rest was renumbered and hashed anew', () => {
    const change = (rows: StoredEntry[]) => rehash(rows.toSpliced(3, 0, fake(rows)));
    assert.deepEqual(after(change), ['inserted 4', 'rehashed 5-11']);
  });

  it('is named, when only the numbers beside the texts were moved down', () => {
    const change = (rows: StoredEntry[]) =>
      rows.toSpliced(3, 0, fake(rows)).map((row, i) => ({ ...row, seq: i + 1 }));
    assert.deepEqual(after(change), ['inserted 4', 'rehashed 5-11']);
  });

  it('is named, when it was taken from another chain', () => {
    const log = twoChains();
    const taken = { ...(log.chain('a')[4] as StoredEntry), chain: 'b' };
    log.replace('b', rehash(log.chain('b').toSpliced(3, 0, taken)));
    assert.deepEqual(log.found(), ['inserted 4', 'rehashed 5-11']);
  });

  it('is told from what it stands in for', () => {
    const change = (rows: StoredEntry[]) => rehash(without(rows, 6).toSpliced(3, 0, fake(rows)));
    assert.deepEqual(after(change), ['inserted 4', 'removed 7', 'rehashed 5-10']);
  });
});

describe('entries that were reordered', () => {
  it('are named, when they were exchanged', () => {
    const numbered = (rows: StoredEntry[]) => swapped(rows, 3, 5).map((row, i) => ({ ...row, seq: i + 1 }));
    for (const change of [numbered, (rows: StoredEntry[]) => rehash(swapped(rows, 3, 5))]) {
      const found = after(change);
      assert.ok(found.includes('reordered 4') || found.includes('reordered 6'), `${found}`);
      assert.ok(
        found.every((one) => /^(reordered [456]|rehashed )/.test(one)),
        `${found}`,
      );
    }
  });

  it('are named, when they are neighbours, also the last ones', () => {
    for (const index of [0, 3, 8]) {
      const found = after((rows) => rehash(swapped(rows, index, index + 1)));
      const names = [`reordered ${index + 1}`, `reordered ${index + 2}`];
      assert.ok(
        found.some((one) => names.includes(one)),
        `${found}`,
      );
      assert.ok(
        found.every((one) => names.includes(one) || one.startsWith('rehashed')),
        `${found}`,
      );
    }
  });

  it('are told from those around them that were removed', () => {
    const change = (rows: StoredEntry[]) =>
      rehash([...rows.slice(0, 3), ...rows.slice(6), rows[4] as StoredEntry]);
    assert.deepEqual(after(change), ['reordered 5', 'removed 4', 'removed 6', 'rehashed 4-7']);
  });

  it('are named, when one was moved to the end', () => {
    const change = (rows: StoredEntry[]) => rows.map((row) => (row.seq === 4 ? { ...row, seq: 99 } : row));
    assert.deepEqual(after(change), ['reordered 4']);
    assert.deepEqual(
      after((rows) => rehash([...without(rows, 3), rows[3] as StoredEntry])),
      ['reordered 4', 'rehashed 4-9'],
    );
  });
});

describe('a chain that was cut off', () => {
  it('is named with what is gone', () => {
    assert.deepEqual(
      after((rows) => rows.slice(0, 9)),
      ['cut_off 10'],
    );
    assert.deepEqual(
      after((rows) => rows.slice(0, 3)),
      ['cut_off 4-10'],
    );
  });

  it('is named, when another end was put on it', () => {
    const change = (rows: StoredEntry[]) =>
      rehash([...rows.slice(0, 7), edited(rows[9] as StoredEntry, EDIT)]);
    assert.deepEqual(after(change), ['changed 8', 'cut_off 9-10']);
  });

  it('is known from its successor when its ends are cut too', () => {
    const log = twoChains();
    log.replace('a', log.chain('a').slice(0, 8));
    log.ends?.set('a', (log.ends.get('a') ?? []).slice(0, 8));
    assert.deepEqual(log.found(), ['cut_off 9-10']);
  });
});

describe('a chain that was removed as a whole', () => {
  it('is known from its ends', () => {
    assert.deepEqual(
      after(() => []),
      ['chain_missing 1-10'],
    );
  });

  it('is known from its successor when its ends are gone too', () => {
    const log = twoChains();
    log.replace('a', []);
    log.ends?.delete('a');
    assert.deepEqual(log.found(), ['chain_missing 1-10']);
    assert.match(log.findings()[0]?.sentence ?? '', /known from chain b/);
  });
});

function verifyAll(log: TestLog): unknown {
  const reading = log.read();
  for (let next = reading.next(); ; next = reading.next()) if (next.done) return next.value;
}
