import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SYSTEM_NAMESPACE } from '../policy/snapshot.ts';
import { profile, provider } from '../policy/testing.ts';
import { judgeModel } from './model.ts';
import { type Asked, callUnder } from './testing.ts';

/** @returns the code of the refusal, or what was observed */
function judged(policies: readonly string[], asked: Asked = {}): string {
  const verdict = judgeModel(callUnder(policies, asked));
  return 'refusal' in verdict ? verdict.refusal.code : `allow ${verdict.observed.join(' ')}`.trim();
}

const everywhere = (spec: object) => profile(spec, { name: 'house', namespace: SYSTEM_NAMESPACE });
const unknown = { body: { functions: [] } };

describe('models', () => {
  it('are allowed by their names at the provider, after aliases', () => {
    const models = {
      allow: ['claude-haiku-*', 'claude-opus-4-5'],
      aliases: [{ name: 'cheap', model: 'claude-haiku-4-5' }],
    };
    const ask = (model: string) => judged([profile({ models })], { body: { model } });
    assert.equal(ask('claude-haiku-4-5'), 'allow');
    assert.equal(ask('cheap'), 'allow');
    assert.equal(ask('claude-sonnet-4-5'), 'model_not_allowed');
    assert.equal(
      judged([profile({ models: { allow: ['cheap'], aliases: models.aliases } })], {
        body: { model: 'cheap' },
      }),
      'model_not_allowed',
    );
    assert.equal(judged([profile({ models: { allow: [] } })]), 'model_not_allowed');
    assert.equal(judged([profile()]), 'allow', 'all, where nothing is said');
    assert.equal(
      judged([profile({ models: { allow: [] } })], { method: 'GET', target: '/v1/models' }),
      'allow',
    );
  });

  it('must be allowed by every profile that is enforced', () => {
    const house = everywhere({ models: { allow: ['claude-haiku-*'] } });
    assert.equal(judged([profile({ models: { allow: ['*'] } }), house]), 'model_not_allowed');
    const watching = everywhere({ enforce: false, models: { allow: ['claude-haiku-*'] } });
    assert.equal(judged([profile(), watching]), 'allow model_not_allowed');
  });
});

describe('unknown fields', () => {
  it('are refused or recorded as the profile says, or else its tier', () => {
    assert.equal(judged([profile({ tier: 'locked' })], unknown), 'field_unknown');
    assert.equal(judged([profile({ tier: 'web_automation' })], unknown), 'field_unknown');
    assert.equal(judged([profile({ tier: 'full_vm_tools' })], unknown), 'allow');
    assert.equal(
      judged([profile({ tier: 'full_vm_tools', unknownFields: 'refuse' })], unknown),
      'field_unknown',
    );
    assert.equal(judged([profile({ tier: 'web_automation', unknownFields: 'record' })], unknown), 'allow');
  });

  it('are known when the provider’s manifest says so, by the name that the refusal gave', () => {
    const refused = judgeModel(callUnder([profile()], unknown));
    assert.ok('refusal' in refused && refused.refusal.params.name === 'functions');
    assert.equal(judged([profile(), provider({ allowedFields: ['functions'] })], unknown), 'allow');
    const body = {
      tools: [{ type: 'shell_20270101', name: 'x' }],
      messages: [{ role: 'user', content: [{ type: 'hologram' }], via: 1 }],
    };
    const names = ['shell_20270101', 'hologram', 'messages[].via'];
    for (const left of names) {
      const allowedFields = names.filter((name) => name !== left);
      assert.equal(judged([profile(), provider({ allowedFields })], { body }), 'field_unknown', left);
    }
    assert.equal(judged([profile(), provider({ allowedFields: names })], { body }), 'allow');
  });
});

describe('provider capabilities', () => {
  const bodies: readonly object[] = [
    { container: 'c' },
    { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
    { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'http://x' } }] }] },
    { messages: [{ role: 'user', content: [{ type: 'container_upload', file_id: 'x' }] }] },
    { context_management: { edits: [{ type: 'compact_20260112' }] } },
  ];

  it('are off in every tier, and no Provider can allow them as a field', () => {
    for (const body of bodies) {
      for (const tier of ['locked', 'web_automation', 'full_vm_tools']) {
        const allowedFields = [
          'container',
          'web_search_20250305',
          'url',
          'container_upload',
          'compact_20260112',
        ];
        assert.equal(
          judged([profile({ tier }), provider({ allowedFields })], { body }),
          'capability_off',
          JSON.stringify(body),
        );
      }
      assert.equal(judged([profile({ enforce: false })], { body }), 'allow capability_off');
    }
  });

  it('of stored conversations are refused as official SDKs understand it', () => {
    const body = { thread: { type: 'create' } };
    assert.equal(judged([profile()], { body }), 'threads_off');
    assert.equal(judged([profile({ enforce: false })], { body }), 'allow threads_off');
  });
});

describe('unknown betas', () => {
  it('are taken out, or refused where the profile says so', () => {
    const betas = 'effort-2025-11-24,new-1';
    assert.equal(judged([profile()], { betas }), 'allow');
    assert.equal(judged([profile({ unknownBetas: 'refuse' })], { betas }), 'beta_unknown');
    assert.equal(
      judged([profile({ unknownBetas: 'refuse', enforce: false })], { betas }),
      'allow beta_unknown',
    );
    assert.equal(
      judged([profile({ unknownBetas: 'refuse' }), provider({ allowedBetas: ['new-1'] })], { betas }),
      'allow',
    );
    assert.equal(judged([profile({ unknownBetas: 'refuse' })], { betas: 'effort-2025-11-24' }), 'allow');
  });
});

describe('a thinking budget', () => {
  it('must fit below the output cap that the profiles allow', () => {
    const thinking = (budget_tokens: number) => ({
      body: { max_tokens: 5000, thinking: { type: 'enabled', budget_tokens } },
    });
    const capped = profile({ models: { maxOutputTokens: 2000 } });
    assert.equal(judged([capped], thinking(1999)), 'allow');
    assert.equal(judged([capped], thinking(2000)), 'output_cap_too_low');
    assert.equal(judged([profile()], thinking(2000)), 'allow');
    assert.equal(
      judged([profile({ enforce: false, models: { maxOutputTokens: 2000 } })], thinking(2000)),
      'allow',
    );
    assert.equal(judged([profile()], thinking(5000)), 'allow', 'the agent’s own cap is not ours to judge');
    assert.equal(judged([capped], thinking(6000)), 'allow');
    assert.equal(judged([capped], { ...thinking(4000), target: '/v1/messages/count_tokens' }), 'allow');
  });
});

it('what several rules refuse is observed once each, and refused by the first', () => {
  const asked = { body: { functions: [], thread: {}, container: 'x' }, betas: 'new-1' };
  const spec = { unknownBetas: 'refuse', models: { allow: [] } };
  assert.equal(
    judged([profile({ ...spec, enforce: false })], asked),
    'allow model_not_allowed field_unknown threads_off capability_off beta_unknown',
  );
  assert.equal(judged([profile(spec)], asked), 'model_not_allowed');
});
