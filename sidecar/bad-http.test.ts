import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { fileScope } from '../test/support/output.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { chunk, RawUpstream, SSE_HEAD, sseEnd, sseStart, sseText } from '../test/support/raw-upstream.ts';
import { assertRefused } from '../test/support/refused.ts';
import { question, startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

const scope = fileScope();
const GOOD = JSON.stringify(question('hi'));
const STREAMED = JSON.stringify(question('hi', { stream: true }));
let upstream: RawUpstream;
let sidecar: TestSidecar;
let head: string;
before(async () => {
  upstream = await RawUpstream.start(scope);
  sidecar = await startTestSidecar(scope, {
    upstream: upstream.url,
    times: { request: 300, requestHead: 200, requestCheck: 20 },
  });
  head = `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${sidecar.port}\r\nx-api-key: ${DUMMY_KEY}\r\n`;
});

const whole = (body: string) => `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** @returns what a client reads that sends these bytes and waits */
async function send(bytes: string | Buffer): Promise<RawClient> {
  const client = await RawClient.connect(scope, sidecar.port);
  await client.send(bytes);
  return client;
}

describe('bytes that are not readable HTTP', () => {
  const length = `content-length: ${GOOD.length}\r\n`;
  const chunks = `${GOOD.length.toString(16)}\r\n${GOOD}\r\n0\r\n\r\n`;
  const after = (text: string) => () => `${head}${text}`;
  const CASES: Record<string, [bytes: () => string, says: RegExp]> = {
    'Content-Length beside Transfer-Encoding': [
      after(`${length}transfer-encoding: chunked\r\n\r\n${chunks}`),
      /Content-Length.*Transfer-Encoding|Transfer-Encoding.*Content-Length/,
    ],
    'Transfer-Encoding beside Content-Length': [
      after(`transfer-encoding: chunked\r\n${length}\r\n${chunks}`),
      /Content-Length.*Transfer-Encoding|Transfer-Encoding.*Content-Length/,
    ],
    'two lengths that differ': [after(`${length}content-length: 5\r\n\r\n${GOOD}`), /Content-Length/],
    'a length that is no number': [after(`content-length: +5\r\n\r\n${GOOD}`), /Content-Length/],
    'a list of lengths': [after(`content-length: 5, 5\r\n\r\n${GOOD}`), /Content-Length/],
    'a coding that is not chunked at its end': [
      after(`transfer-encoding: chunked, identity\r\n\r\n${chunks}`),
      /HTTP|Transfer-Encoding/,
    ],
    'a chunk without a size': [after('transfer-encoding: chunked\r\n\r\nxyz\r\n'), /HTTP/],
    'a chunk that is longer than it says': [
      after(`transfer-encoding: chunked\r\n\r\n5\r\n${GOOD}\r\n0\r\n\r\n`),
      /HTTP/,
    ],
    'a blank before a colon': [after(`content-length : ${GOOD.length}\r\n\r\n${GOOD}`), /HTTP/],
    'a header that goes on in the next line': [after(`x-a: b\r\n c\r\n${length}\r\n${GOOD}`), /HTTP/],
    'a NUL in a header': [after(`x-a: b\0c\r\n${length}\r\n${GOOD}`), /HTTP/],
    'lines that end with a line feed alone': [
      () => `POST /v1/messages HTTP/1.1\nhost: x\n${length}\n${GOOD}`,
      /HTTP/,
    ],
    'no host': [() => `POST /v1/messages HTTP/1.1\r\nx-api-key: ${DUMMY_KEY}\r\n\r\n`, /./],
    'another version of HTTP': [() => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /HTTP/],
    'no HTTP at all': [() => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /HTTP/],
    'headers without end': [after(`x-a: ${'a'.repeat(20_000)}`), /larger than 16 KB/],
  };
  for (const [what, [bytes, says]] of Object.entries(CASES)) {
    it(`are refused, and their connection is closed: ${what}`, async () => {
      const client = await send(bytes());
      const reply = await client.reply();
      if (what === 'no host') assert.equal(reply.status, 400);
      else await assertRefused(reply, 'bad_request', says);
      await client.untilClosed();
    });
  }

  it('are refused when the request ends in the middle', async () => {
    const client = await send(`${head}content-length: 1000\r\n\r\n${GOOD}`);
    client.socket.end();
    await assertRefused(await client.reply(), 'bad_request', /ended in the middle/);
    await client.untilClosed();
  });

  it('are refused when the rest of the request does not come', async () => {
    const slowBody = await send(`${head}content-length: 1000\r\n\r\n{"half":`);
    const slowHead = await send(head);
    await assertRefused(await slowBody.reply(), 'slow_request', /did not arrive within 0.3 seconds/);
    await assertRefused(await slowHead.reply(), 'slow_request');
    await slowBody.untilClosed();
    await slowHead.untilClosed();
  });

  it('do no harm when their sender hangs up at once', async () => {
    for (const bytes of [head, `${head}content-length: 1000\r\n\r\n{"half":`, 'x', `${head}x: \0`, '']) {
      const client = await send(bytes);
      client.reset();
    }
    for (let n = 0; (await sidecar.metrics()).sum('tollgate_exchanges_running') > 0; n++) {
      assert.ok(n < 12_000, 'an exchange goes on without anybody');
      await sleep(5);
    }
  });

  it('are refused when they ask for a tunnel: this is no proxy', async () => {
    const tunnel = await send(`CONNECT 127.0.0.1:80 HTTP/1.1\r\nhost: 127.0.0.1:80\r\n\r\n`);
    await tunnel.untilClosed();
    assert.equal(tunnel.received.length, 0);
    const upgrade = await send(
      `${head}connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 2\r\n\r\n{}`,
    );
    await assertRefused(await upgrade.reply(), 'bad_request', /model must be/);
  });

  it('are counted and logged, for the person who looks for them', async () => {
    const lines = sidecar.logs().filter(({ msg }) => msg === 'turned away');
    assert.ok(lines.some(({ detail }) => /Transfer-Encoding/.test(String(detail))));
    assert.ok((await sidecar.metrics()).sum('tollgate_refusals_total', { code: 'slow_request' }) >= 2);
  });

  it('never reach the provider', () => {
    assert.equal(upstream.bytesReceived, 0);
  });
});

describe('a connection', () => {
  it('carries one request after the other', async () => {
    const client = await RawClient.connect(scope, sidecar.port);
    for (let n = 0; n < 3; n++) {
      await client.send(whole(GOOD));
      assert.equal((await client.reply()).status, 200);
    }
  });

  it('answers in order what was sent without waiting', async () => {
    const client = await send(whole(GOOD) + whole('{') + whole(STREAMED) + whole(GOOD));
    upstream.script = (request, socket) => {
      if (!request.body.includes('stream')) return;
      socket.write(Buffer.concat([Buffer.from(SSE_HEAD), chunk(sseStart() + sseText('x') + sseEnd())]));
      socket.end('0\r\n\r\n');
    };
    const count = upstream.requests.length;
    // The first is answered only when all of them are on their way.
    const last = await upstream.received(count + 3).then(() => upstream);
    assert.equal(client.received.length, 0);
    last.close();
    const replies = [await client.reply(), await client.reply(), await client.reply(), await client.reply()];
    assert.deepEqual(
      replies.map(({ status }) => status),
      [502, 400, 200, 502],
    );
  });
});
