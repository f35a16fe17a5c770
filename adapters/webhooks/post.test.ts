import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { BudgetWarning } from '../../core/ledger/warnings.ts';
import type { Budget } from '../../core/policy/budget.ts';
import { SIGNING_KEY } from '../../test/support/keys.ts';
import { WEBHOOK_SECRET, WebhookReceiver } from '../../test/support/webhook-receiver.ts';
import { post } from './post.ts';
import { type Target, targetOf } from './target.ts';

const WARNING: BudgetWarning = {
  policy: 'local/team',
  limit: 'local/team/per-day',
  scope: 'cluster',
  window: 'lifetime',
  unit: 'usd',
  percent: 80,
  spent: 8e9,
  amount: 1e10,
  resetsAt: null,
  at: 1_700_000_000_000,
  workload: 'local/claude',
  session: 's1',
};

const target = (url: string): Target =>
  targetOf({ name: 'x', webhook: { url, secretEnv: 'S', privateAddresses: true } } as unknown as Budget, {
    S: WEBHOOK_SECRET,
  }) as Target;

const send = (url: string, ms = 5_000) => post(target(url), WARNING, AbortSignal.timeout(ms), Date.now());

/** A server that says these bytes to whoever connects, and goes on as it is told. */
async function rawServer(t: TestContext, bytes: string, end: boolean): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => (end ? socket.end(bytes) : socket.write(bytes)));
    t.after(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/token-in-the-path`;
}

describe('telling a webhook', () => {
  it('sends one signed event, and is content with any status from 200 to 299', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const statuses = [200, 202, 204, 299];
    receiver.answer = (n) => statuses[n];
    for (const status of statuses) assert.deepEqual(await send(receiver.url), { how: 'taken', status });
    const [first] = receiver.received;
    assert.ok(receiver.received.every(({ genuine }) => genuine));
    assert.equal(first?.path, '/hooks/budget');
    assert.equal(first?.headers['content-type'], 'application/cloudevents+json; charset=utf-8');
    assert.equal(first?.headers['webhook-id'], first?.event.id);
    assert.match(String(first?.headers['user-agent']), /^tollgate\/\d/);
    assert.deepEqual(first?.event.data.spentNanoUsd, 8e9);
  });

  it('that answers 410 is over', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    receiver.answer = () => 410;
    assert.deepEqual(await send(receiver.url), { how: 'gone' });
  });

  it('follows no redirect', async (t) => {
    const elsewhere = await WebhookReceiver.start(t);
    const receiver = await WebhookReceiver.start(t);
    for (const status of [301, 302, 307, 308]) {
      receiver.answer = () => (response) => response.writeHead(status, { location: elsewhere.url }).end();
      assert.deepEqual(await send(receiver.url), { how: 'failed', detail: String(status) });
    }
    assert.equal(elsewhere.received.length, 0);
  });

  it('is content with a status whose body never ends', async (t) => {
    const url = await rawServer(t, 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', false);
    assert.deepEqual(await send(url), { how: 'taken', status: 200 });
  });

  it('fails where nobody listens, answers in time, or answers HTTP', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const { url } = receiver;
    receiver.stop();
    const [closed, silent, garbage, half] = await Promise.all([
      send(url),
      send(await rawServer(t, '', false), 300),
      send(await rawServer(t, 'SSH-2.0\r\n', true)),
      send(await rawServer(t, 'HTTP/1.1 200', true)),
    ]);
    assert.match(JSON.stringify(closed), /"failed","detail":"ECONNREFUSED/);
    assert.deepEqual(silent, { how: 'failed', detail: 'no answer in time' });
    assert.match(JSON.stringify(garbage), /"failed","detail":"Response does not match the HTTP/);
    assert.equal(half.how, 'failed');
  });

  it('shows of an answer the first 200 printable characters, and nothing that is secret', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const token = 'T0KEN-9f8e7d';
    const says = [
      `Cannot POST /hooks/${token}?key=${token}x\r\n\u0000\u001b[31m wrong signature, the secret is ${WEBHOOK_SECRET.slice(6)}`,
      'x'.repeat(100_000),
    ];
    receiver.answer = (n) => (response) => response.writeHead(500).end(says[n]);
    const url = `http://127.0.0.1:${receiver.port}/hooks/${token}?key=${token}x`;
    const first = await send(url);
    assert.ok(first.how === 'failed');
    assert.match(first.detail, /^500: Cannot POST \*\*\* \[31m wrong signature, the secret is \*\*\*$/);
    assert.ok(!first.detail.includes(token) && !first.detail.includes(SIGNING_KEY));
    assert.deepEqual(await send(url), { how: 'failed', detail: `500: ${'x'.repeat(200)}` });
  });

  it('of an answer that is cut says its status', async (t) => {
    const url = await rawServer(t, 'HTTP/1.1 503 Busy\r\ncontent-length: 100\r\n\r\nbusy', true);
    assert.deepEqual(await send(url), { how: 'failed', detail: '503: busy' });
  });

  it('refuses a name that leads to a private address, before anything is sent', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const { lookup } = target('https://hooks.example.com/');
    const named = { ...target(receiver.url), lookup, url: new URL(`http://localhost:${receiver.port}/`) };
    const told = await post(named, WARNING, AbortSignal.timeout(5_000), Date.now());
    assert.match(JSON.stringify(told), /"failed","detail":"localhost has an address that is not public/);
    assert.equal(receiver.received.length, 0);
  });
});
