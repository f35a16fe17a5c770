/**
 * Whatever people, programs, nodes and the operator's own deaths do to a runner in whatever order: what is promised holds
 * after every change (testing-promises.ts), and when everybody leaves it alone, it comes to its end.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../../core/testing-fast-check.ts';
import type { Pod } from './kinds.ts';
import { act, type Ending, type Program } from './testing-actors.ts';
import { no } from './testing-cluster.ts';
import { Drive } from './testing-drive.ts';

const RUNS = Number(process.env.RUNS ?? 400);

interface Deed {
  readonly does: string;
  readonly n: number;
}

const DEEDS = [
  'look',
  'look',
  'look',
  'act',
  'act',
  'deliver',
  'wait',
  'wait long',
  'succeed',
  'fail',
  'lose node',
  'suspend',
  'resume',
  'delete job',
  'delete pod',
  'delete claim',
  'delete deployment',
  'crash before',
  'crash after',
  'crash',
  'refuse',
  'delete',
  'spend',
  'node away',
  'node back',
] as const;

const deeds = fc.array(fc.record({ does: fc.constantFrom(...DEEDS), n: fc.nat(5) }), {
  minLength: 5,
  maxLength: 80,
});
const specs = fc.record(
  {
    mode: fc.constantFrom('task', 'service'),
    setup: fc.record({ command: fc.constant(['a']), retries: fc.nat(2) }),
    teardown: fc.record({ command: fc.constant(['a']), retries: fc.nat(1) }),
  },
  { requiredKeys: ['mode'] },
);
const lags = fc.constantFrom(0, 0, 1, 3, 10);

class Story {
  readonly drive: Drive;
  /** How the pods that run end the next time they are looked at. */
  #ending: Ending | 'runs' = 'runs';
  #claimsDeleted = false;
  readonly #teardown: boolean;
  readonly #program: Program = () => this.#ending;

  constructor(spec: object, lag: number) {
    this.drive = new Drive(spec);
    this.#teardown = 'teardown' in spec;
    this.drive.cluster.lag = lag;
  }

  async tell({ does, n }: Deed): Promise<void> {
    const { drive } = this;
    const { cluster } = drive;
    const nth = (plural: string) => cluster.all(plural)[n];
    const remove = (plural: string, how?: string) => {
      const one = nth(plural);
      if (one !== undefined) cluster.remove(plural, one.metadata.name, how);
    };
    switch (does) {
      case 'look':
        await drive.look();
        return;
      case 'act':
        act(cluster, this.#program);
        return;
      case 'deliver':
        cluster.deliver();
        return;
      case 'wait':
        return drive.pass(n * 7_000);
      case 'wait long':
        return drive.pass(n * 400_000);
      case 'succeed':
        return this.#end({ exitCode: 0 });
      case 'fail':
        return this.#end({ exitCode: 1 + n, message: 'it failed' });
      case 'lose node':
        return this.#end({ exitCode: 143, disrupted: true });
      case 'suspend':
        return drive.edit({ suspend: true });
      case 'resume':
        return drive.edit({ suspend: false });
      case 'delete job':
        return remove('jobs', n % 2 === 0 ? 'Foreground' : 'Background');
      case 'delete pod':
        return remove('pods');
      case 'delete claim':
        this.#claimsDeleted = true;
        return remove('persistentvolumeclaims');
      case 'delete deployment':
        return remove('deployments');
      case 'crash before':
      case 'crash after':
        cluster.fault = { at: cluster.writes + 1, kind: does === 'crash before' ? 'before' : 'after' };
        return;
      case 'crash':
        return drive.crash();
      case 'refuse':
        cluster.refuse = n < 3 ? undefined : () => no(n < 4 ? 503 : 403, 'Refused');
        return;
      case 'delete':
        // Rarely, since it is the end.
        if (n === 0) drive.delete();
        if (n === 1) drive.delete('Foreground');
        return;
      case 'node away':
      case 'node back':
        cluster.nodeLost = does === 'node away';
        return;
      case 'spend':
        drive.spend({ usd: String(n), ...(n > 3 ? { lastRefusal: 'budget_spent' } : {}) });
    }
  }

  #end(ending: Ending): void {
    this.#ending = ending;
    act(this.drive.cluster, this.#program);
    this.#ending = 'runs';
  }

  /** Where work began, the teardown was tried, as long as there was something to tear down and time for it. */
  #checkTeardown(): void {
    const { promises } = this.drive.cluster;
    const { work = [], teardown = [] } = promises.pods;
    const abandoned = this.drive.told.some(({ reason }) => reason === 'TeardownAbandoned');
    if (!this.#teardown) assert.deepEqual(teardown, []);
    else if (work.length > 0 && !this.#claimsDeleted && !abandoned)
      assert.ok(teardown.length > 0, 'no teardown');
    const succeeded = this.drive.told.filter(({ reason }) => reason === 'TeardownSucceeded').length;
    assert.ok(succeeded <= 1, 'torn down twice');
  }

  /** Nobody does anything any more, and all programs end well but a service's work. */
  async settle(): Promise<void> {
    const { drive } = this;
    drive.cluster.refuse = undefined;
    drive.cluster.nodeLost = false;
    drive.edit({ suspend: false });
    const service = drive.runner?.spec.mode === 'service';
    const program: Program = (pod: Pod) =>
      service && pod.metadata.ownerReferences?.[0]?.kind === 'ReplicaSet' ? 'runs' : { exitCode: 0 };
    const wanted = () => {
      const { runner, status } = drive;
      if (runner === undefined || runner.metadata.deletionTimestamp !== undefined)
        return runner === undefined;
      if (!service) return status.finishedAt !== undefined;
      return /^(Running|SetupFailed|WorkspaceLost)/.test(drive.ready);
    };
    await drive.until(program, wanted);
    drive.delete();
    await drive.until(program, () => drive.runner === undefined);
    await drive.quiet(program);
    for (const plural of ['jobs', 'pods', 'deployments', 'persistentvolumeclaims'])
      assert.deepEqual(drive.cluster.all(plural), [], `${plural} are left`);
    this.#checkTeardown();
  }
}

describe('a runner', () => {
  it('keeps its promises whatever happens, and comes to its end', async () => {
    const property = fc.asyncProperty(specs, lags, deeds, async (spec, lag, list) => {
      const story = new Story(spec, lag);
      for (const deed of list) await story.tell(deed);
      await story.settle();
    });
    await fc.assert(property, {
      numRuns: RUNS,
      ...(process.env.SEED ? { seed: Number(process.env.SEED) } : {}),
    });
  });
});
