/** Leases of calls that are running here: extended while they run, and what waits for a budget learns of their end. */
import type { Ledger } from '../core/ports.ts';

export class RunningLeases {
  readonly #ledger: Pick<Ledger, 'extend'>;
  readonly #running = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  readonly #waiting = new Set<() => void>();
  #ended = 0;

  /** @param renewMs how often running leases are extended */
  constructor(ledger: Pick<Ledger, 'extend'>, renewMs: number) {
    this.#ledger = ledger;
    this.#timer = setInterval(() => this.#renew(), renewMs).unref();
  }

  /** How many have ended so far: an end that came while the ledger was asked is seen by it. */
  get ended(): number {
    return this.#ended;
  }

  add(lease: string): void {
    this.#running.add(lease);
  }

  end(lease: string): void {
    this.#running.delete(lease);
    this.#ended++;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /**
   * Calls back once when the next lease ends here.
   * @returns a function that forgets the callback
   */
  whenEnded(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
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
