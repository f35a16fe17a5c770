/** Repositories of the internet for tests of the cluster, and what a person does with them who looks at their server. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { git } from '../../../sidecar/git/testing-git-host.ts';
import type { Cluster } from '../cluster.ts';
import type { Authority } from './authority.ts';
import { startOutside } from './hosts.ts';

/** A request that the server got. */
export interface GitSeen {
  readonly method: string;
  readonly host: string;
  readonly url: string;
  /** Whether it had the credential. */
  readonly isKnown: boolean;
}

export interface GitServer {
  /** Makes a repository with one commit on main. @param path  as in its URL, such as team/app.git */
  create(path: string, files: Readonly<Record<string, string>>): void;
  /** Runs git in the bare repository. @returns what it wrote */
  git(path: string, ...args: string[]): string;
  seen(): readonly GitSeen[];
  stop(): void;
}

/**
 * Starts a server that answers to these names, on port 443, to who has the credential.
 *
 * @param host  the last number of its address
 * @param credential  user:password
 */
export async function startGitServer(
  cluster: Cluster,
  authority: Authority,
  names: readonly string[],
  { host, credential }: { readonly host: number; readonly credential: string },
): Promise<GitServer> {
  const address = cluster.outside.address(host);
  const { cert, key } = await authority.issue(names);
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-repositories-'));
  const log = join(folder, 'seen.jsonl');
  const program = join(import.meta.dirname, 'git.ts');
  const authorization = `Basic ${Buffer.from(credential).toString('base64')}`;
  const end = await startOutside(cluster, [program, address, cert, key, folder, log, authorization]);
  for (const name of names) cluster.outside.name(name, address);
  return {
    create: (path, files) => create(folder, path, files),
    git: (path, ...args) => git(join(folder, path), ...args),
    seen: () =>
      (existsSync(log) ? readFileSync(log, 'utf8') : '')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as GitSeen),
    stop() {
      end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function create(root: string, path: string, files: Readonly<Record<string, string>>): void {
  const bare = join(root, path);
  mkdirSync(bare, { recursive: true });
  git(bare, 'init', '--quiet', '--bare', '--initial-branch=main');
  git(bare, 'config', 'http.receivepack', 'true');
  const seed = mkdtempSync(join(root, 'seed-'));
  git(seed, 'init', '--quiet', '--initial-branch=main');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(seed, name)), { recursive: true });
    writeFileSync(join(seed, name), content);
  }
  git(seed, 'add', '--all');
  git(seed, 'commit', '--quiet', '--message=first');
  git(seed, 'push', '--quiet', bare, 'main');
  rmSync(seed, { recursive: true });
}
