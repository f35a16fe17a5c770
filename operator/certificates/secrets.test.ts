import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openAccess } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { FakeApi } from '../../adapters/kube/testing-api.ts';
import { dataOf, SECRETS, writeSecret } from './secrets.ts';

describe('a Secret', () => {
  it('is written key by key, and only if it is still what was read', async (t) => {
    const api = await FakeApi.start();
    const access = openAccess(api.url);
    t.after(() => Promise.all([access.close(), api.close()]));
    const client = new KubeClient(access, 'test');
    const place = { namespace: 'ns', name: 'tls' };
    api.store.put('/secrets', { metadata: place, data: { a: btoa('1'), b: btoa('2') } });
    const read = await client.get(SECRETS, place);
    assert.ok(read.ok);
    const { signal } = new AbortController();
    const written = await writeSecret(client, read.value, { b: null, c: 'ü' }, signal);
    assert.ok(written.ok);
    assert.deepEqual(dataOf(written.value), { a: '1', c: 'ü' });
    const late = await writeSecret(client, read.value, { a: 'late' }, signal);
    assert.ok(!late.ok && late.error.code === 409);
    api.store.delete('/secrets', 'tls', 'ns');
    const gone = await writeSecret(client, written.value, { a: 'gone' }, signal);
    assert.ok(!gone.ok && gone.error.code === 404);
    assert.equal(api.store.get('/secrets', 'tls', 'ns'), undefined);
  });
});
