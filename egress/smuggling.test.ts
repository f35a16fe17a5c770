/** What is not one good CONNECT and nothing else. Whoever sends it gets an answer and no second chance. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { HANG_MS } from '../test/support/hang.ts';
import {
  HOST,
  over,
  PROVIDER,
  readAnswer,
  startTestEgress,
  startTlsHost,
  type TestEgress,
} from './testing-gateway.ts';

const TARGET = `${HOST}:443`;

/** Sends a CONNECT with lines changed. */
async function send(egress: TestEgress, change: (lines: string[]) => string[], end = '\r\n\r\n') {
  const lines = (await egress.header()).trimEnd().split('\r\n');
  return egress.send(`${change(lines).join('\r\n')}${end}`);
}

const add =
  (...more: string[]) =>
  (lines: string[]) => [...lines, ...more];
const put = (begin: string, line: string) => (lines: string[]) =>
  lines.map((one) => (one.startsWith(begin) ? line : one));

describe('a header', { timeout: 300_000 }, () => {
  it('may leave the usual port out of its Host, as many clients do', async (t) => {
    const egress = await startTestEgress(t, undefined);
    await send(egress, put('Host:', `Host: ${HOST}`));
    assert.equal(egress.dialled.length, 1);
  });

  it('that two readers could read differently is refused', async (t) => {
    const egress = await startTestEgress(t, undefined);
    const cases: [(lines: string[]) => string[], number, string][] = [
      [add('Content-Length: 5'), 400, 'bad_request'],
      [add('Content-Length: 0'), 400, 'bad_request'],
      [add('Transfer-Encoding: chunked'), 400, 'bad_request'],
      [add('Transfer-Encoding: chunked', 'Content-Length: 5'), 400, 'bad_request'],
      [add('Transfer-Encoding : chunked'), 400, 'bad_request'],
      [add('TE: trailers'), 400, 'bad_request'],
      [add('Expect: 100-continue'), 400, 'bad_request'],
      [add('Upgrade: websocket', 'Connection: upgrade'), 400, 'bad_request'],
      [add(`Host: ${TARGET}`), 400, 'bad_request'],
      [add(`Host: ${PROVIDER}:443`), 400, 'bad_request'],
      [add('Tollgate-Purpose: provider'), 400, 'bad_request'],
      [add('TOLLGATE-PURPOSE: provider'), 400, 'bad_request'],
      [add('Proxy-Authorization: Bearer x'), 400, 'bad_request'],
      [put('Host:', `Host: ${PROVIDER}:443`), 400, 'bad_request'],
      [put('Host:', `Host: ${PROVIDER}`), 400, 'bad_request'],
      [put('Host:', `Host: ${HOST}:8443`), 400, 'bad_request'],
      // Left out, the port is 443, whatever the target's.
      [put('CONNECT', `CONNECT ${HOST}:8443 HTTP/1.1`), 400, 'bad_request'],
      [
        (lines) => put('Host:', `Host: ${HOST}`)(put('CONNECT', `CONNECT ${HOST}:8443 HTTP/1.1`)(lines)),
        400,
        'bad_request',
      ],
      [put('Host:', 'Host:'), 400, 'bad_request'],
      [put('Host:', 'X: y'), 400, 'bad_request'],
      [put('Tollgate-Purpose:', 'Tollgate-Purpose: provider, agent'), 400, 'purpose_unknown'],
      [put('Tollgate-Purpose:', 'Tollgate-Purpose: Provider'), 400, 'purpose_unknown'],
      [put('Tollgate-Purpose:', 'Tollgate_Purpose: provider'), 400, 'purpose_unknown'],
      [put('Tollgate-Purpose:', 'Tollgate-Purpose: provider\x01'), 400, 'bad_request'],
      [put('CONNECT', `CONNECT ${TARGET} HTTP/1.0`), 400, 'bad_request'],
      [put('CONNECT', `CONNECT ${TARGET} HTTP/2.0`), 400, 'bad_request'],
      [put('CONNECT', `CONNECT ${TARGET}`), 400, 'bad_request'],
      [put('CONNECT', `CONNECT ${TARGET} x HTTP/1.1`), 400, 'bad_request'],
      [put('CONNECT', `CONNECT https://${TARGET} HTTP/1.1`), 400, 'host_syntax'],
      [put('CONNECT', `CONNECT https://${TARGET}/ HTTP/1.1`), 400, 'host_syntax'],
      [put('CONNECT', 'CONNECT / HTTP/1.1'), 400, 'port_syntax'],
      [put('CONNECT', `CONNECT user@${TARGET} HTTP/1.1`), 400, 'host_syntax'],
      [put('CONNECT', `CONNECT ${HOST} HTTP/1.1`), 400, 'port_syntax'],
      [put('CONNECT', `connect ${TARGET} HTTP/1.1`), 400, 'bad_request'],
      [put('CONNECT', `CONNECT ${TARGET} HTTP/1.1\nX: y`), 400, 'bad_request'],
      [add('X: a\r\n b'), 400, 'bad_request'],
      [add('X: a\rY: b'), 400, 'bad_request'],
      [add('X: a\0b'), 400, 'bad_request'],
      [add(' X: a'), 400, 'bad_request'],
      [add('no colon'), 400, 'bad_request'],
    ];
    const wrong: string[] = [];
    for (const [change, status, code] of cases) {
      const { status: said, code: saidCode, body } = await send(egress, change);
      if (said !== status || saidCode !== code)
        wrong.push(
          `${JSON.stringify(change(['CONNECT', 'Host:', 'Tollgate-Purpose:']))} ${said} ${saidCode}: ${body}`,
        );
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(egress.dialled, []);
    assert.equal(egress.records.length, cases.length);
  });

  it('with another method, in any form, is told what this is', async (t) => {
    const egress = await startTestEgress(t, undefined);
    const token = await egress.cluster.token();
    const rest = `Host: ${HOST}\r\nProxy-Authorization: Bearer ${token}\r\nTollgate-Purpose: provider\r\n`;
    for (const begin of [
      'GET / HTTP/1.1',
      `GET http://${HOST}/ HTTP/1.1`,
      `GET https://${PROVIDER}/v1/models HTTP/1.1`,
      'OPTIONS * HTTP/1.1',
      'TRACE / HTTP/1.1',
      'POST /v1/messages HTTP/1.1\r\nContent-Length: 3',
      'POST /v1/messages HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue',
      'POST /v1/messages HTTP/1.1\r\nContent-Length: 3\r\nExpect: x',
      'GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade',
    ]) {
      const { status, code, body } = await egress.send(`${begin}\r\n${rest}\r\n`);
      assert.deepEqual([status, code], [405, 'method_not_allowed'], begin);
      assert.equal(
        body,
        'This is an egress gateway: it takes CONNECT and nothing else. (method_not_allowed)\n',
      );
    }
    assert.equal((await egress.send(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`)).status, 400);
    assert.equal((await egress.send(`FOO / HTTP/1.1\r\n${rest}\r\n`)).status, 400);
  });

  it('may have 16 KB and no more', async (t) => {
    const egress = await startTestEgress(t, undefined);
    const { status, code } = await send(egress, add(`X: ${'x'.repeat(20_000)}`));
    assert.deepEqual([status, code], [431, 'header_too_large']);
    assert.equal((await send(egress, add(...Array(3_000).fill('a: b')))).status, 431);
    assert.equal((await send(egress, add(`X: ${'x'.repeat(8_000)}`))).code, 'connect_failed');
  });

  it('has to be whole in time, from the beginning of the connection on', async (t) => {
    const egress = await startTestEgress(t, undefined, {
      config: { limits: { headerMs: 1_500, handshakeMs: 1_500 } },
    });
    const silent = await egress.send('');
    assert.deepEqual([silent.status, silent.code], [408, 'header_timeout']);
    const socket = await egress.dialDoor();
    let text = '';
    socket.on('data', (piece) => {
      text += piece;
    });
    const drip = setInterval(() => socket.write('C'), 50);
    await over(socket);
    clearInterval(drip);
    assert.match(text, /^HTTP\/1\.1 4/);
    const raw = connectPlain(egress.running.ports.wide, '127.0.0.1');
    raw.on('error', () => undefined);
    await over(raw);
  });
});

describe('what comes behind a header', { timeout: 300_000 }, () => {
  it('is refused when it comes before the answer, with the header or later', async (t) => {
    const egress = await startTestEgress(t, undefined, { dialMs: 20_000 });
    const second = await egress.header({ purpose: 'provider', target: `${PROVIDER}:443` });
    for (const early of ['x', '\r\n', second, '\x16\x03\x01\x00\x05']) {
      const { status, code } = await egress.send((await egress.header()) + early);
      assert.deepEqual([status, code], [400, 'early_data'], JSON.stringify(early));
    }
    assert.deepEqual(egress.dialled, []);
    const socket = await egress.dialDoor();
    socket.write(await egress.header());
    while (egress.dialled.length === 0) await sleep(5);
    socket.write(second);
    const { status, code } = await readAnswer(socket);
    assert.deepEqual([status, code], [400, 'early_data']);
    assert.equal(egress.records.length, 5);
  });

  it('is never read as a second request after a refusal', async (t) => {
    const egress = await startTestEgress(t, undefined);
    const second = await egress.header({ purpose: 'provider', target: `${PROVIDER}:443` });
    const first = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`;
    for (const bytes of [first + second, `${await egress.header({ target: 'evil.example:443' })}`]) {
      const { socket, status } = await egress.send(bytes);
      assert.ok(status >= 400);
      socket.on('data', (piece) => assert.fail(`there was more: ${piece}`));
      socket.write(second);
      await over(socket);
    }
    await sleep(50);
    assert.deepEqual(
      egress.records.map(({ code }) => code),
      ['method_not_allowed', 'host_not_allowed'],
    );
    assert.deepEqual(egress.dialled, []);
  });

  it('is taken for a ClientHello once a tunnel is open, so that a second CONNECT in it is no TLS', async (t) => {
    let reached = 0;
    const egress = await startTestEgress(t, await startTlsHost(t, () => reached++));
    const answer = await egress.connect();
    assert.equal(answer.status, 200);
    answer.socket.write(await egress.header({ purpose: 'provider', target: `${PROVIDER}:443` }));
    await over(answer.socket);
    const record = await egress.recorded();
    assert.deepEqual([record.verdict, record.code, record.bytesUp, reached], ['opened', 'not_tls', 0, 0]);
  });
});

describe('a connection', { timeout: 300_000 }, () => {
  it('speaks TLS 1.3 and HTTP/1.1, or nothing', async (t) => {
    const egress = await startTestEgress(t, undefined);
    const port = egress.running.ports.wide;
    const old = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
    const [error] = await once(old, 'error');
    assert.match(String(error), /protocol version|PROTOCOL_VERSION/i);
    const plain = connectPlain(port, '127.0.0.1');
    plain.on('error', () => undefined);
    plain.write(await egress.header());
    let text = '';
    plain.on('data', (piece) => {
      text += piece.toString('latin1');
    });
    await over(plain);
    assert.doesNotMatch(text, /HTTP/);
    const h2 = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    await once(h2, 'error');
  });

  it('is turned away when there are too many, in all or from one address', async (t) => {
    for (const limits of [{ connectionsPerAddress: 3 }, { connections: 3 }]) {
      const egress = await startTestEgress(t, undefined, { config: { limits } });
      const sockets = [];
      for (let n = 0; n < 3; n++) sockets.push(await egress.dialDoor(n % 2 === 0 ? 'narrow' : 'wide'));
      await assert.rejects(Promise.race([egress.dialDoor(), sleep(HANG_MS, undefined, { ref: false })]));
      const metrics = async () =>
        (await fetch(`http://127.0.0.1:${egress.running.ports.telemetry}/metrics`)).text();
      sockets[0]?.destroy();
      while (!/^tollgate_egress_connections 2$/m.test(await metrics())) await sleep(10);
      (await egress.dialDoor()).destroy();
      const text = await metrics();
      assert.match(text, /tollgate_egress_dropped_total 1\n/);
    }
  });
});
