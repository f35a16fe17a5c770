/**
 * Tells users on their objects what was done: `kubectl describe` shows it (events.k8s.io/v1).
 *
 *   record ── new ──> within the rate? ──> create
 *      └───── seen in the last 6 minutes ──> counted; the series is patched now and then
 *
 * One that is told `once` has a name that follows from what happened: who comes second finds it there.
 *
 * Events are help, not state: none is waited for, and rather one is dropped than the API server asked too often.
 */
import type { ApiError } from './answer.ts';
import type { KubeClient } from './client.ts';
import { EVENTS, type EventText, eventBody, type Regarding, seriesKey } from './event-record.ts';
import { microTime } from './lease-record.ts';
import { Bucket, timerMs } from './pace.ts';

interface Series {
  readonly namespace: string;
  /** Undefined until the API server has it. */
  name: string | undefined;
  count: number;
  /** What it has been told. */
  told: number;
  last: Date;
  busy: boolean;
  timer: NodeJS.Timeout | undefined;
}

export interface RecorderOptions {
  /** A qualified name: "tollgate.dev/operator". */
  readonly controller: string;
  /** This process: its pod's name. */
  readonly instance: string;
  /** Told of what could not be written; undefined for what was dropped by the rate. */
  readonly dropped?: (error: ApiError | undefined) => void;
  readonly burst?: number;
  readonly perSecond?: number;
  /** A series that is silent for so long has ended; the next event is a new one. As in client-go. */
  readonly seriesMs?: number;
  /** A series is patched at most so often. */
  readonly patchMs?: number;
}

/** Series that are remembered; the oldest makes way. */
const MOST_SERIES = 1000;

export class EventRecorder {
  readonly #client: KubeClient;
  readonly #options: Required<Omit<RecorderOptions, 'dropped'>> & Pick<RecorderOptions, 'dropped'>;
  readonly #rate: Bucket;
  readonly #series = new Map<string, Series>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #names = 0;

  constructor(client: KubeClient, options: RecorderOptions) {
    this.#client = client;
    this.#options = { burst: 25, perSecond: 1, seriesMs: 6 * 60_000, patchMs: 30_000, ...options };
    this.#rate = new Bucket(this.#options.burst, this.#options.perSecond);
  }

  /** Returns at once and never throws. */
  record(about: Regarding, text: EventText): void {
    if (this.#stop.signal.aborted) return;
    const key = seriesKey(about, text);
    const known = this.#series.get(key);
    const now = new Date();
    if (known !== undefined && text.once !== undefined) return;
    if (known !== undefined && now.getTime() - known.last.getTime() < this.#options.seriesMs) {
      known.count++;
      known.last = now;
      this.#patchLater(key, known);
      return;
    }
    if (!this.#rate.tryTake()) {
      this.#drop(undefined);
      return;
    }
    this.#forget(key);
    const { namespace, body } = eventBody(about, text, this.#options, text.once ?? this.#suffix(now));
    const series: Series = {
      namespace,
      name: undefined,
      count: 1,
      told: 1,
      last: now,
      busy: true,
      timer: undefined,
    };
    this.#series.set(key, series);
    const [oldest] = this.#series.keys();
    if (this.#series.size > MOST_SERIES && oldest !== undefined) this.#forget(oldest);
    this.#run(this.#create(key, series, body));
  }

  /** Drops what has not been sent. */
  async stop(): Promise<void> {
    for (const { timer } of this.#series.values()) clearTimeout(timer);
    this.#series.clear();
    this.#stop.abort();
    await Promise.all(this.#underWay);
  }

  async #create(key: string, series: Series, body: object): Promise<void> {
    const { namespace } = series;
    const made = await this.#client.create(EVENTS, body, { place: { namespace }, signal: this.#stop.signal });
    series.busy = false;
    if (made.ok) {
      series.name = made.value.metadata.name;
      if (series.count > series.told) this.#patchLater(key, series);
    } else if (made.error.reason !== 'AlreadyExists') {
      // The next one is tried as a new event.
      if (this.#series.get(key) === series) this.#forget(key);
      this.#drop(made.error);
    }
  }

  #patchLater(key: string, series: Series): void {
    if (series.busy || series.name === undefined || series.timer !== undefined || this.#stop.signal.aborted)
      return;
    // The first repetition is told soon, since it makes a series of an event.
    const ms = series.told === 1 ? Math.min(1000, this.#options.patchMs) : this.#options.patchMs;
    series.timer = setTimeout(() => this.#due(key, series), timerMs(ms));
  }

  #due(key: string, series: Series): void {
    series.timer = undefined;
    if (this.#rate.tryTake()) this.#run(this.#patch(key, series));
    else series.timer = setTimeout(() => this.#due(key, series), timerMs(this.#options.patchMs));
  }

  async #patch(key: string, series: Series): Promise<void> {
    const { namespace, name, count, last } = series;
    if (name === undefined) return;
    series.busy = true;
    const patch = { series: { count, lastObservedTime: microTime(last) } };
    const done = await this.#client.merge(EVENTS, { namespace, name }, patch, { signal: this.#stop.signal });
    series.busy = false;
    if (done.ok) {
      series.told = count;
      if (series.count > count) this.#patchLater(key, series);
    } else {
      // The API server keeps events for an hour only.
      if (this.#series.get(key) === series) this.#forget(key);
      this.#drop(done.error);
    }
  }

  #run(work: Promise<void>): void {
    this.#underWay.add(work);
    work.finally(() => this.#underWay.delete(work));
  }

  #forget(key: string): void {
    clearTimeout(this.#series.get(key)?.timer);
    this.#series.delete(key);
  }

  #drop(error: ApiError | undefined): void {
    if (!this.#stop.signal.aborted) this.#options.dropped?.(error);
  }

  /** As client-go's: a time in hexadecimal; and a number, since two may fall into one millisecond. */
  #suffix(now: Date): string {
    this.#names++;
    return `${now.getTime().toString(16)}.${process.pid.toString(16)}.${this.#names.toString(16)}`;
  }
}
