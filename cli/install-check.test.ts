import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openAccess } from '../adapters/kube/access.ts';
import { FakeApi } from '../adapters/kube/testing-api.ts';
import { GATE_CONTAINER, SIDECAR_CONTAINER } from '../core/cluster/names.ts';
import { atEnd } from '../test/support/output.ts';
import { installCheck } from './install-check.ts';

const PLACE = { name: 'governed', namespace: 'trial' };
const AGENT = { name: 'check', image: 'x' };
const MANIFEST = JSON.stringify({ metadata: PLACE, spec: { containers: [AGENT] } });
const INJECTED = {
  initContainers: [{ name: GATE_CONTAINER }, { name: SIDECAR_CONTAINER }],
  containers: [AGENT],
};
const PATIENCE = { madeMs: 300, endedMs: 400, everyMs: 10 };

/** A status of a container that has ended. */
const ended = (name: string, exitCode: number, message?: string) => ({
  ...{ name, ready: false, restartCount: 0 },
  state: { terminated: { exitCode, message } },
});

async function start(t: TestContext): Promise<FakeApi> {
  const api = await FakeApi.start();
  atEnd(t, () => api.close());
  return api;
}

/** @param becomes  what the cluster makes of the pod */
async function check(
  t: TestContext,
  becomes: object,
): Promise<{ code: number; said: string; left: boolean }> {
  const api = await start(t);
  api.answer = ({ method, url }) => {
    if (
      method === 'GET' &&
      url.pathname.endsWith('/pods/governed') &&
      api.store.get('/pods', 'governed', 'trial')
    )
      api.store.put('/pods', { metadata: PLACE, ...becomes });
    return undefined;
  };
  // What it is injected with, it has from the beginning.
  const said: string[] = [];
  const pod = 'spec' in becomes ? JSON.stringify({ metadata: PLACE, spec: becomes.spec }) : MANIFEST;
  const code = await installCheck(pod, openAccess(api.url), (line) => said.push(line), PATIENCE);
  return { code, said: said.join('\n'), left: api.store.get('/pods', 'governed', 'trial') !== undefined };
}

describe('tollgate install-check', () => {
  it('holds when the injected container finds what it is promised, and takes the pod away', async (t) => {
    const status = { phase: 'Succeeded', containerStatuses: [ended('check', 0)] };
    const { code, said, left } = await check(t, { spec: INJECTED, status });
    assert.deepEqual([code, left], [0, false]);
    assert.match(said, /is injected[\s\S]*is closed[\s\S]*sidecar answers/);
  });

  it('does not hold where the pod was let in without a sidecar, however it ends', async (t) => {
    const status = { phase: 'Succeeded', containerStatuses: [ended('check', 0)] };
    const { code, said, left } = await check(t, { status });
    assert.deepEqual([code, left], [1, false]);
    assert.match(said, /Injection does not hold.*it has no sidecar/);
  });

  it('does not hold where only one of the two containers was put in', async (t) => {
    const spec = { ...INJECTED, initContainers: INJECTED.initContainers.slice(1) };
    const { code } = await check(t, { spec, status: { containerStatuses: [ended('check', 0)] } });
    assert.equal(code, 1);
  });

  it('does not hold where np-gate has failed, and repeats its last word', async (t) => {
    const log =
      'np-gate: round 1: nothing\nnp-gate: the network is NOT proved to be closed: the canary can be reached\n';
    const status = { phase: 'Failed', initContainerStatuses: [ended(GATE_CONTAINER, 1, log)] };
    const { code, said } = await check(t, { spec: INJECTED, status });
    assert.equal(code, 1);
    assert.match(said, /^The network does not hold\. np-gate: the network is NOT proved.*canary.*CNI/);
    assert.doesNotMatch(said, /round 1/);
  });

  it('does not hold where the container found something else', async (t) => {
    const initContainerStatuses = [ended(GATE_CONTAINER, 0)];
    const containerStatuses = [ended('check', 1, 'NO   the sidecar answers')];
    const { code, said } = await check(t, {
      spec: INJECTED,
      status: { initContainerStatuses, containerStatuses },
    });
    assert.equal(code, 1);
    assert.match(said, /NO {3}the sidecar answers/);
  });

  it('does not hold where the pod comes to nothing in time, and says what it waits for', async (t) => {
    const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
    const initContainerStatuses = [{ name: GATE_CONTAINER, restartCount: 0, state: { waiting } }];
    const status = { phase: 'Pending', initContainerStatuses };
    const { code, said, left } = await check(t, { spec: INJECTED, status });
    assert.deepEqual([code, left], [1, false]);
    assert.match(said, /has come to no end: tollgate-np-gate: ImagePullBackOff no such image/);
  });

  it('tries again while the namespace takes no pods, and repeats what the API server says in the end', async (t) => {
    const api = await start(t);
    let tries = 0;
    api.answer = ({ method }) => {
      if (method !== 'POST') return undefined;
      tries++;
      return { code: 403, body: { kind: 'Status', reason: 'Forbidden', message: 'no ServiceAccount' } };
    };
    const said: string[] = [];
    const code = await installCheck(MANIFEST, openAccess(api.url), (line) => said.push(line), PATIENCE);
    assert.equal(code, 1);
    assert.ok(tries > 3, String(tries));
    assert.match(said.join(), /Injection does not hold.*no ServiceAccount.*operator's pods/);
  });

  it('wants a manifest', async () => {
    await assert.rejects(installCheck('{}', openAccess('http://127.0.0.1:1')), /takes the manifest of a pod/);
  });
});
