/** Sidecars and control over HTTPS, with real Redis and a real MongoDB server: no overspend, nothing unrecorded. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlStream } from '../adapters/control-client/stream.ts';
import { startTestMongo, type TestMongo } from '../adapters/mongo/testing.ts';
import { TestRedis } from '../adapters/redis/testing-server.ts';
import { closedDraft, requestFor } from '../adapters/testing-drafts.ts';
import { hashText } from '../core/audit/chain.ts';
import { checksFor } from '../core/ledger/checks.ts';
import type { PolicyObject } from '../core/policy/objects.ts';
import type { Grant, ReserveRequest, Settlement } from '../core/ports.ts';
import { binary } from '../test/cluster/binaries.ts';
import { HANG_MS } from '../test/support/hang.ts';
import {
  caller,
  connectSidecar,
  type FakeCluster,
  startTestControl,
  type TestControl,
  type TestSidecar,
} from './testing.ts';

const CALL = 1_000_000;
const budget = (usd: string): PolicyObject => ({
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'BudgetPolicy',
  metadata: { name: 'team', namespace: 'team-a' },
  spec: { limits: [{ name: 'all', per: 'namespace', window: 'lifetime', usd }] },
});

let mongo: TestMongo;
before(async () => {
  mongo = await startTestMongo(await binary('ferretdb'));
});
after(() => mongo.close());

interface World {
  readonly redis: TestRedis;
  readonly fake: FakeCluster;
  readonly controls: readonly TestControl[];
  readonly sidecars: readonly TestSidecar[];
}

/** So many sidecars of as many workloads, on so many replicas of control in turn. */
async function world(t: TestContext, usd: string, pods = 4, replicas = 2): Promise<World> {
  const redis = await TestRedis.start(t);
  const names = Array.from({ length: pods }, (_, i) => `${t.name.replaceAll(/\W+/g, '-').slice(0, 20)}-${i}`);
  const fake: FakeCluster = {
    pods: new Map(names.map((name, i) => [name, caller(`deployment/w${i}`, name)])),
    killed: new Map(),
  };
  const controls: TestControl[] = [];
  for (let i = 0; i < replicas; i++)
    controls.push(await startTestControl(t, redis, mongo.url, fake, [budget(usd)]));
  const sidecars = names.map((name, i) =>
    connectSidecar(t, controls[i % replicas]?.url ?? '', name, `${name}-chain`),
  );
  for (const { ledger } of sidecars) ledger.start({ version: '0', command: 'sidecar', predecessor: null });
  return { redis, fake, controls, sidecars };
}

/** A call that costs one thousandth of a dollar at most. */
function call({ controls, fake }: World, pod: number, lease: string): ReserveRequest {
  const [token = ''] = [...fake.pods.keys()].slice(pod, pod + 1);
  const of = fake.pods.get(token);
  const policy = of && controls[0]?.policies.of(of.payer.workload, undefined);
  assert.ok(of && policy && 'policy' in policy);
  const { snapshot } = policy.policy;
  const { workload, session } = of.payer;
  return {
    lease,
    facts: {
      exchange: lease,
      namespace: workload.namespace,
      workload: workload.name,
      session,
      provider: 'anthropic',
      model: 'm',
    },
    bound: {
      inputTokens: 500,
      cap: 500,
      minCap: 500,
      requests: 1,
      rates: { input: 1_000_000_000, output: 1_000_000_000 },
    },
    ...checksFor(snapshot.budgets, of.payer, Date.now()),
    opened: (grant: Grant) => ({
      ...requestFor({ lease, exchange: lease }).opened(grant),
      workload: { ...workload, session },
      snapshot: snapshot.hash,
    }),
  };
}

/** The call ended, and cost so much. */
function settle({ ledger }: TestSidecar, lease: string, usd: number): Promise<void> {
  const settlement: Settlement = { outcome: 'settled', amounts: { usd, tokens: 1, requests: 1 } };
  return ledger.settle(lease, settlement, closedDraft({ lease, exchange: lease }, settlement));
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + HANG_MS; !(await holds()); ) {
    assert.ok(Date.now() < deadline, `${what} does not come to hold`);
    await sleep(25);
  }
}

describe('a budget that several pods share', { timeout: 900_000 }, () => {
  it('lets exactly as many of 256 calls through as it pays for, on two replicas', async (t) => {
    const all = await world(t, '0.010');
    const answers = await Promise.all(
      all.sidecars.flatMap(({ ledger }, pod) =>
        Array.from({ length: 64 }, (_, i) => ledger.reserve(call(all, pod, `all-${pod}-${i}`))),
      ),
    );
    const granted = answers.filter((answer) => 'granted' in answer);
    assert.equal(granted.length, 10);
    assert.ok(answers.every((answer) => 'granted' in answer || answer.refused.kind === 'reserved'));
    // One that is settled for less makes room for no more than that.
    const [first] = granted;
    assert.ok(first && 'granted' in first);
    const { lease } = first.granted;
    const owner = all.sidecars[Number(lease.split('-')[1])];
    assert.ok(owner);
    await settle(owner, lease, CALL / 2);
    await until('the settlement is known', async () => {
      const [counter] =
        (await all.controls[1]?.ledger.counters([`team-a/team/all|namespace:team-a|lifetime|usd`])) ?? [];
      return counter?.spent === CALL / 2 && counter.reserved === 9 * CALL;
    });
    const again = await all.sidecars[0]?.ledger.reserve(call(all, 0, 'again'));
    assert.ok(again && 'refused' in again);
  });

  it('charges nothing twice when entries come twice, and what is stored is what was hashed', async (t) => {
    const all = await world(t, '1', 1, 1);
    const [sidecar] = all.sidecars;
    const [control] = all.controls;
    assert.ok(sidecar && control);
    for (const lease of ['t1', 't2']) {
      assert.ok('granted' in (await sidecar.ledger.reserve(call(all, 0, lease))));
      await settle(sidecar, lease, 7);
    }
    await until('everything is acknowledged', () => sidecar.spool.isEmpty);
    const { chain } = sidecar.ledger.end;
    const stored = await control.audit.chain(chain);
    assert.deepEqual(
      stored.map(({ text }) => JSON.parse(text).kind),
      ['started', 'opened', 'closed', 'opened', 'closed'],
    );
    assert.ok(stored.every(({ text, hash }) => hashText(text) === hash));
    assert.deepEqual(await control.audit.end(chain), sidecar.ledger.end);
    await sidecar.connection.post('/sidecar/v1/entries', { chain, entries: stored });
    const [counter] = await control.ledger.counters(['team-a/team/all|namespace:team-a|lifetime|usd']);
    assert.deepEqual(counter, { spent: 14, reserved: 0 });
  });

  it('loses no record while control or the audit log is away', async (t) => {
    const all = await world(t, '1', 1, 1);
    const [sidecar] = all.sidecars;
    const [control] = all.controls;
    assert.ok(sidecar && control);
    assert.ok('granted' in (await sidecar.ledger.reserve(call(all, 0, 'before'))));
    const port = Number(new URL(control.url).port);
    control.kill();
    await assert.rejects(sidecar.ledger.reserve(call(all, 0, 'away')), { name: 'LedgerUnavailable' });
    await settle(sidecar, 'before', 3);
    await mongo.kill();
    const back = startTestControl(t, all.redis, mongo.url, all.fake, [budget('1')], port);
    await mongo.start();
    const { ledger, audit } = await back;
    await until('everything is acknowledged', () => sidecar.spool.isEmpty);
    assert.deepEqual(await audit.end(sidecar.ledger.end.chain), sidecar.ledger.end);
    const [counter] = await ledger.counters(['team-a/team/all|namespace:team-a|lifetime|usd']);
    assert.deepEqual(counter, { spent: 3, reserved: 0 });
  });
});

describe('control', { timeout: 300_000 }, () => {
  it('knows nobody without a good token, and says nothing of who is there', async (t) => {
    const all = await world(t, '1', 1, 1);
    const stranger = connectSidecar(t, all.controls[0]?.url ?? '', 'nobody', 'c1');
    for (const path of ['hello', 'reserve', 'extend', 'entries', 'session', 'contents', 'report'])
      await assert.rejects(
        stranger.connection.post(`/sidecar/v1/${path}`, {}),
        { code: 'unauthenticated' },
        path,
      );
    await assert.rejects(
      stranger.connection.stream('/sidecar/v1/events', 1000, new AbortController().signal),
      {
        code: 'unauthenticated',
      },
    );
  });

  it('takes entries of nobody else, changed ones, and ones with a gap for what they are', async (t) => {
    const all = await world(t, '1', 1, 1);
    const [sidecar] = all.sidecars;
    assert.ok(sidecar);
    const entry = (seq: number, draft: object, chain = 'made-up', prev = '0'.repeat(64)) => {
      const text = JSON.stringify({ chain, seq, prev, ...draft });
      return { seq, text, hash: hashText(text) };
    };
    const workload = { namespace: 'team-b', name: 'deployment/w0', labels: {}, session: 's' };
    const first = entry(1, { kind: 'stopped', at: 1 });
    const wrong: Record<string, object> = {
      'another workload': { chain: 'made-up', entries: [entry(1, { kind: 'opened', workload })] },
      'another hash': {
        chain: 'made-up',
        entries: [{ ...entry(1, { kind: 'stopped', at: 1 }), hash: '1'.repeat(64) }],
      },
      'another chain': { chain: 'made-up', entries: [entry(1, { kind: 'stopped', at: 1 }, 'other')] },
      'a gap': {
        chain: 'made-up',
        entries: [first, entry(3, { kind: 'stopped', at: 1 }, 'made-up', first.hash)],
      },
      'no link': { chain: 'made-up', entries: [first, entry(2, { kind: 'stopped', at: 1 })] },
      'no message': { chain: 'made-up', entries: [] },
    };
    for (const [what, message] of Object.entries(wrong))
      await assert.rejects(
        sidecar.connection.post('/sidecar/v1/entries', message),
        { code: 'bad_message' },
        what,
      );
    assert.deepEqual(await all.controls[0]?.audit.chain('made-up'), []);
  });

  it('says that a chain has forked, and keeps what is stored', async (t) => {
    const all = await world(t, '1', 1, 1);
    const [sidecar] = all.sidecars;
    const [control] = all.controls;
    assert.ok(sidecar && control);
    await until('the start is stored', () => sidecar.spool.isEmpty);
    const { chain } = sidecar.ledger.end;
    const text = JSON.stringify({ chain, seq: 1, prev: '0'.repeat(64), kind: 'stopped', at: 1 });
    const other = { chain, entries: [{ seq: 1, text, hash: hashText(text) }] };
    await assert.rejects(sidecar.connection.post('/sidecar/v1/entries', other), { code: 'fork' });
    assert.equal((await control.audit.chain(chain))[0]?.hash, sidecar.ledger.end.hash);
  });

  it('refuses a call that was judged by another policy than the one in force', async (t) => {
    const all = await world(t, '1', 1, 1);
    const old = call(all, 0, 'old');
    all.controls[0]?.policies.replace([budget('2')]);
    await assert.rejects(all.sidecars[0]?.ledger.reserve(old) ?? Promise.resolve(), {
      name: 'LedgerUnavailable',
      message: /policy/,
    });
  });

  it('stops a killed pod at its next call, and tells it at once', async (t) => {
    const all = await world(t, '1', 1, 1);
    const [sidecar] = all.sidecars;
    const [control] = all.controls;
    const [token = ''] = all.fake.pods.keys();
    assert.ok(sidecar && control);
    const told: unknown[] = [];
    const stream = new ControlStream({
      connection: sidecar.connection,
      onEvent: (name, event) => told.push([name, event]),
      onConnected: () => undefined,
      onLost: () => undefined,
    });
    t.after(() => stream.stop());
    await until('the stream says everything', () => told.length === 4);
    assert.deepEqual(told.slice(0, 3), [
      ['kill', { reason: null }],
      ['credentials', { credentials: { anthropic: 'sk-real' } }],
      ['problem', { problem: null }],
    ]);
    all.fake.killed.set(token, 'enough');
    await control.streams.changed();
    await until('it is told', () => told.length === 5);
    assert.deepEqual(told[4], ['kill', { reason: 'enough' }]);
    assert.deepEqual(await sidecar.ledger.reserve(call(all, 0, 'late')), {
      refused: { kind: 'stopped', reason: 'enough' },
    });
    all.fake.pods.delete(token);
    await control.streams.changed();
    await until('its stream is ended', () => control.streams.size === 0);
  });
});
