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
  const version = pythonVersion();
  if (version === undefined) return 1;
  const folder = environment(set.name);
  const file = pythonLock(set.name);
  const lock = `# Python ${version}\n${readFileSync(file, 'utf8')}`;
  return install(set, folder, existsSync(python(set.name)), lock, () => {
    rmSync(folder, { recursive: true, force: true });
    const made = run('python3', ['-m', 'venv', folder]);
    if (made !== 0) {
      console.error(
        '   python3 makes no virtual environment: install python3-venv (Debian, Ubuntu), then try again.',
      );
      return made;
    }
    const source = set.fromSource.length > 0 ? ['--no-binary', set.fromSource.join(',')] : [];
    return run(python(set.name), [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-compile'],
      ...['--require-hashes', '--only-binary', ':all:', ...source, '-r', file],
    ]);
  });
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

/** @returns such as 3.11; undefined when there is none that will do, and it was said why */
function pythonVersion(): string | undefined {
  const asked = spawnSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
    encoding: 'utf8',
  });
  const version = asked.stdout?.trim();
  if (asked.status === 0 && version !== undefined && PYTHONS.includes(version)) return version;
  const found = asked.status === 0 ? `python3 is ${version}` : 'python3 was not found';
  console.error(`   ${found}; the tests with Python clients need one of ${PYTHONS.join(', ')} in PATH.`);
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
