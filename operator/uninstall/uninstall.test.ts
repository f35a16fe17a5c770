import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openAccess } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { FakeApi } from '../../adapters/kube/testing-api.ts';
import { atEnd } from '../../test/support/output.ts';
import { FINALIZER } from '../runner/kinds.ts';
import { prepareUninstall } from './uninstall.ts';

const SYSTEM = 'tollgate-system';
const OURS = { 'app.kubernetes.io/name': 'tollgate' };
const MANAGED = { 'app.kubernetes.io/managed-by': 'tollgate' };
const GOVERNED = { 'tollgate.dev/governed': 'true' };
const ADMISSION = 'admissionregistration.k8s.io';
const WEBHOOKS = `${ADMISSION}/mutatingwebhookconfigurations`;
const [POLICIES, BINDINGS] = [
  `${ADMISSION}/validatingadmissionpolicies`,
  `${ADMISSION}/validatingadmissionpolicybindings`,
];
const [RUNNERS, FENCES] = ['tollgate.dev/agentrunners', 'networking.k8s.io/networkpolicies'];

interface World {
  readonly api: FakeApi;
  readonly said: string[];
  run(operatorMs?: number): Promise<void>;
  /** What was deleted or changed, in order. */
  acts(): string[];
}

/** A cluster in which Tollgate runs. */
async function world(t: TestContext): Promise<World> {
  const api = await FakeApi.start();
  atEnd(t, () => api.close());
  const { store } = api;
  store.put(WEBHOOKS, { metadata: { name: 'tollgate' } });
  store.put(WEBHOOKS, { metadata: { name: 'of-somebody-else' } });
  for (const collection of [POLICIES, BINDINGS]) {
    store.put(collection, { metadata: { name: 'tollgate-pods', labels: OURS } });
    store.put(collection, { metadata: { name: 'of-somebody-else' } });
  }
  store.put('apps/deployments', { metadata: { name: 'tollgate-operator', namespace: SYSTEM } });
  for (const namespace of ['quiet', 'busy']) {
    for (const name of ['tollgate-narrow', 'tollgate-wide'])
      store.put(FENCES, { metadata: { name, namespace, labels: MANAGED } });
    store.put('/configmaps', { metadata: { name: 'tollgate-trust', namespace } });
  }
  store.put(FENCES, { metadata: { name: 'of-somebody-else', namespace: 'quiet' } });
  store.put('/pods', {
    metadata: { name: 'done', namespace: 'quiet', labels: GOVERNED },
    status: { phase: 'Succeeded' },
  });
  store.put('/pods', {
    metadata: { name: 'agent', namespace: 'busy', labels: GOVERNED },
    status: { phase: 'Running' },
  });
  const said: string[] = [];
  const client = new KubeClient(openAccess(api.url), 'test');
  return {
    api,
    said,
    run: (operatorMs = 5_000) =>
      prepareUninstall({
        client,
        namespace: SYSTEM,
        say: (line) => said.push(line),
        operatorMs,
        everyMs: 10,
      }),
    acts: () =>
      api.seen
        .filter(({ method }) => method !== 'GET')
        .map(({ method, url }) => `${method} ${url.pathname.split('/').slice(-2).join('/')}`),
  };
}

describe('before Tollgate is uninstalled', () => {
  it('admission goes first, the webhook before all, and nothing of others', async (t) => {
    const { api, run, acts } = await world(t);
    await run();
    assert.deepEqual(acts().slice(0, 4), [
      'DELETE mutatingwebhookconfigurations/tollgate',
      'DELETE validatingadmissionpolicybindings/tollgate-pods',
      'DELETE validatingadmissionpolicies/tollgate-pods',
      'DELETE deployments/tollgate-operator',
    ]);
    for (const collection of [WEBHOOKS, POLICIES, BINDINGS])
      assert.ok(api.store.get(collection, 'of-somebody-else', undefined), collection);
  });

  it('the operator has ended before anything goes that it would put back', async (t) => {
    const { api, run, acts } = await world(t);
    const labels = { 'app.kubernetes.io/component': 'operator' };
    api.store.put('/pods', { metadata: { name: 'operator-1', namespace: SYSTEM, labels } });
    const ran = run();
    setTimeout(() => {
      assert.deepEqual(acts().at(-1), 'DELETE deployments/tollgate-operator');
      api.store.delete('/pods', 'operator-1', SYSTEM);
    }, 200);
    await ran;
    assert.ok(acts().includes('DELETE networkpolicies/tollgate-narrow'));
  });

  it('an operator that does not end is said, with what to do', async (t) => {
    const { api, run, acts } = await world(t);
    const labels = { 'app.kubernetes.io/component': 'operator' };
    api.store.put('/pods', { metadata: { name: 'operator-1', namespace: SYSTEM, labels } });
    await assert.rejects(
      run(100),
      /have not ended after 0.1 s: delete those of `kubectl -n tollgate-system get pods/,
    );
    assert.ok(!acts().some((act) => act.includes('networkpolicies')));
  });

  it('AgentRunners wait for no teardown any more, and keep finalizers of others', async (t) => {
    const { api, run, said } = await world(t);
    const put = (name: string, more: object) =>
      api.store.put(RUNNERS, { metadata: { name, namespace: 'quiet', ...more } });
    put('nightly', { finalizers: ['other.example/x', FINALIZER] });
    put('going', { finalizers: [FINALIZER], deletionTimestamp: '2026-01-01T00:00:00Z' });
    put('plain', {});
    await run();
    const of = (name: string) => api.store.get(RUNNERS, name, 'quiet')?.metadata.finalizers;
    assert.deepEqual([of('nightly'), of('going'), of('plain')], [['other.example/x'], [], undefined]);
    assert.equal(said.filter((line) => line.includes('quiet/going')).length, 1);
    assert.ok(!said.join().includes('nightly'));
  });

  it('fences go where no governed pod runs, and stay where one does', async (t) => {
    const { api, run, said } = await world(t);
    await run();
    const is = (namespace: string) =>
      [
        ...['tollgate-narrow', 'tollgate-wide'].map((name) => api.store.get(FENCES, name, namespace)),
        api.store.get('/configmaps', 'tollgate-trust', namespace),
      ].map((object) => object !== undefined);
    assert.deepEqual(
      [is('quiet'), is('busy')],
      [
        [false, false, false],
        [true, true, true],
      ],
    );
    assert.ok(api.store.get(FENCES, 'of-somebody-else', 'quiet'));
    assert.match(said.join('\n'), /still run in busy/);
  });

  it('it can be done again, also where CRDs are gone', async (t) => {
    const { api, run } = await world(t);
    await run();
    api.answer = ({ url }) =>
      url.pathname.includes('agentrunners')
        ? { code: 404, body: { kind: 'Status', reason: 'NotFound' } }
        : undefined;
    await run();
  });

  it('what the API server refuses is said', async (t) => {
    const { api, run } = await world(t);
    api.answer = ({ method, url }) =>
      method === 'DELETE' && url.pathname.includes('deployments')
        ? { code: 403, body: { kind: 'Status', reason: 'Forbidden', message: 'not you' } }
        : undefined;
    await assert.rejects(run(), /not you/);
  });
});
