/**
 * AgentRunners at work while the operator is killed every five seconds, gateway and control are rolled, and the API server
 * crashes and comes back: none is ungoverned for a moment, no exchange is lost, all reach their end.
 *
 *   node --test test/cluster/faults.proof.ts                  six runners, 40 seconds
 *   FAULTS=full node --test test/cluster/faults.proof.ts      twenty runners, two minutes
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './commands.ts';
import { readBooks, settled } from './faults/books.ts';
import { killLeader, roll, withoutApiServer } from './faults/chaos.ts';
import { container, type Ground, SET_UP, setUp } from './faults/set-up.ts';
import {
  assertHeld,
  assertNothingLost,
  Gateways,
  type Line,
  readLines,
  runner,
  summary,
  targets,
} from './faults/workers.ts';

const FULL = process.env.FAULTS === 'full';
const RUNNERS = FULL ? 20 : 6;
const CHAOS_MS = FULL ? 120_000 : 40_000;
const KILL_EVERY_MS = 5_000;
/** As long as a control plane's upgrade without a second replica. */
const AWAY_MS = FULL ? 20_000 : 8_000;
const EVERY_MS = FULL ? 2_000 : 1_000;
const CALLS = FULL ? 60 : 35;

let ground: Ground;

before(async () => {
  ground = await setUp('all', { host: 41 });
}, SET_UP);
after(async () => {
  await ground?.cluster.kubectl(
    ['delete', 'agentrunners', '--all', '-n', ground.namespace, '--timeout=200s'],
    {
      timeout: 210_000,
    },
  );
  await ground?.close();
});

interface Runner {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly phase?: string;
    readonly phases?: readonly {
      readonly name: string;
      readonly message?: string;
      readonly tries?: number;
    }[];
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  };
}

describe('what agents try by themselves', { timeout: 180_000 }, () => {
  it('works where nobody governs them, so that the run below can fail', async () => {
    const { cluster } = ground;
    const made = container('worker.ts', { CALLS: 1, EVERY: 3_000, TARGETS: JSON.stringify(targets(ground)) });
    const env = { name: 'naive', namespace: 'default', labels: { app: 'naive' } };
    await cluster.kubectl(['delete', 'pod', 'naive', '--ignore-not-found', '--now']);
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: env,
      spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, containers: [made] },
    });
    const free = { ...ground, namespace: 'default' };
    let open = new Set<string | undefined>();
    await until('a pod without a fence opens everything', async () => {
      open = new Set((await readLines(free, 'app=naive')).map((line) => line.open));
      return targets(ground).every((target) => open.has(target));
    });
    await cluster.kubectl(['delete', 'pod', 'naive', '--now']);
  });
});

describe(`${RUNNERS} AgentRunners while everything around them breaks`, { timeout: 3_000_000 }, () => {
  it('are governed at each moment, lose no exchange, and all reach their end', async () => {
    const { cluster, namespace, provider } = ground;
    const since = Date.now();
    const [billed, called] = [provider.bill().length, provider.callers().length];
    const gateways = new Gateways(ground);
    await gateways.look();
    const all = Array.from({ length: RUNNERS }, (_, i) => runner(ground, `r${i}`, i, CALLS, EVERY_MS));
    await cluster.apply(all);
    await until('all agents are at work', async () => (await running()) === RUNNERS, {
      timeout: 420_000,
      every: 2_000,
    });

    const kills = await chaos(gateways);
    await gateways.look();
    let ended: readonly Runner[] = [];
    const phases = () => ended.map(({ metadata, status }) => `${metadata.name} ${status?.phase}`).join(', ');
    await until(
      () => `all runners are at their end: ${phases()}`,
      async () => {
        await gateways.look();
        ended = (await cluster.get<{ items: Runner[] }>(['agentrunners', '-n', namespace])).items;
        return ended.every(({ status }) => ['Succeeded', 'Failed', 'Refused'].includes(status?.phase ?? ''));
      },
      { timeout: 1_200_000, every: 3_000 },
    );

    const lines = await readLines(ground, 'run=faults');
    const books = await settled(() => readBooks(cluster, namespace, since), 'none', { timeout: 600_000 });
    const bill = provider.bill().slice(billed);
    console.log(`   the operator was killed ${kills} times; ${summary(books, bill, lines)}`);
    for (const { metadata, status } of ended)
      assert.equal(status?.phase, 'Succeeded', `${metadata.name}: ${JSON.stringify(status)}`);
    assertHeld(lines);
    gateways.assertAlone(called);
    assertNothingLost(books, bill, lines);
    assertAllMade(lines);
    assert.ok(kills >= CHAOS_MS / KILL_EVERY_MS / 2, `the operator was killed ${kills} times only`);
  });
});

/** @returns how many work pods run */
async function running(): Promise<number> {
  const { cluster, namespace } = ground;
  const selector = 'run=faults,tollgate.dev/phase=work';
  const pods = await cluster.kubectl(['get', 'pods', '-n', namespace, '-l', selector, '--no-headers']);
  return pods.split('\n').filter((line) => line.includes('2/2')).length;
}

/** @returns how often the operator was killed */
async function chaos(gateways: Gateways): Promise<number> {
  const { cluster } = ground;
  const end = Date.now() + CHAOS_MS;
  let kills = 0;
  const killing = async () => {
    while (Date.now() < end) {
      if ((await killLeader(cluster)) !== '') kills++;
      await gateways.look();
      await sleep(KILL_EVERY_MS);
    }
  };
  const rolling = async () => {
    await sleep(CHAOS_MS / 10);
    await cluster.kubectl(['rollout', 'restart', '-n', 'tollgate-system', 'deployment/tollgate-gateway']);
    await cluster.kubectl(['rollout', 'restart', '-n', 'tollgate-system', 'deployment/tollgate-control']);
    await sleep(CHAOS_MS / 3);
    await withoutApiServer(cluster, AWAY_MS);
  };
  await Promise.all([killing(), rolling()]);
  await roll(cluster, 'operator');
  return kills;
}

/** Each phase of each runner has got an answer to each of its calls. */
function assertAllMade(lines: readonly Line[]): void {
  const whole = new Set(lines.flatMap(({ whole, number }) => (whole ? [number] : [])));
  assert.ok(whole.size >= RUNNERS * (CALLS + 4), `${whole.size} calls were answered in full`);
}
