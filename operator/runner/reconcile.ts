/**
 * One look at one runner: what is there, what follows, and that done.
 *
 * All that has to be remembered stands in the API server. What is kept here only spares a request or a repetition.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ApiError } from '../../adapters/kube/answer.ts';
import type { EventRecorder } from '../../adapters/kube/events.ts';
import { compareVersions } from '../../adapters/kube/object.ts';
import type { Write } from './case.ts';
import { decide } from './decide.ts';
import { found, type Gathering, gather } from './gather.ts';
import { RUNNERS, type Runner, type Status } from './kinds.ts';
import type { Refusal } from './seen.ts';
import { isRefusal, isTerminating, perform, type RunnerClient, until, writeStatus } from './write.ts';

/** Whoever has not ended is looked at now and then: what no watch tells of is found, such as a name that is free again. */
const LOOK_MS = 300_000;
/** What the API server refused is tried again, less and less often. */
const RETRY_MS = 10_000;
const MOST_RETRY_MS = 300_000;

export interface ReconcilerOptions extends Gathering {
  readonly client: RunnerClient;
  readonly events: Pick<EventRecorder, 'record'>;
  /** ms since the epoch */
  now(): number;
}

interface Kept extends Refusal {
  readonly times: number;
  readonly until: number;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** As we wrote it last, until the store has it too. */
  readonly #written = new Map<string, Runner>();
  readonly #refused = new Map<string, Kept>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /**
   * @param key "namespace/name"
   * @param signal breaks off what is under way
   * @returns when to look again
   * @throws Error when the API server can't be asked or told: it is tried again
   */
  async reconcile(key: string, signal?: AbortSignal): Promise<{ requeueAfterMs?: number } | undefined> {
    const runner = this.#newest(key);
    if (runner === undefined) {
      this.#refused.delete(key);
      return undefined;
    }
    const { client: plain, events: recorder, now: clock } = this.#options;
    const client = signal === undefined ? plain : until(signal, plain);
    const now = clock();
    const kept = this.#refused.get(key);
    const seen = await gather({ ...this.#options, client }, runner, kept, now);
    const { status, write, wakeAt, events } = decide(seen, now);
    const current = await this.#put(client, key, runner, status);
    if (current === undefined) return undefined;
    for (const text of events) recorder.record({ of: RUNNERS, object: current }, text);
    if (write !== undefined) return this.#do(client, key, current, write, kept, now);
    this.#refused.delete(key);
    // A status that leads on is followed at once.
    if (current !== runner) return { requeueAfterMs: 0 };
    const look = status.finishedAt === undefined ? LOOK_MS : undefined;
    const waits = [look, wakeAt === undefined ? undefined : wakeAt - now].filter((ms) => ms !== undefined);
    return waits.length === 0 ? undefined : { requeueAfterMs: Math.max(0, Math.min(...waits)) };
  }

  /** @returns the runner with this status; undefined when it is gone */
  async #put(client: RunnerClient, key: string, runner: Runner, status: Status): Promise<Runner | undefined> {
    const { spend: _, ...before } = runner.status ?? {};
    if (isDeepStrictEqual(before, status)) return runner;
    const answer = await writeStatus(client, runner, status);
    if (answer.ok) {
      this.#written.set(key, answer.value);
      return answer.value;
    }
    await this.#refresh(client, key, runner);
    if (answer.error.code === 404) return undefined;
    throw new Error(answer.error.message);
  }

  async #do(
    client: RunnerClient,
    key: string,
    runner: Runner,
    write: Write,
    kept: Kept | undefined,
    now: number,
  ): Promise<{ requeueAfterMs?: number } | undefined> {
    if (kept !== undefined && now < kept.until) return { requeueAfterMs: kept.until - now };
    const done = await perform(client, runner, write);
    if (done.ok) {
      this.#refused.delete(key);
      if (done.value !== undefined) this.#written.set(key, done.value);
      // What it made is told by the watch, as a rule sooner than this.
      return { requeueAfterMs: done.value === undefined ? 1_000 : 0 };
    }
    if (!isRefusal(done.error)) {
      await this.#refresh(client, key, runner);
      throw new Error(done.error.message);
    }
    return this.#refuse(key, done.error, kept, now);
  }

  #refuse(key: string, error: ApiError, kept: Kept | undefined, now: number): { requeueAfterMs: number } {
    const times = (kept?.times ?? 0) + 1;
    const until = now + Math.min(MOST_RETRY_MS, RETRY_MS * 2 ** (times - 1));
    this.#refused.set(key, { message: error.message, terminating: isTerminating(error), times, until });
    // Once more at once, so that its status says why.
    return { requeueAfterMs: 0 };
  }

  /** A conflict means that somebody has written what the store does not know yet. */
  async #refresh(
    client: RunnerClient,
    key: string,
    { metadata: { namespace, name } }: Runner,
  ): Promise<void> {
    const now = found(await client.get(RUNNERS, { namespace, name }));
    if (now === undefined) this.#written.delete(key);
    else this.#written.set(key, now);
  }

  /** @returns the runner as the store has it, or as we wrote it if that is newer */
  #newest(key: string): Runner | undefined {
    const stored = this.#options.stores.runners.store.get(key);
    const written = this.#written.get(key);
    if (written === undefined) return stored;
    const same = stored?.metadata.uid === written.metadata.uid;
    const newer =
      compareVersions(written.metadata.resourceVersion, stored?.metadata.resourceVersion ?? '') ?? 0;
    if (same && newer > 0) return written;
    this.#written.delete(key);
    return stored;
  }
}
