/** Elections among several candidates on one fake API server. */
import { type Access, openAccess } from './access.ts';
import { KubeClient } from './client.ts';
import { Election, type ElectionOptions } from './lease.ts';
import { FakeApi, type Reply, type Seen } from './testing-api.ts';
import { eventually } from './testing-oracle.ts';

/** A Lease's duration is in whole seconds, so that this is as fast as it gets; on a machine that stands still, all lose. */
export const TIMES = { durationMs: 1000, renewMs: 600, retryMs: 40 };
/** For what is not about the end of a Lease: no machine stands still for so long. */
export const LONG = { durationMs: 60_000, renewMs: 30_000, retryMs: 40 };
export const COLLECTION = 'coordination.k8s.io/leases';

export class Elections {
  readonly all: Election[] = [];
  /** What was called back, in order. */
  readonly told: string[] = [];
  readonly api: FakeApi;
  readonly #accesses: Access[] = [];

  private constructor(api: FakeApi) {
    this.api = api;
  }

  static async start(): Promise<Elections> {
    return new Elections(await FakeApi.start());
  }

  /** Each has connections of its own, and its identity as user agent. */
  join(identity: string, more: Partial<ElectionOptions> = {}): Election {
    const access = openAccess(this.api.url);
    this.#accesses.push(access);
    const election = new Election(new KubeClient(access, identity), {
      namespace: 'ns',
      name: 'operator',
      identity,
      elected: () => this.told.push(`${identity} elected`),
      lost: (why) => this.told.push(`${identity} lost: ${why}`),
      times: TIMES,
      ...more,
    });
    this.all.push(election);
    election.start();
    return election;
  }

  /** What stands in the Lease. */
  spec(): Record<string, unknown> | undefined {
    return this.api.store.get(COLLECTION, 'operator', 'ns')?.spec as Record<string, unknown> | undefined;
  }

  write(spec: object): void {
    this.api.store.put(COLLECTION, { metadata: { name: 'operator', namespace: 'ns' }, spec });
  }

  /** All requests of one candidate come to this. */
  cutOff(identity: string, reply: Reply | 'reset' | 'silence'): void {
    this.api.answer = ({ headers }: Seen) => (headers['user-agent'] === identity ? reply : undefined);
  }

  soon(holds: () => boolean): Promise<void> {
    return eventually(holds, 5000, () => this.told.join('; '));
  }

  async stop(): Promise<void> {
    this.api.answer = undefined;
    for (const election of this.all) await election.stop();
    for (const access of this.#accesses) await access.close();
    await this.api.close();
  }
}
