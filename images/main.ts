/** `make images`: writes Tollgate's image for each architecture into one archive, and says by which digests it is known. */
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { VERSION } from '../core/version.ts';
import { refresh } from './debian.ts';
import { ImageError } from './error.ts';
import { NAME, tollgateImages } from './image.ts';
import { type Image, type Written, writeArchive } from './oci/archive.ts';
import { ARCHITECTURES, type Architecture, root } from './places.ts';

const HELP = `Writes Tollgate's image as an OCI archive. docs/images.md says what to do with it.

  --arch <amd64|arm64>  only that; may be given again
  --out <file>          instead of dist/images/tollgate-${VERSION}.tar
  --json                for programs
  --refresh             pins today's packages of Debian in images/packages.json, and writes no image`;

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ImageError)) throw error;
  console.error(`images: ${error.message}`);
  process.exitCode = 1;
}

async function main(args: readonly string[]): Promise<void> {
  const options = parse(args);
  if (options.help) return console.log(HELP);
  if (options.refresh) return sayRefreshed(await refresh());
  const out = resolve(options.out ?? join(root, 'dist', 'images', `tollgate-${VERSION}.tar`));
  const written = writeWhole(out, await tollgateImages(architecturesOf(options.arch), console.error));
  if (options.json) console.log(JSON.stringify({ file: out, name: NAME, ...written }, null, 2));
  else sayWritten(out, written);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        arch: { type: 'string', multiple: true },
        out: { type: 'string' },
        json: { type: 'boolean' },
        refresh: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new ImageError(`${(error as Error).message}\n\n${HELP}`);
  }
}

function architecturesOf(wanted: readonly string[] = ARCHITECTURES): [Architecture, ...Architecture[]] {
  const other = wanted.find((one) => !ARCHITECTURES.some((known) => known === one));
  const [first, ...rest] = ARCHITECTURES.filter((one) => wanted.includes(one));
  if (other !== undefined || first === undefined)
    throw new ImageError(`there is no image for ${other}, only for ${ARCHITECTURES.join(' and ')}`);
  return [first, ...rest];
}

/** What was there stays until the new archive is whole. */
function writeWhole(out: string, images: readonly [Image, ...Image[]]): Written {
  const half = `${out}.half-${process.pid}`;
  mkdirSync(dirname(out), { recursive: true });
  try {
    const written = writeArchive(half, ...images);
    renameSync(half, out);
    return written;
  } finally {
    rmSync(half, { force: true });
  }
}

function sayWritten(out: string, { digest, manifests }: Written): void {
  console.log(`${relative(process.cwd(), out)}  ${(statSync(out).size / 1e6).toFixed(0)} MB`);
  console.log(`  ${NAME}  ${digest}`);
  if (manifests.length > 1) for (const one of manifests) console.log(`  ${one.architecture}  ${one.digest}`);
}

function sayRefreshed(changes: readonly string[]): void {
  for (const change of changes) console.log(change);
  console.log(
    changes.length === 0
      ? 'images/packages.json pins what is offered today.'
      : 'images/packages.json was changed: images will have other digests. Commit it.',
  );
}
