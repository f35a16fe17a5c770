/** Since when nothing was heard of the server: resources on which nothing happens, and servers that are away. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_MS } from '../../test/support/hang.ts';
import { openAccess } from './access.ts';
import { KubeClient } from './client.ts';
import { type KubeObject, resource } from './object.ts';
import { Reflector } from './reflector.ts';
import { FakeApi, status } from './testing-api.ts';
import { eventually } from './testing-oracle.ts';

const PODS = resource<KubeObject>('v1 Pod', 'pods');

describe('a resource on which nothing happens', () => {
  let api: FakeApi;
  let reflector: Reflector<KubeObject>;
  let close: () => Promise<void>;
  let failures: string[];
  let ends: string[];

  beforeEach(async () => {
    // A server that has had no event of a resource sends no bookmarks of it either.
    api = await FakeApi.start({ bookmarkMs: 2 ** 30 });
    const access = openAccess(api.url);
    failures = [];
    ends = [];
    reflector = new Reflector(new KubeClient(access, 'test'), PODS, {
      times: { idleMs: 200, openMs: 5_000, baseMs: 400, capMs: 5_000, burst: 1_000, perSecond: 1_000 },
      hooks: {
        failed: ({ message }) => failures.push(message),
        watchEnded: (end) => ends.push(end),
      },
    });
    close = async () => {
      await reflector.stop();
      await access.close();
      await api.close();
    };
    reflector.start();
    await reflector.synced();
  });
  afterEach(() => close());

  it('is heard of whenever the server takes its watch, without a pause, a failure or a new list', async () => {
    const watches = () => api.seen.filter(({ kind }) => kind === 'watch').map(({ at }) => at);
    const gaps = () => watches().flatMap((at, n, all) => (n === 0 ? [] : [at - (all[n - 1] ?? 0)]));
    let oldest = 0;
    // The machine may stand still between two watches, though not between all of them.
    const isThere = () => ends.length >= 4 && gaps().some((ms) => ms < 450);
    for (const deadline = performance.now() + HANG_MS; !isThere(); await sleep(5)) {
      assert.ok(performance.now() < deadline, `ends ${ends.join()}, ${gaps()} ms between watches`);
      const age = reflector.lastEventAgeMs;
      oldest = Math.max(oldest, age);
      // The last watch may not be answered yet; the one before it is.
      const since = watches().at(-2);
      assert.ok(since === undefined || age <= performance.now() - since + 1, `${age} ms`);
    }
    assert.ok(oldest >= 150, `${oldest} ms`);
    assert.deepEqual([new Set(ends), failures], [new Set(['idle']), []]);
    assert.equal(api.seen.filter(({ kind }) => kind === 'list').length, 1);
  });

  it('is not heard of while the server takes no watch, and that is a failure', async () => {
    const grows = (ms: number) =>
      eventually(
        () => reflector.lastEventAgeMs > ms,
        3_000,
        () => `${reflector.lastEventAgeMs} ms`,
      );
    const fails = () =>
      eventually(
        () => failures.length > 0,
        3_000,
        () => 'it is no failure',
      );
    for (const away of ['reset', status(403, 'Forbidden'), status(500, 'InternalError')] as const) {
      failures.length = 0;
      api.answer = () => away;
      await grows(1_000);
      await fails();
      api.answer = undefined;
      await eventually(
        () => reflector.lastEventAgeMs < 200,
        8_000,
        () => `${reflector.lastEventAgeMs} ms`,
      );
    }
    failures.length = 0;
    api.answer = () => 'silence';
    await grows(1_000);
    await fails();
  });
});
