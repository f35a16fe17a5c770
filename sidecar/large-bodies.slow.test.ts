import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { fileScope } from '../test/support/output.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { RawUpstream } from '../test/support/raw-upstream.ts';
import { assertRefused } from '../test/support/refused.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

const scope = fileScope();
const MB = 1024 * 1024;
let upstream: RawUpstream;
let sidecar: TestSidecar;
before(async () => {
  upstream = await RawUpstream.start(scope);
  sidecar = await startTestSidecar(scope, { upstream: upstream.url });
});

describe('a body that is too large', () => {
  it('is refused with 50 MB, told so or in chunks, and its sender gets to read why', async (t) => {
    await assertRefused(await sidecar.send(Buffer.alloc(50 * MB, ' ')), 'too_large', /larger than 32 MB/);
    const client = await RawClient.connect(t, sidecar.port);
    await client.send(
      `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${sidecar.port}\r\nx-api-key: ${DUMMY_KEY}\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    for (let n = 0; n < 50; n++)
      await client.send(
        Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MB, ' '), Buffer.from('\r\n')]),
      );
    await client.send('0\r\n\r\n');
    await assertRefused(await client.reply(), 'too_large', /larger than 32 MB/);
    // The connection is still good.
    await client.send(
      `GET /nowhere HTTP/1.1\r\nhost: 127.0.0.1:${sidecar.port}\r\nx-api-key: ${DUMMY_KEY}\r\n\r\n`,
    );
    await assertRefused(await client.reply(), 'unknown_path');
  });

  it('without end is refused while it still comes', async (t) => {
    const client = await RawClient.connect(t, sidecar.port);
    await client.send(
      `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${sidecar.port}\r\nx-api-key: ${DUMMY_KEY}\r\ncontent-length: ${1e12}\r\n\r\n`,
    );
    const before = process.memoryUsage().rss;
    const megabyte = Buffer.alloc(MB, ' ');
    for (let n = 0; n < 300; n++) await client.send(megabyte);
    await assertRefused(await client.reply(), 'too_large', /larger than 32 MB/);
    assert.ok(process.memoryUsage().rss - before < 200 * MB, 'it was kept');
  });

  it('leaves nothing behind: nothing reached the provider, a good call succeeds, the records are consistent', async () => {
    assert.equal(upstream.bytesReceived, 0);
    await sidecar.assertWell();
  });
});
