/**
 * Packages of Debian for the architectures of our images, whichever this machine's own is, as images/packages.json pins
 * them. They come by apt from the sources that this machine has, which also says whom to trust; what is installed here is
 * neither asked nor touched.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImageError } from './error.ts';
import { ARCHITECTURES, type Architecture, cache, keep, root, run, type Say, withFolder } from './places.ts';

export interface Package {
  readonly name: string;
  readonly architecture: Architecture | 'all';
  readonly version: string;
  readonly sha256: string;
}

/** A package that is unpacked. */
export interface Unpacked extends Package {
  /** With its files as they are from the root, and its `control` beside them in `.control`. */
  readonly folder: string;
}

const PINS = join(root, 'images', 'packages.json');
const NO_APT =
  'Images take libraries from packages of Debian, by apt, and this machine has none: make them on Debian 12.';
const CONTROL = '.control';

export function pinned(): readonly Package[] {
  return JSON.parse(readFileSync(PINS, 'utf8'));
}

/**
 * @returns the pinned packages of an architecture, fetched where they are missing
 * @throws ImageError for one that this machine's sources do not have, or that is not what was pinned
 */
export async function unpackedPackages(architecture: Architecture, say: Say): Promise<readonly Unpacked[]> {
  const packages = pinned().filter((one) => one.architecture === architecture || one.architecture === 'all');
  const missing = packages.filter((one) => !existsSync(folderOf(one)));
  if (missing.length > 0) {
    say(`${missing.length} packages of Debian for ${architecture}: fetching them by apt`);
    await withApt((apt) => fetchAll(apt, missing));
  }
  return packages.map((one) => ({ ...one, folder: folderOf(one) }));
}

/** @returns the text that a package is described by (deb-control(5)) */
export function control({ folder }: Unpacked): string {
  return readFileSync(join(folder, CONTROL), 'utf8');
}

/**
 * Pins what the sources of this machine have today.
 *
 * @returns a line for each package that has changed
 */
export async function refresh(): Promise<string[]> {
  return withApt(async (apt) => {
    const changes: string[] = [];
    const next: Package[] = [];
    for (const before of pinned()) {
      const { version, sha256 } = await offered(apt, before);
      next.push({ ...before, version, sha256 });
      if (sha256 !== before.sha256)
        changes.push(`${before.name} for ${before.architecture}: ${before.version} → ${version}`);
    }
    writeFileSync(PINS, `${JSON.stringify(next, null, 2)}\n`);
    return changes;
  });
}

const folderOf = ({ name, architecture, sha256 }: Package) =>
  join(cache, 'packages', `${name}-${architecture}-${sha256.slice(0, 16)}`);

/** As apt names it: what is for all architectures has only its name. */
const nameOf = ({ name, architecture }: Package) =>
  architecture === 'all' ? name : `${name}:${architecture}`;

interface Apt {
  readonly folder: string;
  /** Runs one of apt's programs on lists of its own. */
  run(program: string, ...args: readonly string[]): Promise<string>;
}

/** Lists that are new, and gone afterwards; only sources, keys and proxies are this machine's. */
function withApt<T>(work: (apt: Apt) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const config = join(folder, 'apt.conf');
    mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
    mkdirSync(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
    writeFileSync(join(folder, 'status'), '');
    writeFileSync(config, configuration(folder));
    const apt: Apt = {
      folder,
      run: (program, ...args) => run([program, '-c', config, '-q', ...args], NO_APT, folder),
    };
    // Of several sources one may be out of reach that nothing here comes from: what is not there is said later.
    await apt.run('apt-get', 'update').catch((error: unknown) => {
      if (!(error instanceof ImageError) || error.message === NO_APT) throw error;
    });
    return work(apt);
  });
}

function configuration(folder: string): string {
  const at = (name: string) => JSON.stringify(join(folder, name));
  // Those that are cleared would empty the cache of this machine's own apt, or tell a desktop.
  return `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Architectures;
APT::Architecture ${JSON.stringify(ARCHITECTURES[0])};
APT::Architectures { ${ARCHITECTURES.map((one) => `${JSON.stringify(one)};`).join(' ')} };
Acquire::Languages "none";
Dir::State ${at('')};
Dir::State::Lists ${at('lists')};
Dir::State::status ${at('status')};
Dir::Cache ${at('cache')};
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
`;
}

async function fetchAll(apt: Apt, packages: readonly Package[]): Promise<void> {
  const there = await versions(apt, packages);
  for (const one of packages)
    if (!there(one).includes(one.version)) throw new ImageError(gone(one, there(one)));
  await apt.run('apt-get', 'download', ...packages.map((one) => `${nameOf(one)}=${one.version}`));
  for (const one of packages) await unpack(one, apt.folder);
}

/** @throws ImageError when it is not what was pinned */
async function unpack(one: Package, from: string): Promise<void> {
  const file = join(from, fileOf(one));
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (sha256 !== one.sha256)
    throw new ImageError(
      `${nameOf(one)} ${one.version} is not what images/packages.json pins: its SHA-256 is ${sha256}, and not ${one.sha256}. ` +
        'Nothing was made of it. Find out where it comes from before you pin it with "node images/main.ts --refresh".',
    );
  const tree = `${file}.tree`;
  mkdirSync(tree);
  await run(['dpkg-deb', '--extract', file, tree], NO_APT);
  writeFileSync(join(tree, CONTROL), await run(['dpkg-deb', '--field', file], NO_APT));
  keep(tree, folderOf(one));
}

/** As apt names the file: the epoch's colon is written as %3a. */
function fileOf({ name, version, architecture }: Package): string {
  return `${name}_${version.replace(':', '%3a')}_${architecture}.deb`;
}

/** @returns which versions of a package the sources have */
async function versions(apt: Apt, packages: readonly Package[]): Promise<(of: Package) => string[]> {
  // A line of madison's: name | version | source
  const lines = (await apt.run('apt-cache', 'madison', ...packages.map(nameOf))).trim().split('\n');
  const rows = lines.map((line) => line.split('|').map((column) => column.trim()));
  return (of) => {
    const own = rows.filter(([name]) => name === nameOf(of) || name === of.name);
    return [...new Set(own.map(([, version = '']) => version))];
  };
}

function gone(one: Package, there: readonly string[]): string {
  const what = `${nameOf(one)} ${one.version}`;
  if (there.length === 0)
    return `${what} was not found: the apt sources of this machine have no ${one.name} for ${one.architecture}. Images need sources of Debian 12 (main, and its security updates) in /etc/apt.`;
  return `${what} is no longer in the apt sources of this machine, which have ${there.join(', ')}. Pin that with "node images/main.ts --refresh" and commit images/packages.json: images are then made of it, with other digests.`;
}

/** @throws ImageError when the sources have none */
async function offered(apt: Apt, one: Package): Promise<{ version: string; sha256: string }> {
  const text = await apt.run('apt-cache', 'show', '--no-all-versions', nameOf(one)).catch(() => '');
  const field = (name: string) => text.match(new RegExp(`^${name}: (\\S+)$`, 'm'))?.[1];
  const [version, sha256] = [field('Version'), field('SHA256')];
  if (version === undefined || sha256 === undefined) throw new ImageError(gone(one, []));
  return { version, sha256 };
}
