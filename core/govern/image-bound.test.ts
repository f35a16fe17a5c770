/** Images count by the model that is called, whatever was asked for: reserved before, billed after. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sdk } from '../agents/agents.ts';
import { isProblem, readJson } from '../json/read.ts';
import type { WireId } from '../policy/provider.ts';
import { budget, profile, provider, snapshotOf } from '../policy/testing.ts';
import { wireOf } from '../wire/wires.ts';
import { demandOf } from './budget.ts';
import { resolve } from './call.ts';
import { NOON, PAYER } from './testing.ts';

/** OpenAI, "Images and vision": what gpt-4o-mini bills for one image of eight tiles, 2,833 + 8 × 5,667. */
const BILLED = 48_169;
const MANY = 20;

const png = 'data:image/png;base64,AAAA';
const source = { type: 'base64', media_type: 'image/png', data: 'AAAA' };
const say = (part: object) => [{ role: 'user', content: Array.from({ length: MANY }, () => part) }];
const REQUESTS: readonly (readonly [WireId, path: string, body: object])[] = [
  ['openai-chat', '/v1/chat/completions', { messages: say({ type: 'image_url', image_url: { url: png } }) }],
  ['openai-responses', '/v1/responses', { input: say({ type: 'input_image', image_url: png }) }],
  ['anthropic-messages', '/v1/messages', { max_tokens: 100, messages: say({ type: 'image', source }) }],
];

/** The bounds of the call and of what it falls back to. */
function bounds(wire: WireId, path: string, body: object, models: object) {
  const { matchEndpoint, readRequest } = wireOf(wire);
  const endpoint = matchEndpoint('POST', path, {});
  const document = readJson(Buffer.from(JSON.stringify({ model: 'asked-for', ...body })));
  assert.ok(endpoint && !('badQuery' in endpoint) && !isProblem(document));
  const view = readRequest(endpoint, document, {});
  assert.ok(!('bad' in view), JSON.stringify(view));
  const prices = [{ model: '*', input: 1, output: 1 }];
  const policies = [
    provider({ wires: [wire], prices }),
    profile({ tier: 'full_vm_tools', models }),
    budget({ limits: [{ name: 'd', window: 'day', usd: 100 }] }),
  ];
  const calls = resolve(view, sdk, PAYER, snapshotOf(policies), NOON);
  assert.ok(!('code' in calls));
  return calls.map((call) => {
    const demand = demandOf(call, NOON);
    assert.ok('bound' in demand, JSON.stringify(demand));
    return [call.model, demand.bound.inputTokens] as const;
  });
}

describe('the bound of a request with images', () => {
  for (const [wire, path, body] of REQUESTS) {
    it(`covers what is billed when an alias or a fallback leads to gpt-4o-mini: ${wire}`, () => {
      const aliases = [{ name: 'asked-for', model: 'gpt-4o-mini' }];
      const [aliased] = bounds(wire, path, body, { aliases });
      assert.ok(aliased && aliased[0] === 'gpt-4o-mini' && aliased[1] >= MANY * BILLED, String(aliased));
      const fallbacks = [{ model: 'asked-for', to: ['openai/gpt-4o-mini-2024-07-18'] }];
      const [first, second] = bounds(wire, path, body, { fallbacks });
      assert.ok(
        first && first[1] < (MANY * BILLED) / 2,
        'other models’ images are not reserved for like its own',
      );
      assert.ok(second && second[1] >= MANY * BILLED, String(second));
    });
  }
});
