import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../../testing-fast-check.ts';
import { TestJudge } from '../testing.ts';
import { guardWith } from './testing.ts';
import { accumulate, readChunks, standardEvents, unjudged } from './testing-clients.ts';
import { type Modelled, reply } from './testing-replies.ts';

/** Sends the reply in pieces and holds what a client sees to the model, after each event. */
function check({ n, steps, bytes }: Modelled, cuts: readonly number[]): { out: string; judge: TestJudge } {
  const stream = Buffer.from(steps.map(({ raw }) => raw).join(''));
  const judge = new TestJudge();
  const guard = guardWith(judge, { n });
  const borders = [...new Set([...cuts.map((cut) => cut % stream.length), stream.length])];
  let out = '';
  let at = 0;
  let step = 0;
  let begin = 0;
  let seen: Modelled['steps'][number]['seen'] = new Map();
  for (const border of borders.sort((a, b) => a - b)) {
    out += Buffer.concat(guard.push(stream.subarray(at, border))).toString();
    at = border;
    for (; step < steps.length; step++) {
      const { raw, seen: after } = steps[step] as Modelled['steps'][number];
      if (begin + Buffer.byteLength(raw) > border) break;
      begin += Buffer.byteLength(raw);
      seen = after;
    }
    assert.deepEqual(accumulate(readChunks(standardEvents(out))), seen);
  }
  if (bytes !== undefined) assert.equal(out, bytes);
  return { out, judge };
}

const cuts = fc.array(fc.nat(100_000), { maxLength: 8 });

describe('any reply, cut anywhere', () => {
  it('is at every moment what the model says, and each client sees only calls that were allowed', () => {
    const counts = { whole: 0, denied: 0, allowed: 0 };
    fc.assert(
      fc.property(reply, cuts, (modelled, at) => {
        const { out, judge } = check(modelled, at);
        assert.deepEqual(unjudged(out, judge.allowed), []);
        if (modelled.bytes !== undefined) counts.whole++;
        counts.denied += judge.denied.length;
        counts.allowed += judge.allowed.length;
      }),
      { numRuns: 400 },
    );
    assert.ok(counts.whole > 40 && counts.denied > 100 && counts.allowed > 100, JSON.stringify(counts));
  });

  it('is what the model says after every single event', () => {
    fc.assert(
      fc.property(reply, (modelled) => {
        let at = 0;
        const borders = modelled.steps.map(({ raw }) => {
          at += Buffer.byteLength(raw);
          return at;
        });
        check(modelled, borders.slice(0, -1));
      }),
      { numRuns: 150 },
    );
  });

  it('comes out alike when it is cut at every single byte', () => {
    fc.assert(
      fc.property(reply, (modelled) => {
        const length = Buffer.byteLength(modelled.steps.map(({ raw }) => raw).join(''));
        const { out } = check(modelled, []);
        const judge = new TestJudge();
        const guard = guardWith(judge, { n: modelled.n });
        const stream = Buffer.from(modelled.steps.map(({ raw }) => raw).join(''));
        const bytes = Array.from({ length }, (_, i) => guard.push(stream.subarray(i, i + 1))).flat();
        assert.equal(Buffer.concat(bytes).toString(), out);
        for (let cut = 0; cut < length; cut += 1 + Math.floor(length / 200)) {
          assert.equal(check(modelled, [cut]).out, out);
        }
      }),
      { numRuns: 8 },
    );
  });
});
