/**
 * The policies of this process: read when it starts, looked at while it runs, in force for each caller, recorded.
 *
 *   files ──> PolicyWatch ── manifests ──> Snapshots ── one for each workload ──> exchanges
 *                                              └── each that comes into force ──> `policy` entry, log
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../adapters/telemetry/log.ts';
import type { PolicyInForce } from '../core/audit/entry.ts';
import type { Refusal } from '../core/govern/refusals.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import type { Snapshot, Workload } from '../core/policy/snapshot.ts';
import type { Ledger } from '../core/ports.ts';
import type { Callers } from './callers.ts';
import type { CommonConfig } from './config.ts';
import { type PolicyError, PolicyWatch } from './policies.ts';
import { policyEntry } from './policy-entry.ts';
import type { Identity } from './sidecar.ts';
import { Snapshots } from './snapshots.ts';

export class PoliciesInForce {
  readonly #config: CommonConfig;
  readonly #log: Log;
  readonly #watch: PolicyWatch;
  readonly #snapshots: Snapshots;
  /** What came into force before there was a ledger to record it in. */
  readonly #early: PolicyInForce[] = [];
  #ledger: Pick<Ledger, 'record'> | undefined;
  #callers: Callers | undefined;
  /** How many snapshots came into force. */
  #changes = 0;
  /** Something was broken, and it was said. */
  #broken = false;

  /** @throws PolicyError when the policies can't be read, or one is broken */
  constructor(config: CommonConfig, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#watch = new PolicyWatch(config.policies);
    this.#snapshots = new Snapshots({
      watch: this.#watch,
      profile: config.profile,
      adapt: (snapshot) => instead(config, snapshot),
      onSnapshot: (snapshot, workload) => this.#inForce(snapshot, workload),
      onProblem: (error, workload, last) => this.#unfit(error, workload, last),
    });
  }

  /** @returns the policy in force now for this caller, or why its calls can't be judged */
  of(identity: Identity): Snapshot | Refusal {
    return this.#snapshots.of(identity);
  }

  /** @returns the policy in force now for this caller; @throws PolicyError when there is none */
  snapshotOf(identity: Identity): Snapshot {
    return this.#snapshots.snapshotOf(identity);
  }

  /**
   * Makes the snapshots of all callers, and looks for changes from now on.
   * @returns when what is in force is recorded; rejects with LedgerUnavailable
   */
  async start(ledger: Pick<Ledger, 'record'>, callers: Callers, everyMs: number): Promise<void> {
    for (const identity of callers.known(Number.MAX_SAFE_INTEGER)) this.of(identity);
    this.#ledger = ledger;
    this.#callers = callers;
    await Promise.all(this.#early.splice(0).map((entry) => ledger.record(entry)));
    this.#watch.start(
      everyMs,
      () => {
        this.#refresh().catch((error: unknown) =>
          this.#log.error({ error: String(error) }, 'changed policies wait for the next call of each caller'),
        );
      },
      (error) => this.#isBroken(error),
    );
  }

  /** Looks for changes now. */
  reload(): void {
    this.#watch.look();
  }

  stop(): void {
    this.#watch.stop();
  }

  /** A snapshot takes about a millisecond, and calls go on meanwhile: what they need first is made first. */
  async #refresh(): Promise<void> {
    const { snapshots, changes } = { snapshots: this.#snapshots, changes: this.#changes };
    snapshots.changed();
    const wasBroken = this.#broken;
    this.#broken = false;
    for (const identity of this.#callers?.known(Number.MAX_SAFE_INTEGER) ?? []) {
      snapshots.of(identity);
      await nextTurn();
    }
    if (this.#broken || (this.#changes === changes && !wasBroken)) return;
    this.#log.info({ workloads: this.#changes - changes }, 'changed policies are in force');
  }

  #inForce(snapshot: Snapshot, workload: Workload): void {
    this.#changes++;
    const entry = policyEntry(snapshot, workload, this.#config.instead ? ' (rehearsal)' : '');
    if (this.#ledger === undefined) {
      this.#early.push(entry);
      return;
    }
    this.#log.debug(
      { workload: entry.workload, snapshot: snapshot.hash.slice(0, 12) },
      'its policy is in force',
    );
    this.#ledger
      .record(entry)
      .catch((error: unknown) =>
        this.#log.error({ error: String(error) }, 'a policy change was not recorded'),
      );
  }

  #isBroken({ problems }: PolicyError): void {
    this.#broken = true;
    this.#log.error(
      `changed policies are broken; the last good ones stay in force:\n  ${problems.join('\n  ')}`,
    );
  }

  #unfit(error: PolicyError, { namespace, name }: Workload, last: boolean): void {
    if (last) {
      this.#isBroken(error);
      return;
    }
    this.#broken = true;
    const why = error.problems.join('\n  ');
    this.#log.error(`no policy fits ${namespace}/${name}, so all its calls are refused:\n  ${why}`);
  }
}

/** In a rehearsal the providers stay what they are in name and price; only who answers is another. */
function instead({ instead: other }: CommonConfig, snapshot: Snapshot): Snapshot {
  if (!other) return snapshot;
  const url = new URL(other.url);
  const rehearsed = (provider: ProviderSpec): ProviderSpec => {
    const { proxy: _, ...rest } = provider;
    const here = { origin: url.origin, basePath: '/v1', privateAddresses: true } as const;
    // It takes the cap as the wire's own vendor does.
    return { ...rest, ...here, auth: { type: 'key' }, outputCapField: 'max_completion_tokens' };
  };
  return { ...snapshot, providers: snapshot.providers.map(rehearsed) };
}
