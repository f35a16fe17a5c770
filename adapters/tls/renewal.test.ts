import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { outputFolder } from '../../test/support/output.ts';
import { RENEWED, SELF_SIGNED, writePair } from '../../test/support/tls.ts';
import { createLog } from '../telemetry/log.ts';
import { TlsRenewal } from './renewal.ts';

async function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const paths = writePair(outputFolder(t), SELF_SIGNED);
  const stream = new PassThrough();
  const lines: string[] = [];
  stream.on('data', (line) => lines.push(String(line)));
  const log = await createLog('info', false, stream);
  const renewal = new TlsRenewal(paths, { minVersion: 'TLSv1.3', log });
  const servers = [createServer(renewal.first), createServer(renewal.first)];
  renewal.renew(...servers);
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => server.close());
  }
  renewal.start(1000);
  t.after(() => renewal.stop());
  const dial = async (n: number, maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3'): Promise<TLSSocket> => {
    const server = servers[n];
    assert.ok(server);
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  };
  const shown = async () =>
    (await Promise.all([dial(0), dial(1)])).map((socket) => socket.getPeerCertificate().fingerprint256);
  return { paths, renewal, dial, shown, lines };
}

const [OLD, NEW] = [SELF_SIGNED, RENEWED].map(({ cert }) => new X509Certificate(cert).fingerprint256);

describe('servers whose certificate is renewed', () => {
  it('show all of them the new one, keep open connections, and take no older protocol than before', async (t) => {
    const { paths, dial, shown, lines } = await start(t);
    assert.deepEqual(await shown(), [OLD, OLD]);
    const open = await dial(0);
    writePair(join(paths.cert, '..'), RENEWED);
    t.mock.timers.tick(3000);
    assert.deepEqual(await shown(), [NEW, NEW]);
    assert.equal(open.destroyed, false);
    await assert.rejects(dial(0, 'TLSv1.2'), /version/i);
    assert.match(lines.join(), /the certificate was read anew/);
  });

  it('keep the one that they have when the new one is broken, and say why', async (t) => {
    const { paths, shown, lines, renewal } = await start(t);
    writeFileSync(paths.key, RENEWED.key);
    t.mock.timers.tick(3000);
    assert.deepEqual(await shown(), [OLD, OLD]);
    assert.match(lines.join(), /"level":50.*stays the one before: .*can't be used for TLS/);
    writeFileSync(paths.cert, RENEWED.cert);
    renewal.reload();
    assert.deepEqual(await shown(), [NEW, NEW]);
  });
});
