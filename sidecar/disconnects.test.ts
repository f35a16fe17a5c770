import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { budget, profile, provider, usd } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import {
  chunk,
  LAST_CHUNK,
  RawUpstream,
  SSE_HEAD,
  sseEnd,
  sseStart,
  sseText,
} from '../test/support/raw-upstream.ts';
import { question, startTestSidecar, type TestOptions, type TestSidecar } from '../test/support/sidecar.ts';

const CANCEL = [budget({ limits: [usd('1000')], onDisconnect: 'cancel' }), profile({})];

const request = ({ port }: TestSidecar, text: string, more: object = {}) => {
  const body = JSON.stringify(question(text, more));
  const head = `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nx-api-key: ${DUMMY_KEY}\r\n`;
  return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

async function asking(
  t: TestContext,
  sidecar: TestSidecar,
  text: string,
  more: object = {},
): Promise<RawClient> {
  const client = await RawClient.connect(t, sidecar.port);
  await client.send(request(sidecar, text, more));
  return client;
}

/** A provider that streams in steps, each when it is told to. */
async function stepping(t: TestContext, options: TestOptions = {}) {
  /** One for each step; told before its step has come, it waits for it. */
  const told = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  let next = 0;
  const steps = [sseStart() + sseText('one'), sseText('two', 1), sseEnd()];
  const upstream = await RawUpstream.start(t, async (_request, socket) => {
    socket.write(SSE_HEAD);
    for (const [n, text] of steps.entries()) {
      socket.write(chunk(text));
      await told[n]?.promise;
    }
    socket.write(LAST_CHUNK);
  });
  const sidecar = await startTestSidecar(t, { upstream: upstream.url, ...options });
  return { upstream, sidecar, next: () => told[next++]?.resolve() };
}

describe('an agent that hangs up before its call is made', () => {
  it('while the ledger is waited for: nothing is sent, nothing charged', async (t) => {
    const sidecar = await startTestSidecar(t);
    const db = new DatabaseSync(join(sidecar.state, 'tollgate.db'));
    db.exec('BEGIN IMMEDIATE');
    const client = await asking(t, sidecar, 'hi');
    await sidecar.arrived(1);
    await sleep(50);
    client.reset();
    await sidecar.ended(1);
    db.close();
    const { outcome, code, status, faults } = await sidecar.closed(1);
    assert.deepEqual([outcome, code, status, faults], ['released', null, null, ['client_gone']]);
    assert.equal(sidecar.rehearsal.requests().length, 0);
    await sidecar.assertWell();
  });

  it('while the provider is being connected to, and the budget wants no such calls: nothing is sent', async (t) => {
    // It accepts, and never finishes the handshake of TLS.
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    t.after(() => silent.close());
    const connected = once(silent, 'connection');
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const sidecar = await startTestSidecar(t, { policies: [...CANCEL, provider(url)], upstream: url });
    const client = await asking(t, sidecar, 'hi');
    await sidecar.recorded(({ opened }) => opened.length === 1);
    await connected;
    client.reset();
    // Had it waited for the connection, it would say that there is none.
    const { outcome, code, faults } = await sidecar.closed(1);
    assert.deepEqual([outcome, code, faults], ['released', null, ['client_gone']]);
  });
});

describe('an agent that hangs up while a tunnel to the provider is opened, and the budget wants no such calls', () => {
  it('leaves it at that: nothing is sent through the tunnel', async (t) => {
    const upstream = await RawUpstream.start(t);
    const asked = Promise.withResolvers<Socket>();
    const proxy = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => asked.resolve(socket));
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    t.after(() => proxy.close());
    const through = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const policies = [...CANCEL, provider(upstream.url, { proxy: through })];
    const sidecar = await startTestSidecar(t, { policies, upstream: upstream.url });
    const client = await asking(t, sidecar, 'hi');
    const socket = await asked.promise;
    client.reset();
    const { outcome, faults } = await sidecar.closed(1);
    assert.deepEqual([outcome, faults], ['released', ['client_gone']]);
    const tunnel = connect(Number(new URL(upstream.url).port), '127.0.0.1');
    tunnel.on('error', () => undefined);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(tunnel).pipe(socket);
    await sleep(100);
    assert.equal(upstream.bytesReceived, 0);
  });
});

describe('an agent that hangs up before its reply begins', () => {
  for (const stream of [false, true]) {
    it(`is charged what the provider bills (${stream ? '' : 'not '}streamed)`, async (t) => {
      const sidecar = await startTestSidecar(t);
      const client = await asking(t, sidecar, '/fault slow-head:1000', { stream });
      while (sidecar.rehearsal.requests().length === 0) await sleep(2);
      client.reset();
      const { outcome, amounts, faults, status } = await sidecar.closed(1);
      assert.deepEqual([outcome, status, faults], ['settled', null, ['client_gone']]);
      assert.equal(amounts.usd, sidecar.rehearsal.bill()[0]?.nanoUsd);
      await sidecar.assertWell();
    });

    it(`has its call broken off where the budget says so, and is charged in full (${stream ? '' : 'not '}streamed)`, async (t) => {
      const upstream = await RawUpstream.start(t, () => undefined);
      const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies: CANCEL });
      const client = await asking(t, sidecar, 'hi', { stream });
      await upstream.received(1);
      client.reset();
      const { outcome, code, status, faults } = await sidecar.closed(1);
      assert.deepEqual([outcome, code, status, faults], ['charged', null, null, ['client_gone']]);
      await upstream.allClosed();
    });
  }

  it('in the middle of a reply that is not streamed: broken off and charged where the budget says so', async (t) => {
    const upstream = await RawUpstream.start(t, (_request, socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"half":',
      );
    });
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies: CANCEL });
    const client = await asking(t, sidecar, 'hi');
    await upstream.received(1);
    await sleep(30);
    client.reset();
    const { outcome, code, faults } = await sidecar.closed(1);
    assert.deepEqual([outcome, code, faults], ['charged', null, ['client_gone']]);
    await upstream.allClosed();
  });
});

describe('an agent that hangs up in the middle of a stream', () => {
  for (const how of ['reset', 'end'] as const) {
    it(`has it read on to its end, and is charged what the provider bills (${how})`, async (t) => {
      const sidecar = await startTestSidecar(t, { rehearsal: { paceMs: 5 } });
      const client = await asking(t, sidecar, '/tokens 300\n/chunk 40', { stream: true });
      await client.untilText('content_block_delta');
      if (how === 'reset') client.reset();
      else client.socket.end();
      const { outcome, amounts, faults, status, code, usage } = await sidecar.closed(1);
      assert.deepEqual([outcome, status, code, faults], ['settled', null, null, ['client_gone']]);
      const [line] = sidecar.rehearsal.bill();
      assert.deepEqual([line?.ended, line?.outputTokens], ['complete', 300]);
      assert.deepEqual([amounts.usd, usage?.outputTokens], [line?.nanoUsd, 300]);
      await sidecar.assertWell();
    });
  }

  it('has it broken off where the budget says so, and is charged in full', async (t) => {
    const sidecar = await startTestSidecar(t, { rehearsal: { paceMs: 20 }, policies: CANCEL });
    const client = await asking(t, sidecar, '/tokens 1500\n/chunk 40', { stream: true });
    await client.untilText('content_block_delta');
    client.reset();
    const { outcome, amounts, faults, status } = await sidecar.closed(1);
    assert.deepEqual([outcome, status, faults], ['charged', null, ['usage_missing', 'client_gone']]);
    const opened = sidecar.records().opened[0];
    assert.deepEqual(amounts, opened?.reserved);
    while (sidecar.rehearsal.bill().length === 0) await sleep(5);
    const [line] = sidecar.rehearsal.bill();
    assert.equal(line?.ended, 'client_gone', 'the provider has stopped');
    assert.ok(Number(line?.outputTokens) < 1000 && Number(line?.nanoUsd) <= amounts.usd);
    await sidecar.assertWell();
  });

  it('after its last event has missed nothing, whatever the budget says', async (t) => {
    const { sidecar, next, upstream } = await stepping(t, { policies: CANCEL });
    const client = await asking(t, sidecar, 'hi', { stream: true });
    for (const text of ['one', 'two']) {
      await client.untilText(text);
      next();
    }
    await client.untilText('message_stop');
    client.reset();
    await sidecar.ended(1);
    next();
    const { outcome, faults, status, amounts } = await sidecar.closed(1);
    assert.deepEqual([outcome, status, faults], ['settled', 200, []]);
    assert.equal(amounts.usd, 10 * 1000 + 5 * 5000);
    assert.equal(upstream.requests.length, 1);
  });

  it('behind another reply on its connection is noticed too', async (t) => {
    const { sidecar, upstream, next } = await stepping(t);
    const client = await RawClient.connect(t, sidecar.port);
    await client.send(request(sidecar, '1', { stream: true }) + request(sidecar, '2', { stream: true }));
    await upstream.received(2);
    await client.untilText('one');
    client.reset();
    await sidecar.ended(2);
    upstream.close();
    const records = await sidecar.recorded(({ closed }) => closed.length === 2);
    assert.deepEqual(
      records.closed.map(({ status }) => status),
      [null, null],
    );
    assert.ok(records.closed.every(({ faults }) => faults.includes('client_gone')));
    next();
  });

  it('by sending what is no request loses its connection, and nobody writes into its stream', async (t) => {
    const { sidecar, upstream, next } = await stepping(t);
    const client = await asking(t, sidecar, 'hi', { stream: true });
    await client.untilText('one');
    const before = client.received.length;
    await client.send('\0\0garbage\r\n\r\n');
    await client.untilClosed();
    assert.equal(client.received.length, before);
    next();
    next();
    next();
    const { outcome, faults } = await sidecar.closed(1);
    assert.deepEqual([outcome, faults], ['settled', ['client_gone']]);
    assert.equal(upstream.requests.length, 1);
  });
});
