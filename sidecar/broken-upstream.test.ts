import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import type { Settlement } from '../core/ports.ts';
import { freePort } from '../test/support/free-port.ts';
import { PROVIDER_KEY } from '../test/support/keys.ts';
import { PLENTY, profile, provider } from '../test/support/policies.ts';
import {
  chunk,
  head,
  jsonReply,
  LAST_CHUNK,
  MESSAGE,
  RawUpstream,
  type Script,
  SSE_HEAD,
  sseEnd,
  sseReply,
  sseStart,
  sseText,
} from '../test/support/raw-upstream.ts';
import { assertRefused } from '../test/support/refused.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';
import { SELF_SIGNED } from '../test/support/tls.ts';

/** @param spec what the Provider says beside its URL */
function sidecarTo(t: TestContext, url: string, spec: object = {}): Promise<TestSidecar> {
  const policies = [PLENTY, profile({}), provider(url, { ...spec })];
  return startTestSidecar(t, { upstream: url, policies, times: { connect: 300, replyHead: 300 } });
}

/** Asks, streamed and not: both get the same error, and both calls end so. */
async function assertUnreachable(sidecar: TestSidecar, says: RegExp, outcome: Settlement['outcome']) {
  const ask = async (stream: boolean) => {
    const response = await sidecar.ask('hi', { stream });
    assert.equal(response.headers.get('x-tollgate-verdict'), 'fault');
    await assertRefused(response, 'upstream_unreachable', says);
  };
  await Promise.all([ask(false), ask(true)]);
  await sidecar.closed(2);
  const { closed, leases } = sidecar.records();
  assert.deepEqual(
    closed.map((entry) => entry.outcome),
    [outcome, outcome],
  );
  assert.deepEqual(
    leases.map(({ state }) => state),
    [outcome, outcome],
  );
  const line = sidecar.logs().find(({ msg }) => msg === 'failed');
  assert.match(String(line?.detail), says, 'the log says what the agent was told');
}

describe('a provider that cannot be reached', { concurrency: 4 }, () => {
  it('because nobody listens: 502, nothing charged', async (t) => {
    const sidecar = await sidecarTo(t, `http://127.0.0.1:${await freePort()}`);
    await assertUnreachable(sidecar, /^.*connect ECONNREFUSED/, 'released');
  });

  it('because its name is not known: 502, nothing charged', async (t) => {
    const sidecar = await sidecarTo(t, 'http://no-such-host.invalid');
    await assertUnreachable(sidecar, /getaddrinfo .*no-such-host\.invalid/, 'released');
  });

  it('because its certificate is signed by nobody known: 502, nothing charged, not a byte sent', async (t) => {
    const upstream = await RawUpstream.start(t, undefined, createTlsServer(SELF_SIGNED));
    const sidecar = await sidecarTo(t, upstream.url.replace('http', 'https'));
    await assertUnreachable(sidecar, /self-signed certificate/, 'released');
    assert.equal(upstream.bytesReceived, 0);
  });

  it('because it speaks no TLS, or nothing but TLS', async (t) => {
    const plain = await RawUpstream.start(t, () => jsonReply(MESSAGE));
    const toPlain = await sidecarTo(t, plain.url.replace('http', 'https'));
    await assertUnreachable(toPlain, /Connect Timeout/, 'released');
    assert.equal(plain.requests.length, 0);
    const tls = await RawUpstream.start(t, undefined, createTlsServer(SELF_SIGNED));
    const toTls = await sidecarTo(t, tls.url);
    await assertUnreachable(toTls, /other side closed|ECONNRESET/, 'charged');
    assert.equal(tls.bytesReceived, 0);
  });

  it('because it accepts and says nothing: 502 and charged, as it may have heard', async (t) => {
    const upstream = await RawUpstream.start(t, () => undefined);
    await assertUnreachable(await sidecarTo(t, upstream.url), /Headers Timeout/, 'charged');
  });

  it('because it hangs up when it has heard: 502 and charged', async (t) => {
    const upstream = await RawUpstream.start(t, (_request, socket) => {
      socket.destroy();
    });
    await assertUnreachable(await sidecarTo(t, upstream.url), /other side closed|ECONNRESET/, 'charged');
  });
});

describe('a provider at a private address that its manifest does not allow', { concurrency: 4 }, () => {
  const urls = [
    'https://127.0.0.1:PORT',
    'https://localhost:PORT',
    'https://[::1]:PORT',
    'https://[::ffff:127.0.0.1]:PORT',
    'https://0x7f.1:PORT',
    'https://2130706433:PORT',
    'https://0.0.0.0:PORT',
    'https://169.254.169.254',
    'https://10.0.0.1',
    'https://100.64.0.1',
    'https://[fd00::1]',
    'https://[64:ff9b::7f00:1]',
  ];
  for (const url of urls) {
    it(`is not called: ${url}`, async (t) => {
      const upstream = await RawUpstream.start(t, undefined, createTlsServer(SELF_SIGNED));
      const at = url.replace('PORT', new URL(upstream.url).port);
      let sidecar: TestSidecar;
      try {
        sidecar = await sidecarTo(t, at, { privateAddresses: false });
      } catch (error) {
        // Some of these are no URL that a manifest may have.
        assert.match(String(error), /spec\.url/);
        return;
      }
      await assertUnreachable(
        sidecar,
        /which is not public; set privateAddresses in the Provider/,
        'released',
      );
      assert.equal(upstream.connections, 0);
    });
  }
});

describe('a provider behind a proxy', () => {
  it('is reached by CONNECT, and the key goes through the tunnel alone', async (t) => {
    const upstream = await RawUpstream.start(t);
    const seen: string[] = [];
    const proxy = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (first: Buffer) => {
        seen.push(first.toString());
        const [, port] = /^CONNECT 127\.0\.0\.1:(\d+) /.exec(first.toString()) ?? [];
        if (port === undefined) return socket.destroy();
        const tunnel = connect(Number(port), '127.0.0.1');
        tunnel.on('error', () => socket.destroy());
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(tunnel).pipe(socket);
      });
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    t.after(() => proxy.close());
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const sidecar = await sidecarTo(t, upstream.url, { proxy: url });
    assert.equal((await sidecar.ask('hi')).status, 200);
    assert.match(seen[0] ?? '', /^CONNECT 127\.0\.0\.1:\d+ HTTP\/1\.1/);
    assert.ok(!seen.join().includes(PROVIDER_KEY));
    assert.ok(upstream.requests[0]?.headers.some(([, value]) => value === PROVIDER_KEY));
  });

  it('that is dead is said to be unreachable', async (t) => {
    const sidecar = await sidecarTo(t, 'http://127.0.0.1:9', {
      proxy: `http://127.0.0.1:${await freePort()}`,
    });
    await assertUnreachable(sidecar, /ECONNREFUSED/, 'released');
  });
});

describe('a provider that answers what is no reply', { concurrency: 4 }, () => {
  const message = Buffer.from(JSON.stringify(MESSAGE));
  const good = sseReply(sseStart() + sseText('hello') + sseEnd());
  const bytes =
    (text: string): Script =>
    () =>
      Buffer.from(text);

  /** For both kinds of requests: 502 with this detail, or the error event of a stream. */
  const CASES: Record<string, [script: Script, says: RegExp]> = {
    'bytes that are no HTTP': [bytes('SSH-2.0-OpenSSH_9.9\r\n'), /did not answer: .*HTTP/],
    'two lengths': [
      bytes(`HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n${message}`),
      /did not answer/,
    ],
    'a length beside chunks': [
      () =>
        Buffer.concat([
          Buffer.from(
            head(200, {
              'content-type': 'application/json',
              'content-length': '5',
              'transfer-encoding': 'chunked',
            }),
          ),
          chunk(message),
          Buffer.from(LAST_CHUNK),
        ]),
      /did not answer/,
    ],
    'headers of 1 MB': [bytes(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1_000_000)}\r\n\r\n`), /did not answer/],
    'a switch to another protocol': [
      bytes('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'),
      /did not answer: bad upgrade/,
    ],
    'an empty reply': [() => jsonReply(Buffer.alloc(0)), /not valid JSON/],
    'no content': [bytes('HTTP/1.1 204 No Content\r\n\r\n'), /content type none/],
    'not modified': [bytes('HTTP/1.1 304 Not Modified\r\n\r\n'), /a redirect \(304\)/],
    'a reply without a type': [
      bytes(`HTTP/1.1 200 OK\r\ncontent-length: ${message.length}\r\n\r\n${message}`),
      /content type none/,
    ],
    'a reply with two types': [
      bytes(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-type: text/event-stream\r\ncontent-length: ${message.length}\r\n\r\n${message}`,
      ),
      /content type application\/json,text\/event-stream/,
    ],
    'a type that only begins right': [
      () => jsonReply(message, 200, { 'content-type': 'application/jsonx' }),
      /content type application\/jsonx/,
    ],
    'a reply in gzip, unasked': [
      () => jsonReply(gzipSync(message), 200, { 'content-encoding': 'gzip' }),
      /encoded \(gzip\), unasked/,
    ],
    'an error in gzip, unasked': [
      () => jsonReply(gzipSync(message), 500, { 'content-encoding': 'gzip' }),
      /encoded \(gzip\), unasked/,
    ],
    'JSON that is no message': [() => jsonReply({ id: 1 }), /not a message/],
    'a list': [() => jsonReply([]), /not a message/],
    'an error that breaks off': [
      (_request, socket) => {
        socket.end(`${head(500, { 'content-type': 'application/json', 'content-length': '100' })}{"type`);
      },
      /broke off/,
    ],
  };
  for (const [what, [script, says]] of Object.entries(CASES)) {
    it(`is not passed on: ${what}`, async (t) => {
      const upstream = await RawUpstream.start(t, script);
      const sidecar = await sidecarTo(t, upstream.url);
      for (const stream of [false, true]) {
        const response = await sidecar.ask('hi', { stream });
        const text = await response.text();
        assert.equal(response.status, 502, text);
        assert.match(text, says);
        assert.equal(response.headers.get('x-tollgate-verdict'), 'fault');
      }
      upstream.script = (request) => (request.body.includes('"stream":true') ? good : jsonReply(MESSAGE));
      const { closed } = await sidecar.assertWell();
      const expected = /^(an error|not modified)/.test(what) ? 'released' : 'charged';
      assert.deepEqual(
        closed.map(({ outcome }) => outcome),
        [expected, expected, 'settled'],
      );
    });
  }

  it('but interim replies before it are no harm', async (t) => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n'.repeat(3);
    const upstream = await RawUpstream.start(t, () =>
      Buffer.concat([Buffer.from(interim), jsonReply(MESSAGE)]),
    );
    await (await sidecarTo(t, upstream.url)).assertWell();
  });

  it('and a stream that falls silent is cut, charged, and said to be', async (t) => {
    const upstream = await RawUpstream.start(t, (_request, socket) => {
      socket.write(SSE_HEAD);
      socket.write(chunk(sseStart()));
    });
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, times: { replySilence: 200 } });
    const text = await (await sidecar.ask('hi', { stream: true })).text();
    assert.match(text, /event: error\ndata: .*broke off in the middle.*reply_cut/);
    const { outcome, code, faults } = await sidecar.closed(1);
    assert.deepEqual([outcome, code, faults], ['charged', 'reply_cut', ['usage_missing']]);
    await upstream.allClosed();
  });

  it('and a stream that does not end after its last event ends for the agent all the same', async (t) => {
    const upstream = await RawUpstream.start(t, (_request, socket) => {
      socket.write(SSE_HEAD);
      socket.write(chunk(sseStart() + sseText('hello') + sseEnd()));
    });
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, times: { lateUsage: 100 } });
    const text = await (await sidecar.ask('hi', { stream: true })).text();
    assert.equal(text, sseStart() + sseText('hello') + sseEnd());
    assert.deepEqual((await sidecar.closed(1)).faults, []);
    await upstream.allClosed();
  });
});
