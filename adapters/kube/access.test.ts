import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { RENEWED, SELF_SIGNED } from '../../test/support/tls.ts';
import { type Access, inCluster } from './access.ts';
import { KubeClient } from './client.ts';
import { fromKubeconfig } from './kubeconfig.ts';
import { resource } from './object.ts';
import { FakeApi, status } from './testing-api.ts';

const PODS = resource('v1 Pod', 'pods');

describe('access to the API server', () => {
  let folder: string;
  let api: FakeApi;
  const file = (name: string, text: string) => writeFile(join(folder, name), text);
  const env = () => ({
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: new URL(api.url).port,
  });
  const list = (access: Access) => new KubeClient(access, 'test').list(PODS, {});
  const shown = () => api.seen.at(-1)?.headers.authorization;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-kube-'));
    api = await FakeApi.start({ tls: SELF_SIGNED });
  });
  after(async () => {
    await api.close();
    await rm(folder, { recursive: true });
  });

  it('in a pod is read from its files', async () => {
    await file('token', 'one\n');
    await file('ca.crt', SELF_SIGNED.cert);
    await file('namespace', 'team\n');
    const access = await inCluster(env(), folder);
    assert.equal(access.namespace, 'team');
    assert.ok((await list(access)).ok);
    assert.equal(shown(), 'Bearer one');
    await access.close();
  });

  it('reads a renewed token after a while, and at once when the old one is refused', async () => {
    await file('token', 'old');
    const [slow, quick] = [await inCluster(env(), folder), await inCluster(env(), folder, 0)];
    await file('token', 'new');
    await list(slow);
    assert.equal(shown(), 'Bearer old', 'a file for each request');
    await list(quick);
    assert.equal(shown(), 'Bearer new');
    api.answer = ({ headers }) =>
      headers.authorization === 'Bearer new' ? undefined : status(401, 'Unauthorized');
    assert.ok((await list(slow)).ok);

    const before = api.seen.length;
    api.answer = () => status(401, 'Unauthorized');
    const refused = await list(slow);
    api.answer = undefined;
    assert.ok(!refused.ok && refused.error.code === 401);
    assert.equal(api.seen.length - before, 2, 'it is asked once more, not for ever');
    assert.doesNotMatch(JSON.stringify(refused), /new|old/);
    await Promise.all([slow.close(), quick.close()]);
  });

  it('trusts the CA that stands in the file now, and no other', async () => {
    await file('ca.crt', RENEWED.cert);
    const access = await inCluster(env(), folder, 0);
    const wrong = await list(access);
    assert.ok(!wrong.ok && wrong.error.kind === 'network', 'a server of another CA was believed');
    await file('ca.crt', SELF_SIGNED.cert);
    assert.ok((await list(access)).ok);
    await access.close();
  });

  it('says what is missing', async () => {
    await assert.rejects(inCluster({}, folder), /this is not a pod.*kubeconfig/);
    await assert.rejects(inCluster(env(), join(folder, 'nowhere')), /ENOENT.*nowhere/);
    const access = await inCluster(env(), folder, 0);
    await file('token', '');
    const answer = await list(access);
    await file('token', 'one');
    assert.ok(!answer.ok && answer.error.kind === 'credentials');
    assert.match(answer.error.message, /token is empty/);
    await access.close();
  });

  it('is read from a kubeconfig, and its connections are used again', async () => {
    const config = (context: string) => ({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': context,
      clusters: [
        { name: 'c', cluster: { server: api.url, 'certificate-authority-data': btoa(SELF_SIGNED.cert) } },
      ],
      users: [{ name: 'u', user: { token: 'of-user' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'mine' } }],
    });
    await file('config', JSON.stringify(config('x')));
    const access = await fromKubeconfig(join(folder, 'config'));
    assert.equal(access.namespace, 'mine');
    const before = api.opened;
    for (let n = 0; n < 10; n++) assert.ok((await list(access)).ok);
    assert.equal(shown(), 'Bearer of-user');
    assert.ok(api.opened - before <= 2, `${api.opened - before} connections`);
    await access.close();

    await file('broken', JSON.stringify(config('y')));
    await assert.rejects(fromKubeconfig(join(folder, 'broken')), /context "y" names no cluster; it knows x/);
  });
});
