/**
 * A real Kubernetes of one node, for tests: from source, on this machine, without Docker and without a registry.
 *
 *   const cluster = await startCluster();
 *   await cluster.apply({ apiVersion: 'v1', kind: 'Pod', … });
 *   await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/agent']);
 *   await cluster.stop();
 *
 * It needs root, Debian's apt and Go. The first start builds for about ten minutes, later ones take seconds. Programs
 * that talk to Services, pods or the API server run in its network: start them with `cluster.enter` before them.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '../../images/oci/archive.ts';
import { type Binaries, binaries, binaryPaths } from './binaries.ts';
import { adminKubeconfig } from './certificates.ts';
import { removeCgroups } from './cgroups.ts';
import type { RunOptions } from './commands.ts';
import { type ImageName, imageNames, importImage, loadImages, tagImage } from './images.ts';
import { alone } from './lock.ts';
import { INSIDE, Machine } from './machine.ts';
import { OUTSIDE, outsideAddress } from './network.ts';
import { installPackages } from './packages.ts';
import { writeOutsideNames } from './parts/dns.ts';
import { built, cache, state } from './places.ts';
import { signalPod } from './pod-processes.ts';
import { COMPLETE, type PartName, restartPart, startMachine } from './start.ts';
import { type Store, startMongo, startRedis, type Where } from './stores.ts';
import { helm, kubectl, writeCommands } from './tools.ts';

export type Say = (line: string) => void;

/**
 * Builds what is missing and starts it; one that runs already is used.
 *
 * @param say  told what is built and how long that takes
 * @throws Error that says what could not be built, installed or started
 */
export function startCluster(say: Say = () => {}): Promise<Cluster> {
  return alone(cache, 'starts the cluster', say, async () => {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      throw new Error('The cluster needs namespaces, mounts and iptables: start it as root on Linux.');
    await installPackages(say);
    const programs = await binaries(say);
    const running = await findCluster();
    if (running !== undefined) return running;
    await clear();
    try {
      const machine = await startMachine(programs);
      writeCommands(machine, programs);
      return new Cluster(machine, programs, false);
    } catch (error) {
      // Its logs stay, to be read.
      await end();
      throw error;
    }
  });
}

/** Ends the cluster of this clone, whoever started it, and whatever is left of one. */
export function stopCluster(say: Say = () => {}): Promise<void> {
  return alone(cache, 'stops the cluster', say, clear);
}

/** @returns the one that runs and is whole, if there is one; it starts and builds nothing */
export async function findCluster(): Promise<Cluster | undefined> {
  const machine = Machine.find();
  const programs = binaryPaths();
  if (machine === undefined || machine.ended.length > 0 || !existsSync(COMPLETE)) return undefined;
  const isWell = await kubectl(machine, programs, ['get', '--raw', '/readyz'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
  return isWell ? new Cluster(machine, programs, true) : undefined;
}

async function end(): Promise<void> {
  await Machine.stop();
  await removeCgroups();
}

async function clear(): Promise<void> {
  await end();
  rmSync(state, { recursive: true, force: true });
}

export class Cluster {
  readonly #machine: Machine;
  readonly #programs: Binaries;
  /** For clients of the API server that run in its network; it may do everything. */
  readonly kubeconfig = adminKubeconfig;
  /** Where its parts write what they do, a file for each. */
  readonly logs = join(state, 'logs');

  /** Whether it ran already. */
  readonly wasRunning: boolean;

  constructor(machine: Machine, programs: Binaries, wasRunning: boolean) {
    this.#machine = machine;
    this.#programs = programs;
    this.wasRunning = wasRunning;
  }

  /** What to put before a command so that it runs in the cluster's network, with the files of this machine. */
  get enter(): readonly string[] {
    return this.#machine.enterNetwork;
  }

  /** @returns what it wrote. @throws Error with the command and what it said */
  kubectl(args: readonly string[], options?: RunOptions): Promise<string> {
    return kubectl(this.#machine, this.#programs, args, options);
  }

  /** @returns what it wrote. @throws Error with the command and what it said */
  helm(args: readonly string[], options?: RunOptions): Promise<string> {
    return helm(this.#machine, this.#programs, args, options);
  }

  /** Asks for objects, such as `get(['pod', 'agent'])`; without a name it is a list, with `items`. */
  async get<T = unknown>(what: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl(['get', ...what, '-o', 'json'])) as T;
  }

  /** @param manifests  objects, or YAML. @throws Error with what the API server said */
  apply(manifests: string | object | readonly object[], args: readonly string[] = []): Promise<string> {
    const list = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const input = typeof manifests === 'string' ? manifests : list([manifests].flat());
    return this.kubectl(['apply', ...args, '-f', '-'], { input });
  }

  /** Loads images of images.ts that pods want; those of pause, busybox and CoreDNS are there. */
  loadImages(...names: readonly ImageName[]): Promise<void> {
    return loadImages(this.#machine, this.#programs, names);
  }

  /** Loads an image of your own; see images/oci/archive.ts and nodeImage(). @returns its digest */
  importImage(image: Image): Promise<string> {
    return importImage(this.#machine, image);
  }

  /** @returns names of all images that the node has */
  images(): Promise<ReadonlySet<string>> {
    return imageNames(this.#machine);
  }

  /** Gives a loaded image one more name, with its registry and tag: pods that ask for that get it, and no registry is asked. */
  tagImage(name: string, as: string): Promise<void> {
    return tagImage(this.#machine, name, as);
  }

  /** Redis, reachable by pods. */
  redis(where: Where = 'node', port?: number): Promise<Store> {
    return startRedis(this.#machine, where, port);
  }

  /** A MongoDB wire server, reachable by pods. */
  mongo(where: Where = 'node', port?: number): Promise<Store> {
    const program = this.#programs('ferretdb').replace(built, INSIDE.built);
    return startMongo(this.#machine, where, program, port);
  }

  /** Ends a part of the cluster itself, at once, as a crash would; one that has ended already stays so. */
  async endPart(name: PartName): Promise<void> {
    if (this.#machine.has(name)) await this.#machine.end(name);
  }

  /** Starts parts that have ended; those that run are left. @returns once they are ready */
  async startParts(...names: readonly PartName[]): Promise<void> {
    for (const name of names)
      if (!this.#machine.has(name) || this.#machine.ended.includes(name))
        await restartPart(this.#machine, this.#programs, name);
  }

  /**
   * Sends a signal to programs of a pod, past the API server.
   *
   * @param uid  of the pod
   * @param word  that stands in their command line
   * @throws Error when there is none
   */
  signal(uid: string, word: string, signal: NodeJS.Signals): void {
    signalPod(uid, word, signal);
  }

  /** The world outside: hosts with public addresses, for stand-ins of providers. */
  get outside(): Outside {
    return { enter: this.#machine.enterNetworkOf(OUTSIDE), address: outsideAddress, name: nameOutside };
  }

  /** Ends it, and all that it left on this machine. */
  stop(say?: Say): Promise<void> {
    return stopCluster(say);
  }
}

export interface Outside {
  /** What to put before a command so that it runs there; it may listen on each address of the range. */
  readonly enter: readonly string[];
  /** @param host  1 to 254 */
  address(host: number): string;
  /** Gives an address a name that pods can look up, within a second. */
  name(name: string, address: string): void;
}

function nameOutside(name: string, address: string): void {
  const lines = readFileSync(join(state, 'dns', 'hosts'), 'utf8')
    .split('\n')
    .filter(Boolean);
  const names = new Map(lines.map((line) => line.split(' ').reverse() as [string, string]));
  writeOutsideNames(names.set(name, address));
}
