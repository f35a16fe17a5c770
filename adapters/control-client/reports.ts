/**
 * Tells control by which policy a sidecar judges. A new policy comes to all sidecars at once, and each report may be a new
 * connection: a thousand handshakes would keep control from telling those who do not know of it yet. So what is in order
 * is told later, each sidecar at a time of its own, and only of the policy that is in force by then.
 */
import { PATHS, type ReportMessage } from '../../control-api/messages.ts';
import type { ControlConnection } from './connection.ts';

/** What is in order is told within this, ms. */
export const REPORT_SPREAD_MS = 30_000;

export interface ReportsOptions {
  readonly connection: Pick<ControlConnection, 'post'>;
  /** Control was not told. */
  onFailed(error: unknown): void;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

export class Reports {
  readonly #options: ReportsOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** A problem is told at once. */
  report(message: ReportMessage): void {
    const { random = Math.random } = this.#options;
    clearTimeout(this.#timer);
    if (message.problem !== null) this.#send(message);
    else this.#timer = setTimeout(() => this.#send(message), random() * REPORT_SPREAD_MS).unref();
  }

  /** What was not told is not told any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #send(message: ReportMessage): void {
    const { connection, onFailed } = this.#options;
    connection.post(PATHS.report, message).catch(onFailed);
  }
}
