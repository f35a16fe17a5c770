import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Access, openAccess } from './access.ts';
import { KubeClient } from './client.ts';
import { collect } from './collect.ts';
import { Reflector } from './reflector.ts';
import { FakeApi } from './testing-api.ts';
import { COLLECTION, FAST, PODS } from './testing-history.ts';
import type { FakeObject } from './testing-store.ts';

const LONG = 'x'.repeat(1_200_000);

describe('pages that are too long', { timeout: 60_000 }, () => {
  let api: FakeApi;
  let access: Access;
  let client: KubeClient;

  beforeEach(async () => {
    api = await FakeApi.start();
    access = openAccess(api.url);
    client = new KubeClient(access, 'test');
  });
  afterEach(async () => {
    await access.close();
    await api.close();
  });

  const put = (name: string, note: string) =>
    api.store.put(COLLECTION, { metadata: { name, namespace: 'n', annotations: { note } } });
  const slim = ({ metadata: { name, uid, resourceVersion } }: FakeObject): FakeObject => ({
    metadata: { name, uid, resourceVersion },
  });

  it('are asked for again with half as many objects, so that anybody’s long ones are read too', async () => {
    // Together they are longer than any answer may be, and so are any sixteen of them.
    for (let n = 0; n < 40; n++) put(`long-${String(n).padStart(2, '0')}`, LONG);
    for (let n = 0; n < 200; n++) put(`short-${n}`, '');
    const turns: boolean[] = [];
    const paging = {
      limit: 500,
      turn: async (first: boolean) => void turns.push(first),
      keep: slim,
    };
    const all = await collect(client, PODS, {}, paging, { timeoutMs: 60_000 });
    assert.ok(all.ok, JSON.stringify(all));
    assert.equal(all.value.objects.size, 240);
    const limits = api.seen.map(({ url }) => Number(url.searchParams.get('limit')));
    assert.deepEqual(limits.slice(0, 7), [500, 250, 125, 63, 32, 16, 8]);
    assert.ok(limits.length < 30, limits.join());
    assert.ok(Math.max(...limits.slice(7)) > 16, `short ones come in long pages again: ${limits}`);
    assert.deepEqual(
      turns.map((first, n) => first === (n === 0)),
      limits.map(() => true),
    );
  });

  it('do not keep a reflector from starting', async () => {
    for (let n = 0; n < 20; n++) put(`long-${n}`, LONG);
    const reflector = new Reflector(client, PODS, {
      slim,
      times: { ...FAST, pageLimit: 500, listMs: 60_000 },
    });
    reflector.start();
    try {
      assert.equal(await reflector.synced(), true);
      assert.equal(reflector.store.size, 20);
    } finally {
      await reflector.stop();
    }
  });

  it('of one object alone are an error', async () => {
    put('too-long', 'x'.repeat(17_000_000));
    const paging = { limit: 3, turn: async () => undefined, keep: slim };
    const answer = await collect(client, PODS, {}, paging, { timeoutMs: 60_000 });
    assert.ok(!answer.ok);
    assert.match(answer.error.message, /list pods: the answer is longer than 16777216 bytes/);
    assert.deepEqual(
      api.seen.map(({ url }) => url.searchParams.get('limit')),
      ['3', '2', '1'],
    );
  });
});
