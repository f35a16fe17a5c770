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
    throw new PolicyError([
      `${path}: the policies can't be read (${(error as NodeJS.ErrnoException).code ?? error})`,
    ]);
  }
}

/** As kubectl apply -f takes them: a file, or a folder's YAML and JSON files without its subfolders. */
function policyPaths(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => /\.(ya?ml|json)$/.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => join(path, name));
}

const LOOK_EVERY_MS = 300;

/**
 * @param onSnapshot a changed snapshot
 * @param onError the policies were changed and are broken
 * @returns a function that stops watching
 */
export function watchPolicies(
  source: PolicySource,
  onSnapshot: (snapshot: Snapshot) => void,
  onError: (error: PolicyError) => void,
): () => void {
  const { path } = source;
  if (path === undefined) return () => undefined;
  let last = fingerprint(path);
  let hash = '';
  const timer = setInterval(() => {
    const now = fingerprint(path);
    if (now === last) return;
    last = now;
    try {
      const snapshot = loadSnapshot(source);
      if (snapshot.hash !== hash) onSnapshot(snapshot);
      hash = snapshot.hash;
    } catch (error) {
      hash = '';
      onError(error instanceof PolicyError ? error : new PolicyError([String(error)]));
    }
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** Changes whenever a policy file does; also when one can't be read, so that it is tried and said. */
function fingerprint(path: string): string {
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
