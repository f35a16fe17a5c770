/** Programs of others that tests of telemetry send to, built or installed where they are not there. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_MS } from '../support/hang.ts';
import { atEnd, type Scope } from '../support/output.ts';

/** Where Go's own packages put it, whether or not that is in PATH. */
const GO = '/usr/local/go/bin/go';

const root = join(import.meta.dirname, '..', '..');

/**
 * @returns the path of a collector, built once and kept in .cache
 * @throws Error when there is none: what a test needs is never left out
 */
export function collector(): string {
  const source = join(import.meta.dirname, 'collector');
  const hash = createHash('sha256');
  for (const file of readdirSync(source).sort()) hash.update(readFileSync(join(source, file)));
  const cache = join(root, '.cache');
  const built = join(cache, `collector-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(built)) return built;
  const go = ['go', GO].find((program) => !spawnSync(program, ['version']).error);
  if (go === undefined) throw new Error('Go is not installed, and the collector is built with it');
  mkdirSync(cache, { recursive: true });
  const half = `${built}.${process.pid}`;
  const build = spawnSync(go, ['build', '-mod=readonly', '-buildvcs=false', '-o', half, '.'], {
    cwd: source,
    encoding: 'utf8',
    env: { ...process.env, GOFLAGS: '' },
  });
  if (build.status !== 0) throw new Error(`the collector could not be built: ${build.stderr.slice(-300)}`);
  renameSync(half, built);
  return built;
}

/**
 * @returns the name of Prometheus' program, which root has installed where it is not there
 * @throws Error when there is none
 */
export function prometheus(): string {
  const isThere = () => !spawnSync('prometheus', ['--version']).error;
  if (isThere()) return 'prometheus';
  if (process.getuid?.() !== 0) {
    throw new Error('Prometheus is not installed. As root: apt-get install prometheus');
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { env });
  const { stderr } = spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'prometheus'], {
    encoding: 'utf8',
    env,
  });
  if (isThere()) return 'prometheus';
  throw new Error(`Prometheus is not installed, and apt-get could not install it: ${stderr?.slice(-300)}`);
}

/** A program that runs until the test ends, or is stopped. */
export class Program {
  readonly #child: ChildProcess;
  output = '';

  constructor(t: Scope, path: string, args: readonly string[]) {
    this.#child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (text) => {
        this.output += text;
      });
    atEnd(t, () => this.stop());
  }

  /** Waits until it has said something. */
  async says(what: RegExp, ms = HANG_MS): Promise<void> {
    for (const deadline = Date.now() + ms; !what.test(this.output); await sleep(20)) {
      const over = this.#child.exitCode !== null;
      if (over || Date.now() > deadline)
        throw new Error(`it ${over ? 'ended' : 'never said'} ${what}: ${this.output.slice(-2_000)}`);
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const over = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    await over;
    clearTimeout(late);
  }
}
