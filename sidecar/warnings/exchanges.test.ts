import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openState } from '../../adapters/sqlite/state.ts';
import { recorded } from '../../adapters/sqlite/testing-warnings.ts';
import { startRehearsal } from '../../rehearsal/server.ts';
import { startTestGateway, TestKeys } from '../../test/support/gateway.ts';
import { PROVIDER_KEY } from '../../test/support/keys.ts';
import { atEnd } from '../../test/support/output.ts';
import { budget, PLENTY, profile, requests, type Spec, usd } from '../../test/support/policies.ts';
import { sameDay } from '../../test/support/same-day.ts';
import { startTestSidecar, type TestOptions } from '../../test/support/sidecar.ts';
import { WEBHOOK_SECRET, WebhookReceiver } from '../../test/support/webhook-receiver.ts';
import { TIMES } from '../times.ts';

const environment = { ANTHROPIC_API_KEY: PROVIDER_KEY, HOOK_SECRET: WEBHOOK_SECRET };

const policiesFor = (url: string, spec: Spec) => {
  const webhook = { url, secretEnv: 'HOOK_SECRET', privateAddresses: true };
  return [budget({ ...spec, warnings: { webhook } }), PLENTY, profile({})];
};

function start(t: TestContext, url: string, spec: Spec, more: TestOptions = {}) {
  return startTestSidecar(t, { policies: policiesFor(url, spec), config: { environment }, ...more });
}

describe('an exchange', () => {
  it('that brings a limit to a threshold is told to the log, the metrics and the webhook', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const sidecar = await start(t, receiver.url, { limits: [requests(4, { window: 'day' })] });
    await sameDay();
    await (await sidecar.ask('/say a secret that nobody is told')).text();
    await sidecar.closed(1);
    assert.equal(receiver.received.length, 0);
    await (await sidecar.ask('/say another')).text();
    const [first] = await receiver.got(1);
    assert.ok(first?.genuine);
    const { data } = first.event;
    assert.deepEqual(
      [data.limit, data.per, data.unit, data.percent, data.spent, data.amount, data.workload],
      ['local/test/calls', 'workload', 'requests', 50, 2, 4, 'local/test'],
    );
    assert.match(String(data.window), /^day:UTC:\d{4}-\d\d-\d\d$/);
    assert.ok(!first.body.includes('secret'));
    const line = await sidecar.said(/50 % of a limit is spent/);
    assert.deepEqual([line.level, line.limit, line.spent], [40, 'local/test/calls', '2 requests']);
    const labels = { policy: 'local/test', limit: 'local/test/calls', percent: '50' };
    assert.equal((await sidecar.metrics()).sum('tollgate_budget_warnings_total', labels), 1);
    await sidecar.assertWell();
    assert.deepEqual(receiver.percents, [50], 'three of four are not 80 %');
  });

  it('does so also under a budget that only records, and when it goes beyond the limit', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const sidecar = await start(t, receiver.url, { enforce: false, limits: [requests(1)] });
    await sidecar.assertWell();
    assert.deepEqual(receiver.percents, [95]);
  });

  it('does not wait for a webhook that hangs', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    receiver.answer = () => () => undefined;
    const times = { webhookStop: 100 };
    const sidecar = await start(t, receiver.url, { limits: [requests(100)] }, { times });
    for (let n = 0; n < 60; n++) await (await sidecar.ask('hi')).text();
    await receiver.got(1);
    const began = performance.now();
    await (await sidecar.ask('hi')).text();
    assert.ok(performance.now() - began < TIMES.webhook);
    await sidecar.assertWell();
  });

  it('is told to a webhook that came with changed policies', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const limits = [requests(4)];
    const sidecar = await startTestSidecar(t, {
      policies: [budget({ limits }), PLENTY, profile({})],
      config: { environment },
    });
    sidecar.writePolicies(policiesFor(receiver.url, { limits }), sidecar.rehearsal.url);
    await sidecar.recorded(({ entries }) => entries.filter(({ kind }) => kind === 'policy').length === 2);
    for (let n = 0; n < 2; n++) await (await sidecar.ask('hi')).text();
    await receiver.got(1);
    await sidecar.assertWell();
  });

  it('that is the last is told before its process ends, and that it was is written down', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    receiver.answer = () => (response) => void setTimeout(() => response.writeHead(204).end(), 150);
    const sidecar = await start(t, receiver.url, { limits: [requests(2)] });
    await (await sidecar.ask('hi')).text();
    await sidecar.closed(1);
    await sidecar.stop();
    const { db } = openState(sidecar.state);
    assert.deepEqual(recorded(db), [[50, 'delivered']]);
    db.close();
  });

  it('of a key of a gateway is told by its own count, and after a restart before anybody calls', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    receiver.answer = (n) => (n === 2 ? () => undefined : undefined);
    const policies = policiesFor(receiver.url, { limits: [requests(4)] });
    const times = { webhookStop: 50 };
    const gateway = await startTestGateway(t, { policies, times, config: { environment } });
    const keys = new TestKeys(gateway.state);
    const [one, two] = [await keys.create('one'), await keys.create('two')];
    for (const token of [one, one, two]) await (await gateway.askAs(token)).text();
    await receiver.got(1);
    await (await gateway.askAs(two)).text();
    await receiver.got(2);
    await (await gateway.askAs(one)).text();
    await (await gateway.askAs(one)).text();
    await receiver.got(3);
    await gateway.stop();
    await startTestGateway(t, { policies, state: gateway.state, config: { environment } });
    await receiver.got(4);
    assert.deepEqual(
      receiver.received.map(({ event: { data } }) => [data.workload, data.percent]),
      [
        ['local/one', 50],
        ['local/two', 50],
        ['local/one', 95],
        ['local/one', 95],
      ],
    );
  });

  it('of a rehearsal tells nobody outside', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const rehearsal = await startRehearsal({ paceMs: 0, apiKey: PROVIDER_KEY });
    atEnd(t, () => rehearsal.close());
    const instead = { url: rehearsal.url, key: PROVIDER_KEY };
    const sidecar = await start(
      t,
      receiver.url,
      { limits: [requests(2)] },
      { config: { environment, instead } },
    );
    await (await sidecar.ask('hi')).text();
    await sidecar.said(/50 % of a limit is spent/);
    await sidecar.stop();
    assert.equal(receiver.received.length, 0);
  });

  it('that was under way when its process died is told by the next, in its metrics too', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const spec = { limits: [requests(2)] };
    const times = { leaseTtl: 200, leaseRenew: 60_000 };
    const dead = await start(t, receiver.url, spec, { times });
    const controller = new AbortController();
    const stream = await dead.ask(
      '/pace 50\n/tokens 1500\n/chunk 4',
      { stream: true },
      { signal: controller.signal },
    );
    assert.equal(stream.status, 200);
    // As far as the ledger is concerned: its lease is not extended, and expires.
    await sleep(250);
    const next = await start(t, receiver.url, spec, { times, state: dead.state });
    await receiver.got(1);
    assert.equal((await next.metrics()).sum('tollgate_budget_warnings_total', { percent: '50' }), 1);
    assert.equal((await dead.metrics()).sum('tollgate_budget_warnings_total'), 0);
    controller.abort();
    await stream.text().catch(() => undefined);
    await dead.stop();
    await next.assertWell();
  });

  it('says at its start which webhooks cannot be told, before anything depends on it', async (t) => {
    const sidecar = await start(t, 'http://10.0.0.1/x', { limits: [usd(1)] }, { config: {} });
    const line = await sidecar.said(/its webhook is not told: HOOK_SECRET is not set/);
    assert.equal(line.level, 50);
    await sidecar.assertWell();
  });
});
