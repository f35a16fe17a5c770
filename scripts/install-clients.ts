/**
 * Installs the real clients that the tests run, at the versions of their lock files. What is there already stays; a set
 * whose lock file has changed is installed anew.
 *
 *   node scripts/install-clients.ts
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, type NpmSet, type PythonSet, python, pythonLock, SETS } from './client-sets.ts';

/** Versions of Python for which the lock files have packages. */
const PYTHONS = ['3.11', '3.12', '3.13'];
/** Packages that pip installs at a time. */
const PART = 25;

/** @returns 0, or the exit code of what failed; why is said on stderr */
export function installClients(sets: readonly (NpmSet | PythonSet)[] = SETS): number {
  for (const set of sets) {
    const code = set.kind === 'npm' ? installNpm(set) : installPython(set);
    if (code !== 0) {
      console.error(`   ${set.what}: not installed.`);
      return code;
    }
  }
  return 0;
}

function installNpm(set: NpmSet): number {
  const modules = join(set.folder, 'node_modules');
  const lock = readFileSync(join(set.folder, 'package-lock.json'), 'utf8');
  const isWhole = existsSync(join(modules, '.package-lock.json'));
  return install(set, modules, isWhole, lock, () =>
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], set.folder),
  );
}

function installPython(set: PythonSet): number {
  const found = findPython();
  if (found === undefined) return 1;
  const folder = environment(set.name);
  const text = readFileSync(pythonLock(set.name), 'utf8');
  const lock = `# Python ${found.version}\n${text}`;
  return install(set, folder, existsSync(python(set.name)), lock, () => {
    rmSync(folder, { recursive: true, force: true });
    const made = run(found.command, ['-m', 'venv', folder]);
    if (made !== 0) {
      console.error(
        `   ${found.command} makes no virtual environment: install python3-venv (Debian, Ubuntu), then try again.`,
      );
      return made;
    }
    return installPackages(set, folder, lockedPackages(text));
  });
}

/** @returns the requirements of a lock file, one a package, with their hashes */
export function lockedPackages(lock: string): string[] {
  return lock.split(/^(?=[A-Za-z0-9])/m).filter((entry) => entry.includes('--hash='));
}

/** In parts, so that one sees how far it is: a lock file has all that its packages need. */
function installPackages(set: PythonSet, folder: string, packages: readonly string[]): number {
  const pip = ['-m', 'pip', '--disable-pip-version-check'];
  const file = join(folder, 'part.txt');
  for (let at = 0; at < packages.length; at += PART) {
    const end = Math.min(at + PART, packages.length);
    console.log(`   packages ${at + 1} to ${end} of ${packages.length}`);
    const part = packages.slice(at, end);
    writeFileSync(file, part.join(''));
    const built = set.fromSource.filter((name) => part.some((one) => one.startsWith(`${name}==`)));
    const source = built.length > 0 ? ['--use-pep517', '--no-binary', built.join(',')] : [];
    const code = run(python(set.name), [
      ...[...pip, 'install', '--quiet', '--no-compile', '--no-deps', '--require-hashes'],
      ...['--only-binary', ':all:', ...source, '-r', file],
    ]);
    if (code !== 0) {
      console.error('   pip could not install them; what it says above is why. Is its index in reach?');
      return code;
    }
  }
  rmSync(file);
  return run(python(set.name), [...pip, 'check']);
}

/** Installs a set unless it is there, and says what it did. */
function install(
  { what, megabytes }: NpmSet | PythonSet,
  folder: string,
  isWhole: boolean,
  lock: string,
  work: () => number,
): number {
  const stamp = join(folder, '.installed-lock');
  if (isWhole && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) {
    console.log(`   ${what}: here already`);
    return 0;
  }
  console.log(`   ${what}: installing, about ${megabytes} MB`);
  const began = performance.now();
  const code = work();
  if (code !== 0) return code;
  writeFileSync(stamp, lock);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`   ${what}: ${seconds} s, ${sizeOf(folder)} MB on disk`);
  return 0;
}

/** @returns a Python that will do, and such as 3.11; undefined when there is none, and it was said */
function findPython(): { command: string; version: string } | undefined {
  const commands = ['python3', ...PYTHONS.map((version) => `python${version}`)];
  for (const command of commands) {
    const show = ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'];
    const { status, stdout } = spawnSync(command, show, { encoding: 'utf8' });
    const version = status === 0 ? stdout.trim() : '';
    if (PYTHONS.includes(version)) return { command, version };
  }
  console.error(
    `   Of ${commands.join(', ')} in PATH none is Python ${PYTHONS.join(', ')}, and tests need one.`,
  );
  return undefined;
}

/** Megabytes, links within counted once. */
function sizeOf(folder: string): number {
  const { stdout } = spawnSync('du', ['-sk', folder], { encoding: 'utf8' });
  return Math.round(Number.parseInt(stdout, 10) / 1024);
}

function run(command: string, args: readonly string[], cwd?: string): number {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (error !== undefined) console.error(`   ${command} can't be run: ${error.message}`);
  return status ?? 1;
}

if (import.meta.main) process.exitCode = installClients();
