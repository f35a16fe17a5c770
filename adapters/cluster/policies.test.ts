import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PolicyObject } from '../../core/policy/objects.ts';
import { budget, profile } from '../../core/policy/testing.ts';
import { ClusterPolicies } from './policies.ts';

const object = (text: string) => JSON.parse(text) as PolicyObject;
const workload = (name: string) => ({ namespace: 'team-a', name, labels: {} });
const house = profile({}, { name: 'house', namespace: 'tollgate-system' });
const daily = (usd: number) =>
  object(
    budget({ limits: [{ name: 'all', per: 'namespace', window: 'day', usd }] }, { namespace: 'team-a' }),
  );

function snapshotOf(policies: ClusterPolicies, name: string) {
  const answer = policies.of(workload(name), undefined);
  assert.ok('policy' in answer);
  return answer.policy.snapshot;
}

describe('policies of a cluster', () => {
  it('are read and compiled once for all workloads that they reach, also when others change', () => {
    const policies = new ClusterPolicies();
    policies.replace([object(house), daily(1)]);
    const first = snapshotOf(policies, 'deployment/a');
    const second = snapshotOf(policies, 'deployment/b');
    policies.replace([object(house), daily(2)]);
    const later = snapshotOf(policies, 'deployment/a');
    assert.equal(new Set([first, second, later].map(({ hash }) => hash)).size, 3);
    assert.equal(first.profiles[0], second.profiles[0]);
    assert.equal(first.profiles[0], later.profiles[0]);
  });

  it('are those that the API server has now: one that was changed or has gone is forgotten', () => {
    const policies = new ClusterPolicies();
    const limits = () => snapshotOf(policies, 'deployment/a').budgets.flatMap(({ limits }) => limits);
    const usd = () => limits().map(({ amount }) => amount);
    policies.replace([object(house), daily(1)]);
    assert.deepEqual(usd(), [1_000_000_000]);
    policies.replace([object(house), daily(2)]);
    assert.deepEqual(usd(), [2_000_000_000]);
    policies.replace([object(house)]);
    assert.notDeepEqual(usd(), [2_000_000_000]);
  });

  it('go down to sidecars as they are, without those of other namespaces', () => {
    const policies = new ClusterPolicies();
    const other = object(profile({}, { name: 'other', namespace: 'team-b' }));
    policies.replace([other, object(house), daily(1)]);
    const answer = policies.of(workload('deployment/a'), undefined);
    assert.ok('policy' in answer);
    assert.deepEqual(answer.policy.objects, [object(house), daily(1)]);
  });
});
