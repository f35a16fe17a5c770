/** The webhook's metrics. */
import { Counter, Histogram, type Registry } from 'prom-client';

/** recorded: who decides, or an author. error: no review came of it, so that neither a pod nor a decision did. */
export type Outcome = 'injected' | 'recorded' | 'unchanged' | 'refused' | 'error';

export class WebhookMetrics {
  readonly #reviews: Histogram<'outcome'>;
  readonly #dropped: Counter;

  constructor(registry: Registry) {
    this.#reviews = new Histogram({
      name: 'tollgate_admission_seconds',
      help: 'Reviews of pods, decisions and AgentRunners that the API server asked for, by what came of them, and how long they took.',
      labelNames: ['outcome'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1],
      registers: [registry],
    });
    this.#dropped = new Counter({
      name: 'tollgate_admission_dropped_total',
      help: 'Connections that were too many, in all or from one address.',
      registers: [registry],
    });
  }

  dropped(): void {
    this.#dropped.inc();
  }

  reviewed(outcome: Outcome, ms: number): void {
    this.#reviews.observe({ outcome }, ms / 1000);
  }
}
