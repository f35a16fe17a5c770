import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chat } from './chat.ts';
import { messages } from './messages.ts';
import { CALL, TEXT, TIME_MARK } from './reply.ts';
import { responses } from './responses.ts';
import { EVENTS } from './wire.ts';
import { WIRES } from './wires.ts';

/** What an event says, [DONE] left out. */
function dataOf(events: readonly string[]): Record<string, unknown>[] {
  const texts = events.map((event) => /^data: (.*)$/m.exec(event)?.[1] ?? '');
  return texts.filter((text) => text !== '[DONE]').map((text) => JSON.parse(text));
}

describe('the replies of the stand-in providers', () => {
  for (const wire of WIRES) {
    it(`are text and a tool call, and fit into nginx's configuration: ${wire.title}`, () => {
      const text = JSON.stringify(wire.reply());
      assert.ok(text.includes(JSON.stringify(TEXT)) && text.includes(`"name":"${CALL.name}"`));
      assert.ok(text.length > 1000 && text.length < 2500, `${text.length} bytes`);
      assert.doesNotMatch(text, /\$/, 'nginx would take it for a variable');
      assert.equal(wire.replyHeaders.length % 2, 0);
    });

    it(`are streams of ${EVENTS} events, most of which say when they were sent: ${wire.title}`, () => {
      const events = wire.events();
      assert.equal(events.length, EVENTS);
      assert.ok(events.every((event) => /^(event: \S+\n)?data: .+\n\n$/.test(event)));
      assert.ok(events.filter((event) => event.split(TIME_MARK).length === 2).length > 30);
      const ends = events.map((event) => event.includes(wire.streamEnd));
      assert.deepEqual([ends.indexOf(true), ends.filter(Boolean).length], [EVENTS - 1, 1]);
    });
  }

  it('are messages of about 1.1 KB, and events of about 170 bytes, as before there were other wires', () => {
    assert.ok(Math.abs(JSON.stringify(messages.reply()).length - 1100) < 60);
    assert.ok(Math.abs(messages.events().join('').length / EVENTS - 170) < 15);
  });

  it('end in a tool call whose arguments come in pieces', () => {
    const join = (events: readonly string[], piece: (data: never) => string | undefined) =>
      JSON.parse(
        dataOf(events)
          .map((data) => piece(data as never) ?? '')
          .join(''),
      );
    const fromMessages = join(
      messages.events(),
      ({ delta }: { delta?: { partial_json?: string } }) => delta?.partial_json,
    );
    const fromChat = join(
      chat.events(),
      ({ choices }: { choices: { delta: { tool_calls?: { function: { arguments: string } }[] } }[] }) =>
        choices[0]?.delta.tool_calls?.[0]?.function.arguments,
    );
    const fromResponses = join(responses.events(), ({ type, delta }: { type: string; delta?: string }) =>
      type === 'response.function_call_arguments.delta' ? delta : '',
    );
    for (const args of [fromMessages, fromChat, fromResponses]) assert.deepEqual(args, CALL.arguments);
  });

  it('number the events of the Responses API, and repeat at the end what was said', () => {
    const events = dataOf(responses.events()) as {
      type: string;
      sequence_number: number;
      delta?: string;
      text?: string;
    }[];
    assert.deepEqual(
      events.map(({ sequence_number }) => sequence_number),
      events.map((_, i) => i),
    );
    const deltas = events.filter(({ type }) => type === 'response.output_text.delta');
    const done = events.find(({ type }) => type === 'response.output_text.done');
    assert.equal(done?.text, deltas.map(({ delta }) => delta).join(''));
  });
});
