import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusalOf, TestJudge } from '../testing.ts';
import { ReplyFault } from '../wire.ts';
import { guardOther, guardReply } from './reply.ts';
import { callItem, RESPONSE, textItem, USAGE } from './testing.ts';

function guard(reply: object | string) {
  const judge = new TestJudge();
  const bytes = Buffer.from(typeof reply === 'string' ? reply : JSON.stringify(reply, null, 1));
  return { judge, sent: bytes, ...guardReply(bytes, judge, { cacheWrite: '5m' }) };
}

const replyWith = (output: readonly unknown[], more: object = {}) => ({
  ...RESPONSE,
  status: 'completed',
  output,
  usage: USAGE,
  ...more,
});
const shell = (...commands: string[]) => ({
  type: 'shell_call',
  id: 'sh',
  call_id: 'c',
  action: { commands },
});

describe('a reply that is not streamed', () => {
  it('comes back as the very bytes when nothing is denied', () => {
    const reply = replyWith([
      { type: 'reasoning', id: 'rs', summary: [], encrypted_content: 'gAAA' },
      textItem(1, 'Grüß'),
      callItem(2, 'ReadFile', '{"bad":1}'),
      callItem(3, 'Bash', '{"command":"ls"}', { namespace: 'x' }),
      { type: 'custom_tool_call', id: 'ctc', call_id: 'c', name: 'exec', input: 'tools.ls()' },
      shell('ls'),
      { type: 'web_search_call', id: 'ws', action: { type: 'search', query: 'bad' } },
      { type: 'mcp_call', id: 'mcp', name: 'x', server_label: 's', arguments: '{"bad":1}' },
      { type: 'brand_new', data: 1 },
      'not even an item',
    ]);
    const { bytes, sent, judge, usage } = guard(reply);
    assert.equal(bytes, sent);
    assert.deepEqual(judge.allowed, [
      'ReadFile',
      'x/Bash {"command":"ls"}',
      'exec {"input":"tools.ls()"}',
      'shell {"commands":["ls"]}',
    ]);
    assert.equal(usage?.outputTokens, 5);
  });

  it('has a message in the place of denied calls, and every other byte as it was', () => {
    const good = '{ "type":"function_call","call_id":"a","name":"Bash","arguments":"{\\"command\\" : 1}"}';
    const evil = '{"n\\u0061me":"Bash","type":"function_call","call_id":"b","arguments":"{\\"bad\\":1}"}';
    const text = `\n{"id":"resp_9","output":[${good} , ${evil},{"type":"message","content":[]}],"status" : "completed"}`;
    const { bytes } = guard(text);
    const [before = '', after = ''] = text.split(evil);
    assert.ok(bytes.toString().startsWith(before) && bytes.toString().endsWith(after));
    const said = JSON.parse(bytes.toString().slice(before.length, bytes.length - Buffer.byteLength(after)));
    assert.match(said.id, /^msg_[\w-]{4,60}$/);
    assert.deepEqual(said, {
      id: said.id,
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', annotations: [], logprobs: [], text: refusalOf('Bash') }],
    });
  });

  it('is judged by every kind of call, custom ones by their input, built-in ones by their action', () => {
    for (const [item, denied] of [
      [callItem(0, 'DenyMe', '{}'), 'DenyMe'],
      [callItem(0, 'Bash', '{"bad":1}'), 'Bash {"bad":1}'],
      [callItem(0, 'Bash', '{"bad"'), 'Bash'],
      [callItem(0, 'Bash', '{"a":{"__proto__":{"command":"rm"}}}'), 'Bash'],
      [{ type: 'custom_tool_call', name: 'exec', input: '"bad"' }, undefined],
      [{ type: 'custom_tool_call', name: 'DenyIt', input: 'x' }, 'DenyIt'],
      [shell('ls', 'bad'), 'shell {"commands":["ls","bad"]}'],
      [{ type: 'local_shell_call', action: { command: ['bad'] } }, 'local_shell {"command":["bad"]}'],
      [{ type: 'apply_patch_call', operation: { path: 'bad' } }, 'apply_patch {"path":"bad"}'],
      [{ type: 'computer_call', actions: [{ type: 'bad' }] }, 'computer {"actions":[{"type":"bad"}]}'],
      [
        { type: 'mcp_approval_request', server_label: 's', name: 'm', arguments: '{"bad":1}' },
        's/m {"bad":1}',
      ],
      [{ type: 'future_call', what: 'bad' }, 'future_call {"what":"bad"}'],
    ] as const) {
      const { judge, bytes } = guard(replyWith([item]));
      assert.deepEqual(judge.denied, denied === undefined ? [] : [denied]);
      const { output, status } = JSON.parse(bytes.toString());
      assert.equal(output[0].type, denied === undefined ? item.type : 'message');
      assert.equal(status, 'completed');
    }
  });

  it('has the text that official SDKs make of it, where it has any', () => {
    const textOf = (output: readonly unknown[], output_text?: unknown): unknown =>
      JSON.parse(guard(replyWith(output, output_text === undefined ? {} : { output_text })).bytes.toString())
        .output_text;
    const output = [
      textItem(0, 'a'),
      callItem(1, 'DenyMe', '{}'),
      textItem(2, 'b'),
      { type: 'x', text: 'c' },
    ];
    assert.equal(textOf(output, 'ab'), `a${refusalOf('DenyMe')}b`);
    assert.equal(textOf(output), undefined);
    assert.equal(textOf(output, null), null);
    assert.equal(textOf([textItem(0, 'a')], 'whatever'), 'whatever', 'nothing was denied');
  });

  it('is refused when it cannot be read in one way only, or is no response', () => {
    for (const text of [
      '',
      '{',
      '[]',
      '"x"',
      '{}',
      '{"output":"x"}',
      '{"output":{}}',
      '{"output":null}',
      '{"output":[],"output":[{"type":"function_call","name":"DenyMe"}]}',
      '{"output":[],"Output":[{"type":"function_call","name":"DenyMe"}]}',
      '{"output":[{"Type":"function_call","Name":"DenyMe","Arguments":""}]}',
      '{"output":[{"type":"function_call","arguments":"{}"}]}',
      '{"output":[{"type":"function_call","name":"Bash","arguments":"{}","Namespace":"x"}]}',
      '{"output":[]} {}',
      '\ufeff{"output":[]}',
    ]) {
      assert.throws(() => guard(text), ReplyFault, text);
    }
  });

  it('says what it used, or that it did not', () => {
    assert.deepEqual(guard({ output: [] }).faults, ['usage_missing']);
    assert.deepEqual(guard(replyWith([], { usage: { ...USAGE, output_tokens: -1 } })).faults, [
      'usage_impossible',
    ]);
    assert.deepEqual(guard(replyWith([])).faults, []);
  });
});

describe('a reply without a model’s words', () => {
  it('is its JSON, unless a call hides in it', () => {
    const counted = { object: 'response.input_tokens', input_tokens: 7 };
    assert.deepEqual(guardOther(Buffer.from(JSON.stringify(counted))), counted);
    for (const text of ['', 'x', JSON.stringify({ ...counted, x: [{ type: 'function_call', name: 'x' }] })])
      assert.throws(() => guardOther(Buffer.from(text)), { code: 'reply_garbage' });
  });
});
