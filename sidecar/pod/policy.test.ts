import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClusterPolicies } from '../../adapters/cluster/policies.ts';
import type { ReportMessage } from '../../control-api/messages.ts';
import type { PolicyObject } from '../../core/policy/objects.ts';
import type { Snapshot } from '../../core/policy/snapshot.ts';
import { budget, load, profile, provider } from '../../core/policy/testing.ts';
import { PodPolicy } from './policy.ts';

const WORKLOAD = { namespace: 'team-a', name: 'deployment/triage', labels: { app: 'triage' } };

/** What a sidecar makes of what control sends. */
function followed(
  texts: readonly string[],
  wanted: string | undefined,
  hash?: string,
  later: readonly PolicyObject[] = [],
) {
  const policies = new ClusterPolicies();
  policies.replace(texts.map((text) => JSON.parse(text) as PolicyObject));
  const answer = policies.of(WORKLOAD, wanted);
  assert.ok('policy' in answer);
  const snapshots: Snapshot[] = [];
  const reports: ReportMessage[] = [];
  const pod = new PodPolicy({
    onSnapshot: (snapshot) => snapshots.push(snapshot),
    onReport: (report) => reports.push(report),
    onKill: () => undefined,
  });
  const { snapshot, objects } = answer.policy;
  pod.take({
    hash: hash ?? snapshot.hash,
    workload: WORKLOAD,
    profile: wanted ?? null,
    manifests: JSON.parse(JSON.stringify([...objects, ...later])),
  });
  return { made: snapshots[0], reports, ready: pod.problem === undefined, snapshot, sent: objects };
}

describe('the policy of a pod', () => {
  it('comes to what control made of the same manifests, network and tier included', () => {
    const own = { namespace: 'team-a' };
    const network = { work: { access: 'allowlist', hosts: ['a.example'] } };
    for (const [texts, wanted] of [
      [[], undefined],
      [[profile({ network }, { ...own, name: 'a' }), profile({}, { ...own, name: 'b' })], 'a'],
      [[profile({ network }, { name: 'house', namespace: 'tollgate-system' })], 'house'],
      [[budget(undefined, own), profile({}, { namespace: 'team-b' }), provider()], undefined],
    ] as const) {
      const { made, reports, ready, snapshot } = followed(texts, wanted);
      assert.deepEqual([reports, ready], [[{ snapshot: snapshot.hash, problem: null }], true]);
      assert.deepEqual(
        [made?.hash, made?.tier, made?.network],
        [snapshot.hash, snapshot.tier, snapshot.network],
      );
    }
  });

  it('comes without what goes without saying, as an API server fills it in: a sidecar may be of the release before', () => {
    const text = profile({ models: { maxOutputTokens: 5 } }, { namespace: 'team-a' });
    const [whole] = load(text);
    const { sent, snapshot, reports } = followed([JSON.stringify(whole?.manifest)], undefined);
    assert.deepEqual(sent, [JSON.parse(text)]);
    assert.deepEqual(reports, [{ snapshot: snapshot.hash, problem: null }]);
  });

  it('is not followed where it has a field of a later release that somebody uses', () => {
    const { reports, ready } = followed([], undefined, undefined, [
      JSON.parse(profile({ dream: true }, { namespace: 'team-a' })),
    ]);
    assert.equal(ready, false);
    assert.match(reports[0]?.problem ?? '', /this release does not understand the policy.*dream/s);
  });

  it('is tier locked, enforced, where nobody has said anything', () => {
    const { made } = followed([], undefined);
    assert.deepEqual(
      made?.profiles.map(({ tier, enforce }) => [tier, enforce]),
      [['locked', true]],
    );
  });

  it('is missed in words that say what is wrong, and one in force stays when there is none any longer', () => {
    const pod = new PodPolicy({ onSnapshot() {}, onReport() {}, onKill() {} });
    assert.match(pod.problem ?? '', /control has not said/);
    pod.explain('BudgetPolicy team-a/day: spec.limits: must not be empty');
    assert.equal(
      pod.problem,
      'no policy fits this pod: BudgetPolicy team-a/day: spec.limits: must not be empty',
    );
    const { sent, snapshot } = followed([], undefined);
    pod.take({ hash: snapshot.hash, workload: WORKLOAD, profile: null, manifests: sent });
    pod.explain('another');
    assert.equal(pod.problem, undefined);
  });

  it('is in force only when it comes to the same', () => {
    const { reports, ready } = followed([], undefined, 'another');
    assert.equal(ready, false);
    assert.match(reports[0]?.problem ?? '', /another policy of the manifests than control does/);
  });
});
