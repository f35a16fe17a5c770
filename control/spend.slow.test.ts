/** What runners spend, through sidecars and control over HTTPS, with real Redis and a real MongoDB server. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SidecarCaller } from '../adapters/cluster/caller.ts';
import { startTestMongo, type TestMongo } from '../adapters/mongo/testing.ts';
import { byLease, entriesOf, NOTHING_ELSE } from '../adapters/redis/testing.ts';
import { TestRedis } from '../adapters/redis/testing-server.ts';
import { closedDraft, requestFor } from '../adapters/testing-drafts.ts';
import type { Closed, EntryDraft } from '../core/audit/entry.ts';
import { checksFor } from '../core/ledger/checks.ts';
import { NOTHING } from '../core/ledger/fit.ts';
import { sessionCounters } from '../core/ledger/session.ts';
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
const NAMESPACE = 'team-a';
const budget = (limits: object[]): PolicyObject => ({
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'BudgetPolicy',
  metadata: { name: 'team', namespace: NAMESPACE },
  spec: { limits },
});
const PER_RUNNER = budget([{ name: 'run', per: 'runner', window: 'lifetime', usd: '0.004' }]);
const LOOSE = budget([{ name: 'all', per: 'namespace', window: 'lifetime', usd: '1' }]);

let mongo: TestMongo;
before(async () => {
  mongo = await startTestMongo(await binary('ferretdb'));
});
after(() => mongo.close());

function ofRunner(runner: string, pod: string, session: string): SidecarCaller {
  const one = caller(`agentrunner/${runner}`, pod);
  return { ...one, runner, payer: { workload: { ...one.payer.workload, runner }, session } };
}

interface Pod {
  readonly caller: SidecarCaller;
  readonly sidecar: TestSidecar;
}

interface World {
  readonly redis: TestRedis;
  readonly control: TestControl;
  pod(caller: SidecarCaller, at?: TestControl): Pod;
  /** Another replica. */
  replica(): Promise<TestControl>;
}

async function world(t: TestContext, objects: readonly PolicyObject[]): Promise<World> {
  const redis = await TestRedis.start(t);
  const fake: FakeCluster = { pods: new Map(), killed: new Map() };
  const replica = () => startTestControl(t, redis, mongo.url, fake, objects);
  const control = await replica();
  const pod = (one: SidecarCaller, at = control): Pod => {
    fake.pods.set(one.pod.uid, one);
    const sidecar = connectSidecar(t, at.url, one.pod.uid, randomUUID());
    sidecar.ledger.start({ version: '0', command: 'sidecar', predecessor: null });
    return { caller: one, sidecar };
  };
  return { redis, control, pod, replica };
}

function call({ control }: World, of: SidecarCaller, lease: string): ReserveRequest {
  const { workload, session } = of.payer;
  const answer = control.policies.of(workload, undefined);
  assert.ok('policy' in answer);
  const { snapshot } = answer.policy;
  const facts = { exchange: lease, namespace: NAMESPACE, workload: workload.name, session };
  const rates = { input: 1_000_000_000, output: 1_000_000_000 };
  return {
    lease,
    facts: { ...facts, provider: 'anthropic', model: 'm' },
    bound: { inputTokens: 500, cap: 500, minCap: 500, requests: 1, rates },
    ...checksFor(snapshot.budgets, of.payer, Date.now()),
    opened: (grant: Grant) => ({
      ...requestFor({ lease, exchange: lease }).opened(grant),
      workload: { namespace: NAMESPACE, name: workload.name, labels: workload.labels, session },
      snapshot: snapshot.hash,
    }),
  };
}

const settlement = (usd: number): Settlement => ({
  outcome: 'settled',
  amounts: { usd, tokens: 7, requests: 1 },
});

async function paid(all: World, { caller: of, sidecar }: Pod, lease: string, usd: number): Promise<void> {
  assert.ok('granted' in (await sidecar.ledger.reserve(call(all, of, lease))), lease);
  await sidecar.ledger.settle(
    lease,
    settlement(usd),
    closedDraft({ lease, exchange: lease }, settlement(usd)),
  );
}

/** One that never came to the ledger. */
function refused({ caller: of, sidecar }: Pod, exchange: string, code = 'tool_not_allowed'): Promise<void> {
  const { namespace, name, labels } = of.payer.workload;
  const workload = { namespace, name, labels, session: of.payer.session };
  const released: Settlement = { outcome: 'released' };
  const entry: EntryDraft = {
    ...(closedDraft({ lease: exchange, exchange }, released) as Closed),
    lease: null,
    verdict: 'deny',
    code,
    outcome: 'none',
    amounts: NOTHING,
    asked: {
      workload,
      agent: 'codex',
      wire: 'anthropic-messages',
      endpoint: 'messages',
      requestedModel: 'm',
      snapshot: null,
      notInForce: [],
    },
  };
  return sidecar.ledger.record(entry);
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + HANG_MS; !(await holds()); ) {
    assert.ok(Date.now() < deadline, `${what} does not come to hold`);
    await sleep(25);
  }
}

const spooled = (...pods: Pod[]) =>
  until('everything is acknowledged', () => pods.every(({ sidecar }) => sidecar.spool.isEmpty));

async function spentBy({ control }: Pick<World, 'control'>, session: string) {
  const [usd, tokens] = await control.ledger.counters(sessionCounters(session));
  const tally = (await control.audit.sessions.of([session])).get(session);
  return { usd: usd?.spent, tokens: tokens?.spent, exchanges: tally?.exchanges, refused: tally?.refused };
}

describe('a budget per runner', { timeout: 600_000 }, () => {
  it('is shared by all pods of one AgentRunner, is no other’s, and does not count who has none', async (t) => {
    const all = await world(t, [PER_RUNNER]);
    const setup = all.pod(ofRunner('nightly', 'setup', 'run-1'));
    const work = all.pod(ofRunner('nightly', 'work', 'run-1'), await all.replica());
    const other = all.pod(ofRunner('weekly', 'other', 'run-2'));
    const bare = all.pod(caller('deployment/triage', 'bare'));
    const answers = await Promise.all(
      [setup, work].flatMap(({ caller: of, sidecar }) =>
        Array.from({ length: 4 }, (_, i) => sidecar.ledger.reserve(call(all, of, `${of.pod.uid}-${i}`))),
      ),
    );
    assert.equal(answers.filter((answer) => 'granted' in answer).length, 4);
    assert.ok('granted' in (await other.sidecar.ledger.reserve(call(all, other.caller, 'other'))));
    for (let i = 0; i < 6; i++)
      assert.ok('granted' in (await bare.sidecar.ledger.reserve(call(all, bare.caller, `bare-${i}`))));
    const counter = (name: string) => `${NAMESPACE}/team/run|runner:${NAMESPACE}/${name}|lifetime|usd`;
    const found = await all.control.ledger.counters([counter('nightly'), counter('weekly')]);
    assert.deepEqual(
      found.map(({ reserved }) => reserved),
      [4 * CALL, CALL],
    );
    // Another run of the same name goes on where this one was.
    const again = all.pod(ofRunner('nightly', 'again', 'run-3'));
    const no = await again.sidecar.ledger.reserve(call(all, again.caller, 'again'));
    // It says that waiting is no use.
    assert.ok('refused' in no && 'limit' in no.refused);
    assert.equal(no.refused.limit.resetsAt, Number.POSITIVE_INFINITY);
  });
});

describe('what a runner has spent', { timeout: 600_000 }, () => {
  it('is counted whatever limits there are, each exchange once, and for nobody without a runner', async (t) => {
    const all = await world(t, [LOOSE]);
    const setup = all.pod(ofRunner('nightly', 'setup', 'sum-1'));
    const work = all.pod(ofRunner('nightly', 'work', 'sum-1'), await all.replica());
    const bare = all.pod(caller('deployment/triage', 'sum-bare'));
    await Promise.all([paid(all, setup, 's1', 10), paid(all, work, 's2', 20), paid(all, bare, 's3', 40)]);
    await Promise.all([refused(setup, 's4'), refused(work, 's5'), paid(all, work, 's6', 1)]);
    await spooled(setup, work, bare);
    assert.deepEqual(await spentBy(all, 'sum-1'), { usd: 31, tokens: 21, exchanges: 5, refused: 2 });
    assert.deepEqual(await all.control.audit.sessions.of(['sum-bare']), new Map());
    const keys: string[] = [];
    for await (const some of all.control.ledger.counterKeys()) keys.push(...some);
    assert.deepEqual(
      new Set(keys),
      new Set([`${NAMESPACE}/team/all|namespace:${NAMESPACE}|lifetime|usd`, ...sessionCounters('sum-1')]),
    );

    // A batch that comes again, also to another replica, and one that overlaps with it.
    const { chain } = setup.sidecar.ledger.end;
    const stored = await all.control.audit.chain(chain);
    const told = all.control.ended.length;
    for (const entries of [stored, stored.slice(2), stored.slice(-1)])
      await setup.sidecar.connection.post('/sidecar/v1/entries', { chain, entries });
    assert.deepEqual(await spentBy(all, 'sum-1'), { usd: 31, tokens: 21, exchanges: 5, refused: 2 });
    assert.equal(all.control.ended.length, told, 'metrics count what was not stored before');
    assert.deepEqual(
      all.control.ended
        .map(({ by, closed, opened }) => `${by} ${closed.exchange} ${opened?.lease}`)
        .toSorted(),
      ['setup s1 s1', 'setup s4 undefined', 'sum-bare s3 s3'],
    );
  });

  it('says how the last exchange ended, by when that was and not by when it was told', async (t) => {
    const all = await world(t, [LOOSE]);
    const of = ofRunner('nightly', 'last', 'last-1');
    const one = all.pod(of);
    const last = async () => (await all.control.audit.sessions.of(['last-1'])).get('last-1')?.last.refusal;
    await refused(one, 'l1', 'budget_spent');
    await spooled(one);
    assert.equal(await last(), 'budget_spent');
    await paid(all, one, 'l2', 1);
    await spooled(one);
    assert.equal(await last(), null);
    const { sessions } = all.control.audit;
    await sessions.count('last-1', 'late', [{ seq: 2, at: 5, refusal: 'tool_not_allowed' }]);
    assert.equal(await last(), null);
    // What fails at the provider is no refusal.
    await refused(one, 'l3', 'upstream_unreachable');
    await spooled(one);
    assert.equal(await last(), null);
    await refused(one, 'l4', 'tool_not_allowed');
    await spooled(one);
    assert.equal(await last(), 'tool_not_allowed');
  });

  it('is not miscounted by several who count the same and other chains at once', async (t) => {
    const all = await world(t, [LOOSE]);
    const others = [all.control, await all.replica()];
    const ended = Array.from({ length: 10 }, (_, i) => ({ seq: i + 1, at: i, refusal: i % 2 ? 'x' : null }));
    await Promise.all(
      [0, 1, 2, 3].flatMap((chain) =>
        others.flatMap(({ audit }) => [
          audit.sessions.count('many', `c${chain}`, ended.slice(0, 6)),
          audit.sessions.count('many', `c${chain}`, ended),
        ]),
      ),
    );
    const tally = (await all.control.audit.sessions.of(['many'])).get('many');
    assert.deepEqual([tally?.exchanges, tally?.refused], [40, 20]);
  });

  it('has the charge of a call whose sidecar is gone, and is the same when Redis has lost everything', async (t) => {
    const all = await world(t, [LOOSE]);
    const one = all.pod(ofRunner('nightly', 'lost', 'lost-1'));
    await paid(all, one, 'x1', 5);
    assert.ok('granted' in (await one.sidecar.ledger.reserve(call(all, one.caller, 'x2'))));
    await spooled(one);
    const { ledger, audit } = all.control;
    const expired = Date.now() - 1;
    await all.redis.run((redis) => redis.zadd('{tollgate}:1:open', expired, 'x2'));
    await ledger.sweep();
    const sum = { usd: 5 + CALL, tokens: 7 + 1000, exchanges: 1, refused: undefined };
    const now = async () => ({ ...(await spentBy(all, 'lost-1')), refused: undefined });
    assert.deepEqual(await now(), sum);
    // As housekeeping does; the other entries are in the audit log already.
    const incomplete = (await entriesOf(ledger)).filter(({ kind }) => kind === 'incomplete');
    await all.redis.run((redis) => redis.flushall());
    const stored: EntryDraft[] = [];
    for await (const entry of audit.byLease()) stored.push(entry);
    const log = byLease([...stored, ...incomplete]);
    assert.equal((await ledger.rebuild({ ...NOTHING_ELSE, audit: () => log })).outcome, 'rebuilt');
    assert.deepEqual(await now(), sum);
    // The real cost comes late after all.
    await one.sidecar.ledger.settle(
      'x2',
      settlement(9),
      closedDraft({ lease: 'x2', exchange: 'x2' }, settlement(9)),
    );
    await spooled(one);
    assert.deepEqual(await now(), { usd: 14, tokens: 14, exchanges: 2, refused: undefined });
    // Its beginning came with another batch.
    assert.equal(all.control.ended.at(-1)?.opened?.lease, 'x2');
  });
});
