import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusalOf, TestJudge } from '../testing.ts';
import { ReplyFault } from '../wire.ts';
import { guardOther, guardReply } from './reply.ts';

const USAGE = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
const call = (name: string, args: unknown = '{}') => ({
  id: 'x',
  type: 'function',
  function: { name, arguments: args },
});
const custom = (name: string, input: unknown) => ({ id: 'c', type: 'custom', custom: { name, input } });
const completion = (message: object, finish_reason: unknown = 'tool_calls', more: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason }],
  usage: USAGE,
  ...more,
});

function guard(reply: object | string) {
  const judge = new TestJudge();
  const sent = Buffer.from(typeof reply === 'string' ? reply : JSON.stringify(reply, null, 1));
  const guarded = guardReply(sent, judge, { cacheWrite: 'none' });
  const parsed = JSON.parse(guarded.bytes.toString());
  return { judge, sent, choice: parsed.choices?.[0], text: guarded.bytes.toString(), ...guarded };
}

describe('a reply that is not streamed', () => {
  it('comes back as the very bytes when nothing is denied', () => {
    const calls = [
      call('ReadFile', 'not JSON'),
      call('Bash', '{"command":"ls"}'),
      custom('patch', '*** x'),
      call('Edit', ''),
    ];
    const message = {
      content: 'Grüß',
      tool_calls: calls,
      function_call: null,
      refusal: null,
      annotations: [{ type: 'url_citation', url_citation: { url: 'x' } }],
      reasoning_details: [{ type: 'reasoning.text', text: 'x' }],
      brand_new: [1],
    };
    const { bytes, sent, judge, usage } = guard(completion(message));
    assert.equal(bytes, sent);
    assert.deepEqual(judge.allowed, [
      'ReadFile',
      'Bash {"command":"ls"}',
      'patch {"input":"*** x"}',
      'Edit {}',
    ]);
    assert.equal(usage?.outputTokens, 4);
    for (const odd of [
      completion({ tool_calls: [] }),
      completion({}),
      { choices: [] },
      { choices: [{ index: 0 }] },
    ]) {
      assert.equal(guard(odd).bytes.length, guard(odd).sent.length);
    }
  });

  it('has text for denied calls, keeps the others, and every byte outside the message', () => {
    const bad = call('Bash', '{"bad":1}');
    const good = call('Bash', '{"command" : "ls"}');
    const { text, sent, choice } = guard(
      completion({ content: 'Hm.', tool_calls: [bad, good, call('DenyMe')] }),
    );
    assert.equal(choice.message.content, `Hm.\n\n${refusalOf('Bash')}\n\n${refusalOf('DenyMe')}`);
    assert.deepEqual(choice.message.tool_calls, [good]);
    assert.equal(choice.finish_reason, 'tool_calls');
    const [before = '', after = ''] = sent.toString().split(/(?<="message": )\{[\s\S]*?\n {3}\}/);
    assert.ok(before !== '' && text.startsWith(before) && after.length > 50 && text.endsWith(after));
  });

  it('ends its turn when no call is left, and only then', () => {
    const reasonOf = (message: object, reason: unknown): unknown => {
      const { choice } = guard(completion(message, reason));
      assert.ok(!('tool_calls' in choice.message) || choice.message.tool_calls.length > 0, 'no empty list');
      return choice.finish_reason;
    };
    assert.equal(reasonOf({ tool_calls: [call('DenyMe'), call('Bash', '{"bad":1}')] }, 'tool_calls'), 'stop');
    assert.equal(reasonOf({ tool_calls: [call('DenyMe'), call('ReadFile')] }, 'tool_calls'), 'tool_calls');
    assert.equal(reasonOf({ tool_calls: [call('DenyMe')] }, 'length'), 'length');
    assert.equal(reasonOf({ tool_calls: [call('DenyMe')] }, null), null);
    assert.equal(reasonOf({ function_call: { name: 'DenyMe', arguments: '{}' } }, 'function_call'), 'stop');
    const both = { tool_calls: [call('DenyMe')], function_call: { name: 'ReadFile', arguments: '{}' } };
    assert.equal(reasonOf(both, 'function_call'), 'function_call');
  });

  it('is judged choice by choice', () => {
    const choices = ['ReadFile', 'DenyMe', 'Bash'].map((name, index) => ({
      index,
      message: { content: '', tool_calls: [call(name, '{"bad":1}')] },
      finish_reason: 'tool_calls',
    }));
    const { text } = guard({ choices, usage: USAGE });
    const guarded = JSON.parse(text).choices;
    assert.deepEqual(guarded[0], choices[0]);
    assert.deepEqual(guarded.slice(1), [
      { index: 1, message: { content: refusalOf('DenyMe') }, finish_reason: 'stop' },
      { index: 2, message: { content: refusalOf('Bash') }, finish_reason: 'stop' },
    ]);
  });

  it('has its text in parts where its content is in parts', () => {
    const content = [{ type: 'text', text: 'Hm.' }];
    const { choice } = guard(completion({ content, tool_calls: [call('DenyMe')] }));
    assert.deepEqual(choice.message.content, [...content, { type: 'text', text: refusalOf('DenyMe') }]);
  });

  it('has calls of other forms judged too', () => {
    for (const one of [
      { function: { name: 'DenyMe', arguments: '{}' } },
      { type: 'builtin_function', function: { name: 'DenyMe' } },
      custom('DenyMe', 'x'),
      custom('Bash', { a: 1 }),
      call('Bash', { bad: 1 }),
      call('Bash', ['ls']),
      call('Bash', 7),
      call('Bash', '{"a":1,"A":2}'),
      call('Bash', '{"__proto__":{}}'),
      call('Bash', '{"to":9007199254740993}'),
      call('Bash', JSON.parse('{"a":{"__proto__":{"command":"rm"}}}')),
      custom('Bash', 'half \ud83d'),
    ]) {
      const { judge, text } = guard(completion({ tool_calls: [one] }));
      assert.deepEqual([judge.allowed.length, judge.denied.length], [0, 1], JSON.stringify(one));
      assert.doesNotMatch(text, /"DenyMe"|"Bash"/);
    }
    assert.deepEqual(guard(completion({ tool_calls: [call('Bash', { a: 1 })] })).judge.allowed, [
      'Bash {"a":1}',
    ]);
    const odd = JSON.stringify(completion({ tool_calls: [call('Bash', { to: 7 })] })).replace(
      '7',
      '9007199254740993',
    );
    assert.deepEqual(guard(odd).judge.denied, ['Bash'], 'a number that programs read differently');
    assert.deepEqual(guard(odd.replace('Bash', 'ReadFile')).judge.allowed, ['ReadFile'], 'where it decides');
  });

  it('is refused when it cannot be read in one way only, or is no completion', () => {
    const of = (message: string) => `{"choices":[{"message":${message}}]}`;
    for (const text of [
      '',
      '{',
      '[]',
      '"x"',
      '{}',
      '{"choices":"x"}',
      '{"choices":{}}',
      '{"choices":null}',
      '{"choices":["x"]}',
      '{"choices":[],"Choices":[]}',
      '{"choices":[{"message":"x"}]}',
      '{"choices":[{"Message":{}}]}',
      '{"choices":[{"delta":{"tool_calls":[{}]}}]}',
      '{"choices":[{"tool_calls":[{}]}]}',
      '{"choices":[],"function_call":{}}',
      '{"choices":[],"x":{"type":"function_call"}}',
      of('{"Tool_calls":[]}'),
      of('{"tool_calls":{}}'),
      of('{"tool_calls":[[]]}'),
      of('{"tool_calls":[{}]}'),
      of('{"tool_calls":[{"function":{}}]}'),
      of('{"tool_calls":[{"function":{"name":7}}]}'),
      of('{"tool_calls":[{"function":{"Name":"DenyMe"}}]}'),
      of('{"tool_calls":[{"function":{"name":"Read"},"custom":{"name":"Read"}}]}'),
      of('{"tool_calls":[{"function":{"name":"Read"},"name":"DenyMe"}]}'),
      of('{"tool_calls":[{"function":{"name":"Read","x":{"type":"tool_use"}}}]}'),
      of('{"function_call":"DenyMe"}'),
      of('{"function_call":{"arguments":"{}"}}'),
      of('{"content":[{"type":"tool_use","name":"DenyMe"}]}'),
      of('{"__proto__":{"tool_calls":[]}}'),
      '{"choices":[]} {}',
      '\ufeff{"choices":[]}',
    ]) {
      assert.throws(() => guard(text), ReplyFault, text);
    }
  });

  it('may be an error, as it is and without a usage', () => {
    const error = '{"error":{"message":"upstream is overloaded","code":502}, "user_id":"x"}';
    const { bytes, sent, usage, faults } = guard(error);
    assert.equal(bytes, sent);
    assert.deepEqual([usage, faults], [undefined, ['usage_missing']]);
    assert.throws(() => guard('{"error":{"message":"x"},"output":[]}'), ReplyFault);
  });

  it('says what it used, and at which tier', () => {
    assert.deepEqual(guard({ choices: [] }).faults, ['usage_missing']);
    assert.deepEqual(guard(completion({}, 'stop', { usage: { ...USAGE, prompt_tokens: -1 } })).faults, [
      'usage_impossible',
    ]);
    const { usage } = guard(completion({}, 'stop', { service_tier: 'priority' }));
    assert.equal(usage?.multiplierPermille, 2500);
  });
});

describe('a reply without a model’s words', () => {
  it('is anything but a call', () => {
    assert.deepEqual(guardOther(Buffer.from('{"data":[{"id":"x"}]}')), { data: [{ id: 'x' }] });
    for (const text of ['{', '{"a":{"tool_calls":[{}]}}', '{"a":1,"A":1}']) {
      assert.throws(() => guardOther(Buffer.from(text)), ReplyFault);
    }
  });
});
