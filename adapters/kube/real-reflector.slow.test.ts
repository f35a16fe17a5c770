/** The list-watch with a real API server that crashes and forgets. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { Access } from './access.ts';
import { KubeClient } from './client.ts';
import { resource, type Stored } from './object.ts';
import { Reflector } from './reflector.ts';
import { Chance } from './testing-chance.ts';
import { eventually, LegalHandler } from './testing-oracle.ts';
import { RealApi } from './testing-real-api.ts';

type ConfigMap = Stored<V1ConfigMap>;
const CONFIG_MAPS = resource<ConfigMap>('v1 ConfigMap', 'configmaps');
const namespace = 'default';

describe('the list-watch with a real API server', () => {
  let api: RealApi;
  let access: Access;
  let client: KubeClient;
  /** What a test that failed may have left running. */
  const running: { stop(): Promise<void> }[] = [];
  const run = <T extends { start?(): void; stop(): Promise<void> }>(one: T): T => {
    running.push(one);
    one.start?.();
    return one;
  };
  const at = (name: string) => ({ namespace, name });
  const map = (name: string, data: Record<string, string>, labels?: Record<string, string>) => ({
    metadata: { name, namespace, ...(labels && { labels }) },
    data,
  });
  const put = async (
    name: string,
    data: Record<string, string>,
    labels?: Record<string, string>,
  ): Promise<ConfigMap> => {
    const written = await client.apply(CONFIG_MAPS, map(name, data, labels), {
      manager: 'test',
      force: true,
    });
    assert.ok(written.ok, written.ok ? '' : written.error.message);
    return written.value;
  };

  before(async () => {
    api = await RealApi.start();
    access = await api.access();
    client = new KubeClient(access, 'tollgate-test/1');
    // The namespace is made a little after the server is ready.
    const namespaces = resource('v1 Namespace', 'namespaces', false);
    while (!(await client.get(namespaces, { name: namespace })).ok) await sleep(50);
  });
  after(async () => {
    for (const one of running) await one.stop();
    await access?.close();
    await api?.stop();
  });

  it('a reflector is as the server is after crashes and compactions, and tells only what can be', async (t) => {
    const ends: string[] = [];
    let lists = 0;
    let cut = false;
    const cutable: Access = {
      server: access.server,
      namespace: undefined,
      way: () => (cut ? Promise.reject(new Error('cut off')) : access.way()),
      forget: () => undefined,
      close: () => Promise.resolve(),
    };
    const quick = {
      baseMs: 20,
      capMs: 500,
      burst: 50,
      perSecond: 50,
      calmMs: 0,
      pageLimit: 7,
      watchSeconds: [2, 4],
    } as const;
    const reflector = new Reflector<ConfigMap>(new KubeClient(cutable, 'reflector'), CONFIG_MAPS, {
      namespace,
      labelSelector: 'history=1',
      times: quick,
      hooks: { watchEnded: (end) => ends.push(end), listed: () => lists++ },
    });
    const handler = new LegalHandler();
    reflector.on(handler as never);
    const chance = new Chance(11);
    const state = new Map<string, { uid: string; version: string }>();
    const change = async () => {
      const name = `h${chance.int(40)}`;
      const uid = state.get(name)?.uid;
      if (uid !== undefined && chance.maybe(0.3)) {
        assert.ok((await client.delete(CONFIG_MAPS, at(name), { uid })).ok);
        state.delete(name);
      } else {
        const { metadata } = await put(
          name,
          { n: String(chance.int(1e9)), text: 'Grüße 日本語 👩‍👩‍👧' },
          { history: '1' },
        );
        state.set(name, { uid: metadata.uid, version: metadata.resourceVersion });
      }
    };
    const same = () =>
      eventually(
        () =>
          reflector.store.size === state.size &&
          [...state].every(([name, { uid, version }]) => {
            const metadata = reflector.store.get(`${namespace}/${name}`)?.metadata;
            return metadata?.uid === uid && metadata.resourceVersion === version;
          }),
        30_000,
        () => `${reflector.store.size} of ${state.size}, ends ${ends.join(' ')}`,
      );
    for (let n = 0; n < 60; n++) await change();
    run(reflector);
    await reflector.synced();
    for (let n = 0; n < 100; n++) await change();
    await same();
    // Ends of watches, which the server says.
    await eventually(
      () => ends.length > 0,
      30_000,
      () => 'no watch has ended',
    );
    await sleep(1000);
    assert.deepEqual([lists, [...new Set(ends)]], [1, ['closed']]);

    for (let crash = 0; crash < 2; crash++) {
      await api.killServer();
      await sleep(500);
      await api.startServer();
      for (let n = 0; n < 20; n++) await change();
      await same();
    }
    // While it is cut off objects are made anew under their names, and the history is forgotten.
    cut = true;
    await api.killServer();
    await api.startServer();
    for (const name of [...state.keys()].slice(0, 5)) {
      assert.ok((await client.delete(CONFIG_MAPS, at(name))).ok);
      const { metadata } = await put(name, { again: '1' }, { history: '1' });
      state.set(name, { uid: metadata.uid, version: metadata.resourceVersion });
    }
    await api.compact();
    await api.killServer();
    await api.startServer();
    cut = false;
    await same();
    assert.ok(lists > 1 && ends.includes('expired'), ends.join(' '));
    assert.deepEqual(handler.wrong, []);
    const told = [...handler.known.values()].map(
      ({ metadata: { uid, resourceVersion } }) => `${uid} ${resourceVersion}`,
    );
    assert.deepEqual(told.sort(), [...state.values()].map(({ uid, version }) => `${uid} ${version}`).sort());
    t.diagnostic(`${handler.calls} calls, ${lists} lists, ends: ${ends.join(' ')}`);
    await reflector.stop();
  });

  it('a watch from before a compaction is refused as expired, and goes on from a list', async () => {
    const old = await put('expired', { n: '0' });
    for (let n = 0; n < 5; n++) await put('expired', { n: `${n}` });
    await api.compact();
    await api.killServer();
    await api.startServer();
    const query = { namespace, resourceVersion: old.metadata.resourceVersion, timeoutSeconds: 5 };
    const { value: first } = await client.watch(CONFIG_MAPS, query, 10_000).next();
    assert.ok(first?.type === 'ERROR', JSON.stringify(first));
    assert.equal(first.error.code, 410);
  });
});
