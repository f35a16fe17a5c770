/** Calls where no call is known to stand, which pass unseen if what is not known is only let through. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../../json/read.ts';
import { TestJudge } from '../testing.ts';
import { ReplyFault } from '../wire.ts';
import { isCall, nameOf } from './calls.ts';
import { guardReply } from './reply.ts';
import { block, end, event, guardWith, START, textBlock } from './testing.ts';

const CALL = { type: 'tool_use', id: 'x', name: 'Deny', input: { command: 'rm' } };
const behindPrototype = (type: string) =>
  JSON.parse(`{"type":"${type}","text":"","__proto__":{"x":${JSON.stringify(CALL)}}}`) as object;

/** Ways to hide a call in a value that is not known. */
const HIDDEN: Readonly<Record<string, JsonValue>> = {
  'a call': CALL,
  'a list of calls': [[CALL]],
  'a call far inside': { a: [{ b: { c: CALL } }] },
  'a call that the provider runs': { type: 'server_tool_use', name: 'x', input: {} },
  'a call of MCP': { type: 'mcp_tool_use', name: 'x', input: {} },
  'a call of a kind to come': { type: 'new_tool_use' },
  'a call whose type is spelt otherwise': { Type: 'Tool_Use', name: 'Deny' },
};

function deliver(stream: string): { out: string; fault: ReplyFault | undefined } {
  const guard = guardWith(new TestJudge());
  const out: Buffer[] = [];
  try {
    // Event by event: what came before the fault is delivered.
    for (const one of stream.split(/(?<=\n\n)/)) out.push(...guard.push(Buffer.from(one)));
  } catch (error) {
    if (!(error instanceof ReplyFault)) throw error;
    return { out: Buffer.concat(out).toString(), fault: error };
  }
  return { out: Buffer.concat(out).toString(), fault: undefined };
}

describe('a call that hides in a stream', () => {
  for (const [name, value] of Object.entries(HIDDEN)) {
    const text = { type: 'text', text: '' };
    const delta = (more: object) =>
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: '', ...more } });
    const open = START + event('content_block_start', { index: 0, content_block: text });
    const streams: Record<string, string> = {
      'an event of unknown type': START + event('message', { content: value }),
      'a ping': START + event('ping', { x: value }),
      'an error': START + event('error', { error: { type: 'x', content: value } }),
      'the beginning of the message': START.replace('"role"', `"x":${JSON.stringify(value)},"role"`),
      'a block of unknown type': START + block(0, { type: 'wrapper', block: value }),
      'a block of text': START + block(0, { ...text, citations: [value] }),
      'a call that is judged': START + block(0, { ...CALL, name: 'Read', caller: value }),
      'the arguments of a call that the provider runs':
        START + block(0, { type: 'server_tool_use', name: 'x', input: { value } }),
      'an event that begins a block':
        START + event('content_block_start', { index: 0, content_block: text, x: value }),
      'a delta': open + delta({ content_block: value }),
      'an event beside its delta':
        open + event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: '' }, x: value }),
      'the end of a block': open + event('content_block_stop', { index: 0, content_block: value }),
      'the stop reason’s event':
        START + textBlock(0, 'x') + event('message_delta', { delta: { content: value } }),
      'the last event': START + textBlock(0, 'x') + event('message_stop', { message: { content: value } }),
    };
    for (const [place, stream] of Object.entries(streams)) {
      it(`as ${name} in ${place} ends it, and is not delivered`, () => {
        const { out, fault } = deliver(stream);
        assert.equal(fault?.code, 'reply_garbage');
        assert.doesNotMatch(out, /Deny|_tool_use/);
      });
    }

    it(`as ${name} behind its end is left out`, () => {
      for (const late of [
        event('message_delta', { delta: { content: value }, usage: { output_tokens: 7 } }),
        event('ping', { x: value }),
      ]) {
        const stream = START + textBlock(0, 'x') + end();
        assert.deepEqual(deliver(stream + late), { out: stream, fault: undefined });
      }
    });
  }

  it('behind a prototype, or as the event itself, ends it too', () => {
    for (const stream of [
      START + block(0, behindPrototype('text')),
      START + block(0, behindPrototype('wrapper')),
      START + event('tool_use', { name: 'Deny', input: {} }),
      START + block(0, { type: 'text', text: '' }, CALL),
    ]) {
      const { out, fault } = deliver(stream);
      assert.equal(fault?.code, 'reply_garbage', stream);
      assert.doesNotMatch(out, /Deny/);
    }
  });

  it('is none where arguments that are judged have such an object, or text says it', () => {
    const stream =
      START +
      block(0, { ...CALL, name: 'ReadFile', input: { messages: [CALL] } }) +
      block(
        1,
        { ...CALL, name: 'Write', input: {} },
        { type: 'input_json_delta', partial_json: JSON.stringify(CALL) },
      ) +
      textBlock(2, JSON.stringify(CALL)) +
      block(3, { type: 'server_tool_use', id: 'x', name: 'web_search', input: { type: 'x' } }) +
      event('message_delta', {
        delta: { stop_reason: 'tool_use' },
        usage: { output_tokens: 1, server_tool_use: { web_search_requests: 0 } },
        context_management: { applied_edits: [{ type: 'clear_tool_uses_20250919' }] },
      }) +
      event('message_stop');
    assert.deepEqual(deliver(stream), { out: stream, fault: undefined });
  });
});

describe('a call that hides in a reply that is not streamed', () => {
  const USAGE = { input_tokens: 3, output_tokens: 4 };
  const guarded = (message: object) =>
    guardReply(Buffer.from(JSON.stringify(message)), new TestJudge(), {
      cacheWrite: 'none',
    }).bytes.toString();

  for (const [name, value] of Object.entries(HIDDEN)) {
    it(`as ${name} makes it garbage, wherever it stands`, () => {
      for (const message of [
        { content: [], usage: USAGE, message: value },
        { content: [[value]], usage: USAGE },
        { content: [{ type: 'wrapper', content: value }], usage: USAGE },
        { content: [{ ...CALL, name: 'Read', caller: value }], usage: USAGE },
        { content: [{ type: 'server_tool_use', name: 'x', input: { value } }], usage: USAGE },
      ]) {
        assert.throws(() => guarded(message), { code: 'reply_garbage' }, JSON.stringify(message));
      }
    });
  }

  it('behind a prototype, or as the reply itself, makes it garbage too', () => {
    for (const message of [{ content: [behindPrototype('text')] }, { ...CALL, content: [], usage: USAGE }]) {
      assert.throws(() => guarded(message), { code: 'reply_garbage' });
    }
  });

  it('is none in arguments that are judged', () => {
    const message = { content: [{ ...CALL, name: 'Read', input: { messages: [CALL] } }], usage: USAGE };
    assert.equal(guarded(message), JSON.stringify(message));
  });
});

describe('a call of a member of a toolset', () => {
  const member = { type: 'tool_use', id: 'x', toolset_name: 'browser', name: 'ReadFile', input: { bad: 1 } };

  it('is judged by the names of both, streamed or not', () => {
    for (const call of [member, { ...member, type: 'new_call' }]) {
      const judge = new TestJudge();
      guardWith(judge).push(Buffer.from(START + block(0, call) + end('tool_use')));
      guardReply(Buffer.from(JSON.stringify({ content: [call] })), judge, { cacheWrite: 'none' });
      assert.deepEqual(judge.denied, ['browser/ReadFile {"bad":1}', 'browser/ReadFile {"bad":1}']);
      assert.deepEqual(judge.allowed, []);
    }
  });

  it('is one without a toolset where it has none, and none where that cannot be read', () => {
    const named = (toolset_name: JsonValue) => {
      const call = { ...member, toolset_name };
      return isCall(call) && nameOf(call);
    };
    assert.equal(named(null), 'ReadFile');
    for (const toolset of [7, ['browser'], {}, true])
      assert.throws(() => named(toolset), { code: 'reply_garbage' });
    const { toolset_name, ...misspelt } = { ...member, Toolset_name: 'browser' };
    assert.throws(() => isCall(misspelt), { code: 'reply_garbage' });
  });
});
