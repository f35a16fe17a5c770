/**
 * The policies of a folder, and the snapshot they make for one workload.
 *
 * The folder is looked at a few times a second rather than watched: that also sees changes through symbolic links (how
 * Kubernetes mounts ConfigMaps), on network file systems, and by editors that replace files. A change that is broken
 * leaves the last good snapshot in force and says what is wrong.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { builtInManifests } from '../core/policy/built-in.ts';
import type { PolicyFile } from '../core/policy/documents.ts';
import { readManifests } from '../core/policy/manifests.ts';
import { formatProblem } from '../core/policy/problem.ts';
import { buildSnapshot, type Snapshot, type Workload } from '../core/policy/snapshot.ts';

export interface PolicySource {
  /** A folder or a single file; undefined: the built-in policies. */
  readonly path: string | undefined;
  readonly profile: string | undefined;
  readonly workload: Workload;
}

/** The policies make no snapshot; one line each says why. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** @throws PolicyError */
export function loadSnapshot({ path, profile, workload }: PolicySource): Snapshot {
  const builtIn = builtInManifests();
  const read =
    path === undefined ? { manifests: builtIn, problems: [] } : readManifests(readPolicyFiles(path));
  if (read.problems.length > 0) throw new PolicyError(read.problems.map(formatProblem));
  if (read.manifests.length === 0)
    throw new PolicyError([`${path}: there are no policies of Tollgate in it`]);
  const snapshot = buildSnapshot({
    manifests: read.manifests,
    builtIn,
    workload,
    ...(profile === undefined ? {} : { profile }),
  });
  if ('error' in snapshot) throw new PolicyError([`${path ?? 'built-in'}: ${snapshot.error}`]);
  return snapshot;
}

/** @throws PolicyError when the path can't be read */
export function readPolicyFiles(path: string): PolicyFile[] {
  try {
    return policyPaths(path).map((file) => ({ path: file, text: readFileSync(file, 'utf8') }));
  } catch (error) {
    const { code, path: what } = error as NodeJS.ErrnoException;
    throw new PolicyError([`${what ?? path}: the policies can't be read (${code ?? error})`]);
  }
}

/** As kubectl apply -f takes them: a file, or a folder's YAML and JSON files without its subfolders. */
function policyPaths(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => /\.(ya?ml|json)$/.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => join(path, name))
    .filter((file) => !statSync(file, { throwIfNoEntry: false })?.isDirectory());
}

/** Looks at policies for changes. */
export class PolicyWatch {
  readonly #source: PolicySource;
  /** Of what was read last. Taken before reading: what changes meanwhile is seen the next time. */
  #fingerprint: string;
  #hash: string;
  #timer: NodeJS.Timeout | undefined;
  /** Those in force when the watch began. */
  readonly first: Snapshot;

  /** @throws PolicyError */
  constructor(source: PolicySource) {
    this.#source = source;
    this.#fingerprint = fingerprint(source.path);
    this.first = loadSnapshot(source);
    this.#hash = this.first.hash;
  }

  /**
   * @param everyMs how often to look
   * @param onSnapshot policies that were changed, or are good again
   * @param onError the policies were changed and are broken
   */
  start(
    everyMs: number,
    onSnapshot: (snapshot: Snapshot) => void,
    onError: (error: PolicyError) => void,
  ): void {
    if (this.#source.path === undefined) return;
    this.#timer = setInterval(() => {
      try {
        const changed = this.#look();
        if (changed) onSnapshot(changed);
      } catch (error) {
        this.#hash = '';
        onError(error instanceof PolicyError ? error : new PolicyError([String(error)]));
      }
    }, everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @throws PolicyError */
  #look(): Snapshot | undefined {
    const now = fingerprint(this.#source.path);
    if (now === this.#fingerprint) return undefined;
    this.#fingerprint = now;
    const snapshot = loadSnapshot(this.#source);
    if (snapshot.hash === this.#hash) return undefined;
    this.#hash = snapshot.hash;
    return snapshot;
  }
}

/** Changes whenever a policy file does; also when one can't be read, so that it is tried and said. */
function fingerprint(path: string | undefined): string {
  if (path === undefined) return '';
  try {
    return policyPaths(path)
      .map((file) => {
        const { mtimeMs, ctimeMs, size, ino } = statSync(file);
        return [file, mtimeMs, ctimeMs, size, ino].join(' ');
      })
      .join('\n');
  } catch (error) {
    return String(error);
  }
}
