import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuMs } from '../testing-cpu.ts';
import { Pieces } from './pieces.ts';

/** Fixed pieces of all sizes. */
function* cut(whole: Buffer): Generator<Buffer> {
  for (let at = 0, n = 1; at < whole.length; n = (n * 7919) % 9973) {
    const size = n % 50 === 0 ? n * 3 : n % 3;
    yield whole.subarray(at, at + size);
    at += size;
  }
}

describe('pieces', () => {
  it('are the same bytes in the same order when they are joined', () => {
    const whole = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 31) % 251));
    const pieces = new Pieces();
    let count = 0;
    for (const piece of cut(whole)) {
      pieces.push(piece);
      count++;
    }
    assert.ok(count > 1_000);
    assert.equal(pieces.bytes, whole.length);
    assert.ok(pieces.join().equals(whole));
    pieces.clear();
    assert.deepEqual([pieces.bytes, pieces.join().length], [0, 0]);
  });

  it('of one byte each cost about as much memory as they have bytes', () => {
    const byte = () => Buffer.from('x');
    const pieces = new Pieces();
    const before = process.memoryUsage();
    for (let i = 0; i < 2_000_000; i++) pieces.push(byte());
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.external - before.heapUsed - before.external;
    assert.ok(grown < 60_000_000, `${grown} bytes for 2,000,000`);
    assert.equal(pieces.join().length, 2_000_000);
  });

  it('are copied together with their like, and not with all that came before', () => {
    const pieces = new Pieces();
    const ms = cpuMs(() => {
      pieces.push(Buffer.alloc(32 * 1024 * 1024));
      for (let i = 0; i < 400_000; i++) pieces.push(Buffer.from('x'));
    });
    // To copy it all, each time anew, takes half a minute.
    assert.ok(ms < 10_000, `${ms} ms`);
  });

  it('that are large are not copied before they are joined', () => {
    const large = Buffer.alloc(64 * 1024);
    const pieces = new Pieces();
    pieces.push(large);
    assert.equal(pieces.join(), large);
  });
});
