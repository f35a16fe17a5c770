/** Leases of calls that are running here: extended while they run, and awaited when the process stops. */
import { LEASE_RENEW_MS, type Ledger } from '../core/ports.ts';

export class RunningLeases {
  readonly #ledger: Ledger;
  readonly #running = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  /** Told when a lease ends: what waits for a budget may fit now. */
  #waiting: (() => void)[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#timer = setInterval(() => this.#renew(), LEASE_RENEW_MS).unref();
  }

  add(lease: string): void {
    this.#running.add(lease);
  }

  end(lease: string): void {
    this.#running.delete(lease);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** @returns when a lease has ended here, or after `ms` */
  anyEnd(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #renew(): void {
    if (this.#running.size === 0) return;
    // A renewal that fails is tried again with the next one; two fit into a lease's life.
    this.#ledger.extend([...this.#running]).catch(() => undefined);
  }
}
