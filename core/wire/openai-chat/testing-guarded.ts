/** For tests of this wire: a stream through the guard, all at once, and what a client then has. */
import assert from 'node:assert/strict';
import { TestJudge } from '../testing.ts';
import type { StreamGuard } from '../wire.ts';
import { guardWith, type Otherwise } from './testing.ts';
import { accumulate, readChunks, type SeenChoice, standardEvents } from './testing-clients.ts';

export interface Guarded {
  readonly judge: TestJudge;
  readonly guard: StreamGuard;
  readonly out: string;
}

/** @throws ReplyFault */
export function guarded(stream: string, options: Otherwise = {}): Guarded {
  const judge = new TestJudge();
  const guard = guardWith(judge, options);
  const out = Buffer.concat(guard.push(Buffer.from(stream))).toString();
  return { judge, guard, out };
}

/** @returns what a client has of a choice */
export function seen(out: string, index = 0): SeenChoice {
  const one = accumulate(readChunks(standardEvents(out))).get(index);
  assert.ok(one, 'the choice was seen');
  return one;
}
