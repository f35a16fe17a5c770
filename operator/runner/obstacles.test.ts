/** What keeps a runner from going on, what it says of that, and what it never touches. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GOVERNED_LABEL } from '../../core/cluster/names.ts';
import type { Pod } from './kinds.ts';
import { obstacleOf } from './obstacle.ts';
import { job } from './template.ts';
import { act, type Program } from './testing-actors.ts';
import { type Any, no } from './testing-cluster.ts';
import { Drive } from './testing-drive.ts';

const WHOLE = { setup: { command: ['clone'] }, teardown: { command: ['push'] } };
const OK: Program = () => ({ exitCode: 0 });
const NEVER: Program = () => 'runs';
const CLAIM = 'nightly-workspace-1';
const stalled = ({ status }: Drive) => status.conditions?.find(({ type }) => type === 'Stalled')?.status;
const tries = ({ status }: Drive) =>
  (status.phases ?? []).map(({ name, attempt, reason }) => `${name} ${attempt} ${reason}`);

/** @returns with one pod of work, in whatever state */
async function withPod(status: object, spec: object = {}): Promise<Drive> {
  const drive = new Drive(spec);
  await drive.quiet(NEVER);
  const [pod] = drive.cluster.all<Pod>('pods');
  assert.ok(pod);
  drive.cluster.put('pods', { ...pod, status } as Any);
  await drive.look();
  await drive.look();
  return drive;
}
const waiting = (reason: string, message?: string) => ({
  phase: 'Waiting',
  containerStatuses: [{ name: 'agent', state: { waiting: { reason, message } } }],
});

describe('a pod that does not start', () => {
  it('is a condition once it is more than late, and a failed try after ten minutes', async () => {
    const state = waiting('ImagePullBackOff', 'Back-off pulling image "agent:1": not found');
    const drive = await withPod(state, { work: { command: ['a'], retries: 1 } });
    assert.equal(
      drive.ready,
      'ImageNotPulled: the image of it can\'t be fetched: Back-off pulling image "agent:1": not found',
    );
    assert.equal(stalled(drive), 'False');
    drive.pass(30_000);
    await drive.quiet(NEVER);
    assert.equal(stalled(drive), 'True');
    drive.pass(570_000);
    await drive.until(OK, () => drive.status.finishedAt !== undefined);
    assert.deepEqual(tries(drive), ['work 1 NotStarted', 'work 2 Succeeded']);
    assert.match(drive.status.phases?.[0]?.message ?? '', /not found$/);
  });

  it('is waited for where no node takes it', async () => {
    const conditions = [
      { type: 'PodScheduled', status: 'False', message: '0/3 nodes are available: 3 Insufficient memory.' },
    ];
    const drive = await withPod({ phase: 'Waiting', conditions });
    drive.pass(86_400_000);
    await drive.quiet(NEVER);
    assert.equal(
      drive.ready,
      'Unschedulable: no node takes its pod: 0/3 nodes are available: 3 Insufficient memory',
    );
    assert.deepEqual([stalled(drive), drive.status.phase], ['True', 'Work']);
  });

  it('and has run for long is not given up because its sidecar starts again', async () => {
    const drive = await withPod({
      phase: 'Running',
      containerStatuses: [{ name: 'agent', state: { running: {} } }],
      initContainerStatuses: [
        { name: 'tollgate-sidecar', state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: {} },
      ],
    });
    drive.pass(14_400_000);
    await drive.quiet(NEVER);
    assert.match(drive.ready, /^Crashing: its sidecar ends again and again/);
    assert.deepEqual([tries(drive), drive.status.phase], [[], 'Work']);
  });

  it('says why in each case', () => {
    const labels = { [GOVERNED_LABEL]: 'true' };
    const metadata = { name: 'p', uid: 'u', resourceVersion: '1', labels };
    const says = (status: object) => obstacleOf({ metadata, status } as Pod)?.message;
    assert.equal(
      says(waiting('CreateContainerConfigError', 'secret "github" not found')),
      'the container of it can\'t be made: secret "github" not found',
    );
    const sidecar = (state: object) => ({ initContainerStatuses: [{ name: 'tollgate-sidecar', ...state }] });
    assert.equal(
      says(
        sidecar({
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 2, message: 'control is not there' } },
        }),
      ),
      'its sidecar ends again and again, last with 2: control is not there',
    );
    assert.equal(says({}), undefined);
    assert.equal(
      obstacleOf({ metadata: { ...metadata, labels: {} }, status: {} } as Pod)?.reason,
      'Ungoverned',
    );
  });

  it('is stopped at once where nobody has put a sidecar beside it', async () => {
    const drive = new Drive();
    await drive.quiet(NEVER);
    const [pod] = drive.cluster.all<Pod>('pods');
    assert.ok(pod);
    const labels = { ...pod.metadata.labels, [GOVERNED_LABEL]: 'false' };
    drive.cluster.put('pods', { ...pod, metadata: { ...pod.metadata, labels } });
    await drive.quiet(NEVER);
    assert.equal(drive.cluster.find('pods', pod.metadata.name), undefined);
    assert.deepEqual(
      [tries(drive), drive.status.phases?.[0]?.message],
      [['work 1 NotStarted'], `the pod ${pod.metadata.name} has no sidecar: nobody injected it`],
    );
  });
});

describe('a namespace that is not enabled', () => {
  it('gets no pod, until it is', async () => {
    const drive = new Drive(WHOLE);
    drive.enabled = false;
    await drive.quiet(NEVER);
    assert.deepEqual([drive.jobs, stalled(drive)], [[], 'True']);
    assert.match(drive.ready, /^NamespaceNotEnabled: .*label it tollgate.dev\/enabled=true/);
    drive.enabled = true;
    await drive.until(OK, () => drive.status.finishedAt !== undefined);
    assert.equal(drive.status.phase, 'Succeeded');
  });
});

describe('a name that is taken', () => {
  for (const [plural, name, kind] of [
    ['jobs', 'nightly-setup-1', 'Job'],
    ['persistentvolumeclaims', CLAIM, 'PersistentVolumeClaim'],
  ] as const) {
    it(`by a ${kind} leaves that alone and says so; when it is free, it goes on`, async () => {
      const drive = new Drive(WHOLE);
      drive.cluster.create(plural, { metadata: { name }, spec: {} } as never);
      drive.cluster.promises.foreign.set(
        `${plural}/${name}`,
        drive.cluster.find(plural, name)?.metadata.resourceVersion ?? '',
      );
      // As it is there and not the runner's, nobody runs it here.
      for (let n = 0; n < 10; n++) await drive.look();
      assert.equal(
        drive.ready,
        `NameTaken: there is a ${kind} ${name} that is not this AgentRunner's; it is left alone: rename or delete it`,
      );
      assert.equal(stalled(drive), 'True');
      drive.cluster.promises.foreign.clear();
      drive.cluster.remove(plural, name);
      await drive.until(OK, () => drive.status.finishedAt !== undefined);
      assert.equal(drive.status.phase, 'Succeeded');
    });
  }
});

describe('a workspace that somebody deletes', () => {
  it('before work is set up anew', async () => {
    const drive = new Drive(WHOLE);
    const program: Program = (pod) => {
      if (pod.metadata.name.includes('setup-1')) drive.cluster.remove('persistentvolumeclaims', CLAIM);
      return { exitCode: 0 };
    };
    await drive.until(program, () => drive.status.finishedAt !== undefined);
    assert.deepEqual([drive.status.phase, drive.status.workspace], ['Succeeded', 'nightly-workspace-2']);
    assert.deepEqual(tries(drive).slice(0, 3), [
      'setup 1 Succeeded',
      'setup 2 Succeeded',
      'work 1 Succeeded',
    ]);
  });

  it('after work began ends the task: what it made is gone', async () => {
    const drive = new Drive({ ...WHOLE, work: { command: ['a'], retries: 1 } });
    const program: Program = (pod) => {
      if (!pod.metadata.name.includes('work-1')) return { exitCode: 0 };
      drive.cluster.remove('persistentvolumeclaims', CLAIM);
      return { exitCode: 1 };
    };
    await drive.until(program, () => drive.status.finishedAt !== undefined);
    assert.deepEqual(drive.status.outcomes, {
      setup: 'Succeeded',
      work: 'WorkspaceLost',
      teardown: 'WorkspaceLost',
    });
    assert.match(
      drive.ready,
      /^WorkspaceLost: its workspace nightly-workspace-1 was deleted, not by Tollgate/,
    );
  });
});

describe('what the API server refuses', () => {
  it('is said in its words, tried again now and then, and goes on when it is let in', async () => {
    const drive = new Drive({});
    drive.cluster.refuse = (verb, plural) =>
      verb === 'create' && plural === 'jobs' ? no(403, 'Forbidden', 'exceeded quota: jobs') : undefined;
    await drive.quiet(NEVER);
    assert.equal(drive.ready, 'RequestRefused: test: Forbidden: exceeded quota: jobs');
    assert.equal(stalled(drive), 'True');
    const { writes } = drive.cluster;
    drive.pass(3_600_000);
    await drive.quiet(NEVER);
    assert.ok(drive.cluster.writes - writes <= 3, 'not again and again');
    drive.cluster.refuse = undefined;
    await drive.until(OK, () => drive.status.finishedAt !== undefined);
    assert.equal(drive.status.phase, 'Succeeded');
    assert.equal(stalled(drive), 'False');
  });

  it('is no end where it is only away', async () => {
    const drive = new Drive({});
    drive.cluster.refuse = () => no(503, 'ServiceUnavailable');
    for (let n = 0; n < 20; n++) await drive.look();
    assert.deepEqual(drive.status, {});
    drive.cluster.refuse = undefined;
    await drive.until(OK, () => drive.status.finishedAt !== undefined);
  });
});

describe('a Job that an operator before has left', () => {
  const left = (drive: Drive, more: object) => {
    assert.ok(drive.runner);
    const made = job(drive.runner, 'work', 'nightly-work-9', CLAIM, 60);
    drive.cluster.create('jobs', { ...made, metadata: { ...made.metadata, ...more } } as never);
  };

  it('is deleted, and its pod waited for, before another one is made', async () => {
    const drive = new Drive({});
    left(drive, {});
    act(drive.cluster, NEVER);
    act(drive.cluster, NEVER);
    assert.equal(drive.cluster.all('pods').length, 1);
    drive.cluster.nodeLost = true;
    await drive.quiet(NEVER);
    assert.deepEqual([drive.jobs, stalled(drive)], [['nightly-work-9'], 'False']);
    assert.equal(drive.ready, 'Stopping: waits until nightly-work-9 has ended: one pod runs at a time');
    drive.cluster.nodeLost = false;
    await drive.until(OK, () => drive.status.finishedAt !== undefined);
    assert.deepEqual(tries(drive), ['work 1 Succeeded']);
  });

  it('is waited for when it is going already, though no pod of it is seen', async () => {
    const drive = new Drive({});
    left(drive, { deletionTimestamp: drive.cluster.time, finalizers: ['example.com/held'] });
    for (let n = 0; n < 10; n++) await drive.look();
    assert.deepEqual(drive.jobs, ['nightly-work-9']);
  });

  it('whose pod is all that is left of it is waited for, too', async () => {
    const drive = new Drive({ work: { command: ['a'], retries: 1 } });
    await drive.quiet(NEVER);
    drive.cluster.nodeLost = true;
    drive.cluster.remove('jobs', 'nightly-work-1', 'Background');
    for (let n = 0; n < 20; n++) {
      drive.pass(5_000);
      await drive.quiet(NEVER);
    }
    assert.match(drive.ready, /^Stopping: waits until nightly-work-1-\d+ has ended/);
    drive.cluster.nodeLost = false;
    await drive.until(OK, () => drive.status.finishedAt !== undefined);
    assert.deepEqual(tries(drive), ['work 1 Deleted', 'work 2 Succeeded']);
  });
});
