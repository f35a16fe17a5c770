/** Calls where no call is known to stand, which pass unseen if what is not known is only let through. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../../json/read.ts';
import { TestJudge } from '../testing.ts';
import { ReplyFault } from '../wire.ts';
import { guardReply } from './reply.ts';
import {
  added,
  CREATED,
  call,
  callItem,
  done,
  end,
  event,
  guardWith,
  openCall,
  openText,
  RESPONSE,
  START,
  stream,
  text,
  textItem,
  USAGE,
} from './testing.ts';

const CALL = { type: 'function_call', id: 'x', call_id: 'c', name: 'Deny', arguments: '{"command":"rm"}' };

/** Ways to hide a call in a value that is not known. */
const HIDDEN: Readonly<Record<string, JsonValue>> = {
  'a call': CALL,
  'a list of calls': [[CALL]],
  'a call far inside': { a: [{ b: { c: CALL } }] },
  'a shell call': { type: 'shell_call', action: { commands: ['rm'] } },
  'a call that the provider runs': { type: 'mcp_call', name: 'Deny' },
  'a request for approval': { type: 'mcp_approval_request', name: 'Deny' },
  'a call of a kind to come': { type: 'new_call' },
  'a call of another wire': { type: 'tool_use', name: 'Deny', input: {} },
  'a call whose type is spelt otherwise': { Type: 'Function_Call', name: 'Deny' },
  'a call behind a prototype': JSON.parse(`{"__proto__":{"x":${JSON.stringify(CALL)}}}`) as JsonValue,
};

function deliver(reply: string): { out: string; fault: ReplyFault | undefined } {
  const guard = guardWith(new TestJudge());
  const out: Buffer[] = [];
  try {
    // Event by event: what came before the fault is delivered.
    for (const one of reply.split(/(?<=\n\n)/)) out.push(...guard.push(Buffer.from(one)));
  } catch (error) {
    if (!(error instanceof ReplyFault)) throw error;
    return { out: Buffer.concat(out).toString(), fault: error };
  }
  return { out: Buffer.concat(out).toString(), fault: undefined };
}

describe('a call that hides in a stream', () => {
  const at = { item_id: 'msg_0', output_index: 0, content_index: 0 };
  for (const [name, value] of Object.entries(HIDDEN)) {
    const item = textItem(0, '');
    const part = { type: 'output_text', text: '' };
    const held = callItem(0, 'Bash', '{}');
    const places: Record<string, string> = {
      'an event of unknown type': START + event('response.new', { response: value }),
      'a keep-alive': START + event('keepalive', { x: value }),
      'an error': START + event('error', { message: 'x', error: { item: value } }),
      'the beginning of the response': CREATED.replace('"status"', `"x":${JSON.stringify(value)},"status"`),
      'its instructions': CREATED.replace('"status"', `"instructions":[${JSON.stringify(value)}],"status"`),
      'an event beside it': event('response.created', { response: RESPONSE, x: value }),
      'a response that goes on':
        START + event('response.in_progress', { response: { ...RESPONSE, x: value } }),
      'the content of a message': START + added(0, { ...item, content: [value] }),
      'a part of a message': START + added(0, { ...item, content: [{ ...part, annotations: [value] }] }),
      reasoning: START + added(0, { id: 'rs', type: 'reasoning', summary: [value] }),
      'an item of unknown type': START + added(0, { id: 'n', type: 'wrapper', data: value }),
      'a call that is judged': START + added(0, { ...held, name: 'Read', caller: value }),
      'a call that the provider runs': START + added(0, { id: 'm', type: 'mcp_call', arguments: value }),
      'the result of a tool': START + added(0, { id: 'f', type: 'function_call_output', output: value }),
      'a list of tools where there is none': START + added(0, { ...item, tools: [value] }),
      'an event that begins an item':
        START + event('response.output_item.added', { output_index: 0, item, x: value }),
      'a new part': START + added(0, item) + event('response.content_part.added', { ...at, part: value }),
      'a delta': START + openText(0) + event('response.output_text.delta', { ...at, delta: value }),
      'an event beside its delta':
        START + openText(0) + event('response.output_text.delta', { ...at, delta: '', x: value }),
      'an annotation':
        START + openText(0) + event('response.output_text.annotation.added', { ...at, annotation: value }),
      'a delta of a call':
        START +
        openCall(0, 'Bash', []) +
        event('response.function_call_arguments.delta', { output_index: 0, x: value }),
      'the end of an item': START + openText(0) + done(0, { ...item, content: [value] }),
      'an event that ends an item':
        START + openText(0) + event('response.output_item.done', { output_index: 0, item, x: value }),
      'the end of a call': START + openCall(0, 'Bash', []) + done(0, { ...held, x: value }),
      'the last event': START + event('response.completed', { response: RESPONSE, x: value }),
      'the last response': START + end([], { x: value }),
      'an item of it': START + end([{ ...item, content: [value] }]),
      'a list in its output': START + end([[value]]),
    };
    for (const [place, reply] of Object.entries(places)) {
      it(`as ${name} in ${place} ends it, and is not delivered`, () => {
        const { out, fault } = deliver(stream(reply));
        assert.equal(fault?.code, 'reply_garbage');
        assert.doesNotMatch(out, /Deny|_call"|tool_use/);
      });
    }

    it(`as ${name} behind its end is left out`, () => {
      const reply = stream(START, text(0, 'x'), end([textItem(0, 'x')]));
      assert.deepEqual(deliver(reply + event('keepalive', { x: value })), { out: reply, fault: undefined });
    });
  }

  it('as the event itself ends it too', () => {
    for (const type of ['function_call', 'response.shell_call'.replace('response.', '')]) {
      const { out, fault } = deliver(stream(START, event(type, { name: 'Deny' })));
      assert.equal(fault?.code, 'reply_garbage');
      assert.doesNotMatch(out, /Deny/);
    }
  });

  it('is none where arguments that are judged have such an object, text says it, or tools are described by it', () => {
    const schema = { properties: { x: { default: CALL } } };
    const found = {
      id: 't',
      type: 'tool_search_output',
      tools: [{ type: 'function', name: 'f', parameters: schema }],
    };
    const shell = { id: 's', type: 'shell_call', action: { commands: [], env: CALL } };
    const echo = {
      ...RESPONSE,
      tools: found.tools,
      text: { format: { schema } },
      metadata: { type: 'tool_call' },
    };
    const reply = stream(
      event('response.created', { response: echo }),
      call(0, 'ReadFile', JSON.stringify({ messages: [CALL] })),
      text(1, JSON.stringify(CALL)),
      added(2, found) + done(2, found),
      added(3, shell) + done(3, shell),
      end([callItem(0, 'ReadFile', JSON.stringify(CALL)), found, shell], {
        tools: echo.tools,
        text: echo.text,
      }),
    );
    assert.deepEqual(deliver(reply), { out: reply, fault: undefined });
  });
});

describe('a call that hides in a reply that is not streamed', () => {
  const guarded = (reply: object) =>
    guardReply(Buffer.from(JSON.stringify(reply)), new TestJudge(), { cacheWrite: '5m' }).bytes.toString();

  for (const [name, value] of Object.entries(HIDDEN)) {
    it(`as ${name} makes it garbage, wherever it stands`, () => {
      for (const reply of [
        { output: [], usage: USAGE, response: value },
        { output: [], usage: USAGE, error: { x: value } },
        { output: [[value]], usage: USAGE },
        { output: [{ type: 'wrapper', content: value }] },
        { output: [{ ...textItem(0, 'x'), content: [value] }] },
        { output: [{ ...CALL, name: 'Read', caller: value }] },
        { output: [{ type: 'mcp_call', name: 'x', arguments: value }] },
        { output: [{ type: 'web_search_call', action: value }] },
      ]) {
        assert.throws(() => guarded(reply), { code: 'reply_garbage' }, JSON.stringify(reply));
      }
    });
  }

  it('as the reply itself makes it garbage too', () => {
    assert.throws(() => guarded({ ...CALL, output: [] }), { code: 'reply_garbage' });
  });

  it('is none in arguments that are judged', () => {
    const reply = { output: [{ ...CALL, name: 'Read', arguments: JSON.stringify([CALL]) }], usage: USAGE };
    assert.equal(guarded(reply), JSON.stringify(reply));
  });
});
