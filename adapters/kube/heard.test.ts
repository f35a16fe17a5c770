/** Since when nothing was heard of the server: resources on which nothing happens, and servers that are away. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
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
      times: { idleMs: 200, openMs: 300, baseMs: 400, capMs: 5_000, burst: 1_000, perSecond: 1_000 },
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
    const until = performance.now() + 1_500;
    let oldest = 0;
    while (performance.now() < until) {
      oldest = Math.max(oldest, reflector.lastEventAgeMs);
      await sleep(5);
    }
    assert.ok(oldest >= 150 && oldest < 450, `${oldest} ms`);
    assert.ok(ends.length >= 4, ends.join());
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
    for (const away of ['reset', status(403, 'Forbidden'), status(500, 'InternalError')] as const) {
      failures.length = 0;
      api.answer = () => away;
      await grows(1_000);
      assert.ok(failures.length > 0);
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
    assert.ok(failures.length > 0);
  });
});
