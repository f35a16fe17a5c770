import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { NETWORK_POLICIES, slimFence } from '../../adapters/cluster/fences.ts';
import { POLICIES, putFences } from '../../adapters/cluster/testing-fences.ts';
import { type Access, openAccess } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { EventRecorder } from '../../adapters/kube/events.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import { FakeApi } from '../../adapters/kube/testing-api.ts';
import { eventually } from '../../adapters/kube/testing-oracle.ts';
import type { FakeObject } from '../../adapters/kube/testing-store.ts';
import { fenceSpec } from '../../core/cluster/fences.ts';
import { WidenedWatch } from './widened.ts';

const namespace = 'a';
const labels = { app: 'triage' };
const TIMES = { burst: 1_000, perSecond: 1_000 };

const inOrder = (objects: readonly FakeObject[]) =>
  objects.toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));

describe('the network of governed pods', () => {
  let api: FakeApi;
  let access: Access;
  let registry: Registry;
  let logged: number;
  let stops: (() => Promise<unknown>)[];

  const begin = async () => {
    const client = new KubeClient(access, 'test');
    const events = new EventRecorder(client, { controller: 'tollgate.dev/operator', instance: 'x' });
    const policies = new Reflector(client, NETWORK_POLICIES, {
      slim: slimFence,
      indexers: { namespace: ({ metadata }) => [metadata.namespace ?? ''] },
      times: TIMES,
    });
    stops.push(() => policies.stop());
    policies.start();
    await policies.synced();
    registry = new Registry();
    logged = 0;
    const log = pino({ level: 'warn' }, { write: () => logged++ });
    stops.push(() => events.stop());
    const watch = new WidenedWatch({ client, policies, events, log, registry, podHooks: {}, queueHooks: {} });
    stops.push(() => watch.stop(1000));
    await watch.start();
  };
  const end = async () => {
    for (const stop of stops.splice(0)) await stop();
  };

  beforeEach(async () => {
    api = await FakeApi.start();
    access = openAccess(api.url);
    stops = [];
    putFences(api, namespace);
    const { uid } = api.store.put('apps/deployments', {
      metadata: { name: 'triage', namespace },
      spec: { selector: { matchLabels: labels } },
    }).metadata;
    const set = api.store.put('apps/replicasets', {
      metadata: { name: 'triage-1', namespace, ownerReferences: ref('Deployment', 'triage', uid) },
      spec: { selector: { matchLabels: labels } },
    });
    for (const name of ['one', 'two']) put(name, labels, ref('ReplicaSet', 'triage-1', set.metadata.uid));
  });
  afterEach(async () => {
    await end();
    await access.close();
    await api.close();
  });

  const ref = (kind: string, name: string, uid: string) => [
    { apiVersion: 'apps/v1', kind, name, uid, controller: true },
  ];
  const put = (name: string, own: object, ownerReferences: object[] = [], phase = 'Running') =>
    api.store.put('/pods', {
      metadata: {
        ...{ name, namespace, ownerReferences },
        labels: { ...own, 'tollgate.dev/governed': 'true', 'tollgate.dev/network': 'narrow' },
      },
      status: { phase },
    });
  const widen = (name: string, generation = 1, port = 53) =>
    api.store.put(POLICIES, {
      metadata: { name, namespace, generation },
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ['Egress'],
        egress: [{ ports: [{ port }] }],
      },
    });
  const told = () =>
    inOrder(api.store.list('events.k8s.io/events')).map(({ reason, regarding, note, type }) => {
      const { kind, name } = regarding as { kind: string; name: string };
      return { what: `${type} ${reason} ${kind}/${name}`, note: String(note) };
    });
  const soon = (count: number) =>
    eventually(
      () => told().length === count,
      5_000,
      () => JSON.stringify(told()),
    );
  const pods = async () =>
    Number(/^tollgate_egress_widened_pods (\d+)$/m.exec(await registry.metrics())?.[1]);

  it('that another policy widens is told of on their owner, once, with the policy and what it opens', async () => {
    await begin();
    widen('dns');
    await soon(1);
    const [{ what, note } = { what: '', note: '' }] = told();
    assert.equal(what, 'Warning EgressWidened Deployment/triage');
    assert.match(note, /NetworkPolicy dns selects it and lets it out: to any address at TCP 53[.]/);
    assert.equal(await pods(), 2);
    // What changes nothing of it is no news: another pod of it, labels of the policy, pods of others.
    api.store.put('/pods', api.store.get('/pods', 'one', namespace) as never);
    widen('dns');
    put('other', { app: 'other' });
    await sleep(200);
    assert.equal(told().length, 1);
    assert.equal(logged, 1);
    assert.equal(await pods(), 2);
  });

  it('is told of again when that policy changes, another comes, and when it is narrow again', async () => {
    await begin();
    widen('dns');
    await soon(1);
    widen('dns', 2, 443);
    await soon(2);
    assert.match(told()[1]?.note ?? '', /dns .* TCP 443/);
    widen('more');
    await soon(3);
    assert.match(told()[2]?.note ?? '', /dns .*; the NetworkPolicy more /);
    api.store.delete(POLICIES, 'dns', namespace);
    await soon(4);
    assert.doesNotMatch(told()[3]?.note ?? '', /dns/);
    api.store.delete(POLICIES, 'more', namespace);
    await soon(5);
    assert.equal(told()[4]?.what, 'Normal EgressNarrowed Deployment/triage');
    assert.equal(await pods(), 0);
  });

  it('is not told of twice by another operator', async () => {
    await begin();
    widen('dns');
    await soon(1);
    await end();
    await begin();
    await eventually(
      () =>
        api.seen.filter(({ method, url }) => method === 'POST' && url.pathname.endsWith('/events')).length ===
        2,
      5_000,
      () => 'the second has not looked',
    );
    assert.equal(told().length, 1);
    assert.equal(await pods(), 2);
  });

  it('is told of on a pod that nothing owns, or whose owner does not select it', async () => {
    await begin();
    put('alone', labels);
    put('claims', labels, ref('Deployment', 'triage', 'made-up'));
    widen('dns');
    await soon(3);
    assert.deepEqual(
      told()
        .map(({ what }) => what.split(' ')[2])
        .toSorted(),
      ['Deployment/triage', 'Pod/alone', 'Pod/claims'],
    );
  });

  it('is told of when it was wider for a moment alone', async () => {
    await begin();
    const before = api.store.get(POLICIES, 'tollgate-narrow', namespace) as { metadata: object };
    api.store.put(POLICIES, { ...before, spec: { ...fenceSpec('narrow'), egress: [{}] } } as never);
    api.store.put(POLICIES, before as never);
    widen('dns');
    api.store.delete(POLICIES, 'dns', namespace);
    await eventually(
      () => told().some(({ what }) => what.includes('EgressNarrowed')),
      5_000,
      () => JSON.stringify(told()),
    );
    const notes = told()
      .map(({ note }) => note)
      .join('\n');
    assert.match(notes, /tollgate-narrow was changed: to any address at any port/);
    assert.match(notes, /NetworkPolicy dns selects it/);
    assert.equal(await pods(), 0);
  });

  it('is told of when its fence is gone', async () => {
    await begin();
    api.store.delete(POLICIES, 'tollgate-narrow', namespace);
    await eventually(
      () => told().some(({ note }) => /tollgate-narrow is not there/.test(note)),
      5_000,
      () => JSON.stringify(told()),
    );
  });

  it('of pods that have ended is nobody’s concern, and pods that are gone are not called narrow', async () => {
    for (const name of ['one', 'two']) put(name, labels, [], 'Succeeded');
    await begin();
    widen('dns');
    await sleep(200);
    assert.deepEqual([told(), await pods()], [[], 0]);
    put('three', labels);
    await soon(1);
    api.store.delete('/pods', 'three', namespace);
    await sleep(200);
    assert.equal(told().length, 1);
  });
});
