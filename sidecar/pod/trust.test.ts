import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createLog } from '../../adapters/telemetry/log.ts';
import { outputFolder } from '../../test/support/output.ts';
import { SELF_SIGNED } from '../../test/support/tls.ts';
import { believeExtra } from './trust.ts';

const LOOK_MS = 10;
const PUBLIC = getCACertificates('default');

async function start(t: TestContext) {
  const server = createServer(SELF_SIGNED, (socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const file = join(outputFolder(t), 'extra.crt');
  const log = await createLog('silent');
  let stop = () => {};
  t.after(() => {
    stop();
    setDefaultCACertificates(PUBLIC);
    server.close();
  });
  return {
    file,
    begin: () => {
      stop = believeExtra(file, log, LOOK_MS);
    },
    said: () => saidTo(port),
    /** Within five seconds. */
    comesTo: async (wanted: string) => {
      for (let tries = 0; tries < 1_200 && (await saidTo(port)) !== wanted; tries++) await sleep(50);
      assert.equal(await saidTo(port), wanted);
    },
  };
}

/** @returns `believed`, or why not */
function saidTo(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost' }, () => {
      resolve('believed');
      socket.destroy();
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

const NOT = 'DEPTH_ZERO_SELF_SIGNED_CERT';

describe('certificates that the installation believes beside the public ones', () => {
  it('are believed from the start, and until they are taken away', async (t) => {
    const { file, begin, said, comesTo } = await start(t);
    assert.equal(await said(), NOT);
    writeFileSync(file, SELF_SIGNED.cert);
    begin();
    assert.equal(await said(), 'believed');
    rmSync(file);
    await comesTo(NOT);
  });

  it('are believed where they come while it runs', async (t) => {
    const { file, begin, said, comesTo } = await start(t);
    begin();
    assert.equal(await said(), NOT);
    writeFileSync(file, `# ours\n${SELF_SIGNED.cert}\n`);
    await comesTo('believed');
  });

  it('stay as they were where what comes can not be used', async (t) => {
    const { file, begin, said } = await start(t);
    writeFileSync(file, SELF_SIGNED.cert);
    begin();
    for (const text of ['nothing', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
      writeFileSync(file, text);
      await sleep(20 * LOOK_MS);
      assert.equal(await said(), 'believed', text);
    }
  });
});
