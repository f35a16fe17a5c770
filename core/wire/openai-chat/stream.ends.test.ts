/** What a stream cost, and how one ends that costs too much. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestJudge } from '../testing.ts';
import {
  begin,
  call,
  calls,
  chunk,
  DONE,
  end,
  event,
  guardWith,
  piece,
  START,
  text,
  usage,
} from './testing.ts';
import { guarded, seen } from './testing-guarded.ts';

const TAIL = usage() + DONE;

describe('what a stream cost', () => {
  it('comes in a chunk that only agents get who asked for it', () => {
    const nulls = START + text('x') + end();
    const asked = guarded(nulls + TAIL);
    assert.equal(asked.out, nulls + TAIL);
    const { out, guard } = guarded(nulls + TAIL, { wantsUsage: false });
    assert.equal(out, nulls + DONE);
    assert.deepEqual(guard.facts().usage?.inputTokens, 10);
    const early = guarded(START + usage() + text('x') + end(), { wantsUsage: false });
    assert.equal(early.out, START + text('x') + end(), 'some hosts say it all the time');
    const filters = event({ choices: [], prompt_filter_results: [], usage: null });
    assert.equal(guarded(filters, { wantsUsage: false }).out, filters, 'no usage, nothing to remove');
  });

  it('is known when hosts say it in the last chunk, in every chunk, twice, or late', () => {
    const used = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
    const choices = [{ index: 0, delta: {}, finish_reason: 'stop' }];
    const last = event({ choices, usage: used });
    for (const stream of [
      START + last + DONE,
      START + event({ choices: [{ index: 0, delta: {} }], usage: { ...used, completion_tokens: 1 } }) + last,
      START + last + usage(used),
      START + end() + DONE + usage(used),
      START + end() + usage(used),
      START + usage(used) + end(),
    ]) {
      for (const wantsUsage of [true, false]) {
        const { guard } = guarded(stream, { wantsUsage });
        const { usage: known, faults } = guard.facts();
        assert.deepEqual([known?.inputTokens, known?.outputTokens, faults], [9, 4, []], stream);
      }
    }
    assert.equal(guarded(START + last + DONE, { wantsUsage: false }).out, START + last + DONE);
    const denied = event({ choices: [{ index: 0, delta: { tool_calls: [piece(0, '{}')] } }], usage: used });
    const { out } = guarded(START + calls(begin(0, 'DenyMe')) + denied);
    assert.ok(out.includes('"prompt_tokens":9'), 'it is delivered though its call is not');
  });

  it('is missing when no host says it, and never invented', () => {
    const { guard } = guarded(START + text('one two three four') + end() + DONE);
    const { usage: unknown, soFar, faults } = guard.facts();
    assert.deepEqual([unknown, faults, soFar.outputTokens], [undefined, ['usage_missing'], 2]);
    const zero = guarded(START + end() + usage({ prompt_tokens: 0, completion_tokens: 0 }) + DONE);
    assert.deepEqual(zero.guard.facts().faults, ['usage_missing']);
  });
});

describe('a streamed reply that outruns its reservation', () => {
  it('is cut, and ends for the client as a message that reached its cap, with a text', () => {
    const guard = guardWith(new TestJudge(), { cap: 10 });
    const first = Buffer.concat(guard.push(Buffer.from(START + text('Hm.'))));
    // All in one piece: what came before the excess must not be lost.
    assert.throws(() => guard.push(Buffer.from(text('one two ') + text('w '.repeat(50)))), {
      code: 'reply_over_cap',
    });
    const rest = guard.finish('[tollgate] cut').toString();
    assert.deepEqual(seen(first + rest), {
      content: 'Hm.one two \n\n[tollgate] cut',
      reasoning: '',
      calls: [],
      finish: 'length',
    });
    assert.ok(rest.endsWith(DONE));
    assert.equal(JSON.parse(rest.split('\n\n')[1]?.slice(6) ?? '').id, 'chatcmpl-1', 'as its other chunks');
    assert.doesNotMatch(rest, /role/);
    const { faults, soFar } = guard.facts();
    assert.ok(faults.includes('bound_fault'));
    assert.equal(soFar.outputTokens, 27, 'what was heard, not what was said');
  });

  it('ends every choice that is open, and those that never began', () => {
    const guard = guardWith(new TestJudge(), { cap: 10, n: 3 });
    const out = Buffer.concat(
      guard.push(Buffer.from(START + text('x') + end() + chunk({ role: 'assistant' }, null, 1))),
    );
    assert.throws(() => guard.push(Buffer.from(text('w '.repeat(50), 1))), { code: 'reply_over_cap' });
    const rest = guard.finish('cut').toString();
    const all = out.toString() + rest;
    assert.deepEqual(
      [0, 1, 2].map((i) => [seen(all, i).content, seen(all, i).finish]),
      [
        ['x', 'stop'],
        ['cut', 'length'],
        ['cut', 'length'],
      ],
    );
    assert.equal(rest.match(/"role":"assistant"/g)?.length, 1);
    const held = guardWith(new TestJudge(), { cap: 10, n: 2 });
    held.push(Buffer.from(chunk({ tool_calls: [begin(0, 'Bash')] }, null, 1) + text('x') + end()));
    assert.throws(() => held.push(Buffer.from(text('w '.repeat(50), 1))), { code: 'reply_over_cap' });
    const both = held.finish('cut').toString();
    assert.deepEqual([seen(both, 0).finish, seen(both, 1).finish], ['length', 'length'], 'one end was held');
    const none = guardWith(new TestJudge()).finish('cut').toString();
    assert.deepEqual([seen(none).content, seen(none).finish], ['cut', 'length']);
  });

  it('is cut whatever it goes on with', () => {
    const [long, cap] = ['w '.repeat(50), 10];
    const thoughts = [{ type: 'thinking', thinking: [{ type: 'text', text: long }] }];
    for (const more of [
      text(long),
      chunk({ reasoning_content: long }),
      chunk({ reasoning: long }),
      chunk({ refusal: long }),
      chunk({ content: thoughts }),
      chunk({ tool_calls: [begin(0, long)] }),
      chunk({ function_call: { name: 'ReadFile', arguments: long } }),
      calls({ index: 0, custom: { name: 'ReadFile', input: long } }),
      call(0, 'ReadFile', long),
      call(0, 'Bash', long),
    ]) {
      assert.throws(() => guarded(START + more, { cap }), { code: 'reply_over_cap' }, more);
    }
    const twice = chunk({ reasoning_content: 'w '.repeat(18), reasoning: 'w '.repeat(18) });
    assert.equal(guarded(twice, { cap }).out, twice, 'thoughts that stand there twice count once');
    const sealed = chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'a+'.repeat(50) }] });
    assert.equal(guarded(sealed, { cap }).out, sealed);
    const each = text('w '.repeat(18), 0) + text('w '.repeat(18), 1);
    assert.equal(guarded(each, { cap, n: 2 }).out, each, 'each choice has the cap');
  });

  it('does not deliver a held call', () => {
    const guard = guardWith(new TestJudge(), { cap: 10 });
    assert.throws(() => guard.push(Buffer.from(START + call(0, 'Bash', '{"a":"', 'x '.repeat(50)))));
    const out = guard.finish('cut').toString();
    assert.deepEqual(seen(out), { content: 'cut', reasoning: '', calls: [], finish: 'length' });
  });

  it('is cut when it reports more than was reserved for before its end, and not after', () => {
    const outruns = ({ inputTokens }: { inputTokens: number }) => inputTokens > 100;
    const much = { prompt_tokens: 101, completion_tokens: 1 };
    assert.throws(() => guarded(START + usage(much) + text('x'), { outruns }), { code: 'reply_over_cap' });
    const { guard } = guarded(START + end() + usage(much) + DONE, { outruns });
    assert.deepEqual(guard.facts().faults, ['bound_fault']);
    const last = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: much });
    assert.equal(guarded(START + last, { outruns }).out, START + last, 'there is nothing to cut any more');
    const broken = () => {
      throw new RangeError('beyond counting');
    };
    assert.deepEqual(guarded(START + end() + usage() + DONE, { outruns: broken }).guard.facts().faults, [
      'bound_fault',
    ]);
  });

  it('fails with an error and nothing else', () => {
    const guard = guardWith(new TestJudge());
    guard.push(Buffer.from(START + call(0, 'Bash', '{"a":1}')));
    const data = JSON.parse(guard.fail('broken off', 'reply_cut').toString().slice(6));
    assert.deepEqual(data, {
      error: { message: 'broken off', type: 'server_error', param: null, code: 'reply_cut' },
      tollgate: { code: 'reply_cut' },
    });
  });
});
