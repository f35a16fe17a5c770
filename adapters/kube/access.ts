/**
 * Where the API server is and how to show who we are.
 *
 * In a pod that is three files, read here: @kubernetes/client-node costs 85 MB and half a second to import (2.0.1,
 * measured; 55 MB and 0.2 s bundled), so only kubeconfig.ts loads it, for what it is good at: kubeconfig files.
 */
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { Agent, type Dispatcher } from 'undici';

/** What a request is sent with. */
export interface Way {
  readonly dispatcher: Dispatcher;
  /** Authorization, and whom to impersonate. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Access {
  /** May end in a path, under which the API is. */
  readonly server: URL;
  /** Of the pod, or of the kubeconfig's context. */
  readonly namespace: string | undefined;
  /** @throws an error for people if credentials can't be read */
  way(): Promise<Way>;
  /** The server did not know us: what was read before is not used again. */
  forget(): void;
  /** Closes all connections, also those of watches. */
  close(): Promise<void>;
}

/** Where the kubelet puts a pod's credentials. */
const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** A token is renewed by the kubelet when a fifth of its life, at least 10 minutes, is left; client-go reads as often. */
const READ_AGAIN_MS = 60_000;
/** Below the idle times of common load balancers; undici's own 60 s is not. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 30_000 } as const;

/** @throws an error for people outside of a pod */
export async function inCluster(
  env: NodeJS.ProcessEnv = process.env,
  mount = MOUNT,
  readAgainMs = READ_AGAIN_MS,
): Promise<Access> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) {
    throw new Error(
      'this is not a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; name a kubeconfig',
    );
  }
  const namespace = await readFile(join(mount, 'namespace'), 'utf8').catch(() => undefined);
  const server = new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
  const access = new PodAccess(server, namespace?.trim(), mount, readAgainMs);
  await access.way();
  return access;
}

/** The API server without credentials: a test's, or `kubectl proxy`. */
export function openAccess(server: string | URL): Access {
  const agents = new Agents();
  return {
    server: new URL(server),
    namespace: undefined,
    way: async () => ({ dispatcher: agents.for('', () => new Agent({ connect: KEEP_ALIVE })), headers: {} }),
    forget: () => undefined,
    close: () => agents.close(),
  };
}

class PodAccess implements Access {
  readonly server: URL;
  readonly namespace: string | undefined;
  readonly #mount: string;
  readonly #readAgainMs: number;
  readonly #agents = new Agents();
  #read: { readonly at: number; readonly token: string; readonly ca: string } | undefined;

  constructor(server: URL, namespace: string | undefined, mount: string, readAgainMs: number) {
    this.server = server;
    this.namespace = namespace;
    this.#mount = mount;
    this.#readAgainMs = readAgainMs;
  }

  async way(): Promise<Way> {
    const { token, ca } = await this.#credentials();
    const dispatcher = this.#agents.for(ca, () => new Agent({ connect: { ...KEEP_ALIVE, ca } }));
    return { dispatcher, headers: { authorization: `Bearer ${token}` } };
  }

  forget(): void {
    this.#read = undefined;
  }

  close(): Promise<void> {
    return this.#agents.close();
  }

  async #credentials() {
    if (this.#read !== undefined && performance.now() - this.#read.at < this.#readAgainMs) return this.#read;
    const [token, ca] = await Promise.all(['token', 'ca.crt'].map((name) => this.#file(name)));
    this.#read = { at: performance.now(), token: token ?? '', ca: ca ?? '' };
    return this.#read;
  }

  async #file(name: string): Promise<string> {
    const path = join(this.#mount, name);
    const text = (await readFile(path, 'utf8')).trim();
    if (text === '') throw new Error(`${path} is empty: the kubelet has not written it`);
    return text;
  }
}

/** One dispatcher, made anew when what it trusts or shows has changed; requests under way end on the old one. */
export class Agents {
  #key: string | undefined;
  #current: Dispatcher | undefined;
  readonly #old = new Set<Dispatcher>();

  for(key: string, make: () => Dispatcher): Dispatcher {
    if (this.#current !== undefined && this.#key === key) return this.#current;
    const old = this.#current;
    if (old !== undefined) {
      this.#old.add(old);
      old.close().then(
        () => this.#old.delete(old),
        () => this.#old.delete(old),
      );
    }
    this.#key = key;
    this.#current = make();
    return this.#current;
  }

  async close(): Promise<void> {
    const all = [...this.#old, ...(this.#current === undefined ? [] : [this.#current])];
    this.#old.clear();
    this.#current = undefined;
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }
}
