/**
 * Leader election on a coordination.k8s.io/v1 Lease: of several replicas one works at a time.
 *
 *   candidate ── the Lease is free, or did not change for as long as its holder said ──> leader ── renews every 2 s
 *       │                                                                                  │ 10 s without success: lost
 *       └──────────────────────────── tries again <── conflict: another was first          └──> the process has to exit
 *
 * Only durations on this machine's monotonic clock are compared, never times that another machine wrote: clocks that
 * differ don't matter, as long as they run at the same speed. The leader counts from before its last renewal was sent,
 * the others from when they saw it; 10 s are over before 15 s are.
 */
import type { V1Lease } from '@kubernetes/client-node';
import type { Answer, ApiError } from './answer.ts';
import type { KubeClient } from './client.ts';
import { pause } from './deadline.ts';
import { heldBy, released, waitMs } from './lease-record.ts';
import { resource, type Stored } from './object.ts';
import { timerMs } from './pace.ts';

export type Lease = Stored<V1Lease>;
export const LEASES = resource<Lease>('coordination.k8s.io/v1 Lease', 'leases');

export interface LeaseTimes {
  /** For how long others leave a Lease alone that does not change. */
  readonly durationMs: number;
  /** A leader that could not renew for so long is none any more. */
  readonly renewMs: number;
  readonly retryMs: number;
}

export const LEASE_TIMES: LeaseTimes = { durationMs: 15_000, renewMs: 10_000, retryMs: 2_000 };

export interface ElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** Of this process alone, also after a restart: pod name and something random. */
  readonly identity: string;
  readonly elected: () => void;
  /** It leads no more. What it runs may already run elsewhere: the process has to exit. */
  readonly lost: (why: string) => void;
  /** For metrics and logs: an attempt failed, and goes on. */
  readonly failed?: (error: ApiError) => void;
  readonly times?: LeaseTimes;
  readonly now?: () => number;
  readonly random?: () => number;
}

export class Election {
  readonly #client: KubeClient;
  readonly #options: ElectionOptions;
  readonly #times: LeaseTimes;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  /** What the Lease was when it last changed, when that was seen, and how long it has to stay so. */
  #observed: { readonly state: string; readonly at: number; readonly waitMs: number } | undefined;
  /** Until when it leads for certain; undefined for a candidate. */
  #until: number | undefined;
  #mine: Lease | undefined;
  #lost = false;
  #expiry: NodeJS.Timeout | undefined;
  #done: Promise<void> | undefined;

  /** @throws RangeError for times of which two could lead */
  constructor(client: KubeClient, options: ElectionOptions) {
    const times = options.times ?? LEASE_TIMES;
    if (!(times.retryMs > 0 && times.retryMs < times.renewMs && times.renewMs < times.durationMs)) {
      throw new RangeError('a Lease needs retry < renew < duration');
    }
    if (options.identity === '') throw new RangeError('an election needs an identity');
    this.#client = client;
    this.#options = options;
    this.#times = times;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Asks the clock: true of no process that was paused and comes back too late. Ask before each act of a leader. */
  get leads(): boolean {
    return !this.#lost && this.#until !== undefined && this.#now() < this.#until;
  }

  start(): void {
    this.#done ??= this.#run();
  }

  /** Gives the Lease back, so that another need not wait for it. Nothing is called back any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#expiry);
    await this.#done;
    const mine = this.#mine;
    const leads = this.leads;
    this.#until = undefined;
    this.#mine = undefined;
    if (mine === undefined || !leads) return;
    await this.#client.replace(LEASES, released(mine), { timeoutMs: this.#times.renewMs / 2 });
  }

  async #run(): Promise<void> {
    while (!this.#over) {
      await this.#attempt();
      if (this.#over) return;
      const { retryMs } = this.#times;
      // Candidates of which all wait for the same moment would all but one fail.
      const random = (this.#options.random ?? Math.random)();
      await pause(this.#until === undefined ? retryMs * (1 + random * 1.2) : retryMs, this.#stop.signal);
    }
  }

  get #over(): boolean {
    return this.#stop.signal.aborted || this.#lost;
  }

  /** One try to become the leader, or to remain it. */
  async #attempt(): Promise<void> {
    const { namespace, name, identity } = this.#options;
    // After a pause of the whole process this may come before the timer.
    if (this.#until !== undefined && !this.leads) {
      this.#expire();
      return;
    }
    // The signal of stop() is not passed on: a write under way has to end before the Lease can be given back.
    const options = { timeoutMs: this.#times.renewMs / 2 };
    const found = this.#mine ?? (await this.#read(options));
    if (found === undefined || this.#over) return;

    const sent = this.#now();
    const record = heldBy(identity, found === 'none' ? undefined : found, this.#times.durationMs);
    const written: Answer<Lease> =
      found === 'none'
        ? await this.#client.create(
            LEASES,
            { metadata: { name, namespace }, spec: record },
            { ...options, place: { namespace } },
          )
        : await this.#client.replace(LEASES, { ...found, spec: record }, options);
    if (this.#lost) return;
    if (written.ok) {
      this.#mine = written.value;
      return this.#hold(sent + this.#times.renewMs);
    }
    // Somebody else wrote, or it is not known whether this was written: what there is has to be read.
    this.#mine = undefined;
    if (!this.#stop.signal.aborted) this.#options.failed?.(written.error);
  }

  /** @returns the Lease if it is ours to take, 'none' if there is none, undefined if it is another's */
  async #read(options: { readonly timeoutMs: number }): Promise<Lease | 'none' | undefined> {
    const { namespace, name, identity } = this.#options;
    const answer = await this.#client.get(LEASES, { namespace, name }, options);
    if (!answer.ok) {
      // Somebody deleted it; its holder may not have noticed yet.
      if (answer.error.code === 404) return this.#until !== undefined || this.#isOver() ? 'none' : undefined;
      if (!this.#stop.signal.aborted) this.#options.failed?.(answer.error);
      return undefined;
    }
    const lease = answer.value;
    const holder = lease.spec?.holderIdentity;
    const free = !holder || holder === identity;
    if (!free && this.#until !== undefined) {
      this.#lose(`${holder} holds the Lease ${namespace}/${name} now`);
      return undefined;
    }
    // Its spec alone: others may write labels.
    const state = `${lease.metadata.uid} ${JSON.stringify(lease.spec)}`;
    if (this.#observed?.state !== state) {
      this.#observed = { state, at: this.#now(), waitMs: free ? 0 : waitMs(lease, this.#times.durationMs) };
    }
    return this.#isOver() ? lease : undefined;
  }

  /** Whether the Lease stayed as it was seen last for longer than its holder leads. */
  #isOver(): boolean {
    return this.#observed === undefined || this.#now() - this.#observed.at >= this.#observed.waitMs;
  }

  #hold(until: number): void {
    // The answer came when its time was over: a leader is told so by its timer, and a candidate tries again.
    if (until <= this.#now()) return;
    const first = this.#until === undefined;
    this.#until = until;
    clearTimeout(this.#expiry);
    // After stop() nothing is called back; what was written is given back there.
    if (this.#stop.signal.aborted) return;
    this.#expiry = setTimeout(() => this.#expire(), timerMs(until - this.#now()));
    if (first) this.#options.elected();
  }

  #expire(): void {
    const { namespace, name } = this.#options;
    this.#lose(`the Lease ${namespace}/${name} could not be renewed for ${this.#times.renewMs / 1000} s`);
  }

  #lose(why: string): void {
    if (this.#over) return;
    clearTimeout(this.#expiry);
    this.#lost = true;
    this.#stop.abort();
    this.#options.lost(why);
  }
}
