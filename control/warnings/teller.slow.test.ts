/** Two replicas of control tell of warnings, with a real Redis and a receiver that checks signatures. */
import assert from 'node:assert/strict';
import { before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { type Access, openAccess } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { EventRecorder } from '../../adapters/kube/events.ts';
import { FakeApi } from '../../adapters/kube/testing-api.ts';
import { eventually } from '../../adapters/kube/testing-oracle.ts';
import type { RedisLedger } from '../../adapters/redis/ledger.ts';
import { openLedger } from '../../adapters/redis/testing.ts';
import { TestRedis } from '../../adapters/redis/testing-server.ts';
import { closedDraft, limitOf, requestFor } from '../../adapters/testing-drafts.ts';
import type { BudgetWarning } from '../../core/ledger/warnings.ts';
import { HANG_MS } from '../../test/support/hang.ts';
import { atEnd, fileScope } from '../../test/support/output.ts';
import { WEBHOOK_SECRET, WebhookReceiver } from '../../test/support/webhook-receiver.ts';
import type { PolicyView } from '../status/writer.ts';
import { type TellerOptions, WarningTeller } from './teller.ts';

const LIMIT = 'tollgate-system/team/day';
const COUNTER = `${LIMIT}|workload:team-a/deployment/triage|day:UTC:2026-11-22|usd`;
const PERCENTS = [50, 80, 95];
const RESETS = Date.now() + 3_600_000;

const file = fileScope();

/** What a replica did that can be seen from outside, beside events and webhooks. */
interface Replica {
  readonly teller: WarningTeller;
  readonly counted: BudgetWarning[];
  readonly lines: string[];
}

describe('control’s warnings', () => {
  let redis: TestRedis;
  before(async () => {
    redis = await TestRedis.start(file);
  });

  async function world(t: TestContext, more: { send?: boolean; secret?: string } = {}) {
    const receiver = await WebhookReceiver.start(t);
    const api = await FakeApi.start();
    atEnd(t, () => api.close());
    const access = openAccess(api.url);
    atEnd(t, () => access.close());
    await redis.run((one) => one.flushall());
    const ledger = await openLedger(t, redis);
    const { send = true, secret = WEBHOOK_SECRET } = more;
    const webhook = {
      url: receiver.url,
      privateAddresses: true,
      secretRef: { name: 'signing', key: 'key' },
    };
    const policy = {
      apiVersion: 'tollgate.dev/v1alpha1',
      kind: 'BudgetPolicy',
      metadata: {
        name: 'team',
        namespace: 'tollgate-system',
        uid: 'u1',
        resourceVersion: '1',
        generation: 1,
      },
      spec: {
        limits: [{ name: 'day', per: 'workload', window: 'day', usd: '0.000001' }],
        warnings: { at: PERCENTS, ...(send ? { webhook } : {}) },
      },
    } as PolicyView;
    const state = { secret, policies: [policy] };
    const replica = (name: string, options: Partial<TellerOptions> = {}) =>
      start(t, access, name, ledger, state, options);
    const events = () =>
      api.store.list('events.k8s.io/events').map(({ reason, regarding, note }) => ({
        what: `${reason} ${(regarding as { kind: string; name: string }).kind}/${(regarding as { name: string }).name}`,
        note: String(note),
      }));
    const waiting = () => ledger.outbox.warnings(100);
    /** Until nothing waits, and a little longer: what would come twice has time to. */
    const done = async () => {
      for (const deadline = Date.now() + HANG_MS; (await waiting()).length > 0; ) {
        assert.ok(Date.now() < deadline, 'it goes on waiting');
        await sleep(50);
      }
      await quiet();
    };
    return { receiver, ledger, state, replica, events, waiting, done };
  }

  function start(
    t: TestContext,
    access: Access,
    name: string,
    { outbox }: RedisLedger,
    state: { secret: string; policies: PolicyView[] },
    options: Partial<TellerOptions>,
  ): Replica {
    const client = new KubeClient(access, 'test');
    const events = new EventRecorder(client, { controller: 'tollgate.dev/control', instance: name });
    const counted: BudgetWarning[] = [];
    const lines: string[] = [];
    const teller = new WarningTeller({
      outbox,
      events,
      policies: () => state.policies,
      secrets: { find: () => state.secret || undefined },
      metrics: { warned: (warning) => counted.push(warning as BudgetWarning) },
      log: pino({ level: 'info' }, { write: (line) => lines.push(line) }),
      ...options,
      times: { every: 20, claim: 60_000, answer: 30_000, unable: 50, ...options.times },
    });
    atEnd(t, async () => {
      await teller.stop();
      await events.stop();
    });
    teller.start();
    return { teller, counted, lines };
  }

  async function spend(ledger: RedisLedger, lease: string, usd: number, send: boolean): Promise<void> {
    const warns = { amount: 1000, percents: PERCENTS, send };
    const limits = [limitOf(1000, { id: LIMIT, counter: COUNTER, resetsAt: RESETS, warns })];
    const rates = { input: 1e6, output: 1e6 };
    const bound = { inputTokens: usd, cap: 0, minCap: 0, rates, requests: 1 } as const;
    assert.ok('granted' in (await ledger.reserve(requestFor({ lease, limits, bound }))));
    const settled = { outcome: 'settled', amounts: { usd, tokens: usd, requests: 1 } } as const;
    await ledger.settle(lease, settled, closedDraft({ lease }, settled));
  }

  const quiet = () => sleep(300);

  /** The outbox, with what is postponed put down, and postponed by another time. */
  function watched(
    { outbox }: RedisLedger,
    postponed: number[],
    by: (ms: number) => number,
  ): TellerOptions['outbox'] {
    return {
      claimWarning: (ms) => outbox.claimWarning(ms),
      acknowledgeWarnings: (ids) => outbox.acknowledgeWarnings(ids),
      postponeWarning: (claimed, ms) => {
        postponed.push(ms);
        return outbox.postponeWarning(claimed, by(ms));
      },
    };
  }

  it('are told once by both replicas together: log, metric, Event and webhook', async (t) => {
    const { receiver, ledger, replica, events, waiting, done } = await world(t);
    const replicas = [replica('a'), replica('b')];
    for (const [lease, usd] of [
      ['a', 500],
      ['b', 300],
      ['c', 150],
    ] as const) {
      await spend(ledger, lease, usd, true);
      const wanted = receiver.received.length + 1;
      await eventually(
        () => receiver.received.length >= wanted,
        20_000,
        () => JSON.stringify(receiver.received),
      );
    }
    await done();
    assert.deepEqual(
      receiver.received.map(({ event, genuine }) => [event.data.percent, genuine]),
      PERCENTS.map((percent) => [percent, true]),
    );
    assert.equal(new Set(receiver.received.map(({ event }) => event.id)).size, 3);
    const percents = replicas.flatMap(({ counted }) => counted.map(({ percent }) => percent)).toSorted();
    assert.deepEqual(percents, PERCENTS);
    const said = replicas.flatMap(({ lines }) =>
      lines.filter((line) => line.includes('of a limit is spent')),
    );
    assert.equal(said.length, 3);
    await eventually(
      () => events().length === 3,
      20_000,
      () => JSON.stringify(events()),
    );
    assert.deepEqual(new Set(events().map(({ what }) => what)), new Set(['BudgetWarning BudgetPolicy/team']));
    const notes = events().map(({ note }) => note);
    assert.equal(notes.length, 3);
    assert.match(
      notes.join('\n'),
      /80 % of day is spent: .* counted for workload:team-a\/deployment\/triage; it resets /,
    );
    assert.deepEqual(await waiting(), []);
  });

  it('that one call reaches together are all counted, and the highest is told', async (t) => {
    const { receiver, ledger, replica, events, done } = await world(t);
    const { counted } = replica('a');
    await spend(ledger, 'a', 960, true);
    await eventually(
      () => receiver.received.length === 1,
      20_000,
      () => 'nothing came',
    );
    await done();
    assert.deepEqual(counted.map(({ percent }) => percent).toSorted(), PERCENTS);
    assert.deepEqual(
      receiver.received.map(({ event }) => event.data.percent),
      [95],
    );
    await eventually(
      () => events().length === 1,
      20_000,
      () => JSON.stringify(events()),
    );
  });

  it('without a webhook are told in log, metric and Event', async (t) => {
    const { receiver, ledger, replica, events, waiting, done } = await world(t, { send: false });
    replica('a');
    await spend(ledger, 'a', 500, false);
    await eventually(
      () => events().length === 1,
      20_000,
      () => 'no event',
    );
    await done();
    assert.deepEqual([receiver.received.length, await waiting()], [0, []]);
  });

  it('that a receiver does not take are sent again, later, with the same id, and told nowhere twice', async (t) => {
    const { receiver, ledger, replica, events, waiting, done } = await world(t);
    receiver.answer = (n) => (n === 0 ? 503 : undefined);
    const postponed: number[] = [];
    const soon = watched(ledger, postponed, () => 10);
    const { counted, lines } = replica('a', { outbox: soon });
    await spend(ledger, 'a', 500, true);
    await eventually(
      () => receiver.received.length === 2,
      20_000,
      () => JSON.stringify(postponed),
    );
    await eventually(
      () => events().length === 1,
      20_000,
      () => 'no event',
    );
    await done();
    assert.equal(new Set(receiver.received.map(({ event }) => event.id)).size, 1);
    assert.equal(postponed.length, 1);
    const [wait = 0] = postponed;
    assert.ok(wait >= 2_500 && wait <= 5_000, String(wait));
    assert.deepEqual([counted.length, events().length, await waiting()], [1, 1, []]);
    assert.equal(lines.filter((line) => line.includes('of a limit is spent')).length, 1);
  });

  it('are given up when the receiver wants no more, or after 24 hours', async (t) => {
    const { receiver, ledger, replica, waiting, done } = await world(t);
    receiver.answer = () => 410;
    const { lines, teller } = replica('a');
    await spend(ledger, 'a', 500, true);
    await eventually(
      () => lines.some((line) => line.includes('410')),
      20_000,
      () => lines.join(''),
    );
    await done();
    assert.deepEqual([receiver.received.length, await waiting()], [1, []]);
    await teller.stop();
    const late = replica('b', { clock: () => Date.now() + 24 * 3_600_000 });
    await spend(ledger, 'b', 300, true);
    await eventually(
      () => late.lines.some((line) => line.includes('24 hours')),
      20_000,
      () => late.lines.join(''),
    );
    await done();
    assert.deepEqual([receiver.received.length, await waiting()], [1, []]);
  });

  it('that a replica leaves behind are told by another, with the same id', async (t) => {
    const { receiver, ledger, replica, waiting, done } = await world(t);
    receiver.answer = (n) => (n === 0 ? () => undefined : undefined);
    const postponed: number[] = [];
    const first = replica('a', { outbox: watched(ledger, postponed, (ms) => ms) });
    await spend(ledger, 'a', 500, true);
    await eventually(
      () => receiver.received.length === 1,
      20_000,
      () => 'nothing came',
    );
    const second = replica('b');
    await first.teller.stop();
    await eventually(
      () => receiver.received.length === 2,
      20_000,
      () => 'nothing came again',
    );
    await done();
    assert.equal(new Set(receiver.received.map(({ event }) => event.id)).size, 1);
    assert.deepEqual([second.counted.length, await waiting()], [0, []]);
    assert.deepEqual(postponed, [0]);
  });

  it('wait for a secret that is not there, and the policy says so, once', async (t) => {
    const { receiver, ledger, replica, events, state, waiting, done } = await world(t, { secret: '' });
    replica('a');
    replica('b');
    await spend(ledger, 'a', 500, true);
    const said = () => events().filter(({ what }) => what === 'WebhookNotTold BudgetPolicy/team');
    await eventually(
      () => said().length === 1,
      20_000,
      () => 'no event',
    );
    await quiet();
    assert.equal(said().length, 1);
    assert.match(said()[0]?.note ?? '', /Secret tollgate-system\/signing is not there/);
    assert.deepEqual([receiver.received.length, (await waiting()).length], [0, 1]);
    state.secret = WEBHOOK_SECRET;
    await eventually(
      () => receiver.received.length === 1,
      20_000,
      () => 'nothing came',
    );
    await done();
    assert.deepEqual(await waiting(), []);
  });

  it('of a policy that is gone are only logged and counted', async (t) => {
    const { receiver, ledger, replica, events, state, waiting, done } = await world(t);
    state.policies = [];
    const { counted } = replica('a');
    await spend(ledger, 'a', 500, true);
    await eventually(
      () => counted.length === 1,
      20_000,
      () => 'not counted',
    );
    await done();
    assert.deepEqual([receiver.received.length, events(), await waiting()], [0, [], []]);
  });
});
