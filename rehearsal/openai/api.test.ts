import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import test, { after } from 'node:test';
import { startRehearsal } from '../server.ts';
import { ask, at, errorOf } from './testing.ts';

const rehearsal = await startRehearsal({ paceMs: 0 });
after(() => rehearsal.close());

const chat = { model: 'gpt-4.1', messages: [{ role: 'user', content: '/say hi' }] };
const texts = {
  'chat/completions': [chat, ['choices', 0, 'message', 'content']],
  responses: [{ model: 'gpt-4.1', input: '/say hi' }, ['output', 0, 'content', 0, 'text']],
  embeddings: [{ model: 'text-embedding-3-small', input: 'hi' }, ['data', 0, 'object']],
} as const;

test('paths are known with and without /v1, behind any prefix, and go to the API of their own', async () => {
  for (const [path, [body, where]] of Object.entries(texts)) {
    for (const before of ['/v1/', '/', '/openai/v1/', '/a/b.c/', '/api/v1/team/']) {
      // The headers of Anthropic's clients change nothing on a path that only this API has.
      const headers = { 'content-type': 'application/json', 'x-api-key': 'x', 'anthropic-version': 'x' };
      const reply = await fetch(`${rehearsal.url}${before}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      assert.equal(reply.status, 200, before + path);
      const said = at(await reply.json(), ...where);
      assert.equal(said, path === 'embeddings' ? 'embedding' : '[rehearsal] hi');
    }
  }
});

test('models are listed, and found with and without a date', async () => {
  const { data, object } = JSON.parse((await ask(rehearsal, 'models')).text);
  assert.equal(object, 'list');
  assert.deepEqual(data[0], {
    id: 'gpt-6-astra',
    object: 'model',
    created: 1_790_812_800,
    owned_by: 'rehearsal',
  });
  const dated = JSON.parse((await ask(rehearsal, 'models/gpt-5.5-2026-04-23')).text);
  assert.equal(dated.id, 'gpt-5.5-2026-04-23');
  assert.deepEqual(errorOf(await ask(rehearsal, 'models/meta-llama/llama-3')), [
    404,
    "The model 'meta-llama/llama-3' does not exist",
    'invalid_request_error',
    'model',
    'model_not_found',
  ]);
  const anthropic = await ask(rehearsal, 'models', undefined, {
    headers: { 'anthropic-version': '2023-06-01' },
  });
  assert.match(anthropic.text, /claude-opus/);
});

test('what is not there is refused in the words of the API', async () => {
  const error = async (...asked: Parameters<typeof ask> extends [unknown, ...infer Rest] ? Rest : never) =>
    errorOf(await ask(rehearsal, ...asked)).slice(0, 2);
  assert.deepEqual(await error('nowhere', {}), [404, 'Invalid URL (POST /v1/nowhere)']);
  assert.deepEqual(await error('embeddings/x', {}), [404, 'Invalid URL (POST /v1/embeddings/x)']);
  const hint = '(HINT: Perhaps you meant to use a different HTTP method?)';
  assert.deepEqual(await error('chat/completions'), [
    405,
    `Not allowed to GET on /v1/chat/completions. ${hint}`,
  ]);
  assert.deepEqual(await error('models', {}), [405, `Not allowed to POST on /v1/models. ${hint}`]);
  const noJson = await error('responses', '{"model":');
  assert.match(String(noJson), /^400,We could not parse the JSON body of your request/);
  const { headers } = await ask(rehearsal, 'nowhere', {});
  assert.match(headers.get('x-request-id') ?? '', /^req_[0-9a-f]{32}$/);
});

test('a key is asked for when there is one, as a bearer token only', async () => {
  const locked = await startRehearsal({ paceMs: 0, apiKey: 'right' });
  const error = async (headers: Record<string, string>): Promise<unknown[]> => {
    const reply = await ask(locked, 'chat/completions', chat, { headers });
    return reply.status === 200 ? [200] : errorOf(reply).toSpliced(2, 2);
  };
  assert.deepEqual(await error({ authorization: 'Bearer right' }), [200]);
  assert.deepEqual(await error({ authorization: 'Bearer wrong' }), [
    401,
    'Incorrect API key provided. [rehearsal]',
    'invalid_api_key',
  ]);
  assert.match(String(await error({})), /^401,You didn't provide an API key/);
  assert.match(String(await error({ 'x-api-key': 'right' })), /^401/);
  assert.equal(locked.bill().length, 1);
  await locked.close();
});

test('a WebSocket is declined at once, so that clients send POST', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const req = request(`${rehearsal.url}/v1/responses`, { headers });
  req.end();
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  assert.equal(res.statusCode, 426);
  assert.equal(res.headers['content-type'], 'text/plain');
  res.resume();
});
