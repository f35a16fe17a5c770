import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clusterBuiltIn } from './built-in.ts';
import { podRules } from './pod-rules.ts';
import { SYSTEM_NAMESPACE } from './snapshot.ts';
import { profile, snapshotOf } from './testing.ts';
import type { Tier } from './tiers.ts';

const tierOf = (...given: [tier: Tier, enforce?: boolean][]) =>
  snapshotOf(
    given.map(([tier, enforce = true], n) =>
      profile(
        { tier, enforce },
        n === 0 ? { name: 'own' } : { name: `all-${n}`, namespace: SYSTEM_NAMESPACE },
      ),
    ),
  ).tier;

describe('what profiles ask of pods', () => {
  it('is the strictest tier of those that are enforced', () => {
    assert.equal(tierOf(['full_vm_tools']), 'full_vm_tools');
    assert.equal(tierOf(['full_vm_tools'], ['web_automation']), 'web_automation');
    assert.equal(tierOf(['web_automation'], ['full_vm_tools'], ['locked']), 'locked');
    assert.equal(tierOf(['locked', false], ['web_automation']), 'web_automation');
    assert.equal(tierOf(['locked', false]), 'full_vm_tools');
  });

  it('is in a cluster the tier locked, with no way out at work, where nobody has said anything', () => {
    const { tier, network, profiles, providers } = snapshotOf([], { builtIn: clusterBuiltIn() });
    assert.deepEqual([tier, network.work], ['locked', { access: 'local', hosts: [] }]);
    assert.deepEqual(
      profiles.map(({ name, enforce }) => [name, enforce]),
      [['locked', true]],
    );
    assert.deepEqual(
      providers.map(({ name }) => name),
      ['anthropic', 'openai'],
    );
    assert.equal(podRules([]).network.setup.access, 'local');
  });
});
