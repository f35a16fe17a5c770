import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusalOf, TestJudge } from '../testing.ts';
import { ReplyFault } from '../wire.ts';
import { guardReply } from './reply.ts';

const USAGE = { input_tokens: 3, output_tokens: 4 };
const call = (name: string, input: unknown = {}) => ({ type: 'tool_use', id: 'x', name, input });

function guard(message: object | string) {
  const judge = new TestJudge();
  const bytes = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message, null, 1));
  return { judge, sent: bytes, ...guardReply(bytes, judge, { cacheWrite: 'none' }) };
}

describe('a reply that is not streamed', () => {
  it('comes back as the very bytes when nothing is denied', () => {
    const message = {
      content: [
        { type: 'text', text: 'Grüß' },
        call('ReadFile'),
        call('Bash', { command: 'ls' }),
        { type: 'server_tool_use', name: 'web_search', input: { bad: 1 } },
        { type: 'mcp_tool_use', name: 'x', input: { bad: 1 } },
        { type: 'brand_new', data: 1 },
        'not even a block',
      ],
      stop_reason: 'tool_use',
      usage: USAGE,
    };
    const { bytes, sent, judge, usage } = guard(message);
    assert.equal(bytes, sent);
    assert.deepEqual(judge.allowed, ['ReadFile', 'Bash {"command":"ls"}']);
    assert.equal(usage?.outputTokens, 4);
  });

  it('has text in the place of denied calls, and every other byte as it was', () => {
    const good = '{ "type":"tool_use","id":"a","name":"Bash","input":{"command" : "ls"}}';
    const evil = '{"n\\u0061me":"Bash","type":"tool_use","id":"b","input":{"bad":1}}';
    const text = `\n{"id":"m","content":[${good} , ${evil},{"type":"text","text":"Ü\\u00fc"}],"stop_reason" : "tool_use","usage":{"input_tokens":1,"output_tokens":2}}`;
    const { bytes } = guard(text);
    assert.equal(
      bytes.toString(),
      text.replace(evil, JSON.stringify({ type: 'text', text: refusalOf('Bash') })),
    );
  });

  it('ends its turn when no call is left, and only then', () => {
    const stopOf = (content: object[], stop_reason: unknown): unknown =>
      JSON.parse(guard({ content, stop_reason, usage: USAGE }).bytes.toString()).stop_reason;
    assert.equal(stopOf([call('DenyMe'), call('Bash', { bad: 1 })], 'tool_use'), 'end_turn');
    assert.equal(stopOf([call('DenyMe'), call('ReadFile')], 'tool_use'), 'tool_use');
    assert.equal(stopOf([call('DenyMe')], 'max_tokens'), 'max_tokens');
    assert.equal(stopOf([call('DenyMe')], null), null);
  });

  it('is judged by what looks like a call, whatever its type says', () => {
    for (const block of [
      { type: 'tool_call', name: 'DenyMe', input: {} },
      { type: 'text', text: '', name: 'DenyMe', input: {} },
      { type: 'new_use', name: 'DenyMe' },
      { name: 'DenyMe', input: {} },
      call('Bash', '{"x":"bad"}'.replace('x', 'y')),
    ]) {
      const { bytes, judge } = guard({ content: [block], usage: USAGE });
      assert.ok(judge.denied.length + judge.allowed.length === 1, JSON.stringify(block));
      if (judge.denied.length > 0) assert.ok(!bytes.toString().includes('"DenyMe"'));
    }
    const odd = JSON.stringify({ content: [call('Bash', { to: 7 })] }).replace('7', '9007199254740993');
    assert.deepEqual(guard(odd).judge.denied, ['Bash'], 'a number that programs read differently');
    assert.deepEqual(guard(odd.replace('Bash', 'ReadFile')).judge.allowed, ['ReadFile'], 'where it decides');
    const hidden = JSON.parse('{"a":{"__proto__":{"command":"rm"}}}');
    assert.deepEqual(guard({ content: [call('Bash', hidden)], usage: USAGE }).judge.denied, ['Bash']);
    const { judge } = guard({ content: [{ type: 'tool_use', id: 'x', name: 'Bash' }], usage: USAGE });
    assert.deepEqual(judge.allowed, ['Bash {}'], 'a call without arguments has none');
  });

  it('is refused when it cannot be read in one way only, or is no message', () => {
    for (const text of [
      '',
      '{',
      '[]',
      '"x"',
      '{}',
      '{"content":"x"}',
      '{"content":{}}',
      '{"content":[],"content":[{"type":"tool_use","name":"DenyMe"}]}',
      '{"content":[],"Content":[{"type":"tool_use","name":"DenyMe"}]}',
      '{"content":[{"type":"tool_use","name":"Bash","Input":{"bad":1}}]}',
      '{"content":[{"Type":"tool_use","Name":"DenyMe","Input":{}}]}',
      '{"content":[{"type":"text","text":"","\u004eame":"DenyMe"}]}',
      '{"content":[{"type":"tool_use","input":{}}]}',
      '{"content":[{"type":"tool_use","name":7,"input":{}}]}',
      '{"content":[]} {}',
      '\ufeff{"content":[]}',
    ]) {
      assert.throws(() => guard(text), ReplyFault, text);
    }
  });

  it('says what it used, or that it did not', () => {
    assert.deepEqual(guard({ content: [] }).faults, ['usage_missing']);
    assert.deepEqual(guard({ content: [], usage: { ...USAGE, output_tokens: -1 } }).faults, [
      'usage_impossible',
    ]);
  });
});
