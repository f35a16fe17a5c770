/** What ends before its time: suspended, too late, or deleted, in whatever phase. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PHASE_LABEL } from '../../core/cluster/names.ts';
import { FINALIZER, type Job, type Pod } from './kinds.ts';
import { act, type Program } from './testing-actors.ts';
import { no } from './testing-cluster.ts';
import { Drive, NAME } from './testing-drive.ts';

const setup = { command: ['clone'] };
const teardown = { command: ['push'] };
const WHOLE = { setup, teardown };
const OK = { exitCode: 0 };
const NEVER: Program = () => 'runs';
const phaseOf = (pod: Pod) => pod.metadata.labels?.[PHASE_LABEL] ?? '';
/** All but this phase end well; this one goes on. */
const stuck =
  (phase: string): Program =>
  (pod) =>
    phaseOf(pod) === phase ? 'runs' : OK;
const tries = ({ status }: Drive) =>
  (status.phases ?? []).map(({ name, attempt, reason }) => `${name} ${attempt} ${reason}`);

async function at(phase: string, spec: object = WHOLE): Promise<Drive> {
  const drive = new Drive(spec);
  await drive.until(stuck(phase), () => drive.status.running?.name === phase);
  return drive;
}
const pods = ({ cluster }: Drive) =>
  cluster.all<Pod>('pods').filter(({ status }) => status?.phase === 'Running');
const ended = (drive: Drive) => () => drive.status.finishedAt !== undefined;
const gone = (drive: Drive) => () => drive.runner === undefined;

describe('a runner that is suspended', () => {
  for (const phase of ['setup', 'work', 'teardown']) {
    it(`in ${phase} has no pod, and begins that phase anew on the same workspace`, async () => {
      const drive = await at(phase);
      const { workspace } = drive.status;
      drive.edit({ suspend: true });
      await drive.quiet(stuck(phase));
      assert.deepEqual([pods(drive), drive.status.phase], [[], 'Suspended']);
      assert.match(drive.ready, /^Suspended: /);
      drive.pass(3_600_000);
      await drive.quiet(NEVER);
      assert.deepEqual(pods(drive), []);
      drive.edit({ suspend: false });
      await drive.until(() => OK, ended(drive));
      assert.equal(drive.status.phase, 'Succeeded');
      assert.deepEqual(
        tries(drive).filter((one) => one.startsWith(phase)),
        [`${phase} 1 Suspended`, `${phase} 2 Succeeded`],
      );
      assert.equal(drive.status.workspace, workspace);
      assert.equal(drive.status.failures, undefined, 'it is no failure');
    });
  }

  it('before it began never begins', async () => {
    const drive = new Drive({ ...WHOLE, suspend: true });
    await drive.quiet(() => OK);
    assert.deepEqual([drive.jobs, drive.status.phase], [[], 'Suspended']);
  });

  it('before it began has its whole deadline afterwards, and no more', async () => {
    const drive = new Drive({ suspend: true, deadlineSeconds: 600 });
    await drive.quiet(NEVER);
    drive.pass(86_400_000);
    drive.edit({ suspend: false });
    await drive.quiet(NEVER);
    const job = drive.cluster.find<Job>('jobs', 'nightly-work-1');
    assert.equal(job?.spec?.activeDeadlineSeconds, 600);
    drive.pass(600_000);
    await drive.until(NEVER, ended(drive));
    assert.match(drive.ready, /^DeadlineExceeded: /);
  });

  it('and resumed at once loses nothing: the pod that ran is waited for', async () => {
    const drive = await at('work');
    drive.edit({ suspend: true });
    await drive.look();
    drive.edit({ suspend: false });
    await drive.until(() => OK, ended(drive));
    assert.deepEqual(
      tries(drive).filter((one) => one.startsWith('work')),
      ['work 1 Suspended', 'work 2 Succeeded'],
    );
  });

  it('has that time free of its deadline', async () => {
    const drive = await at('work', { deadlineSeconds: 600 });
    drive.pass(300_000);
    drive.edit({ suspend: true });
    await drive.quiet(NEVER);
    drive.pass(86_400_000);
    await drive.quiet(NEVER);
    drive.edit({ suspend: false });
    await drive.quiet(NEVER);
    assert.equal(drive.status.suspendedSeconds, 86_400);
    const job = drive.cluster.find<Job>('jobs', 'nightly-work-2');
    assert.equal(job?.spec?.activeDeadlineSeconds, 300);
    await drive.until(NEVER, ended(drive));
    assert.match(drive.ready, /^DeadlineExceeded: /);
  });
});

describe('a deadline', () => {
  it('is for setup and work together; what runs is stopped, and torn down if work had begun', async () => {
    const drive = await at('work', { ...WHOLE, deadlineSeconds: 600 });
    drive.pass(599_000);
    await drive.quiet(stuck('work'));
    assert.equal(pods(drive).length, 1);
    drive.pass(1_000);
    await drive.until(stuck('work'), ended(drive));
    assert.deepEqual(
      [tries(drive), drive.status.phase],
      [['setup 1 Succeeded', 'work 1 DeadlineExceeded', 'teardown 1 Succeeded'], 'Failed'],
    );
    assert.match(drive.ready, /^DeadlineExceeded: it took longer than its deadlineSeconds/);
  });

  it('in setup ends the task there', async () => {
    const drive = await at('setup', { ...WHOLE, deadlineSeconds: 60 });
    await drive.until(NEVER, ended(drive));
    assert.deepEqual(
      [tries(drive), drive.status.outcomes],
      [['setup 1 DeadlineExceeded'], { setup: 'DeadlineExceeded' }],
    );
  });

  it('that a Job ended at by itself, while no operator was there, is the same', async () => {
    const drive = await at('work', {
      ...WHOLE,
      deadlineSeconds: 600,
      work: { command: ['a'], timeoutSeconds: 900, retries: 3 },
    });
    drive.pass(601_000);
    act(drive.cluster, NEVER);
    assert.equal(
      drive.cluster.find<Job>('jobs', 'nightly-work-1')?.status?.conditions?.[0]?.reason,
      'DeadlineExceeded',
    );
    await drive.until(() => OK, ended(drive));
    assert.deepEqual(tries(drive), ['setup 1 Succeeded', 'work 1 DeadlineExceeded', 'teardown 1 Succeeded']);
  });

  it('also bounds a Job by itself, for when no operator is there', async () => {
    const drive = await at('setup', { setup: { ...setup, timeoutSeconds: 3600 }, deadlineSeconds: 60 });
    const { activeDeadlineSeconds } = drive.cluster.find<Job>('jobs', 'nightly-setup-1')?.spec ?? {};
    assert.equal(activeDeadlineSeconds, 60);
  });
});

describe('a runner that is deleted', () => {
  for (const how of ['Background', 'Foreground'] as const) {
    for (const mode of ['task', 'service']) {
      it(`in work (${how}, ${mode}) stops that, and goes after one teardown on its workspace`, async () => {
        const drive = await at('work', { ...WHOLE, mode });
        await drive.quiet(stuck('work'));
        assert.deepEqual(drive.runner?.metadata.finalizers, [FINALIZER]);
        drive.delete(how);
        for (let n = 0; n < 50 && drive.status.running?.name !== 'teardown'; n++) {
          await drive.look();
          act(drive.cluster, stuck('work'));
        }
        assert.equal(drive.status.phase, 'Teardown');
        assert.deepEqual(drive.status.failures, undefined, 'that it was stopped is no failure');
        await drive.until(stuck('work'), gone(drive));
        assert.equal(drive.cluster.promises.pods.teardown?.length, 1);
        assert.ok(drive.told.some(({ reason }) => reason === 'TeardownSucceeded'));
        await drive.quiet();
        for (const plural of ['jobs', 'deployments', 'pods', 'persistentvolumeclaims'])
          assert.deepEqual(drive.cluster.all(plural), [], plural);
      });
    }

    it(`in setup (${how}) goes at once, without a teardown`, async () => {
      const drive = await at('setup');
      drive.delete(how);
      await drive.until(NEVER, gone(drive), 60_000);
      assert.deepEqual(drive.cluster.promises.pods.teardown, []);
      await drive.quiet();
      assert.deepEqual(drive.cluster.all('persistentvolumeclaims'), []);
    });

    it(`in teardown (${how}) goes after that one`, async () => {
      const drive = await at('teardown');
      drive.delete(how);
      await drive.until(() => OK, gone(drive));
      const count = drive.cluster.promises.pods.teardown?.length;
      // A deletion in the foreground may take the Job from under it; then it is done again.
      assert.ok(count === 1 || (how === 'Foreground' && count === 2), String(count));
    });
  }

  it('when it has ended goes at once', async () => {
    const drive = new Drive(WHOLE);
    await drive.until(() => OK, ended(drive));
    await drive.quiet();
    drive.delete();
    assert.equal(drive.runner, undefined);
  });

  for (const mode of ['task', 'service']) {
    it(`between its decision to work and that work (${mode}) has nothing to tear down`, async () => {
      const drive = new Drive({ teardown, mode });
      for (let n = 0; n < 50 && drive.status.running === undefined; n++) {
        // The operator dies before it makes anything of its decision.
        drive.cluster.refuse = (verb, plural) =>
          /jobs|deployments/.test(plural) && verb !== 'delete' ? no(503, 'Unavailable') : undefined;
        await drive.look();
      }
      assert.equal(drive.status.workspaceUsed, true);
      drive.cluster.refuse = undefined;
      drive.delete();
      await drive.until(NEVER, gone(drive), 60_000);
      assert.deepEqual([drive.cluster.promises.pods.work, drive.cluster.promises.pods.teardown], [[], []]);
      await drive.quiet();
      assert.deepEqual(drive.cluster.all('persistentvolumeclaims'), []);
    });
  }

  it('right after its Deployment was made is torn down', async () => {
    const drive = new Drive({ teardown, mode: 'service' });
    for (let n = 0; n < 50 && drive.cluster.all('deployments').length === 0; n++) await drive.look();
    act(drive.cluster, NEVER);
    assert.equal(drive.status.running?.uid, undefined, 'it does not yet know that it is there');
    drive.delete();
    await drive.until(stuck('work'), gone(drive));
    assert.equal(drive.cluster.promises.pods.teardown?.length, 1);
  });

  it('while it is suspended is torn down as well', async () => {
    const drive = await at('work');
    drive.edit({ suspend: true });
    await drive.quiet(NEVER);
    drive.delete();
    await drive.until(() => OK, gone(drive));
    assert.equal(drive.cluster.promises.pods.teardown?.length, 1);
  });

  it('without a teardown has no finalizer', async () => {
    const drive = await at('work', { setup });
    drive.delete();
    assert.equal(drive.runner, undefined);
  });

  it('does not wait for a teardown for ever', async () => {
    const drive = await at('work', { ...WHOLE, teardown: { ...teardown, timeoutSeconds: 300, retries: 1 } });
    drive.delete();
    const from = drive.cluster.now;
    await drive.until(stuck('teardown'), gone(drive));
    assert.ok(drive.cluster.now - from <= 1_200_000, `${drive.cluster.now - from} ms`);
    assert.ok(drive.told.some(({ type, reason }) => type === 'Warning' && reason.startsWith('Teardown')));
  });

  it('does not wait for a pod that never ends, since its node is lost', async () => {
    const drive = await at('work');
    await drive.quiet(NEVER);
    drive.cluster.nodeLost = true;
    drive.delete();
    drive.pass(1_199_000);
    await drive.quiet(NEVER);
    assert.match(drive.ready, /^Stopping: work is stopped, and its pod waited for: it is being deleted$/);
    drive.pass(1_000);
    await drive.until(NEVER, gone(drive), 60_000);
    assert.ok(drive.told.some(({ reason }) => reason === 'TeardownAbandoned'));
    assert.deepEqual(drive.cluster.promises.pods.teardown, []);
  });

  it('with its namespace gives the teardown up, since nothing can be made there', async () => {
    const drive = await at('work');
    drive.cluster.refuse = (verb, plural) => {
      if (verb !== 'create' || plural !== 'jobs') return undefined;
      const refused = no(403, 'Forbidden');
      return refused.ok
        ? refused
        : {
            ok: false,
            error: { ...refused.error, causes: [{ reason: 'NamespaceTerminating', message: '', field: '' }] },
          };
    };
    drive.delete();
    await drive.until(stuck('work'), gone(drive), 60_000);
    assert.ok(
      drive.told.some(({ reason, note }) => reason === 'TeardownAbandoned' && note.includes('namespace')),
    );
  });

  it('whose dependents are to be orphaned lets go of them', async () => {
    const drive = await at('work');
    await drive.quiet(NEVER);
    const { runner } = drive;
    assert.ok(runner);
    const finalizers = [...(runner.metadata.finalizers ?? []), 'orphan'];
    drive.cluster.put('agentrunners', {
      ...runner,
      metadata: { ...runner.metadata, finalizers, deletionTimestamp: drive.cluster.time },
    });
    await drive.quiet(NEVER);
    assert.deepEqual(drive.cluster.find('agentrunners', NAME)?.metadata.finalizers, ['orphan']);
    assert.equal(pods(drive).length, 1);
  });
});
