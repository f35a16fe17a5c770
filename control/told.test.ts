/** What a sidecar is told: the keys that its workload can use, and no other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClusterPolicies } from '../adapters/cluster/policies.ts';
import type { PolicyObject } from '../core/policy/objects.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import { streamState } from './api.ts';
import { OF } from './testing-entries.ts';

const object = (kind: string, name: string, spec: object, namespace?: string): PolicyObject => ({
  apiVersion: 'tollgate.dev/v1alpha1',
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec,
});
const PROVIDERS = ['anthropic', 'groq'].map((name) =>
  object('Provider', name, {
    url: `https://${name}.example.com`,
    wires: [name === 'groq' ? 'openai-chat' : 'anthropic-messages'],
    auth: { secretRef: { name, key: 'key' } },
  }),
);
const credentials = {
  of: (providers: readonly ProviderSpec[]) =>
    Object.fromEntries(providers.map(({ name }) => [name, `sk-${name}`])),
};

/** @returns what a sidecar of team-a is told */
function told(...profiles: readonly PolicyObject[]) {
  const policies = new ClusterPolicies();
  policies.replace([...PROVIDERS, ...profiles]);
  const cluster = { caller: () => OF, killed: () => undefined };
  const state = streamState(OF, { cluster, policies, credentials, log: undefined as never });
  assert.ok(state?.policy);
  return state;
}

const models = { allow: ['claude-*'], routes: [{ model: 'claude-*', provider: 'anthropic' }] };

describe('a sidecar', () => {
  it('gets the keys of Providers that its profiles can reach, and the manifests of all', () => {
    const { credentials: sent, policy } = told(object('ToolProfile', 'default', { models }, 'team-a'));
    assert.deepEqual(sent, { credentials: { anthropic: 'sk-anthropic' } });
    assert.equal(policy?.manifests.length, 3);
  });

  it('is told what is wrong where no policy fits, and gets no key', () => {
    const policies = new ClusterPolicies();
    policies.replace([...PROVIDERS, object('BudgetPolicy', 'day', { dream: 'yes' }, 'team-a')]);
    const cluster = { caller: () => OF, killed: () => undefined };
    const log = { warn: () => undefined } as never;
    const state = streamState(OF, { cluster, policies, credentials, log });
    assert.match(state?.problem.problem ?? '', /BudgetPolicy team-a\/day.*spec.dream: unknown field/);
    assert.deepEqual([state?.policy, state?.credentials], [undefined, { credentials: {} }]);
  });

  it('is narrowed by a profile of the whole cluster, and not by that of another namespace', () => {
    const own = object('ToolProfile', 'default', {}, 'team-a');
    const everywhere = told(own, object('ToolProfile', 'all', { models }, 'tollgate-system'));
    assert.deepEqual(Object.keys(everywhere.credentials.credentials), ['anthropic']);
    const elsewhere = told(own, object('ToolProfile', 'theirs', { models }, 'team-b'));
    assert.deepEqual(Object.keys(elsewhere.credentials.credentials), ['anthropic', 'groq', 'openai']);
  });
});
