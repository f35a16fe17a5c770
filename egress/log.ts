/**
 * Records as lines of the log. Refusals are bounded, since whoever is refused can try again as fast as it likes: those of
 * one pod by one code, and those of all callers without a good token together. What is more than that is counted.
 *
 *   refused ── first of this second ──> a line each          ── more ──> counted ── the second is over ──> one line, with the count
 */
import type { Log } from '../adapters/telemetry/log.ts';
import type { EgressLog, EgressRecord } from './record.ts';

const MOST_ANONYMOUS_PER_SECOND = 20;
/** Of each code. An agent that is not in a loop is told once or twice, and stops. */
const MOST_OF_POD_PER_SECOND = 10;
const SECOND_MS = 1_000;

interface Counted {
  written: number;
  left: number;
  last: EgressRecord;
}

export class LoggedRecords implements EgressLog {
  readonly #log: Log;
  /** In this second, by pod and code. */
  readonly #counted = new Map<string, Counted>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  write(record: EgressRecord): void {
    if (record.verdict === 'refused' && !this.#mayWrite(record)) return;
    const message = record.verdict === 'opened' ? 'tunnel ended' : 'tunnel refused';
    this.#log.info(lineOf(record), message);
  }

  /** Says what was only counted so far. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { left, last } of this.#counted.values()) {
      if (left === 0) continue;
      if (last.pod === null) this.#log.warn({ count: left }, 'more were refused without a good token');
      else this.#log.warn({ ...lineOf(last), count: left }, 'more tunnels were refused; the last of them');
    }
    this.#counted.clear();
  }

  #mayWrite(record: EgressRecord): boolean {
    this.#timer ??= setTimeout(() => this.flush(), SECOND_MS).unref();
    const { pod, code } = record;
    const key = pod === null ? '' : `${pod.uid} ${code}`;
    const most = pod === null ? MOST_ANONYMOUS_PER_SECOND : MOST_OF_POD_PER_SECOND;
    const counted = this.#counted.get(key) ?? { written: 0, left: 0, last: record };
    this.#counted.set(key, counted);
    if (counted.written < most) {
      counted.written++;
      return true;
    }
    counted.left++;
    counted.last = record;
    return false;
  }
}

function lineOf({ at, pod, detail, ...rest }: EgressRecord): object {
  const who =
    pod === null
      ? {}
      : { pod: `${pod.namespace}/${pod.name}`, uid: pod.uid, serviceAccount: pod.serviceAccount };
  return { asked: new Date(at).toISOString(), ...rest, ...who, detail };
}
