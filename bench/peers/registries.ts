/**
 * Puts the peers of `--peers` into .cache/peers, from package registries only and by lock files: npm/package-lock.json, and
 * for Python a file for each with the hashes of its wheels. No install scripts are run. What is there stays until its
 * lock file changes.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Missing } from './peer.ts';

type Say = (line: string) => void;
type Ended = Pick<SpawnSyncReturns<string>, 'error' | 'stderr' | 'stdout' | 'status'>;

const cache = join(import.meta.dirname, '..', '..', '.cache', 'peers');
const npmFolder = join(import.meta.dirname, 'npm');

/** @returns the folder node_modules; @throws Missing */
export function installNpm(name: string, say: Say): string {
  const folder = join(cache, 'npm');
  const lock = join(npmFolder, 'package-lock.json');
  once(name, folder, lock, 'from npm, about 25 MB, seconds', say, () => {
    for (const file of ['package.json', 'package-lock.json'])
      cpSync(join(npmFolder, file), join(folder, file));
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    run('npm', ['ci', ...flags], folder);
  });
  return join(folder, 'node_modules');
}

/**
 * @param requirements a lock file of python/, without its ending
 * @returns the folder site-packages; @throws Missing
 */
export function installPython(requirements: string, name: string, say: Say): string {
  const folder = join(cache, requirements);
  const lock = join(import.meta.dirname, 'python', `${requirements}.txt`);
  const size = requirements === 'litellm' ? 'about 700 MB, a minute' : 'about 130 MB, seconds';
  once(name, folder, lock, `from PyPI, ${size}`, say, () => {
    run('python3', ['-m', 'venv', folder]);
    const flags = ['--quiet', '--require-hashes', '--only-binary', ':all:', '--disable-pip-version-check'];
    run(join(folder, 'bin', 'pip'), ['install', ...flags, '-r', lock]);
  });
  const [python = ''] = readdirSync(join(folder, 'lib'));
  return join(folder, 'lib', python, 'site-packages');
}

/** Asks the Go module proxy for a module. @throws Missing when it can't be had */
export function askGo(module: string, version: string): void {
  run('go', ['mod', 'download', '-json', `${module}@${version}`], tmpdir());
}

/** @returns the version that the lock file of Python says */
export function pinnedPython(requirements: string, name: string): string {
  const text = readFileSync(join(import.meta.dirname, 'python', `${requirements}.txt`), 'utf8');
  return versionIn(text, name);
}

/** @param requirements text of a lock file, a package a line. @returns the version of one of them */
export function versionIn(requirements: string, name: string): string {
  for (const line of requirements.split('\n')) {
    const [, found, version] = /^([\w.-]+)(?:\[[^\]]*\])?==([\w.]+)/.exec(line) ?? [];
    if (found === name && version !== undefined) return version;
  }
  throw new Error(`no line of the lock file is ${name}==VERSION`);
}

/** @returns the version that npm/package.json asks for */
export function pinnedNpm(name: string): string {
  const { dependencies } = JSON.parse(readFileSync(join(npmFolder, 'package.json'), 'utf8'));
  return dependencies[name];
}

function once(name: string, folder: string, lock: string, what: string, say: Say, install: () => void): void {
  const stamp = join(folder, '.installed');
  const wanted = createHash('sha256').update(readFileSync(lock)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say(`installing ${name} ${what}, into ${folder}`);
  const began = performance.now();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  install();
  writeFileSync(stamp, wanted);
  const { stdout } = spawnSync('du', ['-sm', folder], { encoding: 'utf8' });
  say(`${name} is there: ${stdout.split('\t')[0]} MB, ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

/** @throws Missing that says which command did not work, and why */
function run(program: string, args: readonly string[], cwd?: string): void {
  const result = spawnSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (result.status !== 0) throw new Missing(`${basename(program)} ${args[0]}: ${reasonOf(result)}`);
}

/** @returns why a program did not do what it should, in one line and without addresses */
export function reasonOf({ error, stderr, stdout, status }: Ended): string {
  if (error !== undefined) return `it could not be started (${error.message})`;
  // go mod download -json says what is wrong in its output.
  const said = /"Error": "((?:[^"\\]|\\.)*)"/.exec(stdout)?.[1]?.replaceAll(/(?:\\[nt])+/g, ' ');
  const lines = stderr.split('\n').filter((text) => text.trim() !== '');
  const line = said ?? lines.find((text) => /^(npm )?error/i.test(text)) ?? lines.at(-1) ?? '';
  const short = line.replaceAll(/(reading )?https?:\/\/\S+:? ?/g, '').replace(/[.\s]+$/, '');
  return `it ended with code ${status}${short === '' ? '' : `: ${short}`}`;
}
