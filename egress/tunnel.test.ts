/** What passes through a tunnel that is open, how much, and how it ends. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { handshake, hello, record } from '../core/egress/testing-hello.ts';
import {
  HOST,
  innerTls,
  over,
  PROVIDER,
  reset,
  startPlainHost,
  startTestEgress,
  startTlsHost,
} from './testing-gateway.ts';

const PLAIN = { purpose: 'provider', target: 'plain.provider.example:8000' };

describe('the name in a ClientHello', { timeout: 300_000 }, () => {
  it('has to be the host of the CONNECT before the host gets a byte', async (t) => {
    const got: string[] = [];
    const port = await startPlainHost(t, (socket) =>
      socket.on('data', (piece) => got.push(piece.toString('hex'))),
    );
    const egress = await startTestEgress(t, port);
    const ech = [[0xfe0d, Buffer.from([0, 0, 1])]] as const;
    const cases: [Buffer, string, boolean][] = [
      [handshake(hello({ name: 'evil.example' })), 'server_name_differs', true],
      [handshake(hello({ name: PROVIDER })), 'server_name_differs', true],
      [handshake(hello({})), 'no_server_name', true],
      [handshake(hello({ name: HOST, extensions: ech })), 'encrypted_hello', true],
      [
        Buffer.concat([handshake(hello({ name: HOST })), handshake(hello({ name: 'evil.example' }))]),
        'second_hello',
        true,
      ],
      [record(22, Buffer.from([1, 1, 0, 0])), 'hello_too_large', true],
      [Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'not_tls', false],
    ];
    for (const [n, [bytes, code, alert]] of cases.entries()) {
      const answer = await egress.connect();
      assert.equal(answer.status, 200);
      let said = '';
      answer.socket.on('data', (piece: Buffer) => {
        said += piece.toString('hex');
      });
      answer.socket.write(bytes);
      await over(answer.socket);
      const ended = await egress.recorded(n + 1);
      assert.deepEqual([ended.verdict, ended.code, ended.bytesUp, ended.bytesDown], ['opened', code, 0, 0]);
      assert.equal(said, alert ? '15030300020231' : '', code);
    }
    await sleep(20);
    assert.deepEqual(got, []);
  });

  it('may come in pieces, but has to be whole in time', async (t) => {
    const got: Buffer[] = [];
    const port = await startPlainHost(t, (socket) => {
      socket.on('data', (piece) => got.push(piece));
      socket.on('end', () => socket.end());
    });
    const egress = await startTestEgress(t, port, { config: { limits: { helloMs: 2_500 } } });
    const bytes = handshake(hello({ name: HOST }));
    const answer = await egress.connect();
    for (const at of bytes.keys()) answer.socket.write(bytes.subarray(at, at + 1));
    while (Buffer.concat(got).length < bytes.length) await sleep(5);
    assert.deepEqual(Buffer.concat(got), bytes);
    answer.socket.destroy();
    assert.equal((await egress.recorded()).code, 'closed');
    const slow = await egress.connect();
    slow.socket.write(bytes.subarray(0, 60));
    await over(slow.socket);
    assert.equal((await egress.recorded(2)).code, 'hello_timeout');
    assert.equal(Buffer.concat(got).length, bytes.length);
    const left = await egress.connect();
    left.socket.end();
    assert.equal((await egress.recorded(3)).code, 'client_gone');
  });

  it('is judged again when a real server asks for the hello again', async (t) => {
    const port = await startTlsHost(t, (socket) => socket.pipe(socket), {
      ecdhCurve: 'P-384',
      minVersion: 'TLSv1.3',
    });
    const egress = await startTestEgress(t, port);
    const answer = await egress.connect();
    const inner = innerTls(answer, HOST, { ecdhCurve: 'X25519:P-384' });
    inner.write('hello');
    assert.equal(String((await once(inner, 'data'))[0]), 'hello');
    inner.destroy();
    await egress.recorded();
    // The same server, and hellos as it gets them; but the second one is for somebody else.
    const hellos = await captured({ ecdhCurve: 'X25519:P-384' });
    const other = await egress.connect();
    other.socket.write(hellos);
    const [retry] = await once(other.socket.resume(), 'data');
    assert.ok(retry.includes(Buffer.from('cf21ad74e59a6111be1d8c02', 'hex')));
    other.socket.write(handshake(hello({ name: 'evil.example' })));
    await over(other.socket);
    assert.equal((await egress.recorded(2)).code, 'server_name_differs');
  });

  it('is not asked for where a Provider of our own speaks plain HTTP', async (t) => {
    const egress = await startTestEgress(t, await startPlainHost(t, (socket) => socket.pipe(socket)));
    const answer = await egress.connect(PLAIN);
    answer.socket.resume().write('GET / HTTP/1.1\r\n\r\n');
    assert.equal(String((await once(answer.socket, 'data'))[0]), 'GET / HTTP/1.1\r\n\r\n');
    answer.socket.destroy();
  });
});

/** @returns the ClientHello that Node's client would send */
async function captured(options: object): Promise<Buffer> {
  const [mine, theirs] = duplexPair();
  connectTls({ socket: mine, servername: HOST, ...options }).on('error', () => undefined);
  const [bytes] = await once(theirs, 'data');
  mine.destroy();
  return bytes;
}

describe('a tunnel', { timeout: 300_000 }, () => {
  it('carries megabytes both ways, byte for byte', async (t) => {
    const egress = await startTestEgress(t, await startTlsHost(t, (socket) => socket.pipe(socket)));
    const inner = innerTls(await egress.connect(), HOST);
    const bytes = randomBytes(12_000_000);
    const hash = createHash('sha256');
    let back = 0;
    inner.on('data', (piece: Buffer) => {
      back += piece.length;
      hash.update(piece);
      if (back === bytes.length) inner.end();
    });
    inner.write(bytes);
    await once(inner, 'end');
    assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'));
    const ended = await egress.recorded();
    assert.ok(ended.bytesUp > bytes.length && ended.bytesDown > bytes.length);
  });

  it('does not read more from one side than the other takes', async (t) => {
    let host: Socket | undefined;
    let written = 0;
    const flood = (socket: Socket) => {
      host = socket;
      const more = () => {
        while (written < 200_000_000 && socket.write(Buffer.alloc(65_536))) written += 65_536;
      };
      socket.on('drain', more);
      more();
    };
    const down = await startTestEgress(t, await startPlainHost(t, flood));
    const answer = await down.connect(PLAIN);
    answer.socket.pause();
    await sleep(700);
    assert.ok(written < 60_000_000, `the host could send ${written} bytes that nobody took`);
    answer.socket.destroy();
    host?.destroy();
    const up = await startTestEgress(t, await startPlainHost(t, (socket) => socket.pause()));
    const { socket } = await up.connect(PLAIN);
    let sent = 0;
    const send = () => {
      while (sent < 200_000_000 && socket.write(Buffer.alloc(65_536))) sent += 65_536;
    };
    socket.on('drain', send);
    send();
    await sleep(700);
    assert.ok(sent < 60_000_000, `the client could send ${sent} bytes that nobody took`);
    socket.destroy();
  });

  it('stays open one way when one side has said all that it has', async (t) => {
    const port = await startPlainHost(t, (socket) => {
      let got = '';
      socket.on('data', (piece) => {
        got += piece;
      });
      socket.on('end', () => setTimeout(() => socket.end(`got ${got}`), 100));
    });
    const egress = await startTestEgress(t, port);
    const { socket } = await egress.connect(PLAIN);
    socket.resume().end('all');
    assert.equal(String((await once(socket, 'data'))[0]), 'got all');
    assert.equal((await egress.recorded()).code, 'closed');
    const first = await startTestEgress(
      t,
      await startPlainHost(t, (host) => {
        host.end('bye');
        host.on('data', (piece) => assert.equal(String(piece), 'still here'));
      }),
    );
    const other = (await first.connect(PLAIN)).socket;
    assert.equal(String((await once(other.resume(), 'data'))[0]), 'bye');
    await once(other, 'end');
    other.end('still here');
    const ended = await first.recorded();
    assert.deepEqual([ended.code, ended.bytesUp, ended.bytesDown], ['closed', 10, 3]);
  });

  it('ends when nothing is said for too long, sooner when one side has ended', async (t) => {
    const config = { limits: { halfClosedMs: 300, purposes: { provider: { idleMs: 3_000 } } } };
    const egress = await startTestEgress(t, await startPlainHost(t, (socket) => socket.resume()), { config });
    const half = await egress.connect(PLAIN);
    half.socket.end();
    assert.equal((await egress.recorded(1)).code, 'half_closed');
    const busy = await egress.connect(PLAIN);
    const talk = setInterval(() => busy.socket.write('x'), 200);
    await sleep(3_500);
    assert.equal(egress.records.length, 1);
    clearInterval(talk);
    await over(busy.socket);
    assert.equal((await egress.recorded(2)).code, 'idle');
  });

  it('ends when either side breaks it off, and the other side hears of it', async (t) => {
    const hosts: Socket[] = [];
    const egress = await startTestEgress(t, await startPlainHost(t, (socket) => hosts.push(socket.resume())));
    const first = await egress.connect(PLAIN);
    reset(first.socket);
    assert.equal((await egress.recorded(1)).code, 'client_gone');
    await over(hosts[0] as Socket);
    const second = await egress.connect(PLAIN);
    while (hosts.length < 2) await sleep(5);
    hosts[1]?.resetAndDestroy();
    await over(second.socket);
    assert.equal((await egress.recorded(2)).code, 'upstream_gone');
  });

  it('carries no more bytes than one tunnel may, and not a chunk beyond', async (t) => {
    let got = 0;
    const port = await startPlainHost(t, (socket) =>
      socket.on('data', (piece) => {
        got += piece.length;
      }),
    );
    const config = { limits: { purposes: { provider: { bytesPerTunnel: 95_000 } } } };
    const egress = await startTestEgress(t, port, { config });
    const { socket } = await egress.connect(PLAIN);
    const send = setInterval(() => socket.write(Buffer.alloc(10_000)), 5);
    await over(socket);
    clearInterval(send);
    const ended = await egress.recorded();
    assert.equal(ended.code, 'tunnel_bytes');
    assert.ok(ended.bytesUp <= 95_000 && ended.bytesUp >= 70_000, String(ended.bytesUp));
    assert.ok(got <= ended.bytesUp);
    assert.equal((await egress.connect(PLAIN)).status, 200);
  });

  it("shares the pod's cap with its others, which then gets no new one; control and providers go on", async (t) => {
    const port = await startTlsHost(t, (socket) => socket.resume());
    const config = { limits: { purposes: { agent: { bytesPerPod: 100_000 } } } };
    const egress = await startTestEgress(t, port, { config });
    const inner = [innerTls(await egress.connect(), HOST), innerTls(await egress.connect(), HOST)];
    const send = setInterval(() => inner.map((one) => one.write(Buffer.alloc(5_000))), 5);
    await Promise.all(inner.map((one) => over(one)));
    clearInterval(send);
    const ended = [await egress.recorded(1), await egress.recorded(2)];
    assert.deepEqual(
      ended.map(({ code }) => code),
      ['pod_bytes', 'pod_bytes'],
    );
    const all = ended.reduce((sum, { bytesUp, bytesDown }) => sum + bytesUp + bytesDown, 0);
    assert.ok(all <= 100_000 && all > 60_000, String(all));
    // What is left is less than a hello.
    const last = await egress.connect();
    if (last.status === 200) {
      const small = innerTls(last, HOST);
      small.write(Buffer.alloc(50_000));
      await over(small);
      assert.equal((await egress.recorded(3)).code, 'pod_bytes');
    } else assert.equal(last.code, 'pod_bytes');
    assert.equal((await egress.connect({ purpose: 'provider', target: `${PROVIDER}:443` })).status, 200);
  });
});
