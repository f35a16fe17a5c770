/**
 * One budget, four pods, 64 calls at a time in each, two replicas of control: what the provider has billed is never more
 * than the budget, and Redis, the audit log and the bill agree to the nano-USD.
 *
 *   node --test test/cluster/budget.proof.ts
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './commands.ts';
import { type Books, chargeOf, counterOf, readBooks, settled } from './faults/books.ts';
import { budget, container, type Ground, linesOf, SET_UP, setUp } from './faults/set-up.ts';

const PODS = 4;
const CONCURRENT = 64;
const LIMIT = 400_000_000;
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
  await cluster.kubectl(['-n', namespace, 'rollout', 'status', 'deployment', name, '--timeout=150s'], {
    timeout: 160_000,
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
    { timeout: 420_000, every: 2_000 },
  );
  return lines.filter(({ n }) => n !== undefined);
}

const sum = (amounts: readonly number[]) => amounts.reduce((all, amount) => all + amount, 0);

describe('one budget of 4 pods with 64 calls at a time each, over two replicas of control', () => {
  it('is spent to the last call and not by one nano-USD more', { timeout: 900_000 }, async () => {
    const { cluster, namespace, provider } = ground;
    const since = Date.now();
    const policy = ground.fresh('shared');
    await cluster.apply(budget(namespace, policy, '0.40'));
    const pods = await spenders('spenders');
    const [billed, callers] = [provider.bill().length, provider.callers().length];
    const read = () => readBooks(cluster, namespace, since);

    await begin(pods);
    const replicas = new Set<string>();
    const watching = new AbortController();
    const watched = watch(read, replicas, policy, watching.signal);
    const lines = await done('spenders');
    watching.abort();
    const most = await watched;
    const books = await settled(read, policy);

    const bill = provider.bill().slice(billed);
    const total = sum(bill.map(({ nanoUsd }) => nanoUsd));
    console.log(
      `   ${lines.length} calls, ${bill.length} billed: ${total} of ${LIMIT} nano-USD; ` +
        `at most ${most} spent and reserved at once, by ${replicas.size} replicas`,
    );
    assert.ok(total <= LIMIT, `${total - LIMIT} nano-USD over`);
    assert.ok(total > LIMIT - ONE_CALL, 'so little was spent that nobody had to wait for anybody');
    assert.ok(most <= LIMIT, `${most} were spent and reserved at once`);
    assert.equal(replicas.size, 2, 'both replicas have reserved');

    assert.equal(counterOf(books, policy)?.spent, total, 'Redis agrees with the bill');
    assert.equal(sum(books.calls.map(chargeOf)), total, 'the audit log agrees with the bill');
    for (const { lease, opened, closed } of books.calls)
      assert.deepEqual([opened.length, closed.length], [1, 1], `the entries of ${lease}`);

    const answered = lines.filter(({ status }) => status === 200);
    assert.deepEqual(new Set(answered.map(({ id }) => id)), new Set(bill.map(({ id }) => id)));
    const others = lines.filter(({ status }) => status !== 200);
    for (const { status, error } of others) {
      assert.equal(status, 403, error);
      assert.match(error ?? '', /budget_(spent|reserved)/);
    }
    assert.ok(others.length >= PODS * CONCURRENT);

    const gateways = await addresses('tollgate-gateway');
    for (const caller of provider.callers().slice(callers))
      assert.ok(gateways.includes(caller), `${caller} is no gateway`);
  });
});

/** Looks at the stores while calls run. @returns the most that was spent and reserved at once */
async function watch(
  read: () => Promise<Books>,
  replicas: Set<string>,
  policy: string,
  signal: AbortSignal,
): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    const books = await read();
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
  }>([...['pods', '-n', 'tollgate-system']]);
  return pods.items
    .filter(({ metadata }) => metadata.name.startsWith(part))
    .map(({ status }) => status.podIP ?? '');
}
