import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Access, openAccess } from '../adapters/kube/access.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import { FakeApi } from '../adapters/kube/testing-api.ts';
import { eventually } from '../adapters/kube/testing-oracle.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import { Credentials } from './credentials.ts';

const NAMESPACE = 'tollgate-system';

describe('keys of Providers', { timeout: 300_000 }, () => {
  let api: FakeApi;
  let access: Access;
  let credentials: Credentials;
  let changes: number;
  /** Names of Secrets that there is no right to. */
  let forbidden: Set<string>;

  beforeEach(async () => {
    api = await FakeApi.start();
    access = openAccess(api.url);
    forbidden = new Set();
    changes = 0;
    api.answer = ({ url }) => {
      const name = /metadata\.name=([^,]+)/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1];
      if (!url.pathname.endsWith('/secrets') || (name !== undefined && !forbidden.has(name)))
        return undefined;
      return {
        code: 403,
        body: { kind: 'Status', status: 'Failure', code: 403, reason: 'Forbidden', message: 'no' },
      };
    };
    credentials = new Credentials({
      client: new KubeClient(access, 'test'),
      namespace: NAMESPACE,
      hooks: {},
      onChange: () => void changes++,
    });
  });
  afterEach(async () => {
    await credentials.stop();
    await access.close();
    await api.close();
  });

  const secret = (name: string, text: string, labels: object = { 'tollgate.dev/credential': 'true' }) =>
    api.store.put('/secrets', {
      metadata: { name, namespace: NAMESPACE, labels },
      data: { key: Buffer.from(text).toString('base64') },
    } as never);
  const provider = (name: string, of: string, key = 'key') =>
    ({ name, auth: { type: 'key', secretRef: { name: of, key } } }) as ProviderSpec;
  const keys = (...providers: ProviderSpec[]) => credentials.of(providers);

  it('are read of the Secrets that are named, one by one, and of no other', async () => {
    secret('one', 'sk-1\n');
    secret('two', 'sk-2');
    credentials.watch(['one']);
    await credentials.synced(10_000);
    assert.deepEqual(keys(provider('a', 'one'), provider('b', 'two')), { a: 'sk-1' });
    assert.deepEqual(keys(provider('a', 'one', 'other')), {});
    const asked = api.seen.filter(({ url }) => url.pathname.endsWith('/secrets'));
    assert.ok(asked.length > 0);
    for (const { url } of asked) {
      assert.equal(url.searchParams.get('fieldSelector'), 'metadata.name=one');
      assert.equal(url.searchParams.get('labelSelector'), 'tollgate.dev/credential=true');
    }
  });

  it('are not read of a Secret without the label', async () => {
    secret('one', 'sk-1', {});
    credentials.watch(['one']);
    await credentials.synced(10_000);
    assert.deepEqual(keys(provider('a', 'one')), {});
  });

  it('follow what is named and what is written', async () => {
    secret('one', 'sk-1');
    credentials.watch(['one']);
    await credentials.synced(10_000);
    const before = changes;
    secret('one', 'sk-new');
    const holds = (text: string) => eventually(() => keys(provider('a', 'one')).a === text, 10_000, String);
    await holds('sk-new');
    assert.ok(changes > before);
    credentials.watch(['two']);
    assert.deepEqual(keys(provider('a', 'one')), {});
    credentials.watch(['one', 'two']);
    await holds('sk-new');
  });

  it('come when the right to them comes, and are not waited for without end', async () => {
    secret('one', 'sk-1');
    secret('two', 'sk-2');
    forbidden.add('two');
    credentials.watch(['one', 'two']);
    await credentials.synced(500);
    const both = () => keys(provider('a', 'one'), provider('b', 'two'));
    assert.deepEqual(both(), { a: 'sk-1' });
    forbidden.delete('two');
    await eventually(
      () => both().b === 'sk-2',
      20_000,
      () => JSON.stringify(both()),
    );
  });
});
