import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../../testing-fast-check.ts';
import { TestJudge } from '../testing.ts';
import { guardWith } from './testing.ts';
import { readStrictly, unjudged } from './testing-clients.ts';
import { type Expected, instead, type Modelled, reply } from './testing-replies.ts';

/** The events that stand in the place of a denied call; only what they say is fixed, not how it is spelt. */
function written({ text, index }: { text: string; index: number }): [string, object][] {
  const item = instead(index, text);
  const at = { item_id: item.id, output_index: index, content_index: 0 };
  const part = (said: string) => ({ type: 'output_text', annotations: [], logprobs: [], text: said });
  return [
    [
      'response.output_item.added',
      { output_index: index, item: { ...item, status: 'in_progress', content: [] } },
    ],
    ['response.content_part.added', { ...at, part: part('') }],
    ['response.output_text.delta', { ...at, delta: text, logprobs: [] }],
    ['response.output_text.done', { ...at, text, logprobs: [] }],
    ['response.content_part.done', { ...at, part: part(text) }],
    ['response.output_item.done', { output_index: index, item }],
  ];
}

/** Takes what is expected off the front of the output. @returns what is left; undefined when it is something else */
function takeOff(output: string, expected: Expected, numbers: { next: number }): string | undefined {
  if ('event' in expected) {
    const raw = expected.event(expected.numbered ? numbers.next++ : 0);
    // What some clients take for line ends is escaped in calls that were judged.
    const escaped = raw.replace(
      /[\x7f-\x9f\u2028\u2029]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    const found = [raw, escaped].find((one) => output.startsWith(one));
    return found === undefined ? undefined : output.slice(found.length);
  }
  let left = output;
  for (const [type, data] of written(expected)) {
    const [all, label, json] = /^event: (.*)\ndata: (.*)\n\n/.exec(left) ?? [];
    if (all === undefined || label !== type || json === undefined) return undefined;
    assert.deepEqual(JSON.parse(json), { type, sequence_number: numbers.next++, ...data });
    left = left.slice(all.length);
  }
  return left;
}

/** Sends the reply in pieces and holds what comes out to the model, after each piece. */
function check({ steps }: Modelled, cuts: readonly number[]): { out: string; judge: TestJudge } {
  const stream = Buffer.from(steps.map(({ raw }) => raw).join(''));
  const judge = new TestJudge();
  const guard = guardWith(judge);
  const numbers = { next: 0 };
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
        const left = takeOff(out.slice(compared), one, numbers);
        assert.ok(
          left !== undefined,
          `${'event' in one ? one.event(numbers.next - 1) : one.text}, not ${out.slice(compared)}`,
        );
        compared = out.length - left.length;
      }
    }
    assert.equal(out.slice(compared), '', 'nothing leaves before its turn');
  }
  assert.equal(out.length, compared);
  assert.ok(guard.ended);
  return { out, judge };
}

const cuts = fc.array(fc.nat(100_000), { maxLength: 8 });

describe('any reply, cut anywhere', () => {
  it('comes out as the model says, and each client sees only calls that were allowed', () => {
    let untouched = 0;
    let held = 0;
    fc.assert(
      fc.property(reply, cuts, (modelled, at) => {
        const { out, judge } = check(modelled, at);
        assert.deepEqual(unjudged(out, judge.allowed), []);
        if (!modelled.untouched) return;
        untouched++;
        held += judge.allowed.length;
        assert.equal(out, modelled.steps.map(({ raw }) => raw).join(''));
      }),
      { numRuns: 400 },
    );
    assert.ok(untouched > 40 && held > 20, `${untouched} untouched, with ${held} calls`);
  });

  it('is for a strict client the response that the model says, streamed and in the end', () => {
    fc.assert(
      fc.property(reply, (modelled) => {
        const { out } = check(modelled, []);
        // What official SDKs have no number or name for, clients skip.
        const known = out.replace(
          /^(?:event: keepalive\r?\n)?data: \{"type":"(?:keepalive|response\.new_thing)".*\r?\n\r?\n/gm,
          '',
        );
        const numbered = (() => {
          let n = 0;
          return known.replace(/"sequence_number": ?\d+/g, () => `"sequence_number":${n++}`);
        })();
        const whole = readStrictly(numbered);
        assert.deepEqual(whole.output, modelled.output);
        const cut = readStrictly(numbered.slice(0, numbered.lastIndexOf('event: response.completed')));
        assert.deepEqual(cut.output, modelled.output, 'what was streamed is what the end repeats');
      }),
      { numRuns: 150 },
    );
  });

  it('comes out alike when it is cut at every single byte', () => {
    fc.assert(
      fc.property(reply, (modelled) => {
        const length = Buffer.byteLength(modelled.steps.map(({ raw }) => raw).join(''));
        const { out } = check(modelled, []);
        const everywhere = Array.from({ length }, (_, i) => i);
        assert.equal(check(modelled, everywhere).out, out);
        for (let cut = 0; cut < length; cut += 1 + Math.floor(length / 200)) {
          assert.equal(check(modelled, [cut]).out, out);
        }
      }),
      { numRuns: 6 },
    );
  });
});
