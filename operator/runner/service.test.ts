/** A service: setup once, then one pod that is kept running. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PHASE_LABEL } from '../../core/cluster/names.ts';
import type { Deployment, Pod } from './kinds.ts';
import type { Program } from './testing-actors.ts';
import { Drive, specOf } from './testing-drive.ts';

const SERVICE = { mode: 'service', setup: { command: ['clone'] }, teardown: { command: ['push'] } };
const NAME = 'nightly-work';
const serving: Program = (pod) => (pod.metadata.labels?.[PHASE_LABEL] === 'work' ? 'runs' : { exitCode: 0 });

async function served(spec: object = {}): Promise<Drive> {
  const drive = new Drive({ ...SERVICE, ...spec });
  await drive.quiet(serving);
  return drive;
}
const made = ({ cluster }: Drive) => cluster.find<Deployment>('deployments', NAME);
const pods = ({ cluster }: Drive) =>
  cluster.all<Pod>('pods').filter(({ status }) => status?.phase === 'Running');

describe('a service', () => {
  it('is set up, and then runs in one pod of a Deployment', async () => {
    const drive = await served();
    assert.deepEqual([drive.status.phase, drive.ready], ['Work', 'Running: work runs']);
    assert.equal(drive.status.outcomes?.setup, 'Succeeded');
    assert.deepEqual([made(drive)?.spec?.replicas, made(drive)?.spec?.strategy?.type], [1, 'Recreate']);
    assert.equal(pods(drive).length, 1);
    assert.deepEqual(
      drive.status.conditions?.map(({ type }) => type),
      ['Ready', 'Stalled'],
      'it has no end',
    );
  });

  it('has no pod while it is suspended, and goes on without a new setup', async () => {
    const drive = await served();
    drive.edit({ suspend: true });
    await drive.quiet(serving);
    assert.deepEqual([pods(drive), drive.status.phase, made(drive)?.spec?.replicas], [[], 'Suspended', 0]);
    assert.match(drive.ready, /^Suspended: /);
    drive.edit({ suspend: false });
    await drive.quiet(serving);
    assert.equal(pods(drive).length, 1);
    assert.deepEqual([drive.cluster.promises.pods.setup?.length, drive.status.attempts?.work], [1, 1]);
  });

  it('gets a new image when its spec does, and writes nothing otherwise', async () => {
    const drive = await served();
    const { writes } = drive.cluster;
    await drive.quiet(serving);
    assert.equal(drive.cluster.writes, writes);
    drive.edit({ image: 'agent:2' });
    await drive.quiet(serving);
    assert.match(JSON.stringify(made(drive)?.spec?.template), /"agent:2"/);
    drive.edit({ kill: 'stop it' });
    await drive.quiet(serving);
    assert.equal(drive.ready, 'Killed: work runs, but no call of it is made: stop it');
  });

  it('says while it runs that its network is wider than its fence, and when that is over', async () => {
    const drive = await served();
    drive.widened = 'the NetworkPolicy dns selects it and lets it out';
    await drive.quiet(serving);
    assert.match(drive.ready, /^EgressWidened: work runs, but no call of it is made.*NetworkPolicy dns/);
    const ready = drive.status.conditions?.find(({ type }) => type === 'Ready');
    assert.equal(ready?.status, 'False');
    const { writes } = drive.cluster;
    await drive.quiet(serving);
    assert.equal(drive.cluster.writes, writes);
    drive.widened = undefined;
    await drive.quiet(serving);
    assert.equal(drive.ready, 'Running: work runs');
  });

  it('is made again when someone deletes its Deployment', async () => {
    const drive = await served();
    drive.cluster.remove('deployments', NAME);
    await drive.quiet(serving);
    assert.equal(pods(drive).length, 1);
  });

  it('whose setup failed says so and waits', async () => {
    const drive = new Drive(SERVICE);
    await drive.quiet(() => ({ exitCode: 1, message: 'no such branch' }));
    assert.equal(drive.status.phase, 'Failed');
    assert.match(drive.ready, /^SetupFailed: setup failed: Failed, exit code 1: no such branch; delete /);
    assert.equal(made(drive), undefined);
    drive.delete();
    assert.equal(drive.runner, undefined);
  });

  it('that has lost its workspace says so', async () => {
    const drive = await served();
    drive.cluster.remove('persistentvolumeclaims', 'nightly-workspace-1');
    await drive.quiet(serving);
    assert.match(
      drive.ready,
      /^WorkspaceLost: its workspace nightly-workspace-1 was deleted, not by Tollgate/,
    );
  });

  it('leaves a Deployment of that name alone that is not its own', async () => {
    const drive = new Drive(SERVICE);
    drive.cluster.create('deployments', { metadata: { name: NAME }, spec: { replicas: 3 } } as never);
    drive.cluster.promises.foreign.set(`deployments/${NAME}`, made(drive)?.metadata.resourceVersion ?? '');
    await drive.quiet(serving);
    assert.match(
      drive.ready,
      /^NameTaken: there is a Deployment nightly-work that is not this AgentRunner's/,
    );
    drive.delete();
    await drive.until(serving, () => drive.runner === undefined, 60_000);
    assert.equal(made(drive)?.spec?.replicas, 3);
    assert.deepEqual(drive.cluster.promises.pods.teardown, [], 'it never ran');
  });

  it('that nobody injected loses that pod at once', async () => {
    const drive = await served();
    const [pod] = pods(drive);
    assert.ok(pod);
    const { labels: _, ...metadata } = pod.metadata;
    const labels = Object.fromEntries(
      Object.entries(pod.metadata.labels ?? {}).filter(([name]) => !name.includes('governed')),
    );
    drive.cluster.put('pods', { ...pod, metadata: { ...metadata, labels } });
    await drive.quiet(serving);
    assert.equal(drive.cluster.find('pods', pod.metadata.name), undefined);
    assert.equal(pods(drive).length, 1, 'another one, with its sidecar');
  });

  it('has the defaults that a service can have', () => {
    assert.deepEqual([specOf(SERVICE).work.retries, specOf(SERVICE).work.timeoutSeconds], [0, undefined]);
  });
});
