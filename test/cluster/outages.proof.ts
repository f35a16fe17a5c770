/**
 * One part after the other is away, or replaced, while an agent works: what its calls do, what new pods do, and that no
 * exchange is lost. docs/failure.md has a row for each test.
 *
 *   node --test test/cluster/outages.proof.ts                  the API server is away for 20 seconds
 *   FAULTS=full node --test test/cluster/outages.proof.ts      for a minute
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './commands.ts';
import { type Books, chargeOf, counterOf, readBooks, readCounters, settled } from './faults/books.ts';
import { roll, scale, uidOf, withoutApiServer } from './faults/chaos.ts';
import { budget, container, type Ground, SET_UP, setUp } from './faults/set-up.ts';
import {
  assertHeld,
  assertNothingLost,
  Gateways,
  type Line,
  readLines,
  summary,
  worker,
  worksAgain,
} from './faults/workers.ts';

const AWAY_MS = process.env.FAULTS === 'full' ? 60_000 : 20_000;
const TIMEOUT = { timeout: 1_200_000 };
const AGENT = 'app=agent';

let ground: Ground;
let gateways: Gateways;
let since = 0;
let policy = '';

before(async () => {
  ground = await setUp('outages', { host: 42 });
  const { cluster, namespace } = ground;
  since = Date.now();
  gateways = new Gateways(ground);
  policy = ground.fresh('wide');
  await cluster.apply(budget(namespace, policy, '100'));
  await cluster.apply(worker(ground, 'agent', 0, 700));
  await cluster.kubectl(['-n', namespace, 'rollout', 'status', 'deployment', 'agent', '--timeout=600s'], {
    timeout: 610_000,
  });
  await worksAgain(ground, AGENT, since);
}, SET_UP);
after(() => ground?.close());

const books = () => readBooks(ground.cluster, ground.namespace, since);

/** Calls that began after a moment. */
async function calls(from: number): Promise<Line[]> {
  const lines = await readLines(ground, AGENT);
  return lines.filter(({ number, at, ms = 0 }) => number !== undefined && at - ms >= from);
}

/** A part is away from `from` to `to`: no call that began then came through, and none had to be made again. */
async function assertWaited(from: number, to: number): Promise<void> {
  const made = await calls(from);
  const through = made.filter(({ whole, at, ms = 0 }) => whole && at - ms > from + 1_000 && at < to);
  assert.deepEqual(through, [], 'a call came through');
  assertWhole(made);
}

function assertWhole(made: readonly Line[]): void {
  assert.deepEqual(
    made.filter(({ whole }) => !whole),
    [],
    'a call had to be made again',
  );
}

/** A governed pod that makes one call. @returns why it could not be created */
async function create(name: string): Promise<string | undefined> {
  const { cluster, namespace } = ground;
  await gateways.look();
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name }, annotations: { 'tollgate.dev/inject': 'true' } },
    spec: {
      restartPolicy: 'OnFailure',
      terminationGracePeriodSeconds: 0,
      containers: [container('worker.ts', { CALLS: 1, EVERY: 100, FIRST: 5_000 })],
    },
  };
  return cluster.apply(manifest).then(
    () => undefined,
    ({ message }: Error) => message,
  );
}

async function succeeds(name: string): Promise<void> {
  const { cluster, namespace } = ground;
  const phase = ['get', 'pod', '-n', namespace, name, '-o', 'jsonpath={.status.phase}'];
  await until(`pod ${name} has made its call`, async () => (await cluster.kubectl(phase)) === 'Succeeded', {
    timeout: 600_000,
    every: 1_000,
  });
  await cluster.kubectl(['delete', 'pod', '-n', namespace, name, '--now']);
}

/** Whether a pod's own program has begun. */
async function hasBegun(name: string): Promise<boolean> {
  return (await readLines(ground, `app=${name}`)).length > 0;
}

describe('control', TIMEOUT, () => {
  it('away: calls wait and are answered when it is back; new pods wait before their agent starts', async () => {
    const from = Date.now();
    await scale(ground.cluster, 'control', 0);
    const gone = Date.now();
    assert.equal(await create('without-control'), undefined);
    await sleep(10_000);
    assert.equal(await hasBegun('without-control'), false);
    const to = Date.now();
    await scale(ground.cluster, 'control', 2);
    await worksAgain(ground, AGENT, to);
    await assertWaited(gone, to);
    assertWhole(await calls(from));
    await succeeds('without-control');
  });

  it('replaced: no call fails', async () => {
    const from = Date.now();
    await roll(ground.cluster, 'control');
    await worksAgain(ground, AGENT, Date.now());
    assertWhole(await calls(from));
  });
});

describe('the gateway', TIMEOUT, () => {
  it('away: calls wait and are answered when it is back; new pods wait before their agent starts', async () => {
    await scale(ground.cluster, 'gateway', 0);
    const gone = Date.now();
    assert.equal(await create('without-gateway'), undefined);
    await sleep(10_000);
    assert.equal(await hasBegun('without-gateway'), false);
    const to = Date.now();
    await scale(ground.cluster, 'gateway', 2);
    await gateways.look();
    await worksAgain(ground, AGENT, to);
    await assertWaited(gone, to);
    await succeeds('without-gateway');
  });

  it('replaced: no call fails', async () => {
    const from = Date.now();
    await roll(ground.cluster, 'gateway');
    await gateways.look();
    // Old tunnels have to be left before their gateway ends.
    await sleep(35_000);
    await worksAgain(ground, AGENT, Date.now());
    assertWhole(await calls(from));
  });
});

describe('the operator', TIMEOUT, () => {
  const DRY = ['create', '--dry-run=server', '-f', '-'];
  const pod = (governed: boolean) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `dry-${governed}`,
      namespace: ground.namespace,
      ...(governed ? { annotations: { 'tollgate.dev/inject': 'true' } } : {}),
    },
    spec: { containers: [container('worker.ts')] },
  });
  const tryOut = (governed: boolean) =>
    ground.cluster.kubectl(DRY, { input: JSON.stringify(pod(governed)) }).then(
      () => undefined,
      ({ message }: Error) => message,
    );

  it('away: agents go on; pods that ask to be governed are refused, all others are made', async () => {
    await scale(ground.cluster, 'operator', 0);
    const from = Date.now();
    assert.match((await tryOut(true)) ?? '', /tollgate/);
    assert.equal(await tryOut(false), undefined);
    await worksAgain(ground, AGENT, from);
    await scale(ground.cluster, 'operator', 2);
    assertWhole(await calls(from));
    await until('pods are let in again', async () => (await tryOut(true)) === undefined, { every: 500 });
  });

  it('replaced: pods that ask to be governed are made all the while', async () => {
    let rolled = false;
    const rolling = roll(ground.cluster, 'operator').finally(() => {
      rolled = true;
    });
    const refused: string[] = [];
    let made = 0;
    for (const last = Date.now() + 240_000; !rolled && Date.now() < last; made++) {
      const why = await tryOut(true);
      if (why !== undefined) refused.push(why);
      await sleep(300);
    }
    await rolling;
    assert.deepEqual(refused, []);
    assert.ok(made > 3);
  });
});

describe('the API server', TIMEOUT, () => {
  it(`away for ${AWAY_MS / 1000} s: agents go on`, async () => {
    const from = Date.now();
    await withoutApiServer(ground.cluster, AWAY_MS);
    const made = await calls(from);
    assert.ok(made.filter(({ at }) => at < from + AWAY_MS).length > 3, 'the agent has stood still');
    assertWhole(made);
    assert.equal(await create('after-api-server'), undefined);
    await succeeds('after-api-server');
  });
});

describe('Redis', TIMEOUT, () => {
  it('silent: calls wait, and are answered when it answers again', async () => {
    const { cluster } = ground;
    const uid = await uidOf(cluster, 'tollgate-redis-0');
    cluster.signal(uid, 'redis', 'SIGSTOP');
    const gone = Date.now();
    await sleep(12_000);
    const to = Date.now();
    cluster.signal(uid, 'redis', 'SIGCONT');
    await worksAgain(ground, AGENT, to);
    await assertWaited(gone, to);
  });

  it('crashed, with all that it knew: nothing is spent until it was counted anew, and nothing is forgotten', async () => {
    const { cluster } = ground;
    const uid = await uidOf(cluster, 'tollgate-redis-0');
    const before = await readCounters(cluster);
    cluster.signal(uid, 'redis', 'SIGKILL');
    const from = Date.now();
    await worksAgain(ground, AGENT, from);
    const after = await recorded();
    assert.notEqual(after.runId, before.runId);
    assertWhole(await calls(from));
  });
});

describe('MongoDB', TIMEOUT, () => {
  it('silent: calls go on, and their entries come later', async () => {
    const { cluster } = ground;
    const uid = await uidOf(cluster, 'tollgate-mongodb-0');
    cluster.signal(uid, 'mongo', 'SIGSTOP');
    const from = Date.now();
    await sleep(15_000);
    const made = await calls(from + 1_000);
    cluster.signal(uid, 'mongo', 'SIGCONT');
    assert.ok(made.length > 5, `${made.length} calls were made without it`);
    assertWhole(made);
    await recorded();
  });

  it('crashed: the same', async () => {
    const { cluster } = ground;
    const from = Date.now();
    cluster.signal(await uidOf(cluster, 'tollgate-mongodb-0'), 'mongo', 'SIGKILL');
    await worksAgain(ground, AGENT, from);
    assertWhole(await calls(from));
    await recorded();
  });
});

describe('the network engine', TIMEOUT, () => {
  it('away: fences that stand hold; a pod that gets none does not start, until it is back', async () => {
    const { cluster } = ground;
    await cluster.endPart('kube-router');
    const from = Date.now();
    assert.equal(await create('without-fence'), undefined);
    await worksAgain(ground, AGENT, from);
    await sleep(10_000);
    assert.equal(await hasBegun('without-fence'), false);
    await cluster.startParts('kube-router');
    await succeeds('without-fence');
    assertWhole(await calls(from));
  });
});

describe("the cluster's name servers", TIMEOUT, () => {
  it('away: calls that need a new tunnel wait or fail by name; all goes on when they are back', async () => {
    const { cluster } = ground;
    const dns = ['-n', 'kube-system', 'deployment/coredns'];
    await cluster.kubectl(['scale', ...dns, '--replicas=0']);
    await sleep(15_000);
    await cluster.kubectl(['scale', ...dns, '--replicas=1']);
    const to = Date.now();
    await cluster.kubectl(['rollout', 'status', ...dns, '--timeout=60s']);
    await worksAgain(ground, AGENT, to);
  });
});

describe('a sidecar', TIMEOUT, () => {
  it('crashed: the agent reaches nothing until it is back, and what it had recorded is kept', async () => {
    const { cluster, namespace } = ground;
    const [agent] = (
      await cluster.get<{ items: { metadata: { uid: string } }[] }>(['pods', '-n', namespace, '-l', AGENT])
    ).items;
    assert.ok(agent);
    cluster.signal(agent.metadata.uid, '--pod', 'SIGKILL');
    const from = Date.now();
    await worksAgain(ground, AGENT, from);
    await recorded();
  });
});

describe('after all of it', TIMEOUT, () => {
  it('no agent was ungoverned for a moment, no exchange was lost, and every nano-USD is accounted for', async () => {
    const { cluster, namespace, provider } = ground;
    await gateways.look();
    const lines = await readLines(ground, AGENT);
    await cluster.kubectl(['delete', 'deployment', 'agent', '-n', namespace, '--timeout=60s']);
    const exchanges = lines.flatMap(({ exchange }) => exchange ?? []);
    const final = await settled(books, policy, { exchanges });
    console.log(`   ${summary(final, provider.bill(), lines)}`);
    assertHeld(lines);
    gateways.assertAlone(0);
    assertNothingLost(final, provider.bill(), lines);
    const charged = final.calls.reduce((sum, one) => sum + chargeOf(one), 0);
    assert.equal(counterOf(final, policy)?.spent, charged, 'Redis and the audit log agree');
  });
});

/** Waits until all calls that have ended are recorded. */
async function recorded(): Promise<Books> {
  const ended = (await calls(since)).flatMap(({ exchange }) => exchange ?? []);
  let now: Books | undefined;
  await until(
    'what has ended is in the audit log',
    async () => {
      now = await books().catch(() => undefined);
      const closed = new Set(
        now?.calls.flatMap((one) => (one.closed.length + one.incomplete.length > 0 ? [one.exchange] : [])),
      );
      return now !== undefined && ended.every((one) => closed.has(one) || now?.refused.has(one));
    },
    { timeout: 600_000, every: 1_000 },
  );
  if (now === undefined) throw new Error('unreachable: it was waited for');
  return now;
}
