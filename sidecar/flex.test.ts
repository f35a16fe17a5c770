/** OpenAI's flex tier: reserved at the full price, settled at its own when the reply says so. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { PLENTY, profile, provider, type Spec } from '../test/support/policies.ts';
import { jsonReply, RawUpstream, sseReply } from '../test/support/raw-upstream.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';

const MODEL = 'gpt-5.4-mini';
/** 0.75 and 4.5 dollars per million tokens. */
const FULL = 1000 * 750 + 100 * 4500;
const USED = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };
const HEAD = { id: 'c', object: 'chat.completion', created: 1, model: MODEL };
const CHAT = { model: MODEL, max_tokens: 1000, messages: [{ role: 'user', content: 'hi' }] };
const CHOICE = { index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' };
const CHUNK = { ...HEAD, choices: [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }] };

const completion = (service_tier: string) =>
  jsonReply({ ...HEAD, choices: [CHOICE], usage: USED, service_tier });
const chunks = (first: string, last: string) =>
  sseReply(
    [
      { ...CHUNK, service_tier: first },
      { ...HEAD, choices: [], usage: USED, service_tier: last },
    ]
      .map((one) => `data: ${JSON.stringify(one)}\n\n`)
      .join(''),
  );
const response = (service_tier: string) =>
  jsonReply({
    ...{ id: 'resp_1', object: 'response', status: 'completed', model: MODEL, output: [], service_tier },
    usage: { input_tokens: 1000, output_tokens: 100, total_tokens: 1100 },
  });

/** @returns what each exchange reserved and what it was charged, nano-USD */
async function costs(
  t: TestContext,
  spec: Spec,
  asked: readonly (readonly [path: string, body: object, answer: Buffer])[],
) {
  const upstream = await RawUpstream.start(t);
  const wires = ['openai-chat', 'openai-responses'];
  const policies = [PLENTY, profile({}), provider(upstream.url, { wires, ...spec }, 'openai')];
  const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies });
  for (const [path, body, answer] of asked) {
    upstream.script = () => answer;
    await (await sidecar.send(JSON.stringify(body), { path })).text();
  }
  const { opened, closed } = await sidecar.recorded((records) => records.closed.length === asked.length);
  return {
    reserved: opened.map(({ reserved }) => reserved.usd),
    charged: closed.map(({ amounts }) => amounts.usd),
  };
}

const PATH = '/v1/chat/completions';
const STREAM = { ...CHAT, stream: true };

describe('a call at the flex tier', () => {
  it('is reserved like any other and costs half, on chat and responses, streamed or not', async (t) => {
    const { reserved, charged } = await costs(t, {}, [
      [PATH, CHAT, completion('default')],
      [PATH, { ...CHAT, service_tier: 'flex' }, completion('flex')],
      [PATH, STREAM, chunks('flex', 'flex')],
      ['/v1/responses', { model: MODEL, input: 'hi', service_tier: 'flex' }, response('flex')],
    ]);
    assert.deepEqual(charged, [FULL, FULL / 2, FULL / 2, FULL / 2]);
    const [usual = 0, flex = 0] = reserved;
    // A few bytes more: those that ask for the tier.
    assert.ok(usual > FULL && flex >= usual);
  });

  it('costs the full price where the reply does not say so, or not always', async (t) => {
    const { charged } = await costs(t, {}, [
      [PATH, { ...CHAT, service_tier: 'flex' }, completion('default')],
      [PATH, STREAM, chunks('flex', 'default')],
      [PATH, STREAM, chunks('default', 'flex')],
    ]);
    assert.deepEqual(charged, [FULL, FULL, FULL]);
  });

  it('costs what a manifest says, whose prices know no tiers', async (t) => {
    const prices = [{ model: MODEL, input: '0.75', output: '4.5' }];
    const own = await costs(t, { prices }, [[PATH, CHAT, completion('flex')]]);
    assert.deepEqual(own.charged, [FULL]);
  });
});
