import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lostRunner, type Owned, type OwnerRef, ownerOf } from './workload.ts';

const LABELS = { app: 'triage', 'pod-template-hash': 'x1' };

const ref = (apiVersion: string, kind: string, name: string, uid = `${kind}-${name}`): OwnerRef => ({
  apiVersion,
  kind,
  name,
  uid,
  controller: true,
});

function object(kind: string, name: string, more: Partial<Owned> = {}, owner?: OwnerRef): Owned {
  const metadata = {
    name,
    uid: `${kind}-${name}`,
    labels: LABELS,
    ...(owner ? { ownerReferences: [owner] } : {}),
  };
  return { metadata, ...more };
}

const selecting = (matchLabels: Record<string, string>) => ({ spec: { selector: { matchLabels } } });
const REPLICA_SET = ref('apps/v1', 'ReplicaSet', 'triage-x1');
const DEPLOYMENT = ref('apps/v1', 'Deployment', 'triage');
const JOB = ref('batch/v1', 'Job', 'nightly-1');

const pod = (owner?: OwnerRef) => object('Pod', 'triage-x1-abc', {}, owner);
const inStore = (...objects: [string, Owned][]) => {
  const store = new Map(objects);
  return ({ kind, name }: OwnerRef) => store.get(`${kind}/${name}`);
};
const replicaSet = (matchLabels: Record<string, string> = LABELS) =>
  object('ReplicaSet', 'triage-x1', selecting(matchLabels), DEPLOYMENT);
const deployment = (matchLabels: Record<string, string> = { app: 'triage' }) =>
  object('Deployment', 'triage', selecting(matchLabels));

describe('who pays for a pod', () => {
  it('is its ServiceAccount where it has no owner', () => {
    assert.deepEqual(ownerOf(pod(), 'bot', inStore()), { workload: 'serviceaccount/bot' });
  });

  it('is its topmost owner, through rollouts', () => {
    const find = inStore(['ReplicaSet/triage-x1', replicaSet()], ['Deployment/triage', deployment()]);
    assert.deepEqual(ownerOf(pod(REPLICA_SET), 'bot', find), { workload: 'deployment/triage' });
  });

  it('is an AgentRunner with its name', () => {
    const job = object(
      'Job',
      'nightly-1',
      selecting({ app: 'triage' }),
      ref('tollgate.dev/v1alpha1', 'AgentRunner', 'nightly'),
    );
    const find = inStore(['Job/nightly-1', job], ['AgentRunner/nightly', object('AgentRunner', 'nightly')]);
    const labelled = (runner: string) => {
      const one = pod(JOB);
      return { metadata: { ...one.metadata, labels: { ...LABELS, 'tollgate.dev/runner': runner } } };
    };
    assert.deepEqual(ownerOf(labelled('nightly'), 'bot', find), {
      workload: 'agentrunner/nightly',
      runner: 'nightly',
    });
    assert.equal(lostRunner(labelled('nightly'), find), undefined);
    // Who may create a pod may write the owner, and not the label.
    assert.deepEqual(ownerOf(pod(JOB), 'bot', find), { workload: 'serviceaccount/bot' });
    assert.equal(lostRunner(pod(JOB), find), undefined);
    // And whoever takes the owner away does not get out from under it.
    assert.equal(lostRunner(labelled('other'), find), 'other');
    assert.equal(lostRunner(labelled('nightly'), inStore(['Job/nightly-1', job])), 'nightly');
    assert.equal(
      lostRunner({ metadata: { ...labelled('nightly').metadata, ownerReferences: [] } }, find),
      'nightly',
    );
  });

  it('is a CronJob only while that lists the Job', () => {
    const job = object(
      'Job',
      'nightly-1',
      selecting({ app: 'triage' }),
      ref('batch/v1', 'CronJob', 'nightly'),
    );
    const cron = (active: { uid: string }[]) => object('CronJob', 'nightly', { status: { active } });
    const paying = (active: { uid: string }[]) =>
      ownerOf(pod(JOB), 'bot', inStore(['Job/nightly-1', job], ['CronJob/nightly', cron(active)])).workload;
    assert.equal(paying([{ uid: 'Job-nightly-1' }]), 'cronjob/nightly');
    assert.equal(paying([{ uid: 'another' }]), 'serviceaccount/bot');
  });

  it('is the ServiceAccount where an owner is made up', () => {
    const cases: Record<string, ReturnType<typeof inStore>> = {
      'that is not there': inStore(),
      'whose selector does not match': inStore(
        ['ReplicaSet/triage-x1', replicaSet({ app: 'other' })],
        ['Deployment/triage', deployment()],
      ),
      'above one that is believed': inStore(
        ['ReplicaSet/triage-x1', replicaSet()],
        ['Deployment/triage', deployment({ app: 'other' })],
      ),
      'that selects everything': inStore(
        ['ReplicaSet/triage-x1', { ...replicaSet(), spec: { selector: {} } }],
        ['Deployment/triage', deployment()],
      ),
      'with another UID': inStore(
        ['ReplicaSet/triage-x1', { ...replicaSet(), metadata: { ...replicaSet().metadata, uid: 'new' } }],
        ['Deployment/triage', deployment()],
      ),
    };
    for (const [what, find] of Object.entries(cases))
      assert.deepEqual(ownerOf(pod(REPLICA_SET), 'bot', find), { workload: 'serviceaccount/bot' }, what);
    const foreign = ref('example.com/v1', 'AgentRunner', 'nightly');
    const find = inStore(['AgentRunner/nightly', object('AgentRunner', 'nightly')]);
    assert.deepEqual(
      ownerOf(pod(foreign), 'bot', find),
      { workload: 'serviceaccount/bot' },
      'of another group',
    );
  });

  it('reads every operator of a selector', () => {
    const paying = (matchExpressions: object[]) => {
      const set = object('StatefulSet', 'db', { spec: { selector: { matchExpressions } } });
      return ownerOf(pod(ref('apps/v1', 'StatefulSet', 'db')), 'bot', inStore(['StatefulSet/db', set]))
        .workload;
    };
    const yes = [
      { key: 'app', operator: 'In', values: ['x', 'triage'] },
      { key: 'app', operator: 'NotIn', values: ['x'] },
      { key: 'app', operator: 'Exists' },
      { key: 'gone', operator: 'DoesNotExist' },
      { key: 'gone', operator: 'NotIn', values: ['x'] },
    ];
    const no = [
      { key: 'app', operator: 'In', values: ['x'] },
      { key: 'gone', operator: 'In', values: ['x'] },
      { key: 'app', operator: 'NotIn', values: ['triage'] },
      { key: 'gone', operator: 'Exists' },
      { key: 'app', operator: 'DoesNotExist' },
      { key: 'app', operator: 'Gt', values: ['1'] },
    ];
    for (const one of yes) assert.equal(paying([one]), 'statefulset/db', JSON.stringify(one));
    for (const one of no) assert.equal(paying([...yes, one]), 'serviceaccount/bot', JSON.stringify(one));
  });

  it('is not followed round in a circle', () => {
    const self = ref('apps/v1', 'ReplicaSet', 'triage-x1');
    const circle = object('ReplicaSet', 'triage-x1', selecting(LABELS), self);
    assert.equal(
      ownerOf(pod(self), 'bot', inStore(['ReplicaSet/triage-x1', circle])).workload,
      'serviceaccount/bot',
    );
  });
});
