/** Kubernetes' own controllers clean Approvals up: of an owner that is gone, and of a namespace that is deleted. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import { binary } from '../../test/cluster/binaries.ts';
import { ApprovalsApi, NAMESPACE } from './testing-approvals.ts';

const CONFIG_MAPS = resource('v1 ConfigMap', 'configmaps');
const NAMESPACES = resource('v1 Namespace', 'namespaces', false);
const place = { namespace: NAMESPACE };

describe('an Approval that nobody may delete yet', { timeout: 300_000 }, () => {
  let world: ApprovalsApi;
  let controllers: ChildProcess | undefined;
  before(async () => {
    world = await ApprovalsApi.start();
    const log = openSync(join(world.api.folder, 'controllers.log'), 'w');
    controllers = spawn(
      await binary('kube-controller-manager'),
      [
        `--kubeconfig=${join(world.api.folder, 'kubeconfig')}`,
        '--controllers=garbage-collector-controller,namespace-controller',
        '--use-service-account-credentials=true',
        '--leader-elect=false',
        '--secure-port=0',
      ],
      { stdio: ['ignore', log, log] },
    );
  });
  after(async () => {
    if (controllers?.exitCode === null && controllers.kill('SIGKILL')) await once(controllers, 'exit');
    await world?.stop();
  });

  async function gone(name: string): Promise<void> {
    for (let n = 0; n < 1200; n++) {
      if ((await world.call({ user: 'erin' }, 'GET', `/${name}`)).status === 404) return;
      await sleep(100);
    }
    assert.fail(`${name} is still there`);
  }

  async function owner(name: string): Promise<object> {
    const made = await world.admin.create<KubeObject>(CONFIG_MAPS, { metadata: { name } }, { place });
    assert.ok(made.ok);
    const { uid } = made.value.metadata;
    return { apiVersion: 'v1', kind: 'ConfigMap', name, uid, blockOwnerDeletion: true };
  }

  for (const propagation of ['Background', 'Foreground', 'Orphan'] as const)
    it(`goes with its owner, or loses it: ${propagation}`, async () => {
      const ownerReferences = [await owner(propagation.toLowerCase())];
      const name = await world.held({}, {}, { ownerReferences });
      const of = { ...place, name: propagation.toLowerCase() };
      assert.ok((await world.admin.delete(CONFIG_MAPS, of, { propagation })).ok);
      if (propagation !== 'Orphan') return gone(name);
      for (let n = 0; (await world.get(name)).metadata.ownerReferences !== undefined; n++) {
        assert.ok(n < 1200, 'it still has its owner');
        await sleep(100);
      }
    });

  it('goes with its namespace', async () => {
    const name = await world.held();
    assert.equal((await world.call({ user: 'erin' }, 'DELETE', `/${name}`)).status, 403);
    assert.ok((await world.admin.delete(NAMESPACES, { name: NAMESPACE })).ok);
    await gone(name);
  });
});
