/**
 * One budget, four pods, 64 calls at a time in each, two replicas of control: what the provider has billed is never more
 * than the budget, and Redis, the audit log and the bill agree to the nano-USD.
 *
 *   node --test test/cluster/budget.proof.ts
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BillLine } from '../../rehearsal/server.ts';
import { until } from './commands.ts';
import { type Books, chargeOf, counterOf, readBooks, readCounters, settled } from './faults/books.ts';
import { killOne, uidOf } from './faults/chaos.ts';
import { budget, container, type Ground, linesOf, SET_UP, setUp } from './faults/set-up.ts';
import { NAMESPACE } from './tollgate.ts';

const PODS = 4;
const CONCURRENT = 64;
const LIMIT = 200_000_000;
/** More than the dearest call of spender.ts, whatever it reserves, nano-USD. */
const ONE_CALL = 4_000_000;

interface Line {
  readonly state?: string;
  readonly n?: number;
  readonly status?: number;
  /** Of the provider's message. */
  readonly id?: string;
  readonly error?: string;
}

let ground: Ground;

before(async () => {
  ground = await setUp('budget', { host: 40 });
}, SET_UP);
after(() => ground?.close());

/** Four pods that wait for a signal. */
async function spenders(name: string): Promise<readonly string[]> {
  const { cluster, namespace } = ground;
  const labels = { app: name };
  await cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: PODS,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'tollgate.dev/inject': 'true' } },
        spec: { containers: [container('spender.ts', { CONCURRENT })] },
      },
    },
  });
  await cluster.kubectl(['-n', namespace, 'rollout', 'status', 'deployment', name, '--timeout=600s'], {
    timeout: 610_000,
  });
  let waiting: readonly string[] = [];
  await until('the spenders wait', async () => {
    const lines = await linesOf<Line>(cluster, namespace, `app=${name}`);
    waiting = lines.filter(({ state }) => state === 'waiting').map(({ pod }) => pod);
    return waiting.length === PODS;
  });
  return waiting;
}

/** Lets all begin at once. */
async function begin(pods: readonly string[]): Promise<void> {
  const { cluster, namespace } = ground;
  const signal = ['node', '-e', "process.kill(1, 'SIGUSR2')"];
  await Promise.all(
    pods.map((pod) => cluster.kubectl(['exec', '-n', namespace, pod, '-c', 'agent', '--', ...signal])),
  );
}

async function done(name: string): Promise<readonly Line[]> {
  let lines: readonly Line[] = [];
  await until(
    () => `all spenders are done: ${lines.length} calls so far`,
    async () => {
      lines = await linesOf<Line>(ground.cluster, ground.namespace, `app=${name}`);
      return lines.filter(({ state }) => state === 'done').length === PODS;
    },
    { timeout: 1_200_000, every: 3_000 },
  );
  return lines.filter(({ n }) => n !== undefined);
}

const sum = (amounts: readonly number[]) => amounts.reduce((all, amount) => all + amount, 0);

interface Run {
  readonly lines: readonly Line[];
  /** What the provider has billed, and in all, nano-USD. */
  readonly bill: readonly BillLine[];
  readonly total: number;
  readonly books: Books;
  readonly policy: string;
  /** The most that was spent and reserved at once. */
  readonly most: number;
  /** How many replicas of control have reserved. */
  readonly replicas: number;
  /** Who has connected to the provider. */
  readonly callers: readonly string[];
}

/** Has four pods spend one budget. @param disturb  done while they do */
async function spend(name: string, disturb: () => Promise<void> = async () => {}): Promise<Run> {
  const { cluster, namespace, provider } = ground;
  const since = Date.now();
  const policy = ground.fresh(name);
  await cluster.apply(budget(namespace, policy, '0.20'));
  const pods = await spenders(name);
  const [billed, called] = [provider.bill().length, provider.callers().length];
  const read = () => readBooks(cluster, namespace, since);

  await begin(pods);
  const replicas = new Set<string>();
  const watching = new AbortController();
  const watched = watch(replicas, policy, watching.signal);
  const lines = await disturb()
    .then(() => done(name))
    .finally(() => watching.abort());
  const most = await watched;
  const books = await settled(read, policy);
  await cluster.kubectl(['delete', '-n', namespace, `deployment/${name}`, `budgetpolicy/${policy}`]);

  const bill = provider.bill().slice(billed);
  const total = sum(bill.map(({ nanoUsd }) => nanoUsd));
  console.log(
    `   ${lines.length} calls, ${bill.length} billed: ${total} of ${LIMIT} nano-USD; ` +
      `at most ${most} spent and reserved at once, by ${replicas.size} replicas`,
  );
  const callers = provider.callers().slice(called);
  return { lines, bill, total, books, policy, most, replicas: replicas.size, callers };
}

/** Nobody has spent more than there is, and all accounts of it agree. */
function assertBounded({ total, books, policy, most, bill, lines }: Run): void {
  assert.ok(total <= LIMIT, `${total - LIMIT} nano-USD over`);
  assert.ok(most <= LIMIT, `${most} were spent and reserved at once`);
  const charged = sum(books.calls.map(chargeOf));
  assert.ok(charged >= total, `${total} were billed, and ${charged} charged`);
  assert.equal(counterOf(books, policy)?.spent, charged, 'Redis agrees with the audit log');
  for (const { lease, opened } of books.calls) assert.equal(opened.length, 1, `the beginning of ${lease}`);
  const sold = new Set(bill.map(({ id }) => id));
  for (const { id, status } of lines)
    if (status === 200) assert.ok(sold.has(id ?? ''), `${id} was not billed`);
}

describe('one budget of 4 pods with 64 calls at a time each, over two replicas of control', () => {
  it('is spent to the last call and not by one nano-USD more', { timeout: 2_400_000 }, async () => {
    const run = await spend('quiet');
    const { total, books, lines, bill, callers } = run;
    assertBounded(run);
    assert.ok(total > LIMIT - ONE_CALL, 'so little was spent that nobody had to wait for anybody');
    assert.equal(run.replicas, 2, 'both replicas have reserved');
    assert.equal(sum(books.calls.map(chargeOf)), total, 'the audit log agrees with the bill');
    for (const { lease, closed } of books.calls) assert.equal(closed.length, 1, `the end of ${lease}`);
    const answered = lines.filter(({ status }) => status === 200);
    assert.equal(answered.length, bill.length, 'each call that was billed was answered');
    const others = lines.filter(({ status }) => status !== 200);
    for (const { status, error } of others) {
      assert.equal(status, 403, error);
      assert.match(error ?? '', /budget_(spent|reserved)|ledger_unavailable/);
    }
    assert.ok(others.length >= PODS * CONCURRENT);
    const gateways = await addresses('tollgate-gateway');
    for (const caller of callers) assert.ok(gateways.includes(caller), `${caller} is no gateway`);
  });

  it('is not overspent either when Redis forgets all and a replica is killed', {
    timeout: 900_000,
  }, async () => {
    const { cluster } = ground;
    const run = await spend('disturbed', async () => {
      await sleep(3_000);
      cluster.signal(await uidOf(cluster, 'tollgate-redis-0'), 'redis', 'SIGKILL');
      await killOne(cluster, 'control');
    });
    assertBounded(run);
    assert.ok(run.total > LIMIT / 2, 'it went on afterwards');
    const pod = await cluster.get<{ status: { containerStatuses: { restartCount: number }[] } }>([
      ...['pod', '-n', NAMESPACE, 'tollgate-redis-0'],
    ]);
    assert.ok((pod.status.containerStatuses[0]?.restartCount ?? 0) > 0, 'Redis was started again');
  });
});

/** Looks at Redis while calls run. @returns the most that was spent and reserved at once */
async function watch(replicas: Set<string>, policy: string, signal: AbortSignal): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    // A store that is just being killed can't be asked.
    const books = await readCounters(ground.cluster).catch(() => undefined);
    if (books === undefined) continue;
    for (const chain of books.chains) replicas.add(chain);
    const { spent = 0, reserved = 0 } = counterOf(books, policy) ?? {};
    most = Math.max(most, spent + reserved);
    await sleep(500, undefined, { signal }).catch(() => undefined);
  }
  return most;
}

/** @returns the addresses of the pods of a part of Tollgate */
async function addresses(part: string): Promise<readonly string[]> {
  const pods = await ground.cluster.get<{
    items: { metadata: { name: string }; status: { podIP?: string } }[];
  }>([...['pods', '-n', NAMESPACE]]);
  return pods.items
    .filter(({ metadata }) => metadata.name.startsWith(part))
    .map(({ status }) => status.podIP ?? '');
}
