/** The controller with a real API server. There is no kubelet and no controller but ours: the test plays them. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KeptFence, NETWORK_POLICIES, slimFence } from '../../adapters/cluster/fences.ts';
import type { Access } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import type { EventText } from '../../adapters/kube/event-record.ts';
import { type KubeObject, type Resource, resource } from '../../adapters/kube/object.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import { eventually } from '../../adapters/kube/testing-oracle.ts';
import { RealApi } from '../../adapters/kube/testing-real-api.ts';
import { runner as manifest } from '../../core/policy/testing-runner.ts';
import { fencesOf } from '../network/policies.ts';
import { RunnerController } from './controller.ts';
import { CLAIMS, DEPLOYMENTS, FINALIZER, JOBS, type Job, PODS, RUNNERS, type Runner } from './kinds.ts';
import { installRunners } from './testing-crd.ts';
import { writeStatus } from './write.ts';

const NAMESPACES = resource('v1 Namespace', 'namespaces', false);
const ACCOUNTS = resource('v1 ServiceAccount', 'serviceaccounts');
const namespace = 'team';
const WHOLE = { setup: { command: ['clone'] }, teardown: { command: ['push'] } };

describe('with a real API server', () => {
  let api: RealApi;
  let access: Access;
  let client: KubeClient;
  let namespaces: Reflector<KubeObject>;
  let networkPolicies: Reflector<KeptFence>;
  let controller: RunnerController;
  const told: EventText[] = [];
  const faults: string[] = [];

  const begin = async () => {
    controller = new RunnerController({
      client: new KubeClient(access, 'tollgate-operator/1'),
      ...{ namespaces, networkPolicies },
      events: { record: (_, text) => told.push(text) },
      queueHooks: { failed: (_, error) => faults.push(String(error)) },
    });
    await controller.start();
  };

  before(async () => {
    api = await RealApi.start();
    access = await api.access();
    client = new KubeClient(access, 'tollgate-test/1');
    await installRunners(client);
    const labels = { 'tollgate.dev/enabled': 'true' };
    assert.ok((await client.create(NAMESPACES, { metadata: { name: namespace, labels } })).ok);
    assert.ok(
      (await client.create(ACCOUNTS, { metadata: { name: 'default', namespace } }, { place: { namespace } }))
        .ok,
    );
    namespaces = new Reflector(client, NAMESPACES, { labelSelector: 'tollgate.dev/enabled=true' });
    networkPolicies = new Reflector(client, NETWORK_POLICIES, {
      slim: slimFence,
      indexers: { namespace: ({ metadata }) => [metadata.namespace ?? ''] },
    });
    for (const reflector of [namespaces, networkPolicies]) reflector.start();
    await Promise.all([namespaces.synced(), networkPolicies.synced()]);
    await begin();
  });
  after(async () => {
    await controller?.stop();
    await Promise.all([namespaces?.stop(), networkPolicies?.stop()]);
    await access?.close();
    await api?.stop();
  });

  const create = async (name: string, spec: object) => {
    const made = await client.create(RUNNERS, JSON.parse(manifest(spec, { name })), { place: { namespace } });
    assert.ok(made.ok, made.ok ? '' : made.error.message);
  };
  const find = async <T extends KubeObject>(of: Resource<T>, name: string): Promise<T | undefined> => {
    const answer = await client.get(of, { namespace, name });
    return answer.ok ? answer.value : undefined;
  };
  const runner = async (name: string): Promise<Runner> => {
    const found = await find(RUNNERS, name);
    assert.ok(found, `there is no ${name}`);
    return found;
  };
  const shows = async (name: string) => {
    const { status } = await runner(name);
    return `${status?.phase}: ${status?.conditions?.find(({ type }) => type === 'Ready')?.reason}`;
  };
  const wait = async (wanted: () => Promise<boolean>, what: () => Promise<string>) => {
    for (let n = 0; n < 1200; n++) {
      if (await wanted()) return;
      await sleep(50);
    }
    assert.fail(`${await what()}; ${faults.join('; ')}`);
  };
  const waitFor = async <T extends KubeObject>(of: Resource<T>, name: string): Promise<T> => {
    await wait(
      async () => (await find(of, name)) !== undefined,
      async () => `no ${of.kind} ${name}`,
    );
    const found = await find(of, name);
    assert.ok(found);
    return found;
  };
  const waitShown = (name: string, wanted: string) =>
    wait(
      async () => (await shows(name)) === wanted,
      async () => `${wanted} is wanted, not ${await shows(name)}`,
    );

  const patchStatus = async (of: Resource, name: string, status: object) => {
    const done = await client.merge(of, { namespace, name, subresource: 'status' }, { status });
    assert.ok(done.ok, done.ok ? '' : done.error.message);
  };
  /** As the Job controller and a kubelet do it. */
  const play = async (name: string, exitCode: number, message = '') => {
    const job = await waitFor(JOBS, name);
    const template = (job.spec?.template ?? {}) as { metadata: { labels: object }; spec: object };
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid: job.metadata.uid, controller: true };
    const labels = { ...template.metadata.labels, 'tollgate.dev/governed': 'true' };
    const pod = {
      metadata: { name: `${name}-x`, namespace, labels, ownerReferences: [owner] },
      spec: template.spec,
    };
    const made = await client.create(PODS, pod, { place: { namespace } });
    assert.ok(made.ok, made.ok ? '' : made.error.message);
    const at = new Date().toISOString().replace(/\.\d+/, '');
    const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', message, finishedAt: at };
    const status = {
      name: 'agent',
      image: 'i',
      imageID: 'i',
      ready: false,
      restartCount: 0,
      state: { terminated },
    };
    const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    await patchStatus(PODS, `${name}-x`, { phase, containerStatuses: [status] });
    await finish(name, exitCode === 0, at);
  };
  const finish = async (name: string, ok: boolean, at: string) => {
    const times = { lastProbeTime: at, lastTransitionTime: at, status: 'True' };
    const reason = ok ? 'CompletionsReached' : 'BackoffLimitExceeded';
    const types = ok ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed'];
    const conditions = types.map((type) => ({ type, reason, message: '', ...times }));
    const ends = ok ? { succeeded: 1, completionTime: at } : { failed: 1 };
    await patchStatus(JOBS, name, { startTime: at, conditions, uncountedTerminatedPods: {}, ...ends });
  };
  /** As the garbage collector and the protection of claims do it. */
  const collect = async (of: Resource, name: string) => {
    await wait(
      async () => (await find(of, name))?.metadata.deletionTimestamp !== undefined,
      async () => `${name} is not deleted`,
    );
    const done = await client.merge(of, { namespace, name }, { metadata: { finalizers: null } });
    assert.ok(done.ok, done.ok ? '' : done.error.message);
  };

  it('a task goes through its phases, and control’s part of the status stays control’s', async () => {
    await create('whole', WHOLE);
    await play('whole-setup-1', 0);
    await waitFor(JOBS, 'whole-work-1');
    const spend = { usd: '0.50', left: '4.50', lastRefusal: 'budget_spent' };
    const applied = await client.applyStatus(
      RUNNERS,
      await runner('whole'),
      { spend },
      { manager: 'tollgate-control' },
    );
    assert.ok(applied.ok);
    await play('whole-work-1', 3, 'no tests pass');
    await play('whole-teardown-1', 0);
    await waitShown('whole', 'Refused: Refused');
    const { status, metadata } = await runner('whole');
    assert.deepEqual(status?.spend, spend);
    assert.deepEqual(
      status?.phases?.map(({ name, reason, exitCode, message }) => [name, reason, exitCode, message]),
      [
        ['setup', 'Succeeded', 0, undefined],
        ['work', 'Failed', 3, 'no tests pass'],
        ['teardown', 'Succeeded', 0, undefined],
      ],
    );
    await wait(
      async () => !(await runner('whole')).metadata.finalizers?.length,
      async () => 'its finalizer stays',
    );
    const claim = await waitFor(CLAIMS, 'whole-workspace-1');
    assert.equal(claim.metadata.ownerReferences?.[0]?.uid, metadata.uid);
    const job = await waitFor(JOBS, 'whole-work-1');
    assert.deepEqual(job.spec?.podFailurePolicy?.rules?.[0]?.action, 'FailJob');
    assert.ok(told.some(({ reason }) => reason === 'Refused'));
  });

  it('a pod whose network another NetworkPolicy widens runs, and its runner says so, until that is gone', async () => {
    for (const fence of fencesOf(namespace)) {
      const made = await client.apply(NETWORK_POLICIES, fence, { manager: 'tollgate-operator', force: true });
      assert.ok(made.ok, made.ok ? '' : made.error.message);
    }
    await create('widened', {});
    const job = await waitFor(JOBS, 'widened-work-1');
    const { metadata, spec } = (job.spec?.template ?? {}) as { metadata: { labels: object }; spec: object };
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'widened-work-1', uid: job.metadata.uid };
    const labels = {
      ...metadata.labels,
      'tollgate.dev/governed': 'true',
      'tollgate.dev/network': 'narrow',
    };
    const pod = {
      metadata: {
        name: 'widened-x',
        namespace,
        labels,
        ownerReferences: [{ ...owner, controller: true }],
      },
      spec,
    };
    assert.ok((await client.create(PODS, pod, { place: { namespace } })).ok);
    const running = { startedAt: new Date().toISOString().replace(/\.\d+/, '') };
    const state = { name: 'agent', image: 'i', imageID: 'i', ready: true, started: true, restartCount: 0 };
    await patchStatus(PODS, 'widened-x', {
      phase: 'Running',
      containerStatuses: [{ ...state, state: { running } }],
    });
    await waitShown('widened', 'Work: Running');
    const dns = {
      metadata: { name: 'dns', namespace },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: [{ port: 53 }] }] },
    };
    assert.ok((await client.create(NETWORK_POLICIES, dns, { place: { namespace } })).ok);
    await waitShown('widened', 'Work: EgressWidened');
    await client.delete(NETWORK_POLICIES, { namespace, name: 'dns' });
    await waitShown('widened', 'Work: Running');
  });

  it('a setup that fails gets another workspace, after its pause', async () => {
    await create('retried', { setup: { command: ['clone'], retries: 1 } });
    await play('retried-setup-1', 128, 'fatal: not found');
    await waitShown('retried', 'Setup: BackingOff');
    await waitFor(JOBS, 'retried-setup-2');
    assert.equal((await runner('retried')).status?.workspace, 'retried-workspace-2');
    await collect(CLAIMS, 'retried-workspace-1');
  });

  it('a deletion in work waits for the teardown; another operator finishes what one began', async () => {
    await create('deleted', WHOLE);
    await play('deleted-setup-1', 0);
    await waitFor(JOBS, 'deleted-work-1');
    assert.deepEqual((await runner('deleted')).metadata.finalizers, [FINALIZER]);
    assert.equal((await waitFor(CLAIMS, 'deleted-workspace-1')).metadata.ownerReferences, undefined);
    await client.delete(RUNNERS, { namespace, name: 'deleted' }, { propagation: 'Foreground' });
    await controller.stop();
    await begin();
    await collect(JOBS, 'deleted-work-1');
    await play('deleted-teardown-1', 0);
    await collect(CLAIMS, 'deleted-workspace-1');
    await wait(
      async () => !(await runner('deleted')).metadata.finalizers?.includes(FINALIZER),
      async () => JSON.stringify((await runner('deleted')).metadata),
    );
    await collect(RUNNERS, 'deleted');
    assert.equal(await find(RUNNERS, 'deleted'), undefined);
  });

  it('a service is a Deployment, written when it changes and not otherwise', async () => {
    await create('served', { mode: 'service' });
    const first = await waitFor(DEPLOYMENTS, 'served-work');
    assert.deepEqual([first.spec?.replicas, first.spec?.strategy?.type], [1, 'Recreate']);
    await waitShown('served', 'Work: Starting');
    const before = (await runner('served')).metadata.resourceVersion;
    await sleep(1500);
    assert.equal((await runner('served')).metadata.resourceVersion, before);
    const { resourceVersion } = (await waitFor(DEPLOYMENTS, 'served-work')).metadata;
    assert.equal(resourceVersion, first.metadata.resourceVersion);
    const edit = await client.merge(RUNNERS, { namespace, name: 'served' }, { spec: { suspend: true } });
    assert.ok(edit.ok);
    await waitShown('served', 'Suspended: Suspended');
    assert.equal((await waitFor(DEPLOYMENTS, 'served-work')).spec?.replicas, 0);
  });

  it('a Job of another is left alone', async () => {
    const made = await client.create<Job>(JOBS, otherJob('taken-work-1'), { place: { namespace } });
    assert.ok(made.ok, made.ok ? '' : made.error.message);
    await create('taken', {});
    await waitShown('taken', 'Work: NameTaken');
    assert.equal(
      (await waitFor(JOBS, 'taken-work-1')).metadata.resourceVersion,
      made.value.metadata.resourceVersion,
    );
  });

  it('what the API server has against a Job stands in the status', async () => {
    await create('wrong', { labels: { 'not a label': 'x' } });
    await waitShown('wrong', 'Work: RequestRefused');
    const { status } = await runner('wrong');
    assert.match(status?.conditions?.[0]?.message ?? '', /not a label/);
  });

  it('a status that was decided from an old state is not written', async () => {
    const old = await runner('whole');
    const poke = await client.merge(
      RUNNERS,
      { namespace, name: 'whole' },
      { metadata: { annotations: { a: 'b' } } },
    );
    assert.ok(poke.ok);
    const late = await writeStatus(client, old, { phase: 'Pending' });
    assert.ok(!late.ok && late.error.code === 409, JSON.stringify(late));
    assert.equal((await runner('whole')).status?.phase, 'Refused');
  });

  it('nothing of this was a fault', () => {
    // Conflicts are no faults: somebody else has written in between.
    assert.deepEqual(
      faults.filter((one) => !one.includes('Conflict')),
      [],
    );
  });

  it('hundreds of runners are brought to work soon', async () => {
    const names = Array.from({ length: 300 }, (_, n) => `many-${n}`);
    await Promise.all(names.map((name) => create(name, {})));
    const count = async () => {
      const jobs = await client.list(JOBS, { namespace });
      assert.ok(jobs.ok);
      return jobs.value.items.filter(({ metadata }) => metadata.name.startsWith('many-')).length;
    };
    await wait(
      async () => (await count()) === 300,
      async () => `${await count()} Jobs`,
    );
    await eventually(
      () => controller.depth === 0,
      60_000,
      () => `${controller.depth} wait`,
    );
  });
});

function otherJob(name: string): object {
  const containers = [{ name: 'a', image: 'a' }];
  return { metadata: { name }, spec: { template: { spec: { restartPolicy: 'Never', containers } } } };
}
