import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../../testing-fast-check.ts';
import { TestJudge } from '../testing.ts';
import { guardWith } from './testing.ts';
import { readWithSdk, unjudged } from './testing-clients.ts';
import { type Expected, type Modelled, reply } from './testing-replies.ts';

/** The events that stand in the place of a denied call; only what they say is fixed, not how it is spelt. */
function written({ text, index }: { text: string; index: number }): unknown[] {
  return [
    [
      'content_block_start',
      { type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
    ],
    ['content_block_delta', { type: 'content_block_delta', index, delta: { type: 'text_delta', text } }],
    ['content_block_stop', { type: 'content_block_stop', index }],
  ];
}

/** Takes what is expected off the front of the output. @returns what is left; undefined when it is something else */
function takeOff(output: string, expected: Expected): string | undefined {
  if ('raw' in expected) {
    return output.startsWith(expected.raw) ? output.slice(expected.raw.length) : undefined;
  }
  let left = output;
  for (const [type, data] of written(expected) as [string, object][]) {
    const [all, label, json] = /^event: (.*)\ndata: (.*)\n\n/.exec(left) ?? [];
    if (all === undefined || label !== type || json === undefined) return undefined;
    assert.deepEqual(JSON.parse(json), data);
    left = left.slice(all.length);
  }
  return left;
}

/** Sends the reply in pieces and holds what comes out to the model, after each piece. */
function check({ steps }: Modelled, cuts: readonly number[]): { out: string; judge: TestJudge } {
  const stream = Buffer.from(steps.map(({ raw }) => raw).join(''));
  const judge = new TestJudge();
  const guard = guardWith(judge);
  const borders = [...new Set([...cuts.map((cut) => cut % stream.length), stream.length])];
  let out = '';
  /** Of `out`, what has been compared. */
  let compared = 0;
  let at = 0;
  let step = 0;
  let begin = 0;
  for (const border of borders.sort((a, b) => a - b)) {
    out += Buffer.concat(guard.push(stream.subarray(at, border))).toString();
    at = border;
    for (; step < steps.length; step++) {
      const { raw, out: expected } = steps[step] as Modelled['steps'][number];
      const length = Buffer.byteLength(raw);
      if (begin + length > border) break;
      begin += length;
      for (const one of expected) {
        const left = takeOff(out.slice(compared), one);
        assert.ok(left !== undefined, `${JSON.stringify(one)}, not ${JSON.stringify(out.slice(compared))}`);
        compared = out.length - left.length;
      }
    }
    assert.equal(out.slice(compared), '', 'nothing leaves before its turn');
  }
  assert.equal(out.length, compared);
  return { out, judge };
}

const cuts = fc.array(fc.nat(100_000), { maxLength: 8 });

describe('any reply, cut anywhere', () => {
  it('comes out as the model says, and each client sees only calls that were allowed', () => {
    fc.assert(
      fc.property(reply, cuts, (modelled, at) => {
        const { out, judge } = check(modelled, at);
        assert.deepEqual(unjudged(out, judge.allowed), []);
        if (modelled.untouched) assert.equal(out, modelled.steps.map(({ raw }) => raw).join(''));
      }),
      { numRuns: 300 },
    );
  });

  it('is for the official SDK the message that the model says', async () => {
    await fc.assert(
      fc.asyncProperty(reply, async (modelled) => {
        const { out } = check(modelled, []);
        const seen = await readWithSdk(out);
        assert.equal(seen.error, undefined);
        assert.deepEqual(seen.content, modelled.content);
        assert.equal(seen.stopReason, modelled.stopReason);
      }),
      { numRuns: 100 },
    );
  });

  it('comes out alike when it is cut at every single byte', () => {
    fc.assert(
      fc.property(reply, (modelled) => {
        const length = Buffer.byteLength(modelled.steps.map(({ raw }) => raw).join(''));
        const { out } = check(modelled, []);
        assert.equal(
          check(
            modelled,
            Array.from({ length }, (_, i) => i),
          ).out,
          out,
        );
        for (let cut = 0; cut < length; cut += 1 + Math.floor(length / 300)) {
          assert.equal(check(modelled, [cut]).out, out);
        }
      }),
      { numRuns: 8 },
    );
  });
});
