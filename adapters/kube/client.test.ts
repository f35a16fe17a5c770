import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { openAccess } from './access.ts';
import { KubeClient } from './client.ts';
import { type KubeObject, resource } from './object.ts';
import { FakeApi, type Seen, status } from './testing-api.ts';
import { eventually } from './testing-oracle.ts';

const PODS = resource<KubeObject & { spec?: unknown; status?: unknown }>('v1 Pod', 'pods');
const NODES = resource('v1 Node', 'nodes', false);
const DEPLOYMENTS = resource('apps/v1 Deployment', 'deployments');
const AT = { namespace: 'team', name: 'a' };
const COLLECTION = '/pods';

describe('the client', () => {
  let api: FakeApi;
  let access: ReturnType<typeof openAccess>;
  let client: KubeClient;
  const last = (): Seen => api.seen.at(-1) ?? assert.fail('nothing was asked');

  before(async () => {
    api = await FakeApi.start();
    access = openAccess(api.url);
    client = new KubeClient(access, 'tollgate-test/1');
  });
  beforeEach(() => {
    api.answer = undefined;
    for (const { metadata } of api.store.list(COLLECTION))
      api.store.delete(COLLECTION, metadata.name, 'team');
  });
  after(async () => {
    await access.close();
    await api.close();
  });

  it('asks paths as the API has them', async () => {
    for (const [path, ask] of [
      ['/api/v1/namespaces/team/pods/a', () => client.get(PODS, AT)],
      ['/api/v1/pods?limit=2', () => client.list(PODS, { limit: 2 })],
      ['/api/v1/nodes/a', () => client.get(NODES, { name: 'a' })],
      [
        '/apis/apps/v1/namespaces/team/deployments?labelSelector=a%3Db',
        () => client.list(DEPLOYMENTS, { namespace: 'team', labelSelector: 'a=b' }),
      ],
      [
        '/api/v1/namespaces/team/pods/a/eviction',
        () => client.create(PODS, {}, { place: { ...AT, subresource: 'eviction' } }),
      ],
    ] as const) {
      await ask();
      assert.equal(last().url.pathname + last().url.search, path);
      assert.equal(last().headers['user-agent'], 'tollgate-test/1');
    }
  });

  it('asks for nothing under a name that leads elsewhere', async () => {
    const before = api.seen.length;
    for (const name of ['', '.', '..', 'a/b', 'a%2fb', 'a?b', 'a b', 'x'.repeat(254)]) {
      await assert.rejects(client.delete(PODS, { namespace: 'team', name }), RangeError, name);
      await assert.rejects(client.delete(PODS, { namespace: name, name: 'a' }), RangeError, name);
    }
    await assert.rejects(client.get(PODS, { name: 'a' }), /needs a namespace/);
    await assert.rejects(client.get(NODES, AT), /have no namespace/);
    assert.equal(api.seen.length, before);
  });

  it("gives errors as values, with the server's own words", async () => {
    const details = {
      causes: [{ reason: 'FieldValueInvalid', message: 'must be positive', field: 'spec.limit' }],
      retryAfterSeconds: 3,
    };
    api.answer = () => ({
      code: 422,
      body: { kind: 'Status', reason: 'Invalid', message: 'Pod "a" is invalid', code: 422, details },
    });
    assert.deepEqual(await client.get(PODS, AT), {
      ok: false,
      error: {
        kind: 'status',
        code: 422,
        reason: 'Invalid',
        message: 'get pods "a" in namespace team: Invalid: Pod "a" is invalid',
        causes: details.causes,
        retryAfterMs: 3000,
      },
    });
  });

  it('sends no write of a leader that is none any more, however long ago it was decided, and reads on', async () => {
    let leads = true;
    const leader = new KubeClient(access, 'test', () => leads);
    const intent = { metadata: { ...AT, uid: 'u', resourceVersion: '1' } };
    const writes = [
      () => leader.create(PODS, {}, { place: { namespace: 'team' } }),
      () => leader.replace(PODS, intent),
      () => leader.apply(PODS, intent, { manager: 'm' }),
      () => leader.applyStatus(PODS, intent, {}, { manager: 'm' }),
      () => leader.merge(PODS, AT, {}),
      () => leader.delete(PODS, AT),
    ];
    api.answer = () => ({ code: 200, body: intent });
    for (const write of writes) assert.ok((await write()).ok);
    const before = api.seen.length;
    for (const write of writes) {
      leads = true;
      // Credentials are read first, which takes a while.
      const answer = write();
      leads = false;
      assert.deepEqual(await answer.then((one) => !one.ok && [one.error.kind, one.error.reason]), [
        'stopped',
        'NotLeading',
      ]);
    }
    assert.equal(api.seen.length, before);
    assert.ok((await leader.get(PODS, AT)).ok);
  });

  it('knows what an answer without a Status means', async () => {
    for (const [code, body, reason, headers, wait] of [
      [429, 'slow down', 'TooManyRequests', { 'retry-after': '7' }, 7000],
      [
        503,
        '<html>',
        'ServiceUnavailable',
        { 'retry-after': new Date(Date.now() + 5000).toUTCString() },
        5000,
      ],
      [404, '', 'NotFound', {}, undefined],
      [418, '{"kind":"Pod"}', 'HTTP 418', { 'retry-after': 'soon' }, undefined],
    ] as const) {
      api.answer = () => ({ code, body, headers });
      const answer = await client.get(PODS, AT);
      assert.ok(!answer.ok);
      assert.deepEqual([answer.error.code, answer.error.reason], [code, reason]);
      if (wait === undefined) assert.equal(answer.error.retryAfterMs, undefined);
      else
        assert.ok(Math.abs((answer.error.retryAfterMs ?? 0) - wait) < 2000, `${answer.error.retryAfterMs}`);
    }
  });

  it('gives what breaks on the way as values too, and repeats nothing of a body that is no JSON', async () => {
    for (const [answer, kind] of [
      ['reset', 'network'],
      ['silence', 'timeout'],
      [{ code: 200, body: '{"password": c2VjcmV0}' }, 'unreadable'],
      [{ code: 200, body: '{"kind":"Pod","metadata":{"name":"a"}}' }, 'unreadable'],
      [{ code: 200, body: '[]' }, 'unreadable'],
    ] as const) {
      api.answer = () => answer;
      const got = await client.get(PODS, AT, { timeoutMs: answer === 'silence' ? 100 : 5000 });
      assert.ok(!got.ok);
      assert.equal(got.error.kind, kind);
      assert.doesNotMatch(got.error.message, /password|c2Vj/);
      assert.match(got.error.message, /^get pods "a" in namespace team: /);
    }
    const nowhere = openAccess('http://127.0.0.1:9');
    const refused = await new KubeClient(nowhere, 'x').get(PODS, AT);
    assert.ok(!refused.ok);
    assert.deepEqual([refused.error.kind, refused.error.reason], ['network', 'ECONNREFUSED']);
    await nowhere.close();
  });

  it('breaks off when told to', async () => {
    api.answer = () => 'silence';
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    const answer = await client.get(PODS, AT, { signal: stop.signal });
    assert.ok(!answer.ok);
    assert.equal(answer.error.kind, 'stopped');
    const never = await client.get(PODS, AT, { signal: stop.signal });
    assert.ok(!never.ok);
    assert.equal(never.error.kind, 'stopped');
  });

  it('applies what is ours and nothing of the server: no status, no version, no managedFields', async () => {
    const whole = api.store.put(COLLECTION, { metadata: AT, status: { phase: 'Running' } });
    const applied = await client.apply(PODS, { ...whole, spec: { x: 1 } } as never, {
      manager: 'op',
      force: true,
    });
    assert.ok(applied.ok);
    assert.deepEqual(last().body, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', namespace: 'team' },
      spec: { x: 1 },
    });
    assert.equal(last().headers['content-type'], 'application/apply-patch+yaml');
    assert.equal(last().url.search, '?fieldManager=op&force=true&fieldValidation=Strict');
    assert.deepEqual(whole.status, { phase: 'Running' }, 'the given object was changed');
  });

  it('applies a status alone, to the very object that is meant', async () => {
    const { metadata } = api.store.put(COLLECTION, { metadata: AT });
    const written = await client.applyStatus(
      PODS,
      { metadata },
      { phase: 'x' },
      { manager: 'op', uid: metadata.uid },
    );
    assert.ok(written.ok);
    assert.equal(last().url.pathname, '/api/v1/namespaces/team/pods/a/status');
    const sent = { metadata: { ...AT, uid: metadata.uid }, status: { phase: 'x' } };
    assert.deepEqual(last().body, { apiVersion: 'v1', kind: 'Pod', ...sent });
    const other = await client.applyStatus(PODS, { metadata }, {}, { manager: 'op', uid: 'another' });
    assert.ok(!other.ok && other.error.code === 409);
  });

  it('deletes only the object that is meant', async () => {
    const old = api.store.put(COLLECTION, { metadata: AT });
    api.store.delete(COLLECTION, 'a', 'team');
    const now = api.store.put(COLLECTION, { metadata: AT });
    const wrong = await client.delete(PODS, AT, { uid: old.metadata.uid });
    assert.ok(!wrong.ok && wrong.error.code === 409);
    assert.ok(api.store.get(COLLECTION, 'a', 'team'));
    const right = await client.delete(PODS, AT, {
      uid: now.metadata.uid,
      propagation: 'Foreground',
      graceSeconds: 0,
    });
    assert.ok(right.ok);
    assert.deepEqual(last().body, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Foreground',
      gracePeriodSeconds: 0,
      preconditions: { uid: now.metadata.uid },
    });
    assert.equal(api.store.get(COLLECTION, 'a', 'team'), undefined);
  });

  it('lists page by page, and objects of a list have their kind', async () => {
    for (const name of ['a', 'b', 'c']) api.store.put(COLLECTION, { metadata: { name, namespace: 'team' } });
    const first = await client.list(PODS, { limit: 2 });
    assert.ok(first.ok);
    assert.deepEqual(
      first.value.items.map(({ kind, metadata }) => [kind, metadata.name]),
      [
        ['Pod', 'a'],
        ['Pod', 'b'],
      ],
    );
    const rest = await client.list(PODS, { limit: 2, continue: first.value.continue });
    assert.ok(rest.ok);
    assert.deepEqual([rest.value.items.length, rest.value.continue], [1, '']);
  });

  it('asks for reviews, whose answers have no name', async () => {
    const review = resource('authorization.k8s.io/v1 SubjectAccessReview', 'subjectaccessreviews', false);
    const answer = await client.create<KubeObject, { status: { allowed: boolean } }>(review, {
      spec: { user: 'x' },
    });
    assert.ok(answer.ok && answer.value.status.allowed);
    const sent = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user: 'x' } };
    assert.deepEqual(last().body, sent);
  });

  it('replaces an object only as it was read', async () => {
    const read = api.store.put(COLLECTION, { metadata: AT });
    assert.ok((await client.replace(PODS, read)).ok);
    const late = await client.replace(PODS, read);
    assert.ok(!late.ok && late.error.code === 409);
  });

  it('ends a watch that nobody reads any more, and its connection', async () => {
    api.store.put(COLLECTION, { metadata: AT });
    const query = { resourceVersion: '1', timeoutSeconds: 60 };
    for await (const event of client.watch(PODS, query, 60_000)) {
      assert.equal(event.type, 'ADDED');
      break;
    }
    await eventually(
      () => api.watching === 0,
      1000,
      () => 'the watch is still open',
    );
    const stop = new AbortController();
    const events = client.watch(PODS, { ...query, resourceVersion: String(api.store.revision) }, 60_000, {
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(), 30);
    assert.deepEqual(await events.next(), { done: true, value: undefined });
    await eventually(
      () => api.watching === 0,
      1000,
      () => 'the watch is still open',
    );
  });

  it("a watch's refusal is its only event", async () => {
    api.answer = () => status(410, 'Expired');
    const events = [];
    for await (const event of client.watch(PODS, { resourceVersion: '1', timeoutSeconds: 9 }, 1000))
      events.push(event);
    assert.equal(events.length, 1);
    assert.ok(events[0]?.type === 'ERROR' && events[0].error.code === 410);
  });
});
