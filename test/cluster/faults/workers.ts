/** Agents of fault runs, and what has to be so of them whatever broke: laid side by side with the bill and the books. */
import assert from 'node:assert/strict';
import type { BillLine } from '../../../rehearsal/server.ts';
import { until } from '../commands.ts';
import { IMAGES } from '../images.ts';
import { NETWORK } from '../network.ts';
import { NAMESPACE } from '../tollgate.ts';
import type { Books, Reserved } from './books.ts';
import { chargeOf } from './books.ts';
import { container, type Ground, linesOf } from './set-up.ts';

/** What worker.ts writes. */
export interface Line {
  readonly at: number;
  readonly pod: string;
  readonly state?: 'begun' | 'ended';
  readonly tried?: number;
  /** A connection that nobody should have let it open. */
  readonly open?: string;
  readonly number?: number;
  readonly status?: number;
  readonly exchange?: string;
  /** The answer came, and came to its end. */
  readonly whole?: boolean;
  readonly ms?: number;
  readonly error?: string;
}

/** How far apart the first numbers of two agents are. */
const STRIDE = 500;
const PHASES = { setup: 100, work: 120, teardown: 480 } as const;

/** What no governed pod may reach by itself. */
export function targets({ provider }: Ground): readonly string[] {
  return [
    `${provider.address}:443`,
    `${NETWORK.api}:443`,
    `${NETWORK.dns}:53`,
    // The API server's own address is the pod's node, which this cluster closes as well.
    `${NETWORK.node}:6443`,
  ];
}

/** An AgentRunner whose phases all make calls. @param index  from 0; no two of one run have the same */
export function runner(ground: Ground, name: string, index: number, calls: number, every: number): object {
  const phase = (of: keyof typeof PHASES, count: number) => {
    const env = {
      CALLS: count,
      EVERY: every,
      FIRST: index * STRIDE + PHASES[of],
      TARGETS: targetsOf(ground),
    };
    const made = container('worker.ts', env) as { command: readonly string[]; env: readonly object[] };
    return { command: made.command, env: made.env };
  };
  return {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'AgentRunner',
    metadata: { name, namespace: ground.namespace, labels: { run: 'faults' } },
    spec: {
      agent: 'custom',
      image: IMAGES.node,
      imagePullPolicy: 'Never',
      labels: { run: 'faults' },
      setup: phase('setup', 2),
      work: phase('work', calls),
      teardown: phase('teardown', 2),
    },
  };
}

/** A Deployment of one agent that works without end. */
export function worker(ground: Ground, name: string, index: number, every: number): object {
  const labels = { app: name };
  const env = { CALLS: 0, EVERY: every, FIRST: index * STRIDE + 100, TARGETS: targetsOf(ground) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: ground.namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'tollgate.dev/inject': 'true' } },
        spec: { terminationGracePeriodSeconds: 5, containers: [container('worker.ts', env)] },
      },
    },
  };
}

const targetsOf = (ground: Ground) => JSON.stringify(targets(ground));

export function readLines({ cluster, namespace }: Ground, selector: string): Promise<Line[]> {
  return linesOf<Line>(cluster, namespace, selector);
}

/** Collects the addresses that the gateway's pods have, for as long as a run takes. */
export class Gateways {
  readonly #addresses = new Set<string>();
  readonly #ground: Ground;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** @returns false while the API server can't be asked */
  async look(): Promise<boolean> {
    interface Pod {
      readonly metadata: { readonly name: string };
      readonly status: { readonly podIP?: string };
    }
    const { cluster } = this.#ground;
    const pods = await cluster.get<{ items: Pod[] }>(['pods', '-n', NAMESPACE]).catch(() => undefined);
    for (const { metadata, status } of pods?.items ?? [])
      if (metadata.name.startsWith('tollgate-gateway') && status.podIP) this.#addresses.add(status.podIP);
    return pods !== undefined;
  }

  /** Nobody else has called the provider. @param from  how many connections there were before */
  assertAlone(from: number): void {
    const others = this.#ground.provider
      .callers()
      .slice(from)
      .filter((caller) => !this.#addresses.has(caller));
    assert.deepEqual(others, [], 'the provider was called past the gateway');
  }
}

/** No agent has opened a connection by itself, and all have tried. */
export function assertHeld(lines: readonly Line[]): void {
  assert.deepEqual(
    lines.filter(({ open }) => open !== undefined),
    [],
    'an agent was ungoverned for a moment',
  );
  for (const { tried, pod } of lines.filter(({ state }) => state === 'ended'))
    assert.ok((tried ?? 0) > 0, `${pod} has tried nothing`);
}

/**
 * Each call that the provider has billed, and each that an agent was answered, is in the audit log once, with a beginning
 * and an end; and what was charged for it is its price, or more where nobody could know.
 */
export function assertNothingLost(books: Books, bill: readonly BillLine[], lines: readonly Line[]): void {
  for (const { lease, opened, closed, incomplete } of books.calls) {
    assert.equal(opened.length, 1, `${lease} was opened ${opened.length} times`);
    assert.ok(closed.length <= 1 && incomplete.length <= 1, `${lease} has ended more than once`);
    assert.ok(closed.length + incomplete.length > 0, `${lease} has no end`);
  }
  const calls = Map.groupBy(books.calls, numberOf);
  const billed = Map.groupBy(bill, ({ outputTokens }) => outputTokens);
  for (const [number, of] of billed) {
    const recorded = calls.get(number) ?? [];
    assert.ok(recorded.length >= of.length, `call ${number} was billed and is not in the audit log`);
    const price = of.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
    const charged = recorded.reduce((sum, one) => sum + chargeOf(one), 0);
    assert.ok(charged >= price, `call ${number} cost ${price} nano-USD, and ${charged} were charged`);
  }
  const exchanges = new Set([...books.calls.map(({ exchange }) => exchange), ...books.refused]);
  for (const { exchange, number } of lines)
    if (exchange)
      assert.ok(exchanges.has(exchange), `exchange ${exchange}, call ${number}, is not in the log`);
}

function numberOf({ opened }: Reserved): number {
  return opened[0]?.askedCap ?? 0;
}

/** What happened, in a line for people. */
export function summary(books: Books, bill: readonly BillLine[], lines: readonly Line[]): string {
  const answers = lines.filter(({ number }) => number !== undefined);
  const failed = answers.filter(({ whole }) => !whole);
  const slowest = Math.max(...answers.map(({ ms = 0 }) => ms));
  const charged = books.calls.reduce((sum, one) => sum + chargeOf(one), 0);
  const price = bill.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
  const cut = books.calls.filter(({ closed }) => closed.length === 0).length;
  return (
    `${answers.length} calls, ${failed.length} asked for again, the slowest ${slowest} ms; ` +
    `${bill.length} billed, ${books.calls.length} in the audit log (${cut} incomplete); ` +
    `${charged - price} nano-USD charged above the bill`
  );
}

/** Waits until an agent has been answered so many calls in full after a moment. */
export async function worksAgain(
  ground: Ground,
  selector: string,
  after: number,
  { calls = 3, timeout = 600_000 } = {},
): Promise<void> {
  let last: readonly Line[] = [];
  await until(
    () => `${selector} works again; it said last ${JSON.stringify(last.at(-1))}`,
    async () => {
      last = await readLines(ground, selector);
      return last.filter(({ whole, at, ms = 0 }) => whole && at - ms > after).length >= calls;
    },
    { timeout, every: 1_000 },
  );
}
