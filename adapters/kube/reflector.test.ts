import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Access, openAccess } from './access.ts';
import { KubeClient } from './client.ts';
import { Reflector } from './reflector.ts';
import type { ReflectorHooks, ReflectorOptions } from './reflector-options.ts';
import { FakeApi, type FakeOptions, status } from './testing-api.ts';
import type { Faults, WatchFault } from './testing-faults.ts';
import { COLLECTION, FAST, PODS, runHistory } from './testing-history.ts';
import { assertPaced, eventually, LegalHandler, picture } from './testing-oracle.ts';
import type { FakeObject } from './testing-store.ts';

/** What does not end by itself in a test that is about something else. */
const PATIENT = {
  listMs: 5000,
  openMs: 5000,
  idleMs: 5000,
  relistMs: 1e9,
  watchSeconds: [300, 600] as const,
};

describe('a reflector', () => {
  let api: FakeApi;
  let access: Access;
  let reflector: Reflector<FakeObject>;
  let handler: LegalHandler;
  let ends: string[];

  const start = async (options: ReflectorOptions<FakeObject> = {}, of: FakeOptions = {}) => {
    api = await FakeApi.start({ bookmarkMs: 15, secondMs: 1000, ...of });
    access = openAccess(api.url);
    const hooks: ReflectorHooks = { watchEnded: (end) => ends.push(end), ...options.hooks };
    const times = { ...FAST, ...PATIENT, ...options.times };
    reflector = new Reflector(new KubeClient(access, 'test'), PODS, { ...options, hooks, times });
    handler = new LegalHandler();
    reflector.on(handler);
  };
  const put = (name: string, more: object = {}) =>
    api.store.put(COLLECTION, { metadata: { name, namespace: 'n' }, ...more });
  const asked = (kind: string) => api.seen.filter((one) => one.kind === kind);
  const settled = () =>
    eventually(
      () => String(picture(reflector.store.list())) === String(picture(api.store.list(COLLECTION))),
      5000,
      () => 'the store is not as the server is',
    );
  /** The first watch fails so; the next ones don't. */
  const failOnce = (fault: WatchFault) => {
    const faults: (WatchFault | undefined)[] = [fault];
    api.faults = { watch: () => faults.shift() };
  };

  beforeEach(() => {
    ends = [];
  });
  afterEach(async () => {
    await reflector.stop();
    await access.close();
    await api.close();
    assert.deepEqual(handler.wrong, []);
  });

  it('lists in pages, watches from there, and asks for bookmarks and an end', async () => {
    await start({ namespace: 'n', labelSelector: 'app=x' });
    for (let n = 0; n < 7; n++)
      api.store.put(COLLECTION, { metadata: { name: `p${n}`, namespace: 'n', labels: { app: 'x' } } });
    assert.equal(reflector.hasSynced, false);
    reflector.start();
    assert.equal(await reflector.synced(), true);
    assert.equal(reflector.store.size, 7);
    await eventually(
      () => asked('watch').length === 1,
      2000,
      () => 'no watch',
    );
    const [list, watch] = [asked('list')[0]?.url.searchParams, asked('watch')[0]?.url.searchParams];
    assert.equal(list?.toString(), 'labelSelector=app%3Dx&limit=3');
    assert.equal(asked('page').length, 2);
    assert.equal(watch?.get('labelSelector'), 'app=x');
    assert.equal(watch?.get('allowWatchBookmarks'), 'true');
    assert.equal(watch?.get('resourceVersion'), String(api.store.revision));
    const seconds = Number(watch?.get('timeoutSeconds'));
    assert.ok(Number.isInteger(seconds) && seconds >= 300 && seconds <= 600, `${seconds}`);
  });

  it('goes on from a bookmark, so that a quiet resource needs no new list', async () => {
    await start({}, { secondMs: 0.2 });
    reflector.start();
    await reflector.synced();
    const past: number[] = [];
    for (let n = 0; n < 6; n++) {
      past.push(api.store.revision);
      // Others change, and what was a while ago is forgotten.
      api.store.put('/services', { metadata: { name: 's', namespace: 'n' } });
      await sleep(60);
      api.store.compact(past.at(-3) ?? 0);
    }
    put('a');
    await settled();
    assert.ok(asked('watch').length >= 2, 'no watch ended');
    assert.equal(asked('list').length, 1);
  });

  for (const [what, fault, end, lists] of [
    ['a reset', { kind: 'reset', after: 1 }, 'network', 1],
    ['half an event', { kind: 'half', after: 1 }, 'garbage', 1],
    ['a line that is no JSON', { kind: 'garbage', after: 1 }, 'garbage', 1],
    ['a line that is not UTF-8', { kind: 'bad-utf8', after: 1 }, 'garbage', 1],
    ['an event without an object', { kind: 'nonsense', after: 1 }, 'garbage', 1],
    ['an error in the stream', { kind: 'error', after: 1 }, 'overloaded', 1],
    ['a 500', { kind: 'status', code: 500 }, 'overloaded', 1],
    ['a 403', { kind: 'status', code: 403 }, 'refused', 1],
    ['a clean end', { kind: 'close', after: 1 }, 'closed', 1],
    ['a 410 in the stream', { kind: 'expired', after: 1 }, 'expired', 2],
    ['a 410', { kind: 'status', code: 410 }, 'expired', 2],
    ['a 400', { kind: 'status', code: 400 }, 'refused', 2],
    ['an event that came twice', { kind: 'repeat', after: 1 }, 'order', 2],
    ['events in a wrong order', { kind: 'swap', after: 0 }, 'order', 2],
  ] as const) {
    it(`survives ${what}, ${lists === 1 ? 'and watches on from the last event' : 'and lists anew'}`, async () => {
      await start();
      put('before');
      failOnce(fault);
      reflector.start();
      await reflector.synced();
      for (const name of ['a', 'b', 'a']) {
        put(name, { spec: { at: api.store.revision } });
        // Two in one piece for those that need it.
        if (fault.kind !== 'swap') await sleep(5);
      }
      await settled();
      await eventually(
        () => ends.length > 0,
        2000,
        () => 'the watch did not end',
      );
      assert.equal(ends[0], end);
      put('c');
      await settled();
      assert.equal(asked('list').length, lists);
    });
  }

  it('gives up a connection on which nothing comes', async () => {
    await start({ times: { idleMs: 1_500 } });
    failOnce({ kind: 'stall', after: 0 });
    reflector.start();
    await reflector.synced();
    put('a');
    await settled();
    assert.equal(ends[0], 'idle');
    await sleep(2_000);
    assert.deepEqual(ends, ['idle'], 'bookmarks keep a connection alive');
  });

  it('gives up a list that does not come, and one that breaks', async () => {
    await start({ times: { listMs: 1_500 } });
    const faults = (['stall', 'half', 'garbage', 'nonsense', 'reset'] as const).map((kind) => ({ kind }));
    api.faults = { list: () => faults.shift() };
    put('a');
    reflector.start();
    await settled();
    assert.equal(asked('list').length, 6);
  });

  it('lists in one piece when pages expire faster than they come', async () => {
    await start();
    for (let n = 0; n < 9; n++) put(`p${n}`);
    // Each page is too late.
    api.answer = ({ kind }) => (kind === 'page' ? status(410, 'Expired') : undefined);
    reflector.start();
    await settled();
    assert.deepEqual([asked('list').length, asked('page').length], [2, 1]);
    assert.equal(asked('list')[1]?.url.searchParams.has('limit'), false);
  });

  it('is not led in a circle by pages', async () => {
    await start({ times: { perSecond: 1000 } });
    let pages = 0;
    const page = { kind: 'PodList', metadata: { resourceVersion: '5', continue: 'again' }, items: [] };
    api.answer = ({ kind }) => (kind !== 'watch' && pages++ < 10 ? { code: 200, body: page } : undefined);
    put('a');
    reflector.start();
    await settled();
    assert.ok(asked('list').length > 1);
  });

  it('leaves the server alone for as long as it asks', async () => {
    await start();
    let refused = 0;
    api.faults = {
      list: () => (refused++ === 0 ? { kind: 'status', code: 429, retryAfter: '1' } : undefined),
    };
    reflector.start();
    await reflector.synced();
    const [first, second] = asked('list').map(({ at }) => at);
    assert.ok((second ?? 0) - (first ?? 0) > 950, `${second} ${first}`);
  });

  it('never asks more often than its pace, also of a server that ends each watch after an event', async () => {
    const rate = { burst: 5, perSecond: 20, pageCost: 0.25 };
    await start({ times: { ...rate, calmMs: 0 } });
    const faults = ['close', 'expired', 'reset', 'garbage', 'repeat', 'close'] as const;
    let n = 0;
    api.faults = { watch: () => ({ kind: faults[n++ % faults.length] ?? 'close', after: 1 }) };
    const busy = setInterval(() => put(`p${n % 3}`), 3);
    reflector.start();
    await sleep(1500);
    await eventually(
      () => n > 10,
      2000,
      () => `only ${n} watches`,
    );
    clearInterval(busy);
    assertPaced(api.seen, rate, 100);
  });

  it('counts pages too', async () => {
    await start({ times: { burst: 1, perSecond: 10, pageCost: 0.25, pageLimit: 1 } });
    for (let n = 0; n < 40; n++) put(`p${n}`);
    reflector.start();
    await settled();
    const [list, pages] = [asked('list'), asked('page')];
    assert.deepEqual([list.length, pages.length], [1, 39]);
    const ms = (pages.at(-1)?.at ?? 0) - (list[0]?.at ?? 0);
    assert.ok(ms > 900, `40 pages within ${ms} ms`);
  });

  for (const [what, faults] of [
    ['lists that fail', { list: () => ({ kind: 'status', code: 500 }) }],
    ['lists that expire at once', { watch: () => ({ kind: 'status', code: 410 }) }],
    ['lists after events in a wrong order', { watch: () => ({ kind: 'repeat', after: 0 }) }],
  ] satisfies [string, Faults][]) {
    it(`waits longer and longer between ${what}`, async () => {
      await start({ random: () => 1, times: { baseMs: 10, capMs: 200, calmMs: 10_000, perSecond: 1e6 } });
      api.faults = faults;
      reflector.start();
      const busy = setInterval(() => put('a'), 5);
      await sleep(600);
      await eventually(
        () => asked('list').length >= 2,
        2000,
        () => `${asked('list').length} lists`,
      );
      clearInterval(busy);
      const lists = asked('list').map(({ at }) => at);
      // 10, 20, 40 … ms, and then 200 ms each time.
      const most = 7 + ((lists.at(-1) ?? 0) - (lists[0] ?? 0)) / 200;
      assert.ok(lists.length <= most, `${lists.length} lists, at most ${most}`);
    });
  }

  it('lists anew now and then, and finds what no event told', async () => {
    await start({ times: { relistMs: 60 } });
    put('a');
    put('b');
    reflector.start();
    await reflector.synced();
    await eventually(
      () => asked('watch').length > 0,
      2000,
      () => 'no watch',
    );
    // A defect of the server: nobody is told.
    const listeners = [...api.store.listeners];
    api.store.listeners.clear();
    api.store.delete(COLLECTION, 'a', 'n');
    api.store.delete(COLLECTION, 'b', 'n');
    put('b');
    for (const listener of listeners) api.store.listeners.add(listener);
    await settled();
    assert.ok(ends.includes('due'));
    assert.deepEqual(picture(handler.known.values()), picture(api.store.list(COLLECTION)));
  });

  it('believes a server whose state was restored from before', async () => {
    await start();
    const list = (version: string) => ({
      code: 200,
      body: {
        metadata: { resourceVersion: version },
        items: [{ metadata: { name: 'a', namespace: 'n', uid: 'u', resourceVersion: version } }],
      },
    });
    let watches = 0;
    api.answer = ({ kind }) => {
      if (kind !== 'watch') return list(watches === 0 ? '400' : '7');
      return watches++ === 0 ? status(410, 'Expired') : 'silence';
    };
    reflector.start();
    await reflector.synced();
    assert.equal(reflector.store.get('n/a')?.metadata.resourceVersion, '400');
    await eventually(
      () => watches > 1,
      2000,
      () => `${watches} watches`,
    );
    assert.equal(handler.known.get('n/a')?.metadata.resourceVersion, '7');
    assert.equal(asked('watch')[1]?.url.searchParams.get('resourceVersion'), '7');
    assert.match(handler.wrong.join(), /^n\/a@7 went from version 400 back$/);
    handler.wrong.length = 0;
  });

  it('stops the others for no handler, hook or indexer that fails', async () => {
    const errors: unknown[] = [];
    const fail = () => {
      throw new Error('on purpose');
    };
    await start({
      indexers: { bad: fail },
      slim: fail,
      hooks: {
        listed: fail,
        failed: fail,
        handlerFailed: (error) => {
          errors.push(error);
          throw error;
        },
      },
    });
    reflector.on({ add: fail, update: () => Promise.reject(new Error('on purpose')), delete: fail });
    put('a');
    reflector.start();
    await settled();
    put('a');
    api.store.delete(COLLECTION, 'a', 'n');
    put('b');
    await settled();
    assert.deepEqual(picture(handler.known.values()), picture(api.store.list(COLLECTION)));
    assert.ok(errors.length > 5);
  });

  it('tells a handler that comes late of all there is, once', async () => {
    await start();
    for (const name of ['a', 'b', 'c']) put(name);
    const late = new LegalHandler();
    let joined = false;
    // It comes in the middle of the first list's news.
    const join = () => {
      if (!joined) reflector.on(late);
      joined = true;
    };
    reflector.on({ add: join });
    reflector.start();
    await settled();
    put('a');
    await settled();
    assert.deepEqual(late.wrong, []);
    assert.deepEqual(picture(late.known.values()), picture(api.store.list(COLLECTION)));
  });

  it('is silent from the moment it is stopped, in the middle of a list too', async () => {
    await start({ hooks: { watchEnded: () => assert.fail('a hook'), failed: () => assert.fail('a hook') } });
    for (const name of ['a', 'b', 'c']) put(name);
    let calls = 0;
    let stopped: Promise<void> | undefined;
    reflector.on({
      add: () => {
        calls++;
        stopped = reflector.stop();
      },
    });
    reflector.start();
    assert.equal(await reflector.synced(), false);
    await stopped;
    assert.equal(calls, 1);
    reflector.start();
    put('d');
    await sleep(50);
    assert.deepEqual([calls, asked('list').length, api.watching], [1, 1, 0]);
  });

  it('knows since when it has heard nothing', async () => {
    await start({}, { bookmarkMs: 60_000 });
    reflector.start();
    await reflector.synced();
    await sleep(200);
    const before = reflector.lastEventAgeMs;
    assert.ok(before >= 150, `${before}`);
    put('a');
    await settled();
    assert.ok(reflector.lastEventAgeMs < before, `${reflector.lastEventAgeMs}`);
  });

  it('has no namespace that can be none', async () => {
    await start();
    const client = new KubeClient(access, 'test');
    assert.throws(() => new Reflector(client, PODS, { namespace: '../x' }), RangeError);
  });
});

describe('a reflector in histories by chance', () => {
  it('is as the server is once faults end', async () => {
    await Promise.all(
      Array.from({ length: 5 }, async (_, worker) => {
        for (let seed = 1; seed <= 8; seed++) await runHistory(10_000 + worker * 8 + seed);
      }),
    );
  });
});
