/**
 * One history by chance: a store that changes, an API server that fails, a reflector that looks on.
 *
 *   changes and faults ──> faults end, a few more changes ──> same as the server in time? ──> stop: silent, nothing open?
 */
import assert from 'node:assert/strict';
import { openAccess } from './access.ts';
import { KubeClient } from './client.ts';
import { resource } from './object.ts';
import { Reflector } from './reflector.ts';
import { FakeApi } from './testing-api.ts';
import { Chance } from './testing-chance.ts';
import { faultsByChance, NO_FAULTS } from './testing-faults.ts';
import { assertPaced, eventually, LegalHandler, picture } from './testing-oracle.ts';
import type { FakeObject, FakeStore } from './testing-store.ts';

export const PODS = resource<FakeObject>('v1 Pod', 'pods');
export const COLLECTION = '/pods';

/** A thousand times faster than in earnest, or as fast as a test can be. */
export const FAST = {
  pageLimit: 3,
  listMs: 150,
  openMs: 100,
  watchSeconds: [40, 80],
  idleMs: 60,
  relistMs: 400,
  calmMs: 100,
  baseMs: 1,
  capMs: 20,
  burst: 10,
  perSecond: 150,
  pageCost: 0.25,
} as const;

/** After the faults: an idle time, back-offs, and what a busy machine takes. Without a machine at work it is 0.2 s. */
const SETTLED_MS = 15_000;

const TEXTS = ['a', 'Grüße', '日本語', '👩‍👩‍👧', '\u2028', 'x'.repeat(300), '\\"\n'];

export interface Told {
  readonly changes: number;
  readonly requests: number;
  readonly calls: number;
  readonly settledMs: number;
  readonly ends: readonly string[];
}

export async function runHistory(seed: number): Promise<Told> {
  const chance = new Chance(seed);
  const api = await FakeApi.start({ secondMs: 1, bookmarkMs: 15 });
  const access = openAccess(api.url);
  const ends: string[] = [];
  const thrown: unknown[] = [];
  const reflector = new Reflector<FakeObject>(new KubeClient(access, 'test'), PODS, {
    times: { ...FAST, relistMs: chance.pick([30, 100, 400]) },
    random: chance.next,
    indexers: { app: ({ metadata }) => [String((metadata.labels as Record<string, string>)?.app)] },
    hooks: { watchEnded: (end) => ends.push(end), handlerFailed: (error) => thrown.push(error) },
  });
  const handler = new LegalHandler();
  const late = new LegalHandler();
  // One that fails each time, before one that must not notice.
  reflector.on({
    add: () => {
      throw new Error('on purpose');
    },
    update: () => Promise.reject(new Error('on purpose')),
  });
  reflector.on(handler);
  try {
    for (let n = chance.int(12); n > 0; n--) change(api.store, chance);
    api.faults = faultsByChance(chance, chance.pick([0.2, 0.5, 0.8]));
    reflector.start();
    const steps = 10 + chance.int(30);
    const joins = chance.int(steps);
    for (let step = 0; step < steps; step++) {
      if (step === joins) reflector.on(late);
      for (let n = 1 + chance.int(3); n > 0; n--) change(api.store, chance);
      if (chance.maybe(0.1)) api.store.compact();
      await new Promise((resolve) => setTimeout(resolve, chance.int(12)));
    }
    api.faults = NO_FAULTS;
    for (let n = chance.int(4); n > 0; n--) change(api.store, chance);

    const calm = performance.now();
    const server = picture(api.store.list(COLLECTION));
    const same = () => String(picture(reflector.store.list())) === String(server);
    await eventually(same, SETTLED_MS, () => differences(server, picture(reflector.store.list())));
    const settledMs = performance.now() - calm;
    assert.equal(reflector.hasSynced, true);
    assert.equal(await reflector.synced(), true);
    for (const { known, wrong } of [handler, late]) {
      assert.deepEqual(wrong, []);
      assert.deepEqual(picture(known.values()), server);
    }
    for (const app of ['a', 'b']) {
      const expected = api.store.list(COLLECTION).filter((object) => labelOf(object) === app);
      assert.deepEqual(picture(reflector.store.find('app', app)), picture(expected), `index, app ${app}`);
    }
    assert.ok(
      thrown.every((error) => error instanceof Error && error.message === 'on purpose'),
      String(thrown[0]),
    );
    assertPaced(api.seen, FAST);

    await reflector.stop();
    const calls = handler.calls;
    const told = ends.length;
    // A request that was under way may only now be seen.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const asked = api.seen.length;
    for (let n = 0; n < 3; n++) change(api.store, chance);
    await eventually(
      () => api.watching === 0,
      2000,
      () => `${api.watching} watches are still open`,
    );
    await access.close();
    await eventually(
      () => api.connections === 0,
      2000,
      () => `${api.connections} connections are still open`,
    );
    assert.deepEqual(
      [handler.calls, ends.length, api.seen.length],
      [calls, told, asked],
      'it is not silent after stop()',
    );
    return { changes: api.store.log.length, requests: asked, calls, settledMs, ends };
  } finally {
    await reflector.stop();
    await access.close();
    await api.close();
  }
}

function change(store: FakeStore, chance: Chance): void {
  const metadata = { name: `p${chance.int(8)}`, namespace: chance.pick(['n1', 'n2']) };
  const kind = chance.int(10);
  const remove = () => store.delete(COLLECTION, metadata.name, metadata.namespace);
  const put = () =>
    store.put(COLLECTION, {
      metadata: { ...metadata, labels: { app: chance.pick(['a', 'b']) } },
      spec: { text: chance.pick(TEXTS), list: [chance.int(9), { deep: [chance.pick(TEXTS)] }] },
    });
  if (kind < 6) put();
  else if (kind < 8) remove();
  else if (kind < 9) {
    remove();
    put();
  } else store.put('/services', { metadata });
}

function labelOf({ metadata }: FakeObject): string | undefined {
  return (metadata.labels as Record<string, string> | undefined)?.app;
}

function differences(server: readonly string[], store: readonly string[]): string {
  const missing = server.filter((line) => !store.includes(line));
  const extra = store.filter((line) => !server.includes(line));
  return `missing ${JSON.stringify(missing).slice(0, 500)}; extra ${JSON.stringify(extra).slice(0, 500)}`;
}
