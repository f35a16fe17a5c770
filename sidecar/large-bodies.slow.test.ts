import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, describe, it } from 'node:test';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { fileScope } from '../test/support/output.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { head, jsonReply, MESSAGE, RawUpstream } from '../test/support/raw-upstream.ts';
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

describe('a reply that is too large', () => {
  it('is not kept: the provider is hung up on, the agent told, the call charged', async (t) => {
    const megabyte = Buffer.alloc(MB, ' ');
    let sent = 0;
    const endless = await RawUpstream.start(t, async (_request, socket) => {
      socket.write(head(200, { 'content-type': 'application/json', 'content-length': String(1e12) }));
      for (sent = 0; sent < 300 && !socket.destroyed; sent++) {
        if (!socket.write(megabyte)) await once(socket, 'drain').catch(() => undefined);
      }
    });
    const other = await startTestSidecar(t, { upstream: endless.url });
    const before = process.memoryUsage().rss;
    await assertRefused(await other.ask('hi'), 'upstream_garbage', /larger than 64 MB/);
    await endless.allClosed();
    assert.ok(sent < 100, `${sent} MB were taken`);
    assert.ok(process.memoryUsage().rss - before < 200 * MB, 'it was kept');
    const { outcome, code } = await other.closed(1);
    assert.deepEqual([outcome, code], ['charged', 'upstream_garbage']);
    endless.script = () => jsonReply(MESSAGE);
    await other.assertWell();
  });
});
