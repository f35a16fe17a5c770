import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ChainedEntry } from '../../core/audit/chain.ts';
import { dropEnds, EndsWriter, readEnds } from './ends.ts';
import { temporaryFolder } from './testing.ts';

const HASH = 'ab'.repeat(32);

function entries(from: number, through: number): ChainedEntry[] {
  return Array.from({ length: through - from + 1 }, (_, i) => ({ seq: from + i, text: '', hash: HASH }));
}

function seqs(folder: string, chain = 'a'): number[] {
  return Array.from(readEnds(folder).of(chain), ({ seq }) => seq);
}

describe('the ends of chains', () => {
  it('are one line an entry, read back in order', (t) => {
    const folder = temporaryFolder(t);
    const writer = new EndsWriter(folder, 'a');
    writer.append(entries(1, 2));
    writer.append(entries(3, 3));
    writer.close();
    assert.equal(readFileSync(join(folder, 'a.1'), 'utf8'), `1 ${HASH}\n2 ${HASH}\n3 ${HASH}\n`);
    const kept = readEnds(folder);
    assert.deepEqual([...kept.chains()], ['a']);
    assert.deepEqual([...kept.of('a')].at(1), { seq: 2, hash: HASH });
    assert.deepEqual([...kept.of('b')], []);
  });

  it('go on in another file after 10,000 lines', (t) => {
    const folder = temporaryFolder(t);
    const writer = new EndsWriter(folder, 'a');
    for (let seq = 1; seq <= 25_000; seq += 100) writer.append(entries(seq, seq + 99));
    writer.close();
    assert.deepEqual(readdirSync(folder).sort(), ['a.1', 'a.10001', 'a.20001']);
    assert.deepEqual(
      seqs(folder),
      entries(1, 25_000).map(({ seq }) => seq),
    );
  });

  it('are removed file by file, as far as no line in one is needed', (t) => {
    const folder = temporaryFolder(t);
    const writer = new EndsWriter(folder, 'a');
    writer.append(entries(1, 25_000));
    const left = (through: number, whole = false) => {
      dropEnds(folder, 'a', through, whole);
      return readdirSync(folder).sort();
    };
    assert.deepEqual(left(9_999), ['a.1', 'a.10001', 'a.20001']);
    assert.deepEqual(left(10_000), ['a.10001', 'a.20001']);
    assert.deepEqual(left(25_000), ['a.20001']);
    writer.append(entries(25_001, 25_001));
    assert.equal(seqs(folder).at(-1), 25_001);
    assert.deepEqual(left(25_001, true), []);
    writer.append(entries(25_002, 25_002));
    assert.deepEqual(seqs(folder), [25_002], 'a chain that goes on has ends again');
    writer.close();
  });

  it('are written later when they could not be', (t) => {
    const folder = join(temporaryFolder(t), 'ends');
    mkdirSync(folder);
    const writer = new EndsWriter(folder, 'a');
    writer.append(entries(1, 1));
    // Its file is gone, and another can't be made: as on a full disk, what is to be written has to wait.
    renameSync(join(folder, 'a.1'), `${folder}-file`);
    rmSync(`${folder}-file`);
    renameSync(folder, `${folder}-away`);
    writer.append(entries(2, 2));
    writer.append(entries(3, 3));
    renameSync(`${folder}-away`, folder);
    writer.append(entries(4, 4));
    assert.deepEqual(seqs(folder), [2, 3, 4]);
    writer.close();
  });

  it('leave out a line that is not whole, and of two for one entry the later', (t) => {
    const folder = temporaryFolder(t);
    const other = 'cd'.repeat(32);
    writeFileSync(
      join(folder, 'a.1'),
      `1 ${HASH}\nx\n2 ${HASH}\n2 ${other}\n4 ${HASH}\n3 ${other}\n5 ${HASH.slice(1)}`,
    );
    assert.deepEqual(
      Array.from(readEnds(folder).of('a'), ({ seq, hash }) => `${seq} ${hash.slice(0, 2)}`),
      ['1 ab', '2 ab', '3 cd', '4 ab'],
    );
  });

  it('are those of the moment in which they were asked for; later ones can be asked for one by one', (t) => {
    const folder = temporaryFolder(t);
    const writer = new EndsWriter(folder, 'a');
    writer.append(entries(1, 2));
    const kept = readEnds(folder);
    writer.append(entries(3, 3));
    writer.close();
    appendFileSync(join(folder, 'b.1'), `1 ${HASH}\n`);
    assert.deepEqual(
      Array.from(kept.of('a'), ({ seq }) => seq),
      [1, 2],
    );
    assert.deepEqual([...kept.chains()], ['a']);
    assert.equal(kept.has('a', { seq: 3, hash: HASH }), true);
    assert.equal(kept.has('a', { seq: 3, hash: HASH.replace('a', 'b') }), false);
    assert.equal(kept.has('a', { seq: 4, hash: HASH }), false);
    appendFileSync(join(folder, 'a.1'), `4 ${HASH}\n`);
    assert.equal(kept.has('a', { seq: 4, hash: HASH }), true);
  });

  it('say what is wrong with their folder', (t) => {
    const folder = join(temporaryFolder(t), 'none');
    assert.throws(() => new EndsWriter(folder, 'a'), {
      name: 'StateError',
      message: /can't be written: ENOENT/,
    });
    assert.throws(() => readEnds(folder), { name: 'StateError', message: /can't be read: ENOENT/ });
  });

  it('do not leave their folder, whatever a chain is called', (t) => {
    const folder = temporaryFolder(t);
    for (const chain of ['../a', 'a/b', '', 'a.1', 'a b']) {
      assert.throws(() => new EndsWriter(folder, chain), RangeError, chain);
    }
  });
});
