/** The gateway's metrics. Labels are purposes and codes, which are few and known. */
import { Counter, Gauge, Registry } from 'prom-client';
import { PURPOSES, type Purpose } from '../core/egress/names.ts';
import type { EgressLog, EgressRecord } from './record.ts';

export interface Watched {
  /** Tunnels that are open. */
  tunnels(purpose: Purpose): number;
  connections(): number;
  /** How old what is known of pods is, ms; undefined: nothing is known. */
  directoryAge(): number | undefined;
}

export class EgressMetrics implements EgressLog {
  readonly registry = new Registry();
  readonly #refused = new Counter({
    name: 'tollgate_egress_refused_total',
    help: 'Tunnels that were refused, by the code of the refusal.',
    labelNames: ['code'],
    registers: [this.registry],
  });
  readonly #ended = new Counter({
    name: 'tollgate_egress_ended_total',
    help: 'Tunnels that were open and have ended, by how.',
    labelNames: ['purpose', 'code'],
    registers: [this.registry],
  });
  readonly #bytes = new Counter({
    name: 'tollgate_egress_bytes_total',
    help: 'Bytes of tunnels that have ended: up is from the pod.',
    labelNames: ['purpose', 'way'],
    registers: [this.registry],
  });
  readonly #dropped = new Counter({
    name: 'tollgate_egress_dropped_total',
    help: 'Connections that were too many, in all or from one address.',
    registers: [this.registry],
  });

  watch(watched: Watched): void {
    this.#gauge('tollgate_egress_connections', 'Connections from pods.', () => watched.connections());
    this.#gauge('tollgate_egress_directory_age_seconds', 'How old what is known of governed pods is.', () => {
      const age = watched.directoryAge();
      return age === undefined ? Number.NaN : age / 1_000;
    });
    new Gauge({
      name: 'tollgate_egress_tunnels',
      help: 'Tunnels that are open.',
      labelNames: ['purpose'],
      registers: [this.registry],
      collect() {
        for (const purpose of PURPOSES) this.set({ purpose }, watched.tunnels(purpose));
      },
    });
  }

  #gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(value());
      },
    });
  }

  dropped(): void {
    this.#dropped.inc();
  }

  write({ verdict, code, purpose, bytesUp, bytesDown }: EgressRecord): void {
    if (verdict === 'refused' || purpose === null) {
      this.#refused.inc({ code });
      return;
    }
    this.#ended.inc({ purpose, code });
    this.#bytes.inc({ purpose, way: 'up' }, bytesUp);
    this.#bytes.inc({ purpose, way: 'down' }, bytesDown);
  }
}
