/** What whoever reaches the webhook's port can take of it: connections, memory, time. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { Registry } from 'prom-client';
import { listen } from '../../adapters/net/listen.ts';
import { createTelemetryServer } from '../../adapters/telemetry/telemetry-server.ts';
import { SELF_SIGNED } from '../../test/support/tls.ts';
import { ask, reviewOf, startTestWebhook, WANTS } from './testing-webhook.ts';
import type { WebhookLimits } from './webhook.ts';

const MIB = 1024 * 1024;
const LIMITS: WebhookLimits = {
  crowd: { most: 6, mostPerAddress: 4, newPerSecond: 1_000, whenFull: 'largest-gives' },
  bodies: { mostBytes: 8 * MIB, ms: 60_000 },
};
const GOOD = JSON.stringify(reviewOf(WANTS));

/** A review that is never sent to its end. @returns what comes back, if anything does */
function half(t: TestContext, port: number, { from = '127.0.0.1', bytes = 3 * MIB } = {}) {
  const asked = requestTls({
    ...{ port, host: '127.0.0.1', localAddress: from, path: '/pods', method: 'POST' },
    ca: SELF_SIGNED.cert,
    servername: 'localhost',
    agent: false,
    headers: { 'content-type': 'application/json', 'content-length': 4 * MIB },
  });
  t.after(() => asked.destroy());
  asked.on('error', () => undefined);
  asked.write(`{"x":"${'x'.repeat(bytes)}`);
  return { asked, answer: answerOf(asked) };
}

async function answerOf(asked: ClientRequest): Promise<[number | undefined, string]> {
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  try {
    for await (const chunk of response) text += chunk;
  } catch {
    // It is closed while we still send.
  }
  return [response.statusCode, text];
}

async function dialled(t: TestContext, port: number, from: string): Promise<TLSSocket | undefined> {
  const plain = connectPlain({ port, host: '127.0.0.1', localAddress: from });
  plain.on('error', () => undefined);
  const socket = connect({ socket: plain, rejectUnauthorized: false });
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  const secure = once(socket, 'secureConnect').then(() => socket);
  return Promise.race([secure, once(socket, 'close').then(() => undefined)]).catch(() => undefined);
}

describe('the webhook', { timeout: 60_000 }, () => {
  it('has a bound on connections, and a place for an API server however many others come', async (t) => {
    const { running, registry } = await startTestWebhook(t, { limits: LIMITS });
    const { port } = running;
    const came = async (from: string, count: number) =>
      (await Promise.all(Array.from({ length: count }, () => dialled(t, port, from)))).filter(
        (socket) => socket !== undefined,
      ).length;
    assert.equal(await came('127.0.0.2', 6), 4);
    assert.equal(await came('127.0.0.3', 2), 2);
    const { status, text } = await ask(port, '/pods', { body: GOOD });
    assert.equal(status, 200);
    assert.match(text, /"allowed":true/);
    assert.match(await registry.metrics(), /tollgate_admission_dropped_total 3\n/);
  });

  it('reads no more bodies at once than it has memory for: who sends most is refused, with a sentence', async (t) => {
    const { running, registry } = await startTestWebhook(t, { limits: LIMITS });
    const { port } = running;
    const large = [1, 2].map(() => half(t, port, { from: '127.0.0.2', bytes: 3.5 * MIB }));
    await sleep(500);
    const good = half(t, port, { bytes: 2 * MIB });
    const [status, text] = await Promise.race([...large, good].map(({ answer }) => answer));
    assert.equal(status, 503, text);
    assert.match(text, /more than 8388608 bytes of reviews are being sent at once; try again/);
    assert.equal((await ask(port, '/pods', { body: GOOD })).status, 200, 'others go on');
    assert.equal(await Promise.race([good.answer, sleep(200)]), undefined, 'who sends little is not cut');
    for (const { asked } of [...large, good]) asked.destroy();
    await sleep(300);
    // What has gone counts no more.
    for (let n = 0; n < 5; n++) {
      const body = JSON.stringify(reviewOf({ ...WANTS, more: 'x'.repeat(3 * MIB) }));
      assert.equal((await ask(port, '/pods', { body })).status, 200);
    }
    assert.match(await registry.metrics(), /seconds_count\{outcome="error"\} \d/);
  });

  it('waits for a body only so long, and for none that comes byte by byte', async (t) => {
    const limits = { ...LIMITS, bodies: { ...LIMITS.bodies, ms: 300 } };
    const { running } = await startTestWebhook(t, { limits });
    const { asked, answer } = half(t, running.port, { bytes: 10 });
    const drip = setInterval(() => asked.write('x'), 20);
    t.after(() => clearInterval(drip));
    const [status, text] = await answer;
    assert.deepEqual([status, text], [408, 'the body has not come within 300 ms\n']);
    assert.equal((await ask(running.port, '/pods', { body: GOOD })).status, 200);
  });
});

describe('a server of metrics', { timeout: 60_000 }, () => {
  it('answers a kubelet however many others come', async (t) => {
    const server = createTelemetryServer(new Registry(), () => undefined);
    const port = await listen(server, 0, '127.0.0.1');
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    for (let n = 2; n < 10; n++)
      for (let one = 0; one < 40; one++) await dialledPlain(t, port, `127.0.0.${n}`);
    const asked = request({ port, host: '127.0.0.1', path: '/healthz', agent: false });
    asked.end();
    assert.deepEqual(await answerOf(asked), [200, 'ok\n']);
    const open = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    assert.ok(open <= 128, `${open}`);
  });
});

async function dialledPlain(t: TestContext, port: number, localAddress: string): Promise<void> {
  const socket = connectPlain({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
}
