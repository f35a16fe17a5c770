import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { openLedger, rows, temporaryFolder } from '../../adapters/sqlite/testing.ts';
import { recorded, spend, warningLimit } from '../../adapters/sqlite/testing-warnings.ts';
import { WarningOutbox } from '../../adapters/sqlite/warning-outbox.ts';
import { logOptions } from '../../adapters/telemetry/log.ts';
import { Metrics } from '../../adapters/telemetry/metrics.ts';
import type { Budget } from '../../core/policy/budget.ts';
import { HANG_MS } from '../../test/support/hang.ts';
import { SIGNING_KEY } from '../../test/support/keys.ts';
import { WEBHOOK_SECRET, WebhookReceiver } from '../../test/support/webhook-receiver.ts';
import { TIMES, type Times } from '../times.ts';
import { BudgetWarnings } from './warnings.ts';

const LIMIT = [warningLimit()];

interface Options {
  readonly folder?: string;
  readonly url: string;
  readonly policy?: string;
  readonly clock?: { now: number };
  readonly times?: Partial<Times>;
  readonly secret?: string;
}

/** A process, as far as warnings are concerned: ledger, log, metrics and sender. */
async function start(t: TestContext, { url, policy = 'local/test', ...options }: Options) {
  const folder = options.folder ?? temporaryFolder(t);
  const clock = options.clock ?? { now: Date.now() };
  const log: Record<string, unknown>[] = [];
  const lines = new Writable({
    write(text, _encoding, done) {
      log.push(JSON.parse(String(text)));
      done();
    },
  });
  const metrics = new Metrics(() => []);
  const webhook = { url, secretEnv: 'SECRET', privateAddresses: true };
  const budgets = [{ name: policy, webhook } as unknown as Budget];
  const warnings = new BudgetWarnings({
    log: pino(logOptions('info'), lines),
    clock: () => clock.now,
    // Looked for often, so that a clock that a test moves is seen.
    times: { ...TIMES, webhookPoll: 10, webhookStop: 300, ...options.times },
    environment: { SECRET: options.secret ?? WEBHOOK_SECRET },
  });
  const opened = await openLedger(folder, { clock: () => clock.now, onWarnings: warnings.recorded });
  warnings.start({ outbox: new WarningOutbox(opened), metrics, budgets: () => budgets });
  const stop = async () => {
    await warnings.stop();
    await opened.ledger.stop();
  };
  return { ...opened, folder, clock, log, metrics, warnings, stop };
}

async function until(done: () => boolean): Promise<void> {
  const deadline = Date.now() + HANG_MS;
  while (!done()) {
    assert.ok(Date.now() < deadline, 'waited in vain');
    await sleep(2);
  }
}

describe('a webhook', () => {
  it('is told of each warning once, and only of the highest that one call reaches', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const { ledger, db, clock, stop } = await start(t, receiver);
    await spend(ledger, 'a', LIMIT, 810);
    await receiver.got(1);
    await spend(ledger, 'b', LIMIT, 140);
    await receiver.got(2);
    await until(() => recorded(db).filter(([, state]) => state === 'delivered').length === 2);
    clock.now += 1e9;
    await sleep(40);
    assert.deepEqual(receiver.percents, [80, 95]);
    assert.ok(receiver.received.every(({ genuine }) => genuine));
    await stop();
  });

  it('that does not take it is told again, with the same id, ever later', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    receiver.answer = (n) => [503, (response: { destroy(): void }) => void response.destroy(), 302][n];
    const { ledger, db, clock, stop, log } = await start(t, receiver);
    await spend(ledger, 'a', LIMIT, 500);
    for (let n = 1; n <= 3; n++) {
      await receiver.got(n);
      await until(() => log.filter(({ msg }) => /did not take/.test(String(msg))).length === n);
      const [{ due_at: due } = { due_at: 0 }] = rows(db, 'SELECT due_at FROM warnings');
      const wait = Number(due) - clock.now;
      const longest = 5_000 * 2 ** (n - 1);
      assert.ok(wait >= longest / 2 && wait <= longest, `${wait} ms after ${n} attempts`);
      clock.now += wait - 1;
      await sleep(40);
      assert.equal(receiver.received.length, n, 'it came too early');
      clock.now += 1;
    }
    await receiver.got(4);
    await stop();
    assert.equal(new Set(receiver.received.map(({ event }) => event.id)).size, 1);
    const lines = log.filter(({ msg }) => /did not take/.test(String(msg)));
    assert.deepEqual(
      lines.map(({ detail }) => String(detail).slice(0, 9)),
      ['503', 'UND_ERR_S', '302'],
    );
    assert.ok(lines.every(({ again }) => typeof again === 'string'));
  });

  it('that says 410 is told no more', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    receiver.answer = () => 410;
    const { ledger, db, clock, stop, log } = await start(t, receiver);
    await spend(ledger, 'a', LIMIT, 500);
    await until(() => recorded(db)[0]?.[1] === 'given up');
    clock.now += 100_000;
    await sleep(40);
    assert.equal(receiver.received.length, 1);
    assert.match(JSON.stringify(log), /it wants no more of them/);
    await stop();
  });

  it('that takes nothing for 24 hours is told no more', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    receiver.answer = () => 500;
    const { ledger, db, clock, stop, log } = await start(t, receiver);
    await spend(ledger, 'a', LIMIT, 500);
    await receiver.got(1);
    await until(() => JSON.stringify(log).includes('did not take'));
    clock.now += 86_400_000 - 1;
    await receiver.got(2);
    await until(() => log.filter(({ msg }) => /did not take/.test(String(msg))).length === 2);
    clock.now += 3_600_000;
    await until(() => recorded(db)[0]?.[1] === 'given up');
    assert.equal(receiver.received.length, 2);
    assert.match(JSON.stringify(log), /it was tried for 24 hours/);
    await stop();
  });

  it('that hangs holds up no call, and no other warning', async (t) => {
    const hanging = await WebhookReceiver.start(t);
    hanging.answer = () => () => undefined;
    const one = await start(t, { url: hanging.url, times: { webhook: 60_000 } });
    await spend(one.ledger, 'a', LIMIT, 500);
    await hanging.got(1);
    await spend(one.ledger, 'b', LIMIT, 300);
    await hanging.got(2);
    const began = performance.now();
    await spend(one.ledger, 'c', LIMIT, 10);
    assert.ok(performance.now() - began < 20_000);
    await one.stop();
    assert.ok(performance.now() - began < 30_000, 'its end waits a little, not for long');
    assert.deepEqual(
      recorded((await openLedger(one.folder)).db).map(([, state]) => state),
      ['pending', 'pending'],
    );
  });

  it('is told after a restart of what was recorded before it, by the next process, at once', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    receiver.answer = (n) => (n === 0 ? () => undefined : undefined);
    const one = await start(t, receiver);
    await spend(one.ledger, 'a', LIMIT, 500);
    await receiver.got(1);
    await one.stop();
    assert.match(JSON.stringify(one.log), /did not take/);
    const two = await start(t, { url: receiver.url, folder: one.folder, clock: one.clock });
    await receiver.got(2);
    await until(() => recorded(two.db)[0]?.[1] === 'delivered');
    const [first, second] = receiver.received;
    assert.equal(first?.event.id, second?.event.id);
    await two.stop();
  });

  it('is told by one of several processes', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const one = await start(t, receiver);
    const two = await start(t, { url: receiver.url, folder: one.folder, clock: one.clock });
    for (let n = 0; n < 20; n++) {
      const counter = `local/test/c${n}|cluster|lifetime|usd`;
      await spend(n % 2 ? one.ledger : two.ledger, `l${n}`, [warningLimit({ counter })], 500);
    }
    await receiver.got(20);
    await sleep(60);
    assert.equal(receiver.received.length, 20);
    assert.equal(new Set(receiver.received.map(({ event }) => event.id)).size, 20);
    await Promise.all([one.stop(), two.stop()]);
  });

  it('is told at the end of a process of what its last call reached', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const { ledger, stop } = await start(t, receiver);
    await spend(ledger, 'a', LIMIT, 500);
    await stop();
    assert.deepEqual(receiver.percents, [50]);
  });

  it('whose secret is missing is not told, which is said once and not counted as an attempt', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const { ledger, db, stop, log } = await start(t, { url: receiver.url, secret: '' });
    await spend(ledger, 'a', LIMIT, 500);
    await spend(ledger, 'b', LIMIT, 300);
    assert.deepEqual(
      rows(db, 'SELECT state, attempts FROM warnings'),
      Array(2).fill({ state: 'pending', attempts: 0 }),
    );
    await stop();
    assert.equal(receiver.received.length, 0);
    assert.equal(log.filter(({ msg }) => /SECRET is not set/.test(String(msg))).length, 1);
  });

  it('of another policy is not told', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const { ledger, stop } = await start(t, { url: receiver.url, policy: 'local/other' });
    await spend(ledger, 'a', LIMIT, 500);
    await stop();
    assert.equal(receiver.received.length, 0);
  });
});

describe('a warning', () => {
  it('is one line in the log and one count for each threshold', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const { ledger, stop, log, metrics } = await start(t, receiver);
    await spend(ledger, 'a', [warningLimit({ resetsAt: Date.UTC(2026, 10, 23) })], 810);
    await stop();
    const [line, ...more] = log.filter(({ level }) => level === 40);
    assert.deepEqual(more, []);
    const { time: _, ...said } = line ?? {};
    assert.deepEqual(said, {
      level: 40,
      limit: 'local/test/budget',
      scope: 'cluster',
      percent: 80,
      spent: '$0.00000081',
      amount: '$0.000001',
      resets: '2026-11-23T00:00Z',
      msg: '80 % of a limit is spent',
    });
    const counted = await metrics.registry.getSingleMetric('tollgate_budget_warnings_total')?.get();
    const labels = { policy: 'local/test', limit: 'local/test/budget' };
    assert.deepEqual(
      counted?.values.map(({ labels, value }) => ({ ...labels, value })),
      [
        { ...labels, percent: '50', value: 1 },
        { ...labels, percent: '80', value: 1 },
      ],
    );
    assert.doesNotMatch(
      JSON.stringify(log),
      new RegExp(`${SIGNING_KEY}|${WEBHOOK_SECRET.slice(6, 30)}|/hooks/`),
    );
  });
});
