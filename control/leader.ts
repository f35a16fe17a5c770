/**
 * One replica at a time for what several would only do twice. Whoever loses the Lease stands for it again: what it does
 * here may be done twice without harm, so no process has to end. (An entry that two replicas have written is counted once.)
 */
import type { KubeClient } from '../adapters/kube/client.ts';
import { Election, type LeaseTimes } from '../adapters/kube/lease.ts';
import type { Log } from '../adapters/telemetry/log.ts';

export interface LeaderOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Of this process alone. */
  readonly identity: string;
  readonly log: Log;
  readonly times?: LeaseTimes;
}

export class Leader {
  readonly #options: LeaderOptions;
  #election: Election;
  #stopped = false;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#election = this.#stand();
  }

  /** Ask before each act. */
  get leads(): boolean {
    return this.#election.leads;
  }

  start(): void {
    this.#election.start();
  }

  /** Gives the Lease back. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#election.stop();
  }

  #stand(): Election {
    const { client, namespace, name, identity, log, times } = this.#options;
    return new Election(client, {
      namespace,
      name,
      identity,
      elected: () =>
        log.info('this replica leads: it writes statuses, and entries that sidecars have left behind'),
      lost: (why) => {
        log.warn({ why }, 'another replica leads');
        if (this.#stopped) return;
        this.#election = this.#stand();
        this.#election.start();
      },
      failed: ({ message }) => log.warn({ why: message }, 'the Lease was not written'),
      ...(times === undefined ? {} : { times }),
    });
  }
}
