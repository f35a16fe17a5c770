import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AGENTS } from '../agents/agents.ts';
import { findPrice } from '../money/price-list.ts';
import { profile, provider, snapshotOf } from '../policy/testing.ts';
import { NOON } from './testing.ts';
import { unpricedDefaults } from './unpriced.ts';

const OPENAI = ['openai-chat', 'openai-responses'];
const found = (...policies: readonly string[]) =>
  unpricedDefaults(snapshotOf(policies), NOON).map(
    ({ agents, model, provider: { name } }) => `${model} at ${name} for ${agents}`,
  );

describe('models that agents ask for by default', () => {
  it('are named when they have no price here, each with its provider and its agents', () => {
    assert.deepEqual(found(), ['gpt-6.1-sol at openai for codex']);
    const host = provider({ wires: OPENAI }, { name: 'corp' });
    assert.deepEqual(found(host), [
      'gpt-6.1-sol at corp for codex',
      'gpt-5.4-nano at corp for opencode',
      'gpt-6-astra at corp for openclaw',
      'gpt-4.1-mini at corp for crewai',
    ]);
  });

  it('are not named when a manifest prices them, or another model is put in their place', () => {
    const price = { model: 'gpt-6.1-sol', input: 4, output: 15 };
    const priced = provider({ wires: OPENAI, prices: [price] }, { name: 'openai' });
    assert.deepEqual(found(priced), []);
    const alias = (to: string) =>
      profile({ tier: 'full_vm_tools', models: { aliases: [{ name: 'gpt-6.1-sol', model: to }] } });
    assert.deepEqual(found(alias('gpt-6-sol')), []);
    assert.deepEqual(found(alias('gpt-of-nobody')), ['gpt-of-nobody at openai for codex']);
  });

  it('are not named where the profile refuses them anyway, but where it only records', () => {
    const few = { tier: 'full_vm_tools', models: { allow: ['claude-*'] } };
    assert.deepEqual(found(profile(few)), []);
    assert.equal(found(profile({ ...few, enforce: false })).length, 1);
  });

  it('are not named for hosts that sell other models; where a path chooses the provider, for each that it can name', () => {
    assert.deepEqual(found(provider({ wires: OPENAI }, { name: 'groq' })), []);
    const two = ['openai', 'corp'].map((name) => provider({ wires: ['openai-responses'] }, { name }));
    assert.deepEqual(
      found(...two).filter((line) => line.startsWith('gpt-6.1-sol')),
      ['gpt-6.1-sol at openai for codex', 'gpt-6.1-sol at corp for codex'],
    );
  });

  it('have a price that can be proposed: of their maker’s list, or as it was published', () => {
    for (const { id, defaultModels } of AGENTS) {
      assert.ok(defaultModels.length > 0, id);
      for (const { model, maker, published } of defaultModels)
        assert.notEqual(findPrice(maker, model, NOON) === undefined, published === undefined, model);
    }
  });
});
