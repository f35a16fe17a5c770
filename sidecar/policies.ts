/**
 * The policies of a folder, and the snapshot they make for a workload.
 *
 * The folder is looked at a few times a second rather than watched: that also sees changes through symbolic links (how
 * Kubernetes mounts ConfigMaps), on network file systems, and by editors that replace files. A change that is broken
 * leaves the last good ones in force and says what is wrong.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { builtInManifests } from '../core/policy/built-in.ts';
import type { PolicyFile } from '../core/policy/documents.ts';
import { type LoadedManifest, readManifests } from '../core/policy/manifests.ts';
import { formatProblem } from '../core/policy/problem.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
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
export function loadSnapshot({ path, ...asked }: PolicySource): Snapshot {
  return snapshotFrom(loadManifests(path), { path, ...asked });
}

/** @returns where calls of whatever workload may go; @throws PolicyError */
export function loadProviders(path: string | undefined): readonly ProviderSpec[] {
  const manifests = loadManifests(path).filter(({ manifest }) => manifest.kind === 'Provider');
  const workload = { namespace: 'local', name: 'anybody', labels: {} };
  return snapshotFrom(manifests, { path, profile: undefined, workload }).providers;
}

/** @returns all manifests of a folder or file; @throws PolicyError when one is broken, or there is none */
function loadManifests(path: string | undefined): readonly LoadedManifest[] {
  if (path === undefined) return builtIn();
  const { manifests, problems } = readManifests(readPolicyFiles(path));
  if (problems.length > 0) throw new PolicyError(problems.map(formatProblem));
  if (!manifests.some(({ manifest }) => manifest.kind !== 'AgentRunner'))
    throw new PolicyError([`${path}: there are no policies of Tollgate in it`]);
  return manifests;
}

let parsed: readonly LoadedManifest[] | undefined;

/** Parsed once: there is a snapshot for each key of a gateway, and this would be most of its making. */
function builtIn(): readonly LoadedManifest[] {
  parsed ??= builtInManifests();
  return parsed;
}

/** @throws PolicyError when they make no snapshot for this workload */
function snapshotFrom(
  manifests: readonly LoadedManifest[],
  { path, profile, workload }: PolicySource,
): Snapshot {
  const snapshot = buildSnapshot({
    manifests,
    builtIn: builtIn(),
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

/** The policies that are good, and a look at their files for changes. */
export class PolicyWatch {
  readonly #path: string | undefined;
  /** Of what was read last. Taken before reading: what changes meanwhile is seen the next time. */
  #fingerprint: string;
  #manifests: readonly LoadedManifest[];
  #timer: NodeJS.Timeout | undefined;
  #onChange: () => void = () => undefined;
  #onError: (error: PolicyError) => void = () => undefined;

  /** @param path a folder or a single file; undefined: the built-in policies; @throws PolicyError */
  constructor(path: string | undefined) {
    this.#path = path;
    this.#fingerprint = fingerprint(path);
    this.#manifests = loadManifests(path);
  }

  /** @throws PolicyError when the policies make no snapshot for this workload */
  snapshotFor(asked: Omit<PolicySource, 'path'>): Snapshot {
    return snapshotFrom(this.#manifests, { path: this.#path, ...asked });
  }

  /**
   * @param everyMs how often to look
   * @param onChange other manifests are good now; they may mean the same
   * @param onError the policies were changed and are broken; those before stay
   */
  start(everyMs: number, onChange: () => void, onError: (error: PolicyError) => void): void {
    if (this.#path === undefined) return;
    this.#onChange = onChange;
    this.#onError = onError;
    this.#timer = setInterval(() => this.look(), everyMs).unref();
  }

  /** Looks now. */
  look(): void {
    const now = fingerprint(this.#path);
    if (now === this.#fingerprint) return;
    this.#fingerprint = now;
    try {
      this.#manifests = loadManifests(this.#path);
    } catch (error) {
      this.#onError(error instanceof PolicyError ? error : new PolicyError([String(error)]));
      return;
    }
    this.#onChange();
  }

  stop(): void {
    clearInterval(this.#timer);
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
