/**
 * Keeps Tollgate's certificates in force, for the leader alone.
 *
 *   a Secret, a bundle, a webhook or a namespace changes; each minute ──> look:
 *     Secrets ── decide ──> bundle ──> everywhere where it is to stand (bundles.ts)
 *                   └─────> the first step that may be done ── one write ──> look again
 *
 * All that is known stands in the Secrets: a process that ends between two writes is gone on from by the next.
 */
import { Gauge, type Registry } from 'prom-client';
import type { KubeClient } from '../../adapters/kube/client.ts';
import type { EventRecorder } from '../../adapters/kube/events.ts';
import type { KubeObject, Resource } from '../../adapters/kube/object.ts';
import { type QueueHooks, WorkQueue } from '../../adapters/kube/queue.ts';
import type { Reflector } from '../../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../../adapters/kube/reflector-options.ts';
import type { Log } from '../../adapters/telemetry/log.ts';
import {
  CA_SECRET,
  EXTRA_TRUST_KEY,
  SERVICES,
  type Server,
  TLS_SECRETS,
  TRUST_CONFIG_MAP,
  WEBHOOK_CONFIGURATION,
} from '../../core/cluster/names.ts';
import { Bundles, type Missed } from './bundles.ts';
import { carryOut } from './carry-out.ts';
import { type Decision, decide, type Held, type Step, type Terms, TIMES, type Times } from './decide.ts';
import { decideExternal, type Remembered } from './external.ts';
import { dataOf, SECRETS, type Secret, watchSecret, writeSecret } from './secrets.ts';

export interface CertificateNames {
  readonly ca: string;
  readonly tls: Readonly<Record<Server, string>>;
  readonly configMap: string;
  readonly webhooks: { readonly mutating: readonly string[]; readonly validating: readonly string[] };
}

export interface CertificatesOptions {
  readonly client: KubeClient;
  /** Tollgate's. */
  readonly namespace: string;
  readonly clusterDomain: string;
  /** external: somebody else fills the servers' Secrets, and there is none of an authority. */
  readonly mode: 'own' | 'external';
  /** PEM of authorities that sidecars believe of providers; empty: none. */
  readonly extraTrust?: string;
  /** Namespaces that are enabled; somebody else starts it. */
  readonly namespaces: Reflector<KubeObject>;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly log: Log;
  /** Asked before each write: another may lead since. */
  readonly leads?: () => boolean;
  readonly hooks?: (of: Resource) => ReflectorHooks;
  readonly queueHooks?: QueueHooks;
  readonly registry?: Registry;
  readonly names?: Partial<CertificateNames>;
  readonly times?: Partial<Times> & { readonly lookMs?: number };
  readonly now?: () => number;
}

const NAMES: CertificateNames = {
  ca: CA_SECRET,
  tls: TLS_SECRETS,
  configMap: TRUST_CONFIG_MAP,
  webhooks: { mutating: [WEBHOOK_CONFIGURATION], validating: [] },
};
/** What becomes due is seen that much later at most. */
const LOOK_MS = 60_000;
/** Steps of one look; a whole rotation has seven. */
const MOST_STEPS = 20;
const KEY = 'certificates';

export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #names: CertificateNames;
  readonly #times: Times & { readonly lookMs: number };
  readonly #secrets: ReadonlyMap<'ca' | Server, string>;
  readonly #watches: readonly Reflector<Secret>[];
  readonly #bundles: Bundles;
  readonly #queue: WorkQueue;
  readonly #leads: () => boolean;
  #remembered: readonly Remembered[] = [];
  #ends: Decision['ends'] = {};
  #stopped = false;

  constructor(options: CertificatesOptions) {
    this.#options = options;
    this.#names = { ...NAMES, ...options.names };
    this.#times = { ...TIMES, lookMs: LOOK_MS, ...options.times };
    this.#leads = options.leads ?? (() => true);
    const { client, namespace, hooks, queueHooks } = options;
    const { ca, tls, configMap, webhooks } = this.#names;
    const servers = Object.entries(tls) as [Server, string][];
    this.#secrets = new Map<'ca' | Server, string>(
      options.mode === 'own' ? [['ca', ca], ...servers] : servers,
    );
    const hooked = hooks === undefined ? {} : { hooks };
    this.#watches = [...this.#secrets.values()].map((name) =>
      watchSecret(client, { namespace, name }, hooks),
    );
    const { namespaces, extraTrust = '' } = options;
    const more = extraTrust === '' ? {} : { [EXTRA_TRUST_KEY]: extraTrust };
    this.#bundles = new Bundles({
      ...{ client, namespace, configMap, more, webhooks, namespaces, leads: this.#leads },
      ...hooked,
    });
    this.#queue = new WorkQueue((_, signal) => this.#look(signal), {
      backoff: { baseMs: 100, capMs: this.#times.lookMs },
      ...(queueHooks === undefined ? {} : { hooks: queueHooks }),
    });
    if (options.registry !== undefined) this.#measure(options.registry);
  }

  /** For the leader; returns at once. */
  start(): void {
    const changed = () => this.#queue.add(KEY);
    for (const secret of this.#watches) {
      secret.on({ add: changed, update: changed, delete: changed });
      secret.start();
    }
    void this.#bundles.start(changed).then(() => {
      if (this.#stopped) return;
      this.#queue.start();
      changed();
    });
  }

  /** @param graceMs for the write that is under way */
  async stop(graceMs = 5_000): Promise<void> {
    this.#stopped = true;
    await this.#queue.stop(graceMs);
    await Promise.all([this.#bundles.stop(), ...this.#watches.map((secret) => secret.stop())]);
  }

  async #look(signal: AbortSignal): Promise<{ requeueAfterMs: number }> {
    const known = new Set<string>();
    for (let steps = 0; steps < MOST_STEPS && this.#leads(); steps++) {
      const { secrets, held } = await this.#read(signal);
      const terms = this.#terms();
      const decision = this.#decide(held, terms);
      this.#ends = decision.ends;
      for (const { about, what } of decision.problems) {
        if (known.has(about + what)) continue;
        known.add(about + what);
        this.#tell(secrets.get(about), 'Warning', 'SecretUnusable', `What is in it can't be used: ${what}.`);
      }
      const step = await this.#next(decision, signal);
      if (step === undefined) break;
      await this.#do(step, secrets, held, terms, signal);
    }
    return { requeueAfterMs: this.#times.lookMs };
  }

  #decide(held: Held, terms: Terms): Decision {
    if (this.#options.mode === 'own') return decide(held, terms);
    const decision = decideExternal(held, this.#remembered, terms);
    this.#remembered = decision.remembered;
    return decision;
  }

  /** Publishes the bundle where that is not to wait. @returns what may be done now */
  async #next({ bundle, steps }: Decision, signal: AbortSignal): Promise<Step | undefined> {
    const first = steps.find(({ after }) => after === 'nothing');
    if (first !== undefined) return first;
    const missed = bundle === '' ? [] : await this.#bundles.publish(bundle, signal);
    for (const { about, why } of missed) this.#missed(about, why);
    return steps.find(({ after }) => after === 'tried' || missed.length === 0);
  }

  async #do(
    step: Step,
    secrets: ReadonlyMap<'ca' | Server, Secret>,
    held: Held,
    terms: Terms,
    signal: AbortSignal,
  ): Promise<void> {
    const { into, data, reason, note } = await carryOut(step, held, terms);
    const secret = secrets.get(into);
    if (secret === undefined || !this.#leads()) return;
    const answer = await writeSecret(this.#options.client, secret, data, signal);
    if (!answer.ok) throw new Error(answer.error.message);
    this.#options.log.info({ secret: secret.metadata.name, note }, 'a certificate was written');
    this.#tell(secret, 'Normal', reason, note);
  }

  /** @throws Error when one can't be read, or the authority's is not there: then nothing can be done at all */
  async #read(signal: AbortSignal): Promise<{ secrets: Map<'ca' | Server, Secret>; held: Held }> {
    const { client, namespace } = this.#options;
    const secrets = new Map<'ca' | Server, Secret>();
    for (const [about, name] of this.#secrets) {
      const answer = await client.get(SECRETS, { namespace, name }, { signal });
      if (answer.ok) secrets.set(about, answer.value);
      else if (answer.error.code !== 404) throw new Error(answer.error.message);
      else if (about === 'ca')
        throw new Error(
          `there is no Secret ${namespace}/${name}: install the chart again, it makes it (helm upgrade)`,
        );
      else
        this.#options.log.error(
          { secret: name },
          'there is no such Secret; the chart makes it (helm upgrade)',
        );
    }
    const ca = secrets.get('ca');
    const servers = [...secrets].filter(([about]) => about !== 'ca');
    return {
      secrets,
      held: {
        ca: ca === undefined ? {} : dataOf(ca),
        servers: Object.fromEntries(servers.map(([server, secret]) => [server, dataOf(secret)])),
      },
    };
  }

  #terms(): Terms {
    const { namespace, clusterDomain, now = Date.now } = this.#options;
    const namesOf = (server: Server) => {
      const service = SERVICES[server];
      const svc = `${service}.${namespace}.svc`;
      return [service, `${service}.${namespace}`, svc, `${svc}.${clusterDomain}`];
    };
    return { now: now(), times: this.#times, namesOf };
  }

  #missed(about: Missed['about'], why: string): void {
    this.#options.log.warn({ why }, 'the trusted certificates were not written everywhere');
    const note = `The trusted certificates could not be written there: ${why}`;
    if (about !== undefined)
      this.#options.events.record(about, {
        type: 'Warning',
        reason: 'BundleNotWritten',
        action: 'Publish',
        note,
      });
  }

  #tell(secret: Secret | undefined, type: 'Normal' | 'Warning', reason: string, note: string): void {
    if (secret === undefined) return;
    if (type === 'Warning')
      this.#options.log.warn(
        { secret: secret.metadata.name, why: note },
        'what is in a Secret can not be used',
      );
    this.#options.events.record({ of: SECRETS, object: secret }, { type, reason, action: 'Certify', note });
  }

  #measure(registry: Registry): void {
    const ends = () => this.#ends;
    new Gauge({
      name: 'tollgate_certificate_expiration_timestamp_seconds',
      help: "When a certificate that is in force expires: the authority's (ca) and the servers'; told by the leader.",
      labelNames: ['certificate'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [certificate, at] of Object.entries(ends())) this.set({ certificate }, at / 1000);
      },
    });
  }
}
