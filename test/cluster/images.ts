/** Images for pods of the cluster, made of programs of this machine and of those that were built. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Image, writeArchive } from '../../images/oci/archive.ts';
import type { Entry } from '../../images/oci/tar.ts';
import type { Binaries } from './binaries.ts';
import { run } from './commands.ts';
import { INSIDE, type Machine } from './machine.ts';
import { programPath } from './packages.ts';
import { state } from './places.ts';
import { BASE, programWithLibraries } from './program.ts';

const image = (name: string) => `localhost/tollgate-test/${name}:1`;

/**
 * Their names. No registry has them: `imagePullPolicy: Never`, or IfNotPresent, which is the default.
 *
 * busybox has a shell and small tools (Debian's wget crashes with -T: leave that out), node runs `node` as user 65532, redis and mongo listen on their usual ports.
 */
export const IMAGES = {
  pause: image('pause'),
  busybox: image('busybox'),
  coredns: image('coredns'),
  node: image('node'),
  redis: image('redis'),
  mongo: image('mongo'),
} as const;

export type ImageName = keyof typeof IMAGES;

/** Those without which no pod, or no name, works. */
export const ESSENTIAL: readonly ImageName[] = ['pause', 'busybox', 'coredns'];

/** Loads images that are not there yet. */
export async function loadImages(
  machine: Machine,
  binaries: Binaries,
  names: readonly ImageName[],
): Promise<void> {
  const there = await imageNames(machine);
  for (const name of names)
    if (!there.has(IMAGES[name])) await importImage(machine, await MAKE[name](binaries));
}

/** @returns names of all images that the node has */
export async function imageNames(machine: Machine): Promise<ReadonlySet<string>> {
  return new Set((await machine.run([...CTR, 'images', 'ls', '-q'])).split('\n').filter(Boolean));
}

/** Gives an image one more name; another image loses that. */
export async function tagImage(machine: Machine, name: string, as: string): Promise<void> {
  await machine.run([...CTR, 'images', 'tag', '--force', name, as]);
}

/**
 * Loads an image; one of the same name is replaced.
 *
 * @returns the digest of its manifest
 */
export async function importImage(machine: Machine, of: Image): Promise<string> {
  const file = `${of.name.replace(/[^\w.-]+/g, '-')}.tar`;
  const folder = join(state, 'images');
  mkdirSync(folder, { recursive: true });
  const { digest } = writeArchive(join(folder, file), of);
  // Some have hundreds of megabytes, and are unpacked.
  await machine.run([...CTR, 'images', 'import', `${INSIDE.state}/images/${file}`], { timeout: 600_000 });
  rmSync(join(folder, file));
  return digest;
}

/** What runs `node` in a pod: this project's own, with files of yours. */
export async function nodeImage(
  name: string,
  files: readonly Entry[] = [],
  config: Image['config'] = {},
): Promise<Image> {
  const entries = await programWithLibraries(process.execPath, 'usr/local/bin/node');
  const layers = [[...BASE, ...entries], ...(files.length === 0 ? [] : [files])];
  return {
    name,
    architecture,
    layers,
    config: { Entrypoint: ['/usr/local/bin/node'], User: '65532:65532', Env: [PATH], ...config },
  };
}

const CTR = ['ctr', '--address', INSIDE.containerd, '--namespace', 'k8s.io'] as const;
const PATH = 'PATH=/usr/local/bin:/usr/bin:/bin';
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;

const MAKE: Readonly<Record<ImageName, (binaries: Binaries) => Promise<Image>>> = {
  pause: async (binaries) => ofProgram('pause', binaries('pause')),
  coredns: async (binaries) => ofProgram('coredns', binaries('coredns')),
  busybox: async () => {
    const { layers, ...rest } = await ofProgram('busybox', installed('busybox'));
    const applets = (await run([installed('busybox'), '--list'])).trim().split('\n');
    const links = applets
      .filter((applet) => applet !== 'busybox')
      .map((applet): Entry => ({ kind: 'link', path: `bin/${applet}`, to: 'busybox' }));
    return { ...rest, layers: [...layers, links], config: { Cmd: ['sh'], Env: [PATH] } };
  },
  node: () => nodeImage(IMAGES.node),
  redis: () =>
    ofProgram('redis', installed('redis-server'), [
      '--bind',
      '0.0.0.0',
      '--protected-mode',
      'no',
      '--save',
      '',
      '--dir',
      '/tmp',
    ]),
  mongo: async (binaries) =>
    ofProgram('mongo', binaries('ferretdb'), ['-listen', '0.0.0.0:27017', '-data', '/tmp']),
};

/** An image of one program, which is what it runs. */
async function ofProgram(name: ImageName, path: string, args: readonly string[] = []): Promise<Image> {
  const at = `bin/${name}`;
  return {
    name: IMAGES[name],
    architecture,
    layers: [[...BASE, ...(await programWithLibraries(path, at))]],
    config: { Entrypoint: [`/${at}`], Cmd: args, Env: [PATH] },
  };
}

/** @throws Error when it is not there */
function installed(program: string): string {
  const path = programPath(program);
  if (path === undefined) throw new Error(`${program} is not installed`);
  return path;
}
