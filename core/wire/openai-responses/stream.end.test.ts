import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusalOf, TestJudge } from '../testing.ts';
import {
  added,
  CREATED,
  call,
  callItem,
  closeCall,
  done,
  end,
  event,
  guardWith,
  type Otherwise,
  openCall,
  START,
  stream,
  text,
  textItem,
  USAGE,
} from './testing.ts';

function guarded(bytes: string, options: Otherwise = {}) {
  const judge = new TestJudge();
  const guard = guardWith(judge, options);
  const out = Buffer.concat(guard.push(Buffer.from(bytes))).toString();
  return { judge, guard, out };
}

const said = (index: number, name: string): object => ({
  id: `msg_tollgate_resp01_${index}`,
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', annotations: [], logprobs: [], text: refusalOf(name) }],
});

const BAD = '{"bad":1}';

describe('the end of a streamed reply', () => {
  it('has its denied calls replaced, and is else as it came, white space included', () => {
    const odd = (item: string) =>
      `event: response.completed\ndata: { "type" : "response.completed","sequence_number": 7 ,"response":{"id":"resp_01", "output" : [ ${item} ],"output_text":"", "usage" : null } }\n\n`;
    const item = JSON.stringify(callItem(0, 'DenyMe', ''));
    const { out } = guarded(stream(START, call(0, 'DenyMe')) + odd(item));
    const last = out.slice(out.lastIndexOf('event: '));
    assert.equal(
      last
        .replace(/"sequence_number": \d+/, '"sequence_number": 7')
        .replace(/"output_text":"[^,]*"/, '"output_text":""'),
      odd(JSON.stringify(said(0, 'DenyMe'))),
    );
    assert.match(last, /"output_text":"\[tollgate\] DenyMe was \\"not allowed\\"\\n"/);
  });

  it('has its calls judged where the stream did not have them like this', () => {
    const item = callItem(0, 'Bash', '{"command":"ls"}');
    const streamed = stream(START, added(0, item) + done(0, item));
    for (const [output, denied] of [
      [[item], []],
      [[{ ...item, id: 'other' }], []],
      [[{ ...item, arguments: '{"bad":1}' }], ['Bash {"bad":1}']],
      [[{ ...item, name: 'DenyMe' }], ['DenyMe']],
      [[{ ...item, namespace: 'Deny' }], ['Deny/Bash']],
      [[item, callItem(1, 'Bash', '{"bad":1}')], ['Bash {"bad":1}']],
      [
        [textItem(0, 'x'), { type: 'shell_call', action: { commands: ['bad'] } }],
        ['shell {"commands":["bad"]}'],
      ],
      [[{ ...item, arguments: '{"a"' }], ['Bash']],
    ] as const) {
      const { out, judge } = guarded(streamed + end(output));
      assert.deepEqual(judge.denied, denied, JSON.stringify(output));
      assert.equal(out.includes('not allowed'), denied.length > 0);
      const last = out.slice(out.lastIndexOf('event: '));
      assert.ok(!/bad|DenyMe"/.test(last), last);
    }
  });

  it('does not take one call’s lack of arguments for leave to make any', () => {
    const item = callItem(0, 'Bash', 'null');
    const { judge } = guarded(
      stream(START, added(0, item), done(0, item), end([{ ...item, arguments: BAD }])),
    );
    assert.deepEqual([judge.allowed, judge.denied], [['Bash null'], ['Bash {"bad":1}']]);
  });

  it('repeats a denied call in no place and under no arguments, as long as a client may know it again', () => {
    const item = callItem(0, 'Bash', '{"a":1}');
    const streamed = stream(START, openCall(0, 'Bash', ['{"a":2}']) + closeCall(0, 'Bash', '{"a":1}'));
    for (const again of [
      item,
      { ...item, call_id: 'x' },
      { ...item, id: 'x' },
      { ...item, arguments: '{"a":3}' },
    ]) {
      const { out, judge } = guarded(streamed + end([textItem(0, 'x'), again]));
      assert.deepEqual([judge.allowed, judge.denied], [[], ['Bash']]);
      assert.ok(!out.includes('"Bash"'));
    }
    const nameless = { type: 'shell_call', action: { commands: ['bad'] } };
    const { out } = guarded(
      stream(
        START,
        added(0, nameless) + done(0, nameless),
        end([{ type: 'shell_call', action: { commands: ['ls'] } }]),
      ),
    );
    assert.ok(!out.includes('shell_call'));
  });

  it('may have no output at all, may begin the stream, and may be a failure', () => {
    for (const last of [
      end([]),
      end([], { output: null }),
      event('response.failed', { response: { id: 'r', error: { code: 'server_error' } } }),
    ]) {
      const reply = stream(START, text(0, 'x'), last);
      assert.equal(guarded(reply).out, reply);
    }
    const failed = stream(event('response.failed', { response: { id: 'r', status: 'failed' } }));
    const { out, guard } = guarded(failed);
    assert.equal(out, failed);
    assert.ok(guard.ended);
    assert.deepEqual(guard.facts().faults, ['usage_missing']);
  });

  it('says what the reply used, of whatever kind it is', () => {
    for (const type of ['completed', 'incomplete', 'failed']) {
      const { guard } = guarded(
        stream(START, event(`response.${type}`, { response: { id: 'resp_01', output: [], usage: USAGE } })),
      );
      assert.deepEqual(guard.facts(), {
        usage: {
          inputTokens: 6,
          outputTokens: 5,
          cacheReadTokens: 4,
          cacheWrite5mTokens: 0,
          cacheWrite1hTokens: 0,
        },
        soFar: {
          inputTokens: 6,
          outputTokens: 5,
          cacheReadTokens: 4,
          cacheWrite5mTokens: 0,
          cacheWrite1hTokens: 0,
        },
        faults: [],
      });
    }
    const fast = guarded(stream(CREATED, end([], { service_tier: 'priority' }))).guard.facts().usage;
    assert.equal(fast?.multiplierPermille, 2500);
  });
});
