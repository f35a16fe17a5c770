/** Records as lines of the log. Those of callers without a good token are bounded: anybody in a pod can make them. */
import type { Log } from '../adapters/telemetry/log.ts';
import type { EgressLog, EgressRecord } from './record.ts';

const MOST_ANONYMOUS_PER_SECOND = 20;

export class LoggedRecords implements EgressLog {
  readonly #log: Log;
  #second = 0;
  #written = 0;
  #left = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  write(record: EgressRecord): void {
    if (record.pod === null && !this.#mayWrite(performance.now())) return;
    const { at, pod, detail, ...rest } = record;
    const who =
      pod === null
        ? {}
        : { pod: `${pod.namespace}/${pod.name}`, uid: pod.uid, serviceAccount: pod.serviceAccount };
    const line = { asked: new Date(at).toISOString(), ...rest, ...who, detail };
    this.#log.info(line, record.verdict === 'opened' ? 'tunnel ended' : 'tunnel refused');
  }

  #mayWrite(now: number): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      if (this.#left > 0) this.#log.warn({ count: this.#left }, 'more were refused without a good token');
      this.#second = second;
      this.#written = 0;
      this.#left = 0;
    }
    if (this.#written < MOST_ANONYMOUS_PER_SECOND) {
      this.#written++;
      return true;
    }
    this.#left++;
    return false;
  }
}
