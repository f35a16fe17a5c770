/** Control's metrics. */
import { Gauge, Registry } from 'prom-client';

export interface Watched {
  /** Streams to sidecars that are open here. */
  sidecars(): number;
}

export class ControlMetrics {
  readonly registry = new Registry();
  constructor({ sidecars }: Watched) {
    new Gauge({
      name: 'tollgate_sidecars_connected',
      help: 'Sidecars that hold a stream to this replica.',
      registers: [this.registry],
      collect() {
        this.set(sidecars());
      },
    });
  }
}
