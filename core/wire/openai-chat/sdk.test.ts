/** What OpenAI's own SDK makes of guarded replies and of Tollgate's words. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from '../../testing-fast-check.ts';
import { TestJudge } from '../testing.ts';
import { guardWith } from './testing.ts';
import { accumulate, readChunks, standardEvents } from './testing-clients.ts';
import { reply } from './testing-replies.ts';
import { openaiChat } from './wire.ts';

const { words } = openaiChat;
const TEXT = '[tollgate] "no"\n\nevent: x – Grüß';

/** As much of the SDK as is used here. */
interface Client {
  readonly chat: {
    readonly completions: {
      create(body: object): Promise<Completion>;
      stream(body: object): { finalChatCompletion(): Promise<Completion> };
    };
  };
}
interface Completion {
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly finish_reason: string;
    readonly message: {
      readonly content: string | null;
      readonly tool_calls?: readonly { readonly [kind: string]: unknown }[];
      readonly function_call?: unknown;
    };
  }[];
}
type Sdk = new (options: object) => Client;

const path = createRequire(import.meta.url).resolve('openai');

async function clientThatGets(
  body: Buffer | string,
  status = 200,
  type = 'application/json',
): Promise<Client> {
  const module = (await import(pathToFileURL(path).href)) as { OpenAI: Sdk };
  const fetch = async () => new Response(body.toString(), { status, headers: { 'content-type': type } });
  return new module.OpenAI({ apiKey: 'none', maxRetries: 0, logLevel: 'off', fetch });
}

const ask = { model: 'm', messages: [{ role: 'user', content: 'x' }] };

async function streamed(stream: Buffer | string): Promise<Completion> {
  const client = await clientThatGets(stream, 200, 'text/event-stream');
  return client.chat.completions.stream(ask).finalChatCompletion();
}

describe('the official SDK', () => {
  it('reads any guarded stream as other clients do', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(reply, async ({ n, steps }) => {
        const guard = guardWith(new TestJudge(), { n });
        const out = Buffer.concat(guard.push(Buffer.from(steps.map(({ raw }) => raw).join(''))));
        const seen = accumulate(readChunks(standardEvents(out.toString())));
        // It wants a role, which hosts say at the beginning, and cannot do with choices that say nothing.
        const roles = [...seen.keys()].map((index) => ({ index, delta: { role: 'assistant', content: '' } }));
        const first = `data: ${JSON.stringify({ id: 'c', choices: roles, created: 1, model: 'm' })}\n\n`;
        const { choices } = await streamed(first + out.toString());
        for (const { index, finish_reason, message } of choices) {
          const expected = seen.get(index);
          assert.equal(message.content, expected?.content);
          assert.equal(finish_reason, expected?.finish);
          const calls = (message.tool_calls ?? []).map(flat);
          const wanted = (expected?.calls ?? []).filter(({ kind }) => kind !== 'function_call');
          assert.deepEqual(calls, wanted);
          read += calls.length;
        }
      }),
      { numRuns: 150 },
    );
    assert.ok(read > 30, 'there were calls');
  });

  it('shows a refusal in words, streamed or not, and waits through keep-alives', async () => {
    const whole = await (
      await clientThatGets(words.messageBody(TEXT, 'gpt-x', 'r1'))
    ).chat.completions.create(ask);
    for (const said of [
      whole,
      await streamed(words.messageStream(TEXT, 'gpt-x', 'r1')),
      await streamed(Buffer.concat([words.keepAlive, words.messageStream(TEXT, 'gpt-x', 'r1')])),
    ]) {
      assert.deepEqual(
        [said.model, said.choices[0]?.message.content, said.choices[0]?.finish_reason],
        ['gpt-x', TEXT, 'stop'],
      );
    }
  });

  it('throws an error with its text, as a body or in a stream', async () => {
    for (const status of [400, 401, 403, 404, 413, 415, 429, 502, 503]) {
      const body = words.errorBody(status, TEXT, 'r1', 'some_code');
      const client = await clientThatGets(body, status);
      await assert.rejects(
        client.chat.completions.create(ask),
        (thrown: Error & { status?: number; code?: string }) => {
          return (
            thrown.status === status && thrown.code === 'some_code' && thrown.message.includes('[tollgate]')
          );
        },
      );
      await assert.rejects(streamed(words.asErrorEvent(body)), /\[tollgate\]/);
    }
    const begun = Buffer.concat([words.keepAlive, words.errorEvent(TEXT, 'reply_cut')]);
    await assert.rejects(streamed(begun), /\[tollgate\]/);
  });

  it('takes a reply that was cut for one that reached its cap', async () => {
    const said = await streamed(guardWith(new TestJudge()).finish(TEXT));
    assert.deepEqual([said.choices[0]?.message.content, said.choices[0]?.finish_reason], [TEXT, 'length']);
  });
});

/** A call as the clients of testing-clients.ts have it. */
function flat({ type, ...call }: { readonly [field: string]: unknown }): object {
  const kind = String(type);
  const { name, arguments: args, input } = call[kind] as { [field: string]: unknown };
  return { kind, name, args: args ?? input };
}
