import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import type { JsonObject } from '../json.ts';
import { startRehearsal } from '../server.ts';
import { faultKinds } from '../turn.ts';
import { type Answered, ask, at, dataOf, errorOf } from './testing.ts';

const rehearsal = await startRehearsal({ paceMs: 0 });
after(() => rehearsal.close());

const apis = {
  'chat/completions': (text: string, stream: boolean): object => ({
    model: 'gpt-5.4',
    stream,
    ...(stream ? { stream_options: { include_usage: true } } : {}),
    messages: [{ role: 'user', content: text }],
  }),
  responses: (text: string, stream: boolean): object => ({ model: 'gpt-5.4', stream, input: text }),
} as const;
const paths = Object.keys(apis) as (keyof typeof apis)[];

const raw = (path: keyof typeof apis, fault: string, stream: boolean): Promise<Answered> =>
  ask(rehearsal, path, apis[path](`/fault ${fault}`, stream));
const outcome = (): unknown => rehearsal.bill().at(-1)?.ended;
const usageOf = (event: JsonObject | undefined): unknown =>
  at(event, 'usage') ?? at(event, 'response', 'usage');
const outputOf = (event: JsonObject | undefined): unknown =>
  at(usageOf(event), 'completion_tokens') ?? at(usageOf(event), 'output_tokens');
const ends = (text: string): boolean => text.includes('[DONE]') || text.includes('event: response.completed');

test('errors have the form of the API, streamed or not, and cost nothing', async () => {
  const statuses = { http400: 400, http401: 401, http403: 403, http404: 404, http429: 429, http500: 500 };
  const sold = rehearsal.bill().length;
  for (const path of paths) {
    for (const stream of [true, false]) {
      for (const [fault, status] of Object.entries({ ...statuses, http529: 503 })) {
        const reply = await raw(path, fault, stream);
        const [said, message, type] = errorOf(reply);
        assert.deepEqual([said, typeof message, typeof type], [status, 'string', 'string'], fault);
        assert.equal(reply.headers.get('content-type'), 'application/json');
      }
      assert.equal((await raw(path, 'http429', stream)).headers.get('retry-after'), '1');
      assert.equal((await raw(path, 'html502', stream)).headers.get('content-type'), 'text/html');
      assert.equal((await raw(path, 'redirect302', stream)).headers.get('location'), '/rehearsal-redirect');
    }
  }
  assert.equal(rehearsal.bill().length, sold);
});

test('a cut closes the socket, an early end does not, and half an answer is billed', async () => {
  for (const path of paths) {
    for (const [fault, whole] of [
      ['cut', false],
      ['end-early', true],
    ] as const) {
      const streamed = await raw(path, fault, true);
      assert.equal(streamed.whole, whole, path);
      assert.ok(dataOf(streamed.text).length > 2);
      assert.ok(!ends(streamed.text));
      const { outputTokens = 0, ended } = rehearsal.bill().at(-1) ?? {};
      assert.ok(outputTokens > 1 && outputTokens < 16, String(outputTokens));
      assert.equal(ended, 'fault');
      const half = await raw(path, fault, false);
      assert.equal(half.whole, whole);
      assert.throws(() => JSON.parse(half.text));
    }
  }
});

test('an error in the middle is the last event; not streamed, it is a 503', async () => {
  const chat = dataOf((await raw('chat/completions', 'error-event', true)).text);
  const error = {
    message:
      'The server is currently overloaded with other requests. Sorry about that! Please try again later.',
    type: 'server_error',
    param: null,
    code: 'server_is_overloaded',
  };
  assert.deepEqual(chat.at(-1), { error });
  const { text } = await raw('responses', 'error-event', true);
  assert.match(text, /\nevent: error\ndata: .*\n\n$/);
  const events = dataOf(text);
  const { type: _type, ...flat } = error;
  assert.deepEqual(events.at(-1), { type: 'error', sequence_number: events.length - 1, ...flat });
  for (const path of paths) assert.equal((await raw(path, 'error-event', false)).status, 503);
  assert.equal((await raw('chat/completions', 'failed', false)).status, 503);
  assert.equal(
    at(dataOf((await raw('chat/completions', 'failed', true)).text).at(-1), 'error', 'type'),
    'server_error',
  );
});

test('a response can say of itself that it failed', async () => {
  const events = dataOf((await raw('responses', 'failed', true)).text);
  const { type, sequence_number, response } = events.at(-1) ?? {};
  assert.deepEqual([type, sequence_number], ['response.failed', events.length - 1]);
  const whole = JSON.parse((await raw('responses', 'failed', false)).text);
  for (const failed of [response, whole]) {
    assert.deepEqual([failed.status, failed.output, failed.usage], ['failed', [], null]);
    assert.deepEqual(failed.error, {
      code: 'server_error',
      message: '[rehearsal] this answer fails on purpose',
    });
  }
  assert.equal(outcome(), 'fault');
});

test('bodies that are no answer come with status 200', async () => {
  for (const path of paths) {
    for (const stream of [true, false]) {
      for (const fault of ['garbage', 'html200', 'bad-json']) {
        const sold = rehearsal.bill().length;
        const { status, text } = await raw(path, fault, stream);
        assert.equal(rehearsal.bill().length, sold + 1, 'the answer was made');
        assert.equal(status, 200, fault);
        assert.throws(() => JSON.parse(text), fault);
        assert.equal(ends(text), false);
        assert.equal(outcome(), 'fault');
      }
      const { headers, text } = await raw(path, 'wrong-type', stream);
      assert.equal(headers.get('content-type'), 'application/json');
      assert.ok(ends(text));
    }
  }
});

test('usage can be missing, twice, or late', async () => {
  for (const path of paths) {
    assert.doesNotMatch((await raw(path, 'no-usage', true)).text, /"usage"/);
    assert.doesNotMatch((await raw(path, 'no-usage', false)).text, /"usage"/);
    const twice = dataOf((await raw(path, 'usage-twice', true)).text).map(outputOf);
    const billed = rehearsal.bill().at(-1)?.outputTokens ?? 0;
    assert.deepEqual(twice.slice(-2), [Math.floor(billed / 2), billed], path);
    const late = dataOf((await raw(path, 'usage-late', true)).text).map(outputOf);
    assert.deepEqual(late.slice(-2), [undefined, billed], path);
  }
  const { text } = await raw('chat/completions', 'usage-late', true);
  assert.ok(text.indexOf('[DONE]') < text.indexOf('"completion_tokens"'));
});

test('keys occur twice, and the second is true', async () => {
  for (const path of paths) {
    const { text } = await raw(path, 'dup-keys', true);
    assert.match(text, /"(content|delta)":"another text","\1":/);
    assert.match(text, /"usage":\{[^}]*\},"usage":\{/);
    const body = JSON.parse((await raw(path, 'dup-keys', false)).text);
    assert.equal(outputOf(body), rehearsal.bill().at(-1)?.outputTokens);
  }
});

test('a huge event is 20 MB of one line', async () => {
  for (const path of paths) {
    const { text } = await raw(path, 'huge-event', true);
    assert.ok(Math.max(...text.split('\n').map((line) => line.length)) > 20_000_000);
    assert.ok(ends(text));
  }
});

test('arguments come byte by byte, or broken', async () => {
  const args = (events: JsonObject[]): string[] =>
    events
      .map((event) =>
        event.type === 'response.function_call_arguments.delta'
          ? event.delta
          : at(event, 'choices', 0, 'delta', 'tool_calls', 0, 'function', 'arguments'),
      )
      .filter((piece): piece is string => typeof piece === 'string' && piece !== '');
  for (const path of paths) {
    const pieces = args(dataOf((await raw(path, 'tool-args-split Edit {"text":"ü"}', true)).text));
    assert.ok(pieces.every((piece) => piece.length === 1));
    assert.deepEqual(JSON.parse(pieces.join('')), { text: 'ü' });
    assert.equal(outcome(), 'complete');
    const bad = args(dataOf((await raw(path, 'tool-args-bad', true)).text)).join('');
    assert.throws(() => JSON.parse(bad));
  }
});

test('a client that leaves pays for what was made, and a hang ends with it', async () => {
  for (const path of paths) {
    const sold = rehearsal.bill().length;
    for (const text of ['/fault hang', '/pace 5\n/tokens 20000']) {
      const signal = AbortSignal.timeout(100);
      await ask(rehearsal, path, apis[path](text, true), { signal }).catch(() => undefined);
    }
    while (rehearsal.bill().length < sold + 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const lines = rehearsal.bill().slice(sold);
    assert.deepEqual(
      lines.map(({ ended }) => ended),
      ['client_gone', 'client_gone'],
    );
    assert.equal(lines[0]?.outputTokens, 1);
    assert.ok(lines[1] && lines[1].outputTokens < 5000);
  }
});

test('every fault there is leaves the server alive, on every API', async () => {
  for (const fault of faultKinds.filter((kind) => kind !== 'hang' && kind !== 'huge-event')) {
    const text = `/fault ${fault === 'slow-head' ? 'slow-head:1' : fault}`;
    for (const path of paths) {
      for (const stream of [true, false]) await ask(rehearsal, path, apis[path](text, stream));
    }
    await ask(rehearsal, 'embeddings', { model: 'text-embedding-3-small', input: text });
  }
  assert.equal((await raw('responses', 'slow-head:0', false)).status, 200);
});
