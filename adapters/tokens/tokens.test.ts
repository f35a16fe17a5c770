import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { UnsecuredJWT } from 'jose';
import { EGRESS_AUDIENCE } from '../../core/egress/names.ts';
import { atEnd, outputFolder } from '../../test/support/output.ts';
import { SELF_SIGNED } from '../../test/support/tls.ts';
import { KeySet } from './keys.ts';
import { claimsOf, ISSUER, POD, TestCluster } from './testing-tokens.ts';
import { readToken } from './tokens.ts';

const FOR = { issuer: ISSUER, audience: EGRESS_AUDIENCE };

async function start(t: TestContext, alg?: string) {
  const cluster = await TestCluster.create(alg);
  const file = join(outputFolder(t), 'jwks.json');
  writeFileSync(file, cluster.jwks());
  const errors: string[] = [];
  const keys = new KeySet({ file }, ({ message }) => errors.push(message));
  await keys.refresh();
  return { cluster, file, keys, errors };
}

async function why(token: string, keys: KeySet): Promise<string> {
  const read = await readToken(token, keys, FOR);
  if ('caller' in read) return 'good';
  return 'invalid' in read ? read.invalid : 'unavailable';
}

describe('a token', () => {
  it('says which pod calls', async (t) => {
    for (const alg of ['ES256', 'RS256', 'ES384']) {
      const { cluster, keys } = await start(t, alg);
      assert.deepEqual(await readToken(await cluster.token(), keys, FOR), { caller: POD });
      assert.equal(await why(await cluster.token({ aud: EGRESS_AUDIENCE }), keys), 'good');
    }
  });

  it('is good for its time, its issuer and its audience alone', async (t) => {
    const { cluster, keys } = await start(t);
    const now = Math.floor(Date.now() / 1000);
    for (const [change, says] of [
      [{ exp: now - 10 }, 'it has expired'],
      [{ exp: undefined }, 'it has no exp'],
      [{ nbf: now + 60 }, 'it is not good yet'],
      [{ nbf: undefined }, 'it has no nbf'],
      [{ iat: undefined }, 'it has no iat'],
      [{ exp: 'never' }, 'its exp is not good'],
      [{ iss: 'https://other.example' }, 'another issuer made it'],
      [{ iss: undefined }, 'it has no iss'],
      [{ aud: 'tollgate-control' }, `it is for another audience than ${EGRESS_AUDIENCE}`],
      [{ aud: [] }, `it is for another audience than ${EGRESS_AUDIENCE}`],
      [{ aud: undefined }, 'it has no aud'],
      [{ aud: [EGRESS_AUDIENCE, 'https://kubernetes.default.svc'] }, 'it has other audiences too'],
    ] as const)
      assert.equal(await why(await cluster.token(change), keys), says, JSON.stringify(change));
  });

  it('has to be bound to a pod, and to the ServiceAccount that it names', async (t) => {
    const { cluster, keys } = await start(t);
    const bound = claimsOf(POD)['kubernetes.io'] as Record<string, unknown>;
    for (const claims of [
      undefined,
      'x',
      {},
      { ...bound, pod: undefined },
      { ...bound, pod: { name: POD.name } },
      { ...bound, pod: { name: POD.name, uid: '' } },
      { ...bound, pod: { name: 5, uid: POD.uid } },
      { ...bound, serviceaccount: undefined },
      { ...bound, namespace: ['agents'] },
    ])
      assert.equal(
        await why(await cluster.token({ 'kubernetes.io': claims }), keys),
        'it is not bound to a pod',
      );
    for (const sub of ['system:serviceaccount:agents:other', 'system:serviceaccount:other:runner', 'admin'])
      assert.equal(await why(await cluster.token({ sub }), keys), 'its subject is another ServiceAccount');
  });

  it('is signed by the cluster, in a way in which clusters sign', async (t) => {
    const { cluster, keys } = await start(t);
    const token = await cluster.token();
    const [header = '', payload = '', signature = ''] = token.split('.');
    const other = await TestCluster.create();
    const claims = claimsOf({ ...POD, uid: 'other' });
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    assert.equal(await why(`${header}.${changed}.${signature}`, keys), 'its signature is wrong');
    assert.equal(await why(`${header}.${payload}.`, keys), 'its signature is wrong');
    assert.equal(await why(await other.token(), keys), "none of the cluster's keys signed it");
    const kid = JSON.parse(Buffer.from(header, 'base64url').toString()).kid;
    assert.equal(await why(await other.token({}, { kid }), keys), 'its signature is wrong');
    assert.equal(
      await why(await cluster.token({}, { kid: undefined }), keys),
      "none of the cluster's keys signed it",
    );
    assert.match(await why(new UnsecuredJWT(claims).encode(), keys), /another way than clusters sign/);
    for (const text of ['', 'x', 'a.b.c', `${token}.x`, `${token}.x.y`, 'x'.repeat(9_000)])
      assert.match(await why(text, keys), /no signed|too long/);
    // A public key is no secret: with it anybody could make an HMAC.
    const hmac = Buffer.from(JSON.stringify({ alg: 'HS256', kid })).toString('base64url');
    assert.match(await why(`${hmac}.${payload}.${signature}`, keys), /another way than clusters sign/);
  });

  it('never stands in what is said of it', async (t) => {
    const { cluster, keys } = await start(t);
    const token = await cluster.token({ exp: 1 });
    const said = await why(token, keys);
    for (const part of token.split('.')) assert.ok(!said.includes(part));
  });
});

describe('the keys of a cluster', () => {
  it('are read anew, once, when a token names one that is not known', async (t) => {
    t.mock.method(performance, 'now');
    const { cluster, file, keys } = await start(t);
    let now = 1e6;
    (
      performance.now as unknown as { mock: { mockImplementation(f: () => number): void } }
    ).mock.mockImplementation(() => now);
    await keys.refresh();
    const old = await cluster.token();
    await cluster.addKey();
    writeFileSync(file, cluster.jwks());
    const token = await cluster.token();
    // It was read just now: whoever sends unknown ids must not make it read each time.
    assert.equal(await why(token, keys), "none of the cluster's keys signed it");
    now += 10_001;
    assert.deepEqual(await Promise.all([why(token, keys), why(token, keys), why(old, keys)]), [
      'good',
      'good',
      'good',
    ]);
  });

  it('that are not there give no answer at all, and the last ones stay when they can not be read', async (t) => {
    const { cluster, file, keys, errors } = await start(t);
    const token = await cluster.token();
    for (const text of ['', '{}', '{"keys":[]}', '{"keys":5}', '<html>']) {
      writeFileSync(file, text);
      const said = errors.length;
      await keys.refresh();
      assert.equal(errors.length, said + 1, text);
      assert.equal(await why(token, keys), 'good');
    }
    const none = new KeySet({ file }, () => undefined);
    await none.refresh();
    assert.equal(none.ready, false);
    assert.equal(await why(token, none), 'unavailable');
  });

  it('are asked for again soon by who has none, as nobody sends tokens to who is not ready', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const cluster = await TestCluster.create();
    const file = join(outputFolder(t), 'late.json');
    let failed = 0;
    const keys = new KeySet({ file }, () => void failed++);
    await keys.refresh();
    keys.start(300_000);
    atEnd(t, () => keys.stop());
    t.mock.timers.tick(2_000);
    await new Promise(setImmediate);
    assert.deepEqual([keys.ready, failed], [false, 2]);
    writeFileSync(file, cluster.jwks());
    t.mock.timers.tick(2_000);
    await new Promise(setImmediate);
    assert.equal(keys.ready, true);
    writeFileSync(file, '');
    t.mock.timers.tick(60_000);
    await new Promise(setImmediate);
    assert.equal(failed, 2, 'those that have some are not asked for all the time');
  });

  it('come from the API server too, by its CA and with a token of ours', async (t) => {
    const cluster = await TestCluster.create();
    const folder = outputFolder(t);
    const asked: (string | undefined)[] = [];
    let answer: [number, string, Record<string, string>?] = [200, cluster.jwks()];
    const server = createServer(SELF_SIGNED, ({ headers }, response) => {
      asked.push(headers.authorization);
      response.writeHead(answer[0], answer[2]).end(answer[1]);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    atEnd(t, () => server.closeAllConnections());
    atEnd(t, () => server.close());
    const [ca, tokenFile] = [join(folder, 'ca.crt'), join(folder, 'token')];
    writeFileSync(ca, SELF_SIGNED.cert);
    writeFileSync(tokenFile, 'mine\n');
    const errors: string[] = [];
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/openid/v1/jwks`;
    const keys = new KeySet({ url, ca, tokenFile }, ({ message }) => errors.push(message));
    await keys.refresh();
    assert.deepEqual([asked, errors, keys.ready], [['Bearer mine'], [], true]);
    assert.equal(await why(await cluster.token(), keys), 'good');
    for (const [next, says] of [
      [[403, cluster.jwks()], /status 403/],
      [[302, '', { location: url }], /status 302/],
      [[200, `{"keys":"${'x'.repeat(300_000)}"}`], /more than 262144 bytes/],
    ] as const) {
      answer = [...next] as typeof answer;
      await keys.refresh();
      assert.match(errors.at(-1) ?? '', says);
    }
    const other = await TestCluster.create();
    assert.match(await why(await other.token(), keys), /none of the cluster/);
    const { RENEWED } = await import('../../test/support/tls.ts');
    writeFileSync(ca, RENEWED.cert);
    answer = [200, other.jwks()];
    await keys.refresh();
    assert.match(errors.at(-1) ?? '', /certificate|self-signed/);
    assert.match(await why(await other.token(), keys), /none of the cluster/);
  });
});
