/** Tunnels of pods that the API server knows: with a fake one, over real HTTP and real TLS. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../adapters/kube/testing-oracle.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { FakeCluster, NAMESPACE } from './testing-cluster.ts';
import { CONTROL, HOST, innerTls, over, startTestEgress, startTlsHost } from './testing-gateway.ts';

describe('a gateway that knows pods from the API server', { timeout: 300_000 }, () => {
  async function open(t: TestContext, staleMs = 600_000) {
    const cluster = await FakeCluster.start(t, { secondMs: 1 });
    cluster.profile('mine', 'allowlist', [HOST]);
    const egress = await startTestEgress(t, await startTlsHost(t, (socket) => socket.pipe(socket)), {
      directory: cluster.directory,
      config: { directory: { file: 'none', staleMs } },
    });
    const tokenOf = (uid: string, name: string) =>
      egress.cluster.token({
        sub: `system:serviceaccount:${NAMESPACE}:runner`,
        'kubernetes.io': { namespace: NAMESPACE, pod: { name, uid }, serviceaccount: { name: 'runner' } },
      });
    const tunnel = async (uid: string, name = 'a') => {
      const answer = await egress.connect({ token: await tokenOf(uid, name) });
      if (answer.status !== 200) return answer.code;
      const inner = innerTls(answer, HOST);
      await once(inner, 'secureConnect');
      inner.resume();
      return inner;
    };
    await eventually(
      () => cluster.directory.heardAt() !== undefined,
      5_000,
      () => 'nothing was heard',
    );
    return { cluster, egress, tunnel, tokenOf };
  }

  it('opens to a pod that appears, and cuts what becomes forbidden', async (t) => {
    const { cluster, egress, tunnel } = await open(t);
    const runner = cluster.runner('nightly');
    const job = cluster.job('j', ['tollgate.dev/v1alpha1', 'AgentRunner', 'nightly', runner]);
    const options = {
      profile: 'mine',
      owner: ['batch/v1', 'Job', 'j', job] as const,
      labels: { 'job-name': 'j', 'tollgate.dev/runner': 'nightly' },
    };
    const causes: [code: string, cause: () => void][] = [
      ['policy_changed', () => cluster.profile('mine', 'allowlist', ['elsewhere.example'])],
      ['pod_killed', () => cluster.runner('nightly', 'too dear')],
      ['pod_gone', () => cluster.delete('/pods', 'a')],
      ['pod_gone', () => cluster.pod('a', { ...options, status: 'Succeeded' })],
      ['phase_changed', () => cluster.pod('a', { ...options, phase: 'teardown' })],
    ];
    for (const [n, [code, cause]] of causes.entries()) {
      cluster.delete('/pods', 'a');
      cluster.profile('mine', 'allowlist', [HOST]);
      cluster.runner('nightly');
      const uid = cluster.pod('a', options);
      const { directory } = cluster;
      await eventually(
        () => directory.pod(uid)?.killed === null && directory.pod(uid)?.network.hosts[0]?.host === HOST,
        3_000,
        () => JSON.stringify(directory.pod(uid)),
      );
      // All are looked at again a little after a profile or runner has changed: that must not be what cuts.
      await sleep(250);
      const inner = await tunnel(uid);
      assert.ok(typeof inner === 'object', `${code}: ${inner}`);
      cause();
      await over(inner);
      assert.equal((await egress.recorded(n + 1)).code, code);
    }
  });

  it('opens control alone once the API server is away for long, and all when it is back', async (t) => {
    const { cluster, egress, tunnel, tokenOf } = await open(t, 1_500);
    const uid = cluster.pod('a', { profile: 'mine' });
    const { directory } = cluster;
    await eventually(
      () => directory.pod(uid) !== undefined,
      3_000,
      () => 'the pod is not known',
    );
    /** What is known may just be stale, if the machine stands still. */
    const opened = async () => {
      for (const deadline = Date.now() + HANG_MS; ; ) {
        const inner = await tunnel(uid);
        if (typeof inner === 'object') return inner;
        assert.ok(inner === 'directory_stale' && Date.now() < deadline, String(inner));
      }
    };
    const stays = await opened();
    cluster.api.answer = () => 'reset';
    await eventually(
      () => Date.now() - (directory.heardAt() ?? 0) > 1_600,
      5_000,
      () => 'it is heard',
    );
    assert.equal(await tunnel(uid), 'directory_stale');
    const control = await egress.connect({
      token: await tokenOf(uid, 'a'),
      purpose: 'control',
      target: `${CONTROL}:8443`,
    });
    assert.equal(control.status, 200);
    control.socket.destroy();
    assert.equal(stays.destroyed, false);
    cluster.api.answer = undefined;
    await opened();
  });

  it('records what a profile that only records would have refused', async (t) => {
    const { cluster, egress, tunnel } = await open(t);
    cluster.profile('watched', 'local', [], { enforce: false });
    const uid = cluster.pod('a', { profile: 'watched' });
    const { directory } = cluster;
    await eventually(
      () => directory.pod(uid)?.network.access === 'full',
      3_000,
      () => 'the pod is not known',
    );
    const inner = await tunnel(uid);
    assert.ok(typeof inner === 'object', String(inner));
    inner.end();
    assert.equal((await egress.recorded()).wouldRefuse, 'phase_local');
  });
});
