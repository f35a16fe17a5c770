import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { startRehearsal } from '../server.ts';
import { faultKinds } from '../turn.ts';

const rehearsal = await startRehearsal({ paceMs: 0 });
const client = new Anthropic({ apiKey: 'any', baseURL: rehearsal.url, maxRetries: 0, logLevel: 'off' });
after(() => rehearsal.close());

const ask = (fault: string) => ({
  model: 'claude-haiku-4-5',
  max_tokens: 1000,
  messages: [{ role: 'user' as const, content: `/fault ${fault}` }],
});

/** The reply as bytes: what came of it, and whether it came to its end. */
async function raw(
  fault: string,
  stream: boolean,
): Promise<{ reply: Response; text: string; whole: boolean }> {
  const headers = { 'anthropic-version': '2026-10-21', 'content-type': 'application/json' };
  const body = JSON.stringify({ ...ask(fault), stream });
  const reply = await fetch(`${rehearsal.url}/v1/messages`, {
    method: 'POST',
    redirect: 'manual',
    headers,
    body,
  });
  let text = '';
  try {
    for await (const chunk of reply.body ?? []) text += Buffer.from(chunk).toString('latin1');
    return { reply, text, whole: true };
  } catch {
    return { reply, text, whole: false };
  }
}

const events = (text: string): { event: string; data: string }[] =>
  [...text.matchAll(/^event: (.*)\ndata: (.*)\n\n/gm)].map(([, event = '', data = '']) => ({ event, data }));
const names = (text: string): string[] => events(text).map(({ event }) => event);
const outcome = (): unknown => rehearsal.bill().at(-1)?.ended;

test('errors raise the classes of the SDK and cost nothing', async () => {
  const classes = {
    http400: Anthropic.BadRequestError,
    http401: Anthropic.AuthenticationError,
    http403: Anthropic.PermissionDeniedError,
    http404: Anthropic.NotFoundError,
    http429: Anthropic.RateLimitError,
    http500: Anthropic.InternalServerError,
    http529: Anthropic.InternalServerError,
    html502: Anthropic.InternalServerError,
  };
  const sold = rehearsal.bill().length;
  for (const [fault, errorClass] of Object.entries(classes)) {
    await assert.rejects(client.messages.create(ask(fault)), errorClass, fault);
    await assert.rejects(client.messages.stream(ask(fault)).finalMessage(), errorClass, fault);
  }
  assert.equal((await raw('http429', true)).reply.headers.get('retry-after'), '1');
  const { reply } = await raw('redirect302', false);
  assert.deepEqual([reply.status, reply.headers.get('location')], [302, '/rehearsal-redirect']);
  assert.equal(rehearsal.bill().length, sold);
});

test('a cut closes the socket in the middle of a block', async () => {
  const streamed = await raw('cut', true);
  assert.equal(streamed.whole, false);
  assert.ok(names(streamed.text).includes('content_block_delta'));
  assert.ok(!names(streamed.text).includes('content_block_stop'));
  assert.equal(outcome(), 'fault');
  assert.equal((await raw('cut', false)).whole, false);
  await assert.rejects(client.messages.stream(ask('cut')).finalMessage(), Anthropic.AnthropicError);
});

test('an early end is an ordinary end with half an answer', async () => {
  const { text, whole } = await raw('end-early', true);
  assert.deepEqual([whole, names(text).at(-1)], [true, 'content_block_delta']);
  assert.equal(outcome(), 'fault');
  const half = await raw('end-early', false);
  assert.equal(half.whole, true);
  assert.throws(() => JSON.parse(half.text));
});

test('an error event ends the stream, and costs what was made', async () => {
  const { text } = await raw('error-event', true);
  assert.equal(names(text).at(-1), 'error');
  assert.equal(JSON.parse(events(text).at(-1)?.data ?? '').error.type, 'overloaded_error');
  const line = rehearsal.bill().at(-1);
  assert.ok(line && line.outputTokens > 1 && line.outputTokens < 20);
  await assert.rejects(client.messages.stream(ask('error-event')).finalMessage(), /overloaded_error/);
  await assert.rejects(client.messages.create(ask('error-event')), Anthropic.InternalServerError);
});

test('bodies that are no message come with status 200', async () => {
  for (const stream of [true, false]) {
    for (const fault of ['garbage', 'html200', 'bad-json']) {
      const { reply, text } = await raw(fault, stream);
      assert.equal(reply.status, 200, fault);
      assert.throws(() => JSON.parse(text), fault);
      assert.deepEqual(names(text), [], fault);
      assert.equal(outcome(), 'fault');
    }
    const { reply, text } = await raw('wrong-type', stream);
    assert.equal(reply.headers.get('content-type'), 'application/json');
    assert.equal(names(text).at(-1), 'message_stop');
  }
});

test('usage can be missing, twice, or late', async () => {
  assert.doesNotMatch((await raw('no-usage', true)).text, /"usage"/);
  assert.doesNotMatch((await raw('no-usage', false)).text, /_tokens/);
  const counts = (text: string): unknown[] =>
    events(text)
      .filter(({ event }) => event === 'message_delta')
      .map(({ data }) => JSON.parse(data).usage?.output_tokens);
  const twice = counts((await raw('usage-twice', true)).text);
  const billed = rehearsal.bill().at(-1)?.outputTokens ?? 0;
  assert.deepEqual(twice, [Math.floor(billed / 2), billed]);
  const { text } = await raw('usage-late', true);
  assert.deepEqual(names(text).slice(-3), ['message_delta', 'message_stop', 'message_delta']);
  assert.deepEqual(counts(text), [undefined, rehearsal.bill().at(-1)?.outputTokens]);
});

test('keys occur twice, and the second is true', async () => {
  const { text } = await raw('dup-keys', true);
  assert.match(text, /"text":"another text","text":/);
  assert.match(text, /"usage":\{"input_tokens":1,"output_tokens":1\},"usage":/);
  const message = JSON.parse((await raw('dup-keys', false)).text);
  assert.equal(message.usage.output_tokens, rehearsal.bill().at(-1)?.outputTokens);
});

test('a huge event is 20 MB of one line, and harmless to the SDK', async () => {
  const { text } = await raw('huge-event', true);
  const longest = Math.max(...text.split('\n').map((line) => line.length));
  assert.ok(longest > 20_000_000);
  const message = await client.messages.stream(ask('huge-event')).finalMessage();
  assert.match(JSON.stringify(message.content), /huge-event/);
});

test('tool arguments come byte by byte, or broken', async () => {
  const { text } = await raw('tool-args-split Edit {"text":"ü \\" 😀"}', true);
  const parts = events(text)
    .map(({ data }) => JSON.parse(data).delta?.partial_json)
    .filter((part) => part !== undefined && part !== '');
  assert.ok(parts.every((part) => Buffer.byteLength(part) === 1));
  assert.deepEqual(JSON.parse(parts.join('')), { text: 'ü " 😀' });
  assert.equal(outcome(), 'complete');
  await assert.rejects(client.messages.stream(ask('tool-args-bad')).finalMessage(), Anthropic.AnthropicError);
});

test('a slow head waits, and a hang ends with the client', async () => {
  const started = performance.now();
  await client.messages.create(ask('slow-head:150'));
  assert.ok(performance.now() - started >= 145);
  const sold = rehearsal.bill().length;
  await assert.rejects(
    client.messages.create(ask('hang'), { timeout: 100 }),
    Anthropic.APIConnectionTimeoutError,
  );
  while (rehearsal.bill().length === sold) await new Promise((resolve) => setTimeout(resolve, 5));
  const line = rehearsal.bill().at(-1);
  assert.deepEqual([line?.ended, line?.outputTokens], ['client_gone', 1]);
});

test('every fault there is leaves the server alive', async () => {
  for (const fault of faultKinds.filter((kind) => kind !== 'hang')) {
    for (const stream of [true, false]) await raw(fault === 'slow-head' ? 'slow-head:1' : fault, stream);
  }
  assert.equal((await client.messages.create(ask('slow-head:0'))).stop_reason, 'end_turn');
});
