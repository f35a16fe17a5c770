/** Who is governed, and what each pod may reach. A port: the API server feeds it (directory-api.ts), or a file. */
import { isIP } from 'node:net';
import { readHost, readRule } from '../core/egress/host.ts';
import { ACCESS, PHASES, type Place, type PodRights } from '../core/egress/judge.ts';

export interface GovernedPod extends PodRights {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly serviceAccount: string;
  /** From which it may call: none, none is known yet; undefined, from anywhere. */
  readonly addresses?: readonly string[];
}

export interface PodDirectory {
  pod(uid: string): GovernedPod | undefined;
  /** Pods that are not there any more. It counts more than pod(): nobody comes back with the same uid. */
  isGone(uid: string): boolean;
  providers(): readonly Place[];
  /** When it was last known to be whole and true, epoch ms; undefined: never yet. */
  heardAt(): number | undefined;
  /** Calls after each change, with the pod's UID where it concerns one alone; @returns how to stop that */
  onChange(listener: (uid?: string) => void): () => void;
  /** Between these two it keeps itself up to date. */
  start?(): void;
  stop?(): Promise<void>;
}

/** All that there is to say at a time. */
export interface DirectoryState {
  readonly pods: readonly GovernedPod[];
  readonly gone: readonly string[];
  readonly providers: readonly Place[];
}

export class MemoryDirectory implements PodDirectory {
  #pods = new Map<string, GovernedPod>();
  #gone = new Set<string>();
  #providers: readonly Place[] = [];
  #heardAt: number | undefined;
  readonly #listeners = new Set<() => void>();

  pod(uid: string): GovernedPod | undefined {
    return this.#pods.get(uid);
  }

  isGone(uid: string): boolean {
    return this.#gone.has(uid);
  }

  providers(): readonly Place[] {
    return this.#providers;
  }

  heardAt(): number | undefined {
    return this.#heardAt;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param now epoch ms */
  replace({ pods, gone, providers }: DirectoryState, now = Date.now()): void {
    this.#pods = new Map(pods.map((pod) => [pod.uid, pod]));
    this.#gone = new Set(gone);
    this.#providers = providers;
    this.heard(now);
    for (const listener of this.#listeners) listener();
  }

  /** Nothing has changed, and that is known. */
  heard(now = Date.now()): void {
    this.#heardAt = now;
  }
}

/** What was sent is no state of a directory; the message says where and why. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
}

/**
 * @param value JSON: pods with network.hosts as text (see readRule), providers with host, and port, tls and
 *   privateAddresses where they differ from 443, true and false
 * @throws DirectoryError: a part of it that is not understood must not leave the rest in force
 */
export function readDirectory(value: unknown): DirectoryState {
  const { pods, gone, providers } = object(value, 'the directory');
  return {
    pods: list(pods, 'pods').map((pod, n) => readPod(pod, `pods[${n}]`)),
    gone: list(gone ?? [], 'gone').map((uid, n) => text(uid, `gone[${n}]`)),
    providers: list(providers, 'providers').map((place, n) => readPlace(place, `providers[${n}]`)),
  };
}

function readPod(value: unknown, at: string): GovernedPod {
  const pod = object(value, at);
  const network = object(pod.network, `${at}.network`);
  const hosts = list(network.hosts ?? [], `${at}.network.hosts`).map((host, n) => {
    const rule = readRule(text(host, `${at}.network.hosts[${n}]`));
    if (rule === undefined)
      throw new DirectoryError(`${at}.network.hosts[${n}] is no host: ${JSON.stringify(host)}`);
    return rule;
  });
  return {
    uid: text(pod.uid, `${at}.uid`),
    namespace: text(pod.namespace, `${at}.namespace`),
    name: text(pod.name, `${at}.name`),
    serviceAccount: text(pod.serviceAccount, `${at}.serviceAccount`),
    ...(pod.addresses === undefined ? {} : { addresses: readAddresses(pod.addresses, `${at}.addresses`) }),
    phase: oneOf(pod.phase, PHASES, `${at}.phase`),
    network: { access: oneOf(network.access, ACCESS, `${at}.network.access`), hosts },
    killed: pod.killed === undefined || pod.killed === null ? null : text(pod.killed, `${at}.killed`),
  };
}

function readAddresses(value: unknown, at: string): readonly string[] {
  return list(value, at).map((one, n) => {
    const address = text(one, `${at}[${n}]`);
    if (isIP(address) === 0) throw new DirectoryError(`${at}[${n}] is no address: ${JSON.stringify(one)}`);
    return address;
  });
}

/** @throws DirectoryError */
export function readPlace(value: unknown, at: string): Place {
  const place = object(value, at);
  const read = readHost(text(place.host, `${at}.host`));
  if ('problem' in read)
    throw new DirectoryError(`${at}.host is no full name of a host: ${JSON.stringify(place.host)}`);
  const { port = 443, tls = true, privateAddresses = false } = place;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65535)
    throw new DirectoryError(`${at}.port is no port`);
  if (typeof tls !== 'boolean' || typeof privateAddresses !== 'boolean')
    throw new DirectoryError(`${at}: tls and privateAddresses are true or false`);
  if (!tls && !privateAddresses)
    throw new DirectoryError(`${at}: without tls it has to be a private address of one's own`);
  return { host: read.host, port, tls, privateAddresses };
}

function object(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DirectoryError(`${at} is no object`);
  return value as Record<string, unknown>;
}

function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new DirectoryError(`${at} is no list`);
  return value;
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '') throw new DirectoryError(`${at} is no text`);
  return value;
}

function oneOf<T extends string>(value: unknown, known: readonly T[], at: string): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new DirectoryError(`${at} is none of ${known.join(', ')}`);
  return found;
}
