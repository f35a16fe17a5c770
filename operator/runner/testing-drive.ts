/** For tests: an operator on the cluster in memory, which may die and come back, and time that passes when nothing happens. */
import assert from 'node:assert/strict';
import type { EventText } from '../../adapters/kube/event-record.ts';
import { readManifests } from '../../core/policy/manifests.ts';
import { runner as manifest } from '../../core/policy/testing-runner.ts';
import type { AgentRunner } from '../../core/policy/types.generated.ts';
import type { Job, Runner, Spec } from './kinds.ts';
import { Reconciler } from './reconcile.ts';
import { act, type Program } from './testing-actors.ts';
import { Cluster, Crash, NAMESPACE } from './testing-cluster.ts';

export const NAME = 'nightly';
const KEY = `${NAMESPACE}/${NAME}`;

/** @param spec on top of the smallest one, with defaults filled in as the API server does */
export function specOf(spec: object = {}): Spec {
  const { manifests, problems } = readManifests([{ path: 'test', text: manifest(spec) }]);
  assert.deepEqual(problems, []);
  const [loaded] = manifests;
  assert.ok(loaded);
  return (loaded.manifest as AgentRunner).spec;
}

export class Drive {
  readonly cluster = new Cluster();
  readonly told: EventText[] = [];
  enabled = true;
  /** Why the network of its pods is wider than its fence. */
  widened: string | undefined;
  crashes = 0;
  /** Looks that failed otherwise. */
  faults = 0;
  #operator = this.#start();
  /** When the operator wants to look again. */
  #wake = 0;

  constructor(spec: object = {}) {
    this.cluster.create('agentrunners', { metadata: { name: NAME }, spec: specOf(spec) } as never);
  }

  get runner(): Runner | undefined {
    return this.cluster.find<Runner>('agentrunners', NAME);
  }

  get status(): NonNullable<Runner['status']> {
    return this.runner?.status ?? {};
  }

  get ready(): string {
    const { reason, message } = this.status.conditions?.find(({ type }) => type === 'Ready') ?? {};
    return `${reason}: ${message}`;
  }

  get jobs(): string[] {
    return this.cluster.all('jobs').map(({ metadata }) => metadata.name);
  }

  edit(change: Partial<Spec>): void {
    const { runner } = this;
    if (runner === undefined) return;
    const { generation = 1 } = runner.metadata;
    const next = {
      ...runner,
      metadata: { ...runner.metadata, generation: generation + 1 },
      spec: { ...runner.spec, ...change },
    };
    this.cluster.promises.allow(next);
    this.cluster.put('agentrunners', next);
  }

  spend(spend: object): void {
    const { runner } = this;
    if (runner !== undefined)
      this.cluster.put('agentrunners', { ...runner, status: { ...runner.status, spend } } as Runner);
  }

  delete(propagation?: 'Background' | 'Foreground'): void {
    this.cluster.remove('agentrunners', NAME, propagation);
  }

  /** One look; a crash is followed by another operator. @returns whether it has written anything */
  async look(): Promise<boolean> {
    const { writes } = this.cluster;
    try {
      const again = await this.#operator.reconcile(KEY);
      this.#wake = this.cluster.now + (again?.requeueAfterMs ?? 3_600_000);
    } catch (error) {
      if (error instanceof Crash) this.crash();
      else this.faults++;
      this.#wake = this.cluster.now + 1_000;
    }
    return this.cluster.writes > writes;
  }

  crash(): void {
    this.crashes++;
    this.#operator = this.#start();
  }

  pass(ms: number): void {
    this.cluster.now += ms;
  }

  /** Goes on until nothing happens any more that is not a matter of time. */
  async quiet(program: Program = () => 'runs'): Promise<void> {
    for (let turn = 0; turn < 400; turn++) {
      const { version } = this.cluster;
      const wrote = await this.look();
      const acted = act(this.cluster, program);
      // What comes late comes when nothing else does.
      const news = this.cluster.version === version && this.cluster.deliver();
      if (!wrote && !acted && !news && this.#wake > this.cluster.now) return;
    }
    assert.fail(`it never comes to rest: ${JSON.stringify(this.status)}`);
  }

  /** Goes on, with time, until it is as wanted. */
  async until(program: Program, wanted: () => boolean, mostMs = 48 * 3_600_000): Promise<void> {
    const end = this.cluster.now + mostMs;
    for (;;) {
      await this.quiet(program);
      if (wanted()) return;
      assert.ok(this.cluster.now < end, `too late: ${JSON.stringify(this.status)}`);
      this.cluster.now = Math.max(this.cluster.now + 1, Math.min(this.#wake, this.#due()));
    }
  }

  /** When a Job's time is over. */
  #due(): number {
    const dues = this.cluster.all<Job>('jobs').flatMap(({ metadata, spec }) => {
      const { activeDeadlineSeconds } = (spec ?? {}) as { activeDeadlineSeconds?: number };
      const at = Date.parse(metadata.creationTimestamp ?? '') + (activeDeadlineSeconds ?? 0) * 1000;
      return activeDeadlineSeconds === undefined || at < this.cluster.now ? [] : [at];
    });
    return Math.min(...dues);
  }

  #start(): Reconciler {
    const { cluster } = this;
    // What comes after a crash has read everything anew.
    cluster.deliver();
    return new Reconciler({
      client: cluster.client,
      stores: cluster.views,
      isEnabled: () => this.enabled,
      widened: () => this.widened,
      events: { record: (_, text) => this.told.push(text) },
      now: () => cluster.now,
    });
  }
}
