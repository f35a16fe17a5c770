/** `serve` over TLS, with certificates that are renewed while it runs. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { startTestGateway, type TestGateway, TestKeys } from '../test/support/gateway.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { outputFolder } from '../test/support/output.ts';
import { assertConsistent } from '../test/support/records.ts';
import { question } from '../test/support/sidecar.ts';
import { RENEWED, SELF_SIGNED, writePair } from '../test/support/tls.ts';

const fingerprintOf = ({ cert }: { cert: string }) => new X509Certificate(cert).fingerprint256;
const OLD = fingerprintOf(SELF_SIGNED);
const NEW = fingerprintOf(RENEWED);

async function start(t: TestContext, policies = 20, requestHead = 10_000) {
  const paths = writePair(outputFolder(t), SELF_SIGNED);
  const times = { policies, requestHead };
  const gateway = await startTestGateway(t, { gateway: { tls: paths }, times });
  return { gateway, paths, keys: new TestKeys(gateway.state) };
}

/** @returns which certificate a new connection is shown */
async function shown({ port }: TestGateway): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

async function until(gateway: TestGateway, certificate: string): Promise<void> {
  const deadline = Date.now() + HANG_MS;
  while ((await shown(gateway)) !== certificate) {
    assert.ok(Date.now() < deadline, 'the certificate is still another one');
    await sleep(10);
  }
}

/** @returns status, and the text of a whole reply */
async function post(
  gateway: TestGateway,
  token: string,
  text: string,
  stream = false,
): Promise<[number, string]> {
  const asked = request(`${gateway.url}/v1/messages`, {
    method: 'POST',
    rejectUnauthorized: false,
    agent: false,
    headers: { 'x-api-key': token, 'content-type': 'application/json' },
  });
  asked.end(JSON.stringify(question(text, { stream })));
  const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  let all = '';
  for await (const chunk of response) all += chunk;
  return [response.statusCode ?? 0, all];
}

describe('a gateway with TLS', { concurrency: true, timeout: 300_000 }, () => {
  it('answers over it, in the same way', async (t) => {
    const { gateway, keys } = await start(t);
    assert.match(gateway.url, /^https:/);
    const token = await keys.create('one');
    const [status, text] = await post(gateway, token, '/say hi');
    assert.deepEqual([status, /\[rehearsal\] hi/.test(text)], [200, true]);
    assert.match((await post(gateway, token, '/say hi', true))[1], /message_stop/);
    assert.equal((await post(gateway, 'tg_', '/say hi'))[0], 401);
    await gateway.stop();
    assert.equal(assertConsistent(gateway.state).leases.length, 2);
  });

  it('gives no answer to who speaks no TLS, and goes on', async (t) => {
    const { gateway } = await start(t, 20, 2_000);
    for (const bytes of ['GET / HTTP/1.1\r\nhost: x\r\n\r\n', '\0\0\0\0', '\x16\x03\x01\x00\x05hello']) {
      const socket = connectPlain(gateway.port, '127.0.0.1');
      let got = '';
      socket.on('data', (chunk) => {
        got += chunk.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.write(bytes);
      await once(socket, 'close');
      assert.doesNotMatch(got, /HTTP|tollgate/);
    }
    assert.equal(await shown(gateway), OLD);
    assert.deepEqual(
      gateway.logs().filter(({ level }) => level >= 50),
      [],
    );
  });

  it('shows a renewed certificate to new connections, and leaves running ones alone', async (t) => {
    const { gateway, paths, keys } = await start(t);
    const token = await keys.create('one');
    assert.equal(await shown(gateway), OLD);
    const running = post(gateway, token, '/pace 40\n/chunk 8\n/say this goes on while it is renewed', true);
    await gateway.recorded(({ opened }) => opened.length === 1);
    writePair(join(paths.cert, '..'), RENEWED);
    await until(gateway, NEW);
    assert.match((await running)[1], /message_stop/);
    await gateway.said(/^the certificate was read anew$/);
    assert.equal((await post(gateway, token, '/say hi'))[0], 200);
  });

  it('sees it through the links by which Kubernetes swaps a Secret', async (t) => {
    const { symlinkSync } = await import('node:fs');
    const folder = outputFolder(t);
    writePair(join(folder, '..1'), SELF_SIGNED);
    writePair(join(folder, '..2'), RENEWED);
    symlinkSync('..1', join(folder, '..data'));
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(folder, name));
    const tls = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
    const gateway = await startTestGateway(t, { gateway: { tls }, times: { policies: 20 } });
    assert.equal(await shown(gateway), OLD);
    symlinkSync('..2', join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
    await until(gateway, NEW);
  });

  it('keeps the certificate that it has when the files are broken, do not fit, or are gone, and says why', async (t) => {
    const { gateway, paths } = await start(t);
    const cases: [change: () => void, says: RegExp][] = [
      [() => writeFileSync(paths.cert, 'no certificate'), /stays the one before: .*can't be used for TLS/],
      [() => writeFileSync(paths.cert, RENEWED.cert), /can't be used for TLS \(.*key.*mismatch/],
      [() => rmSync(paths.key), /tls\.key can't be read \(ENOENT\)/],
    ];
    for (const [change, says] of cases) {
      const before = gateway.logs().length;
      change();
      assert.match((await gateway.said(/certificate/, before)).msg, says);
      assert.equal(await shown(gateway), OLD);
    }
    writeFileSync(paths.key, RENEWED.key);
    await until(gateway, NEW);
  });

  it('reads them at once when asked', async (t) => {
    const { gateway, paths } = await start(t, 1e6);
    writePair(join(paths.cert, '..'), RENEWED);
    await sleep(50);
    assert.equal(await shown(gateway), OLD);
    gateway.gateway.reload();
    assert.equal(await shown(gateway), NEW);
  });
});
