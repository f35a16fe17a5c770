/**
 * The webhook's own certificate, as it stands in its Secret. It is read from the API server by every replica: what the
 * kubelet mounts may be more than a minute old, and pods start waiting for a Secret that is empty.
 */
import type { KubeClient } from '../../adapters/kube/client.ts';
import { keyOf, type Resource } from '../../adapters/kube/object.ts';
import type { Reflector } from '../../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../../adapters/kube/reflector-options.ts';
import type { Log } from '../../adapters/telemetry/log.ts';
import { whyUnusable } from '../../adapters/tls/files.ts';
import { dataOf, type Secret, watchSecret } from './secrets.ts';

/** PEM. */
export interface Serving {
  readonly cert: string;
  readonly key: string;
}

export interface ServingOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** The Secret's name. */
  readonly name: string;
  readonly log: Log;
  readonly hooks?: (of: Resource) => ReflectorHooks;
}

export class ServingCertificate {
  readonly #options: ServingOptions;
  readonly #secret: Reflector<Secret>;
  readonly #listeners: ((now: Serving) => void)[] = [];
  #current: Serving | undefined;

  constructor(options: ServingOptions) {
    this.#options = options;
    const { client, namespace, name, hooks } = options;
    this.#secret = watchSecret(client, { namespace, name }, hooks);
    const read = (secret: Secret) => this.#read(secret);
    this.#secret.on({ add: read, update: read });
  }

  /** Undefined: there is none yet. What is broken or gone leaves the one before. */
  get current(): Serving | undefined {
    return this.#current;
  }

  /** @param listener told of each one from now on, and of the one that there is */
  on(listener: (now: Serving) => void): void {
    this.#listeners.push(listener);
    if (this.#current !== undefined) listener(this.#current);
  }

  start(): void {
    this.#secret.start();
  }

  async stop(): Promise<void> {
    await this.#secret.stop();
  }

  #read(secret: Secret): void {
    const { namespace, name, log } = this.#options;
    if (keyOf(secret) !== `${namespace}/${name}`) return;
    const { 'tls.crt': cert = '', 'tls.key': key = '' } = dataOf(secret);
    // As the chart makes it.
    if (cert === '' && key === '') return;
    if (cert === this.#current?.cert && key === this.#current.key) return;
    const why = cert === '' || key === '' ? 'one half is missing' : whyUnusable({ cert, key });
    if (why !== undefined) {
      log.error({ secret: `${namespace}/${name}`, why }, 'the certificate stays the one before');
      return;
    }
    this.#current = { cert, key };
    for (const listener of this.#listeners) listener(this.#current);
  }
}
