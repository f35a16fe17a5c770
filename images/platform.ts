/**
 * The lower layer, which changes seldom: Node, the libraries that it can't run without, certificates, and what says
 * whose all this is and in which versions, for people and for scanners. There is no shell and nothing to install with.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { control, type Unpacked, unpackedPackages } from './debian.ts';
import { ImageError } from './error.ts';
import { type Library, librariesOf } from './libraries.ts';
import { unpackedNode } from './node.ts';
import type { Entry } from './oci/tar.ts';
import type { Architecture, Say } from './places.ts';

export const NODE = 'usr/local/bin/node';

const TRIPLETS: Readonly<Record<Architecture, string>> = {
  amd64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

/** @throws ImageError as what it is made of */
export async function platform(architecture: Architecture, say: Say): Promise<Entry[]> {
  const node = await unpackedNode(architecture, say);
  const packages = await unpackedPackages(architecture, say);
  const program = readFileSync(node.program);
  return [
    { kind: 'file', path: NODE, content: program, mode: 0o755 },
    ...linked(program, architecture, packages),
    { kind: 'file', path: 'etc/ssl/certs/ca-certificates.crt', content: certificates(packages) },
    ...release(packages),
    ...packages.flatMap(described),
    { kind: 'file', path: 'usr/share/doc/node/LICENSE', content: readFileSync(node.license) },
  ];
}

/** Libraries where the packages have them, which is where they are looked for, and what loads them where the kernel looks. */
function linked(program: Buffer, architecture: Architecture, packages: readonly Unpacked[]): Entry[] {
  const { libraries, interpreter } = librariesOf(program, architecture, (name) =>
    findLibrary(name, TRIPLETS[architecture], packages),
  );
  const entries = libraries.map(({ path, content }): Entry => ({ kind: 'file', path, content, mode: 0o755 }));
  const at = interpreter.slice(1);
  const loader = libraries.find(({ name }) => name === posix.basename(at));
  if (loader === undefined)
    throw new ImageError(`${interpreter} loads Node, and is in none of the packages of images/packages.json`);
  if (loader.path === at) return entries;
  return [...entries, { kind: 'link', path: at, to: posix.relative(dirname(at), loader.path) }];
}

function findLibrary(name: string, triplet: string, packages: readonly Unpacked[]): Library | undefined {
  for (const { folder } of packages)
    for (const path of [`lib/${triplet}/${name}`, `usr/lib/${triplet}/${name}`])
      if (existsSync(join(folder, path))) return { name, path, content: readFileSync(join(folder, path)) };
  return undefined;
}

/** As update-ca-certificates(8) writes them, in the order of their names. Node has its own; this is for who asks for them. */
function certificates(packages: readonly Unpacked[]): string {
  const folder = join(folderOf('ca-certificates', packages), 'usr/share/ca-certificates/mozilla');
  const files = readdirSync(folder).filter((name) => name.endsWith('.crt'));
  const texts = files.sort().map((name) => readFileSync(join(folder, name), 'utf8').trimEnd());
  return `${texts.join('\n')}\n`;
}

/** Which Debian this is of: scanners go by it. */
function release(packages: readonly Unpacked[]): Entry[] {
  const base = folderOf('base-files', packages);
  const licenses = 'usr/share/common-licenses';
  return [
    file('usr/lib/os-release', join(base, 'usr/lib/os-release')),
    { kind: 'link', path: 'etc/os-release', to: '../usr/lib/os-release' },
    ...readdirSync(join(base, licenses), { withFileTypes: true }).map((entry): Entry => {
      const path = `${licenses}/${entry.name}`;
      if (!entry.isSymbolicLink()) return file(path, join(base, path));
      return { kind: 'link', path, to: readlinkSync(join(base, path)) };
    }),
  ];
}

/** That it is here, in the form that scanners find without dpkg's own list, and its terms. */
function described(of: Unpacked): Entry[] {
  const entries: Entry[] = [{ kind: 'file', path: `var/lib/dpkg/status.d/${of.name}`, content: control(of) }];
  const path = `usr/share/doc/${of.name}/copyright`;
  // Packages of one source share the terms of one of them.
  return existsSync(join(of.folder, path)) ? [...entries, file(path, join(of.folder, path))] : entries;
}

function folderOf(name: string, packages: readonly Unpacked[]): string {
  const found = packages.find((one) => one.name === name);
  if (found === undefined) throw new ImageError(`images/packages.json does not pin ${name}`);
  return found.folder;
}

function file(path: string, from: string): Entry {
  return { kind: 'file', path, content: readFileSync(from) };
}
