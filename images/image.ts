/**
 * Tollgate's image: one for all that it runs in a cluster, which its first argument chooses (`operator`, `control`,
 * `egress-gateway`, `sidecar --pod`, `np-gate`).
 *
 *   package-lock.json ── npm ──> Node ────────────┐
 *   images/packages.json ── apt ──> libraries, … ─┴─> platform ─┐
 *   cli/tollgate.ts ── esbuild ──> dist/, and root/ ─> program ──┴─> image
 *
 * The same sources give the same bytes on every machine.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SIDECAR_UID } from '../core/cluster/names.ts';
import { VERSION } from '../core/version.ts';
import { bundle } from '../scripts/bundle.ts';
import { ImageError } from './error.ts';
import type { Image } from './oci/archive.ts';
import type { Entry } from './oci/tar.ts';
import { ARCHITECTURES, type Architecture, root, type Say, withFolder } from './places.ts';
import { NODE, platform } from './platform.ts';

export const NAME = `localhost/tollgate:${VERSION}`;

const PROGRAM = 'opt/tollgate/dist/tollgate.js';

/** The Dockerfile has the same; a test holds them together. */
export const CONFIG = {
  // Young objects live shortly here: a larger nursery costs nothing and spares collections. Old ones get half of what the
  // container may have, the rest is for buffers. A signal must not open the inspector.
  Entrypoint: [
    `/${NODE}`,
    '--max-semi-space-size=16',
    '--max-old-space-size-percentage=50',
    '--disable-sigusr1',
    `/${PROGRAM}`,
  ],
  Env: ['PATH=/usr/local/bin'],
  User: `${SIDECAR_UID}:${SIDECAR_UID}`,
  WorkingDir: '/',
} as const;

/**
 * @param architecture  this machine's own if nothing is said
 * @returns the image, ready to be written; what it is made of is fetched once
 * @throws ImageError that says what is missing and what to do
 */
export async function tollgateImage(
  architecture: Architecture = ofMachine(),
  say: Say = () => {},
): Promise<Image> {
  const [image] = await tollgateImages([architecture], say);
  return image;
}

/** The same for several architectures, with the very same program. */
export async function tollgateImages(
  architectures: readonly [Architecture, ...Architecture[]],
  say: Say,
): Promise<[Image, ...Image[]]> {
  const [first, ...rest] = architectures;
  const upper = await program();
  const make = async (architecture: Architecture): Promise<Image> => ({
    name: NAME,
    architecture,
    layers: [await platform(architecture, say), upper],
    config: { ...CONFIG, Labels: labels() },
  });
  return [await make(first), ...(await Promise.all(rest.map(make)))];
}

function ofMachine(): Architecture {
  const name = process.arch === 'x64' ? 'amd64' : process.arch;
  const found = ARCHITECTURES.find((one) => one === name);
  if (found === undefined) throw new ImageError(`there is no image for ${name}: ${ARCHITECTURES.join(', ')}`);
  return found;
}

/** The upper layer, which is the same for all architectures: the command, and the files of images/root. */
function program(): Promise<Entry[]> {
  return withFolder(async (folder) => {
    await bundle(folder);
    return [
      ...filesOf(folder, 'opt/tollgate/dist/'),
      ...filesOf(join(root, 'images', 'root'), ''),
      { kind: 'file', path: 'opt/tollgate/LICENSE', content: readFileSync(join(root, 'LICENSE')) },
    ];
  });
}

function filesOf(folder: string, to: string): Entry[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.map(({ parentPath, name }) => {
    const from = join(parentPath, name);
    const path = `${to}${relative(folder, from)}`;
    return {
      kind: 'file',
      path,
      content: readFileSync(from),
      mode: /(^|\/)bin\//.test(path) ? 0o755 : 0o644,
    };
  });
}

function labels(): Record<string, string> {
  const { description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const prefix = 'org.opencontainers.image';
  return {
    [`${prefix}.title`]: 'tollgate',
    [`${prefix}.description`]: description,
    [`${prefix}.version`]: VERSION,
    [`${prefix}.licenses`]: license,
  };
}
