import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { status } from '../../adapters/kube/testing-api.ts';
import { assertRight, certificatesOf, DAY, HOUR, SERVERS, SYSTEM, World } from './testing-world.ts';

const NS = ['team-a', 'team-b', SYSTEM];
const warnings = (world: World, reason: string) =>
  world.events.filter((event) => event.type === 'Warning' && event.reason === reason);
/** @returns the authorities of a place, by subject */
const trusts = (world: World, namespace: string) =>
  certificatesOf(world.bundle(namespace)).map(({ subject }) => subject);
const authority = (world: World) => certificatesOf(world.secret('tollgate-ca')['ca.crt'] ?? '')[0]?.subject;
async function until(world: World, holds: () => boolean): Promise<void> {
  for (let n = 0; !holds(); n++) {
    assert.ok(n < 100, 'it does not come to that');
    await world.pass(HOUR / 2);
  }
}

describe('certificates', { timeout: 300_000 }, () => {
  it('are there after a moment, trusted wherever they are to be, and named for their Service', async (t) => {
    const world = await World.start(t);
    await world.settled();
    for (const server of SERVERS) {
      const [leaf, ...more] = certificatesOf(world.secret(`tollgate-${server}-tls`)['tls.crt'] ?? '');
      assert.equal(more.length, 0);
      const names = ['', '.tollgate-system', '.tollgate-system.svc', '.tollgate-system.svc.cluster.local'];
      const wanted = names.map((rest) => `DNS:tollgate-${server}${rest}`).join(', ');
      assert.equal(leaf?.subjectAltName, wanted);
    }
    const [one] = new Set(NS.map((namespace) => world.bundle(namespace)));
    assert.equal(certificatesOf(one ?? '').length, 1);
    const labels = NS.map(
      (name) => world.api.store.get('/configmaps', 'tollgate-trust', name)?.metadata.labels,
    );
    assert.deepEqual(labels, [
      { 'app.kubernetes.io/managed-by': 'tollgate' },
      { 'app.kubernetes.io/managed-by': 'tollgate' },
      undefined,
    ]);
    assert.deepEqual(world.counts(), [1, 1, 1, 1]);
    assertRight(world);
    const before = world.writes;
    await world.pass(DAY);
    assert.equal(world.writes, before, 'nothing is written again');
    assert.doesNotMatch(JSON.stringify(world.events), /BEGIN|PRIVATE/);
  });

  it('are put right where somebody changes or deletes what is trusted', async (t) => {
    const world = await World.start(t);
    await world.settled();
    const right = world.bundle('team-a');
    world.judging = false;
    const { store } = world.api;
    store.put('/configmaps', {
      metadata: { name: 'tollgate-trust', namespace: 'team-a' },
      data: { 'ca.crt': 'mine', other: '1' },
    });
    store.delete('/configmaps', 'tollgate-trust', 'team-b');
    store.delete('/configmaps', 'tollgate-trust', SYSTEM);
    await world.settled();
    assert.deepEqual(
      NS.map((namespace) => world.bundle(namespace)),
      [right, right, right],
    );
    assert.equal(
      (store.get('/configmaps', 'tollgate-trust', 'team-a')?.data as { other?: string } | undefined)?.other,
      '1',
    );
    const collection = 'admissionregistration.k8s.io/mutatingwebhookconfigurations';
    store.put(collection, {
      metadata: { name: 'tollgate' },
      webhooks: [
        { name: 'a', clientConfig: {} },
        { name: 'b', clientConfig: { caBundle: 'eA==' } },
      ],
    });
    await world.settled();
    assert.deepEqual(
      store.get(collection, 'tollgate')?.webhooks,
      ['a', 'b'].map((name) => ({ name, clientConfig: { caBundle: btoa(right) } })),
    );
  });

  it('are trusted in each namespace that is enabled, and stay so where one is no more', async (t) => {
    const world = await World.start(t);
    await world.settled();
    const { store } = world.api;
    const namespace = (name: string, enabled: boolean, more = {}) =>
      store.put('/namespaces', {
        metadata: { name, labels: enabled ? { 'tollgate.dev/enabled': 'true' } : {}, ...more },
      });
    const map = (name: string, labels = {}) =>
      store.put('/configmaps', {
        metadata: { name: 'tollgate-trust', namespace: name, labels },
        data: { 'ca.crt': name },
      });
    namespace('team-c', true);
    namespace('ending', true, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    await world.settled();
    assert.deepEqual([world.bundle('team-c'), world.bundle('ending')], [world.bundle('team-a'), '']);

    await world.end();
    namespace('team-b', false);
    namespace('team-d', false);
    world.judging = false;
    for (const name of ['team-b', 'team-d'])
      map(name, name === 'team-b' ? { 'app.kubernetes.io/managed-by': 'tollgate' } : {});
    await world.begin();
    await world.settled();
    // A pod of team-b may still run.
    assert.deepEqual([world.bundle('team-b'), world.bundle('team-d')], [world.bundle('team-a'), 'team-d']);
  });

  it('replace what is broken, and say so on the Secret', async (t) => {
    const world = await World.start(t);
    await world.settled();
    const before = world.secret('tollgate-gateway-tls');
    world.put('tollgate-gateway-tls', {
      ...before,
      'tls.key': world.secret('tollgate-control-tls')['tls.key'] ?? '',
    });
    await world.settled();
    assert.notEqual(world.secret('tollgate-gateway-tls')['tls.crt'], before['tls.crt']);
    const [said] = warnings(world, 'SecretUnusable');
    assert.deepEqual(
      [said?.about, said?.note],
      ['tollgate-gateway-tls', "What is in it can't be used: its key is that of another certificate."],
    );
    assertRight(world);
  });

  it('survive the loss of their authority: another takes its place step by step', async (t) => {
    const world = await World.start(t);
    await world.settled();
    const first = authority(world);
    world.put('tollgate-ca', {});
    await world.settled();
    assert.deepEqual(trusts(world, 'team-a').length, 2);
    assert.ok(trusts(world, 'team-a').includes(first ?? ''));
    await until(world, () => !world.rotates && authority(world) !== undefined);
    assert.notEqual(authority(world), first);
    assert.deepEqual(trusts(world, 'team-a'), [authority(world)]);
    assertRight(world);
  });

  it('wait for a namespace that can not be written to, and say on it why', async (t) => {
    const world = await World.start(t);
    await world.settled();
    const { answer } = world.api;
    world.api.answer = (seen) =>
      seen.method === 'PATCH' && seen.url.pathname.includes('/team-b/')
        ? status(403, 'Forbidden')
        : answer?.(seen);
    for (let n = 0; n < 30; n++) await world.pass(DAY);
    const [old, ...more] = trusts(world, 'team-a');
    assert.deepEqual([old, more.length, trusts(world, 'team-b').length], [authority(world), 1, 1]);
    const [said] = warnings(world, 'BundleNotWritten');
    assert.equal(said?.about, 'team-b');
    assert.match(
      said?.note ?? '',
      /could not be written there: apply configmaps.* in namespace team-b: Forbidden/,
    );
    assert.ok(world.secret('tollgate-control-tls')['tls.crt'], 'and certificates are renewed meanwhile');
    assertRight(world);
    world.api.answer = answer;
    await until(world, () => authority(world) !== old && !world.rotates);
    assertRight(world);
  });

  it('are written by nobody who does not lead', async (t) => {
    let leads = true;
    const world = await World.start(t, { leads: () => leads });
    await world.settled();
    leads = false;
    const before = world.writes;
    world.put('tollgate-control-tls', {});
    world.api.store.delete('/configmaps', 'tollgate-trust', 'team-a');
    await world.settled();
    assert.equal(world.writes, before);
    leads = true;
    await world.settled();
    assert.ok(world.bundle('team-a') !== '' && world.secret('tollgate-control-tls')['tls.crt'] !== undefined);
  });

  it('are written no more once another leads, also in the middle of a look', async (t) => {
    let left = Number.POSITIVE_INFINITY;
    const world = await World.start(t, { leads: () => left-- > 0 });
    await world.settled();
    const before = world.writes;
    left = 0;
    world.judging = false;
    world.api.store.delete('/configmaps', 'tollgate-trust', 'team-a');
    await world.settled();
    // One look may begin.
    left = 1;
    await world.settled();
    assert.deepEqual([world.writes, left < 0], [before, true]);
  });

  it('say when they expire', async (t) => {
    const registry = new Registry();
    const world = await World.start(t, { registry });
    await world.settled();
    const text = await registry.metrics();
    for (const [name, days] of [
      ['ca', 40],
      ['control', 9],
      ['gateway', 9],
      ['operator', 9],
    ] as const)
      assert.ok(
        text.includes(`timestamp_seconds{certificate="${name}"} ${(world.now + days * DAY) / 1000}\n`),
        text,
      );
  });
});

describe('certificates that somebody else issues', { timeout: 300_000 }, () => {
  it('are left alone; their authorities are trusted, and those before for a while', async (t) => {
    const own = await World.start(t);
    await own.settled();
    const first = own.secret('tollgate-control-tls');
    await own.pass(0);
    own.put('tollgate-ca', {});
    for (const server of SERVERS) own.put(`tollgate-${server}-tls`, {});
    await own.settled();
    const second = own.secret('tollgate-control-tls');
    const named = (...all: Record<string, string>[]) =>
      all.flatMap((data) => certificatesOf(data['ca.crt'] ?? '')).map(({ subject }) => subject);

    const world = await World.start(t, { mode: 'external' });
    world.api.store.delete('/secrets', 'tollgate-ca', SYSTEM);
    await world.settled();
    assert.deepEqual([world.bundle('team-a'), warnings(world, 'SecretUnusable').length > 0], ['', true]);
    for (const server of SERVERS) world.put(`tollgate-${server}-tls`, first);
    await world.settled();
    assert.deepEqual(trusts(world, 'team-a'), named(first));
    world.put('tollgate-operator-tls', second);
    await world.settled();
    assert.deepEqual(trusts(world, 'team-a').toSorted(), named(first, second).toSorted());
    for (const server of SERVERS) world.put(`tollgate-${server}-tls`, second);
    await world.pass(HOUR / 2);
    assert.equal(trusts(world, 'team-b').length, 2);
    await world.pass(HOUR);
    assert.deepEqual(
      NS.map((namespace) => trusts(world, namespace)),
      NS.map(() => named(second)),
    );
    assert.deepEqual(world.secret('tollgate-control-tls'), second);
  });
});
