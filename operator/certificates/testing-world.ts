/**
 * The certificates of a made-up cluster, on a clock that is set by hand, and a judge of them: servers show, and clients
 * trust, anything that stood there within the last `lag`, and each such pair has to be fine. Shares no code with what it
 * judges.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { openAccess } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import type { EventText } from '../../adapters/kube/event-record.ts';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import { FakeApi } from '../../adapters/kube/testing-api.ts';
import { eventually } from '../../adapters/kube/testing-oracle.ts';
import type { FakeObject } from '../../adapters/kube/testing-store.ts';
import { createLog } from '../../adapters/telemetry/log.ts';
import { Certificates, type CertificatesOptions } from './certificates.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const TIMES = { authorityMs: 40 * DAY, leafMs: 9 * DAY, lagMs: HOUR, skewMs: HOUR, lookMs: 4 };
export const SYSTEM = 'tollgate-system';
export const SERVERS = ['control', 'gateway', 'operator'];
const WEBHOOKS = 'admissionregistration.k8s.io/mutatingwebhookconfigurations';
const NAMESPACES = resource<KubeObject>('v1 Namespace', 'namespaces', false);
const QUICK = { baseMs: 5, capMs: 50, burst: 1000, perSecond: 1000, calmMs: 0 };

/** What stood somewhere, and since when. */
type History = { readonly at: number; readonly text: string }[];

export class World {
  readonly api: FakeApi;
  now = Date.UTC(2026, 0, 1);
  readonly events: (EventText & { readonly about: string })[] = [];
  /** What was wrong at some moment. */
  readonly wrong: string[] = [];
  readonly shown = new Map<string, History>();
  readonly trusted = new Map<string, History>();
  /** Writes that the API server has had; the one with this number is the last that anybody hears of. */
  writes = 0;
  crashAt = Number.POSITIVE_INFINITY;
  judging = true;
  readonly #more: Partial<CertificatesOptions>;
  #looks = 0;
  #running: { certificates: Certificates; stop(): Promise<void> } | undefined;

  private constructor(api: FakeApi, more: Partial<CertificatesOptions>) {
    this.api = api;
    this.#more = more;
  }

  static async start(
    t: { after(end: () => Promise<void>): void },
    more: Partial<CertificatesOptions> = {},
  ): Promise<World> {
    const world = new World(await FakeApi.start(), more);
    const { store } = world.api;
    for (const name of [SYSTEM, 'team-a', 'team-b']) {
      const labels = name === SYSTEM ? {} : { 'tollgate.dev/enabled': 'true' };
      store.put('/namespaces', { metadata: { name, labels } });
    }
    const names = [...SERVERS.map((server) => `tollgate-${server}-tls`), 'tollgate-ca'];
    for (const name of names) store.put('/secrets', { metadata: { name, namespace: SYSTEM } });
    store.put('/configmaps', { metadata: { name: 'tollgate-trust', namespace: SYSTEM } });
    store.put(WEBHOOKS, {
      metadata: { name: 'tollgate' },
      webhooks: [{ name: 'pods.tollgate.dev', clientConfig: {} }],
    });
    store.listeners.add(() => world.#changed());
    world.api.answer = ({ method }) => {
      if (world.writes >= world.crashAt) return 'reset';
      if (method === 'PATCH') world.writes++;
      return undefined;
    };
    await world.begin();
    t.after(async () => {
      await world.end();
      await world.api.close();
    });
    return world;
  }

  async begin(): Promise<void> {
    const access = openAccess(this.api.url);
    const client = new KubeClient(access, 'test');
    const namespaces = new Reflector(client, NAMESPACES, {
      labelSelector: 'tollgate.dev/enabled=true',
      times: QUICK,
    });
    namespaces.start();
    const certificates = new Certificates({
      ...{ client, namespace: SYSTEM, clusterDomain: 'cluster.local', mode: 'own' as const, namespaces },
      log: await createLog('silent'),
      events: { record: ({ object }, text) => this.events.push({ ...text, about: object.metadata.name }) },
      times: TIMES,
      now: () => this.now,
      queueHooks: { done: () => this.#looks++ },
      ...this.#more,
    });
    certificates.start();
    this.#running = {
      certificates,
      stop: async () => {
        await certificates.stop(0);
        await namespaces.stop();
        await access.close();
      },
    };
  }

  /** As a process that ends without a word. */
  async end(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  /** @returns when everything that is due has been done, or nobody hears of it any more */
  async settled(): Promise<void> {
    // The one that runs may have looked at the clock before it was set.
    const [looks, writes] = [this.#looks, this.writes];
    await eventually(
      () => this.#looks >= looks + 3 || this.writes >= this.crashAt,
      10_000,
      () => 'it does not look',
    );
    if (this.writes > writes && this.writes < this.crashAt) await this.settled();
  }

  /** Sets the clock on, and judges what has become of it. */
  async pass(ms: number): Promise<void> {
    this.now += ms;
    this.judge();
    await this.settled();
    this.judge();
  }

  secret(name: string): Record<string, string> {
    const data = (this.api.store.get('/secrets', name, SYSTEM)?.data ?? {}) as Record<string, string>;
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, atob(value)]));
  }

  put(name: string, data: Readonly<Record<string, string>>): void {
    const encoded = Object.entries(data).map(([key, value]) => [key, btoa(value)]);
    this.api.store.put('/secrets', {
      metadata: { name, namespace: SYSTEM },
      data: Object.fromEntries(encoded),
    });
  }

  bundle(namespace: string): string {
    return bundleOf(this.api.store.get('/configmaps', 'tollgate-trust', namespace));
  }

  /** @returns how many authorities each place trusts */
  counts(): number[] {
    return [...this.trusted.values()].map((history) => certificatesOf(history.at(-1)?.text ?? '').length);
  }

  /** @returns whether something of a rotation is under way */
  get rotates(): boolean {
    const { 'next.crt': next, 'previous.crt': previous } = this.secret('tollgate-ca');
    return next !== undefined || previous !== undefined;
  }

  judge(): void {
    if (!this.judging) return;
    for (const [server, shown] of this.shown) {
      for (const leaf of this.#held(shown)) {
        for (const [place, trusted] of this.trusted) {
          for (const bundle of this.#held(trusted)) {
            const why = this.#distrusted(leaf, bundle);
            if (why !== undefined)
              this.wrong.push(`${new Date(this.now).toISOString()} ${place} of ${server}: ${why}`);
          }
        }
      }
    }
  }

  #changed(): void {
    const { object, collection } = this.api.store.log.at(-1) ?? {};
    if (object === undefined) return;
    const { name, namespace } = object.metadata;
    if (collection === '/configmaps') this.#note(this.trusted, namespace ?? '', bundleOf(object));
    if (collection === WEBHOOKS) this.#note(this.trusted, 'webhook', caBundleOf(object));
    if (collection === '/secrets' && name !== 'tollgate-ca')
      this.#note(this.shown, name, this.secret(name)['tls.crt'] ?? '');
    this.judge();
  }

  #note(where: Map<string, History>, place: string, text: string): void {
    const history = where.get(place) ?? [];
    where.set(place, history);
    // A pod waits for what is not there yet.
    if (text !== '' && history.at(-1)?.text !== text) history.push({ at: this.now, text });
  }

  /** What may still be held of it: the last that everybody has, and all that came since. */
  #held(history: History): string[] {
    const old = history.filter(({ at }) => at <= this.now - TIMES.lagMs).slice(-1);
    return [...old, ...history.filter(({ at }) => at > this.now - TIMES.lagMs)].map(({ text }) => text);
  }

  #distrusted(leaf: string, bundle: string): string | undefined {
    const [certificate, ...rest] = certificatesOf(leaf);
    if (certificate === undefined || rest.length > 0) return 'shows no one certificate';
    const issuer = certificatesOf(bundle).find(
      (one) => one.subject === certificate.issuer && certificate.verify(one.publicKey),
    );
    if (issuer === undefined) return `${certificate.issuer} is not trusted`;
    const bad = [certificate, issuer].find(
      ({ validFromDate, validToDate }) =>
        +validFromDate > this.now - HOUR / 2 || +validToDate < this.now + HOUR / 2,
    );
    return bad && `${bad.subject} is valid from ${bad.validFrom} to ${bad.validTo}`;
  }
}

export function certificatesOf(text: string): X509Certificate[] {
  return text
    .split(/(?=-----BEGIN)/)
    .filter((pem) => pem.startsWith('-----BEGIN CERT'))
    .map((pem) => new X509Certificate(pem));
}

function bundleOf(object: FakeObject | undefined): string {
  return (object?.data as Record<string, string> | undefined)?.['ca.crt'] ?? '';
}

function caBundleOf(object: FakeObject): string {
  const [first] = object.webhooks as { clientConfig: { caBundle?: string } }[];
  return atob(first?.clientConfig.caBundle ?? '');
}

export function assertRight(world: World): void {
  assert.deepEqual(world.wrong.slice(0, 3), []);
}
