/** What is minted, as others see it: Node's TLS, which is OpenSSL. */
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { connect, createServer } from 'node:tls';
import { TIMES } from './decide.ts';
import { type Minted, mintAuthority, mintLeaf } from './mint.ts';

const NAMES = [
  'tollgate-control',
  'tollgate-control.tollgate-system',
  `tollgate-control.${'n'.repeat(63)}.svc`,
];
const held = ({ cert, key }: Minted) => ({
  certificate: new X509Certificate(cert),
  key: createPrivateKey(key),
});

/** @returns why the handshake fails */
async function handshake(
  t: TestContext,
  leaf: Minted,
  ca: string,
  servername: string,
): Promise<string | undefined> {
  const server = createServer(leaf).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  server.on('tlsClientError', () => undefined);
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ca, servername });
  t.after(() => socket.destroy());
  return Promise.race([
    once(socket, 'secureConnect').then(() => undefined),
    once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code),
  ]).catch((error: NodeJS.ErrnoException) => error.code);
}

describe('a minted certificate', () => {
  it('is trusted by those who trust its authority, for its names, and by nobody else', async (t) => {
    const now = Date.now();
    const [one, other] = [await mintAuthority(now, TIMES), await mintAuthority(now, TIMES)];
    const leaf = await mintLeaf(held(one), NAMES, now, TIMES);
    for (const name of NAMES) assert.equal(await handshake(t, leaf, one.cert, name), undefined, name);
    assert.equal(await handshake(t, leaf, other.cert + one.cert, NAMES[0] ?? ''), undefined);
    assert.equal(await handshake(t, leaf, one.cert, 'tollgate-gateway'), 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(await handshake(t, leaf, other.cert, NAMES[0] ?? ''), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    assert.equal(await handshake(t, leaf, leaf.cert, NAMES[0] ?? ''), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('is on P-256, valid for clocks that are behind, and outlives neither its time nor its authority', async () => {
    const now = Date.UTC(2026, 5, 1);
    const authority = held(await mintAuthority(now, TIMES));
    const { certificate } = held(await mintLeaf(authority, NAMES, now, TIMES));
    const hour = 3_600_000;
    for (const [one, until] of [
      [authority.certificate, now + 3650 * 24 * hour],
      [certificate, now + 90 * 24 * hour],
    ] as const) {
      assert.equal(one.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
      assert.deepEqual([one.validFromDate.getTime(), one.validToDate.getTime()], [now - hour, until]);
      assert.match(one.serialNumber, /^[4-7][0-9A-F]{31}$/);
    }
    assert.deepEqual([authority.certificate.ca, certificate.ca], [true, false]);
    const late = authority.certificate.validToDate.getTime() - hour;
    const { certificate: short } = held(await mintLeaf(authority, NAMES, late, TIMES));
    assert.equal(short.validTo, authority.certificate.validTo);
  });

  it('has an authority with a name and a number of its own', async () => {
    const made = await Promise.all([1, 2].map(async () => held(await mintAuthority(0, TIMES)).certificate));
    assert.equal(new Set(made.map(({ subject }) => subject)).size, 2);
    assert.equal(new Set(made.map(({ serialNumber }) => serialNumber)).size, 2);
  });
});
