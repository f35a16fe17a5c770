/** A task's phases, one after the other, on a cluster in memory. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PHASE_LABEL } from '../../core/cluster/names.ts';
import type { Job, Pod } from './kinds.ts';
import type { Ending, Program } from './testing-actors.ts';
import { Drive } from './testing-drive.ts';

const setup = { command: ['clone'] };
const teardown = { command: ['push'] };
const WHOLE = { setup, teardown };
const work = (more: object) => ({ work: { command: ['agent'], ...more } });

const phaseOf = (pod: Pod) => pod.metadata.labels?.[PHASE_LABEL] ?? '';
const OK: Ending = { exitCode: 0 };
/** Each phase ends so, one try after the other, and well from then on. */
function ending(ends: Readonly<Record<string, readonly Ending[]>>): Program {
  const left = new Map(Object.entries(ends).map(([phase, list]) => [phase, [...list]]));
  return (pod) => left.get(phaseOf(pod))?.shift() ?? OK;
}

async function ran(spec: object, program: Program = () => OK): Promise<Drive> {
  const drive = new Drive(spec);
  await drive.until(program, () => drive.status.finishedAt !== undefined);
  return drive;
}
const tries = ({ status }: Drive) =>
  (status.phases ?? []).map(({ name, attempt, reason }) => `${name} ${attempt} ${reason}`);
const finished = ({ status }: Drive) => status.conditions?.find(({ type }) => type === 'Finished')?.reason;

describe('a task', () => {
  it('is set up, works and is torn down, in this order, on one workspace', async () => {
    const drive = await ran(WHOLE);
    assert.deepEqual(tries(drive), ['setup 1 Succeeded', 'work 1 Succeeded', 'teardown 1 Succeeded']);
    assert.deepEqual(
      [drive.status.phase, finished(drive), drive.ready],
      ['Succeeded', 'Succeeded', 'Succeeded: work succeeded'],
    );
    assert.deepEqual(
      drive.cluster.all('persistentvolumeclaims').map(({ metadata }) => metadata.name),
      ['nightly-workspace-1'],
    );
    const { phases } = drive.status;
    assert.deepEqual(
      phases?.map(({ exitCode }) => exitCode),
      [0, 0, 0],
    );
    assert.equal(drive.status.session, drive.runner?.metadata.uid);
  });

  it('may have no setup and no teardown', async () => {
    const drive = await ran({});
    assert.deepEqual([tries(drive), drive.status.phase], [['work 1 Succeeded'], 'Succeeded']);
    assert.deepEqual(drive.runner?.metadata.finalizers ?? [], []);
  });

  it('is told of in events, and shown while it goes on', async () => {
    const drive = new Drive(WHOLE);
    await drive.quiet();
    assert.deepEqual([drive.status.phase, drive.ready], ['Setup', 'Running: setup runs']);
    await drive.until(
      (pod) => (phaseOf(pod) === 'setup' ? OK : 'runs'),
      () => drive.status.running?.name === 'work',
    );
    assert.deepEqual([drive.status.phase, drive.ready], ['Work', 'Running: work runs']);
    await drive.until(
      () => OK,
      () => drive.status.finishedAt !== undefined,
    );
    assert.deepEqual(
      drive.told.map(({ type, reason }) => `${type} ${reason}`),
      [
        'Normal SetupStarted',
        'Normal SetupSucceeded',
        'Normal WorkStarted',
        'Normal WorkSucceeded',
        'Normal TeardownStarted',
        'Normal TeardownSucceeded',
        'Normal Succeeded',
      ],
    );
  });

  it('writes nothing when nothing has changed', async () => {
    const drive = new Drive(WHOLE);
    await drive.quiet();
    const { writes } = drive.cluster;
    for (let n = 0; n < 5; n++) {
      drive.pass(60_000);
      await drive.look();
    }
    assert.equal(drive.cluster.writes, writes);
  });

  it('leaves what control writes of its spending alone', async () => {
    const drive = new Drive(WHOLE);
    await drive.quiet();
    const spend = { usd: '0.10', left: '4.90', exchanges: 3 };
    drive.spend(spend);
    await drive.until(
      () => OK,
      () => drive.status.finishedAt !== undefined,
    );
    assert.deepEqual(drive.status.spend, spend);
  });
});

describe('a setup that fails', () => {
  const failed = { exitCode: 128, message: 'fatal: repository not found' };

  it('is tried again on a new workspace, after a pause', async () => {
    const drive = new Drive({ setup: { ...setup, retries: 2 } });
    const program = ending({ setup: [failed, failed] });
    await drive.quiet(program);
    assert.match(
      drive.ready,
      /^BackingOff: setup is tried again at 2026-11-23T08:00:10Z; .*repository not found$/,
    );
    drive.pass(9_000);
    await drive.quiet(program);
    assert.equal(drive.jobs.length, 1, 'not yet');
    drive.pass(1_000);
    await drive.quiet(program);
    assert.match(drive.ready, /08:00:30Z/, 'the second pause is twice as long');
    await drive.until(program, () => drive.status.finishedAt !== undefined);
    assert.deepEqual(tries(drive), [
      'setup 1 Failed',
      'setup 2 Failed',
      'setup 3 Succeeded',
      'work 1 Succeeded',
    ]);
    assert.deepEqual(
      drive.cluster.all('persistentvolumeclaims').map(({ metadata }) => metadata.name),
      ['nightly-workspace-3'],
    );
    assert.equal(drive.status.phase, 'Succeeded');
  });

  it('ends the task when it has no try left, without work and teardown', async () => {
    const drive = await ran(
      { ...WHOLE, setup: { ...setup, retries: 1 } },
      ending({ setup: [failed, failed] }),
    );
    assert.deepEqual(
      [tries(drive), drive.status.phase, finished(drive)],
      [['setup 1 Failed', 'setup 2 Failed'], 'Failed', 'SetupFailed'],
    );
    assert.equal(
      drive.ready,
      'SetupFailed: setup failed: Failed, exit code 128: fatal: repository not found',
    );
    assert.deepEqual(drive.runner?.metadata.finalizers ?? [], [], 'nothing to be torn down');
  });
});

describe('work that fails', () => {
  it('is torn down too, and is why the task has failed', async () => {
    const drive = await ran(WHOLE, ending({ work: [{ exitCode: 3, message: 'one\nno tests pass\n' }] }));
    assert.deepEqual(tries(drive).at(-1), 'teardown 1 Succeeded');
    assert.deepEqual(
      [drive.status.phase, drive.ready],
      ['Failed', 'WorkFailed: work failed: Failed, exit code 3: no tests pass'],
    );
  });

  it('is tried again on the same workspace, which is not set up again', async () => {
    const drive = await ran({ ...WHOLE, ...work({ retries: 1 }) }, ending({ work: [{ exitCode: 1 }] }));
    assert.deepEqual(tries(drive), [
      'setup 1 Succeeded',
      'work 1 Failed',
      'work 2 Succeeded',
      'teardown 1 Succeeded',
    ]);
    assert.equal(drive.status.workspaces, 1);
  });

  it('says what of it was the matter', async () => {
    const full = await ran(
      {},
      ending({ work: [{ exitCode: 1, message: 'write x: No space left on device' }] }),
    );
    assert.equal(full.status.phases?.[0]?.reason, 'WorkspaceFull');
    const memory = await ran({}, ending({ work: [{ exitCode: 137, reason: 'OOMKilled' }] }));
    assert.equal(memory.status.phases?.[0]?.reason, 'OutOfMemory');
    const fine = await ran({}, ending({ work: [{ exitCode: 0, message: 'it said ENOSPC once' }] }));
    assert.equal(fine.status.phases?.[0]?.reason, 'Succeeded');
  });

  it('is not counted when its node was lost, up to ten times', async () => {
    const lost = Array.from({ length: 12 }, () => ({ exitCode: 143, disrupted: true }));
    const drive = await ran(
      { setup, ...work({}) },
      ending({ work: lost.slice(0, 10), setup: lost.slice(0, 1) }),
    );
    assert.deepEqual(
      [drive.status.phase, drive.status.failures, drive.status.disruptions],
      ['Succeeded', undefined, { setup: 1, work: 10 }],
    );
    assert.equal(drive.status.workspace, 'nightly-workspace-2', 'nobody knows how far that setup came');
    const worse = await ran(work({}), ending({ work: lost.slice(0, 11) }));
    assert.deepEqual([worse.status.phase, worse.status.failures], ['Failed', { work: 1 }]);
  });

  it('has failed too when it takes too long, or someone deletes its Job', async () => {
    const drive = new Drive({ ...WHOLE, ...work({ timeoutSeconds: 60, retries: 2 }) });
    const program: Program = (pod) =>
      phaseOf(pod) === 'work' && (drive.status.attempts?.work ?? 0) < 3 ? 'runs' : OK;
    await drive.until(program, () => drive.status.running?.name === 'work');
    const made = drive.cluster.find<Job>('jobs', 'nightly-work-1');
    assert.equal(made?.spec?.activeDeadlineSeconds, 60);
    await drive.until(program, () => drive.status.attempts?.work === 2);
    await drive.quiet(program);
    drive.cluster.remove('jobs', 'nightly-work-2');
    await drive.until(program, () => drive.status.finishedAt !== undefined);
    assert.deepEqual(tries(drive), [
      'setup 1 Succeeded',
      'work 1 TimedOut',
      'work 2 Deleted',
      'work 3 Succeeded',
      'teardown 1 Succeeded',
    ]);
  });
});

describe('the end of a task', () => {
  it('is a failure where the teardown fails, since nobody has the work', async () => {
    const drive = await ran(WHOLE, ending({ teardown: [{ exitCode: 1, message: 'rejected' }] }));
    assert.deepEqual([drive.status.phase, finished(drive)], ['Failed', 'TeardownFailed']);
    assert.equal(
      drive.ready,
      'TeardownFailed: work succeeded; teardown failed: Failed, exit code 1: rejected',
    );
  });

  it('is Refused when its last model call was refused, whatever it ended with', async () => {
    for (const exitCode of [0, 1]) {
      const drive = new Drive({ ...WHOLE });
      await drive.until(
        (pod) => (phaseOf(pod) === 'work' ? { exitCode } : OK),
        () => drive.status.phase === 'Teardown',
      );
      drive.spend({ lastRefusal: 'budget_spent' });
      await drive.until(
        () => OK,
        () => drive.status.finishedAt !== undefined,
      );
      assert.deepEqual([drive.status.phase, finished(drive)], ['Refused', 'Refused']);
      assert.match(drive.ready, /^Refused: its last model call was refused: budget_spent; work ended: /);
    }
  });

  it('waits until control has said how the last call went', async () => {
    const drive = new Drive({});
    await drive.quiet(() => OK);
    assert.match(drive.ready, /^Settling: /);
    drive.pass(12_000);
    await drive.quiet(() => OK);
    assert.equal(drive.status.finishedAt, undefined);
    drive.spend({ lastRefusal: 'tool_denied', at: drive.cluster.time });
    await drive.quiet(() => OK);
    assert.equal(drive.status.phase, 'Refused', 'as soon as it is known');
    const silent = new Drive({});
    await silent.until(
      () => OK,
      () => silent.status.finishedAt !== undefined,
    );
    assert.equal(silent.cluster.now, Date.parse('2026-11-23T08:00:15Z'));
  });

  it('is for ever: what control writes later does not change it', async () => {
    const drive = await ran({});
    drive.spend({ lastRefusal: 'budget_spent' });
    await drive.quiet();
    assert.deepEqual([drive.status.phase, drive.ready], ['Succeeded', 'Succeeded: work succeeded']);
  });

  it('is followed by its deletion, where it has a time to live', async () => {
    const drive = await ran({ ...WHOLE, ttlSecondsAfterFinished: 3600 });
    drive.pass(3_599_000);
    await drive.quiet();
    assert.ok(drive.runner);
    drive.pass(1_000);
    await drive.quiet();
    assert.equal(drive.runner, undefined);
    await drive.quiet();
    for (const plural of ['jobs', 'pods', 'persistentvolumeclaims'])
      assert.deepEqual(drive.cluster.all(plural), [], plural);
  });

  it('gives the workspace back its owner, and lets the AgentRunner go at once', async () => {
    const drive = await ran(WHOLE);
    await drive.quiet();
    const [claim] = drive.cluster.all('persistentvolumeclaims');
    assert.equal(claim?.metadata.ownerReferences?.[0]?.uid, drive.runner?.metadata.uid);
    assert.deepEqual(drive.runner?.metadata.finalizers, []);
  });
});
