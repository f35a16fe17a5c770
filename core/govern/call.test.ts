import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sdk } from '../agents/agents.ts';
import { type Snapshot, SYSTEM_NAMESPACE } from '../policy/snapshot.ts';
import { profile, provider, snapshotOf } from '../policy/testing.ts';
import { resolve } from './call.ts';
import { callUnder, NOON, PAYER, requestView, resolved } from './testing.ts';

const everywhere = (spec: object) => profile(spec, { name: 'house', namespace: SYSTEM_NAMESPACE });

describe('the model of a call', () => {
  it('is what an alias stands for; the workload’s own profile goes first', () => {
    const aliases = [{ name: 'cheap', model: 'claude-haiku-4-5' }];
    const call = callUnder([profile({ models: { aliases } })], { body: { model: 'cheap' } });
    assert.deepEqual([call.requestedModel, call.model], ['cheap', 'claude-haiku-4-5']);
    assert.equal(call.price?.input, 1e9, 'the price is that of the model');
    const other = [{ name: 'cheap', model: 'claude-sonnet-4-5' }];
    const both = [everywhere({ models: { aliases: other } }), profile({ models: { aliases } })];
    assert.equal(callUnder(both, { body: { model: 'cheap' } }).model, 'claude-haiku-4-5');
    assert.equal(
      callUnder([everywhere({ models: { aliases: other } }), profile()], { body: { model: 'cheap' } }).model,
      'claude-sonnet-4-5',
    );
    assert.equal(callUnder([profile({ models: { aliases } })], { body: { model: 'Cheap' } }).model, 'Cheap');
  });

  it('is undefined where a request names none', () => {
    const call = callUnder([profile()], { method: 'GET', target: '/v1/models' });
    assert.deepEqual(
      [call.model, call.requestedModel, call.price, call.cap],
      [undefined, undefined, undefined, 0],
    );
  });
});

describe('the provider of a call', () => {
  const two = [provider({}, { name: 'a' }), provider({ url: 'https://b.example' }, { name: 'b' })];

  it('is the only one of its wire', () => {
    assert.equal(callUnder([]).provider.name, 'anthropic');
    assert.equal(callUnder([provider({}, { name: 'own' })]).provider.name, 'own');
  });

  it('is the one that the first matching route names', () => {
    const routes = [
      { model: 'claude-haiku-*', provider: 'b' },
      { model: 'claude-*', provider: 'a' },
    ];
    const under = (model: string) => resolved([...two, profile({ models: { routes } })], { body: { model } });
    const name = (model: string): string => {
      const calls = under(model);
      return 'code' in calls ? calls.code : calls[0].provider.name;
    };
    assert.equal(name('claude-haiku-4-5'), 'b');
    assert.equal(name('claude-sonnet-4-5'), 'a');
    assert.equal(name('other'), 'no_provider');
  });

  it('is none when the one that a route names, or all there are, do not speak the wire', () => {
    const snapshot = snapshotOf([...two, profile({ models: { routes: [{ model: '*', provider: 'b' }] } })]);
    const mute = (...names: string[]) => ({
      ...snapshot,
      providers: snapshot.providers.map((one) => (names.includes(one.name) ? { ...one, wires: [] } : one)),
    });
    const detail = (of: Snapshot): string => {
      const calls = resolve(requestView(), sdk, PAYER, of, NOON);
      return 'code' in calls ? `${calls.code}: ${calls.params.detail}` : `${calls[0].provider.name} answers`;
    };
    assert.equal(detail(mute('a')), 'b answers');
    assert.equal(detail(mute('b')), 'no_provider: b does not speak anthropic-messages');
    assert.equal(detail({ ...mute('a', 'b'), profiles: [] }), 'no_provider: none speaks anthropic-messages');
  });

  it('is the one that the agent’s path names, where no route decides', () => {
    const answers = (policies: readonly string[], target: string) => {
      const calls = resolved(policies, { target });
      return 'code' in calls ? calls.code : calls[0].provider.name;
    };
    assert.equal(answers(two, '/v1/b/messages'), 'b');
    assert.equal(answers(two, '/b/v1/messages'), 'b');
    assert.equal(answers(two, '/v1/c/messages'), 'no_provider');
    const routed = [...two, profile({ models: { routes: [{ model: '*', provider: 'a' }] } })];
    assert.equal(answers(routed, '/v1/b/messages'), 'a');
  });

  it('is none when several could answer and neither a route nor the path says which', () => {
    const refused = resolved(two);
    assert.ok('code' in refused);
    assert.equal(refused.code, 'no_provider');
    assert.match(
      refused.params.detail ?? '',
      /several speak anthropic-messages \(a, b\) and neither a route nor the path names one/,
    );
    const models = resolved(two, { method: 'GET', target: '/v1/models' });
    assert.ok('code' in models && models.params.model === '(none named)');
  });
});

describe('the price of a call', () => {
  it('is the provider’s own where a pattern matches, the first of them, else that of its list', () => {
    const prices = [
      { model: 'claude-haiku-*', input: 7, output: 8 },
      { model: '*', input: 1, output: 2 },
    ];
    const price = (model: string, spec: object) =>
      callUnder([provider(spec)], { body: { model } }).price?.input;
    assert.equal(price('claude-haiku-4-5', { prices }), 7e9);
    assert.equal(price('claude-haiku-4-5', { prices, priceList: 'anthropic' }), 7e9);
    assert.equal(price('gpt-x', { prices }), 1e9);
    assert.equal(price('claude-haiku-4-5', { priceList: 'anthropic' }), 1e9);
    assert.equal(price('claude-haiku-4-5', {}), undefined, 'the provider x has no list');
    assert.equal(price('claude-nobody-knows', { priceList: 'anthropic' }), undefined);
  });
});

describe('the output cap of a call', () => {
  const cap = (policies: string[], body: object = {}): number => callUnder(policies, { body }).cap;

  it('is what was asked for, lowered to the ceilings of all profiles that are enforced', () => {
    assert.equal(cap([]), 1000);
    assert.equal(cap([profile({ models: { maxOutputTokens: 500 } })]), 500);
    assert.equal(cap([profile({ models: { maxOutputTokens: 5000 } })]), 1000);
    assert.equal(
      cap([profile({ models: { maxOutputTokens: 500 } }), everywhere({ models: { maxOutputTokens: 400 } })]),
      400,
    );
    assert.equal(cap([profile({ enforce: false, models: { maxOutputTokens: 500 } })]), 1000, 'observed only');
    assert.equal(cap([], { max_tokens: 0 }), 0);
  });

  it('is the default of the workload’s profile where none was asked for', () => {
    const none = { max_tokens: undefined };
    assert.equal(cap([profile()], none), 16_384);
    const own = profile({ models: { defaultOutputTokens: 77 } });
    assert.equal(cap([everywhere({ models: { defaultOutputTokens: 99 } }), own], none), 77);
    assert.equal(cap([profile({ models: { defaultOutputTokens: 900, maxOutputTokens: 800 } })], none), 800);
  });

  it('is nothing where tokens are only counted', () => {
    assert.equal(callUnder([], { target: '/v1/messages/count_tokens' }).cap, 0);
  });
});

describe('fallbacks', () => {
  it('are calls of their own, with their own provider and price, in order', () => {
    const models = {
      routes: [
        { model: 'claude-haiku-*', provider: 'b' },
        { model: '*', provider: 'a' },
      ],
      fallbacks: [
        { model: 'claude-sonnet-*', to: ['claude-haiku-4-5', 'claude-opus-4-5'] },
        { model: '*', to: ['never'] },
      ],
    };
    const providers = [
      provider({ priceList: 'anthropic' }, { name: 'a' }),
      provider({ priceList: 'anthropic' }, { name: 'b' }),
    ];
    const calls = resolved([...providers, profile({ models })]);
    assert.ok(!('code' in calls));
    assert.deepEqual(
      calls.map(({ model, provider, price, requestedModel }) => [
        model,
        provider.name,
        price?.input,
        requestedModel,
      ]),
      [
        ['claude-sonnet-4-5', 'a', 3e9, 'claude-sonnet-4-5'],
        ['claude-haiku-4-5', 'b', 1e9, 'claude-sonnet-4-5'],
        ['claude-opus-4-5', 'a', 5e9, 'claude-sonnet-4-5'],
      ],
    );
  });

  it('are looked up by the model that an alias stands for, in the own profile first', () => {
    const mine = {
      aliases: [{ name: 'x', model: 'claude-sonnet-4-5' }],
      fallbacks: [{ model: 'claude-sonnet-4-5', to: ['claude-haiku-4-5'] }],
    };
    const calls = resolved(
      [profile({ models: mine }), everywhere({ models: { fallbacks: [{ model: '*', to: ['no'] }] } })],
      { body: { model: 'x' } },
    );
    assert.ok(!('code' in calls));
    assert.deepEqual(
      calls.map(({ model }) => model),
      ['claude-sonnet-4-5', 'claude-haiku-4-5'],
    );
  });
});
