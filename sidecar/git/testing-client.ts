/** For tests: git as a program of a phase runs it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputFolder, type Scope } from '../../test/support/output.ts';
import { GIT_ENV, git } from './testing-git-host.ts';
import { type RouteChange, startTestRoute, type TestRoute } from './testing-route.ts';

export interface Said {
  readonly status: number | null;
  readonly text: string;
}

/** Git as a program of a phase runs it; the route is in this process, so it must not wait for git. */
export async function run(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Said> {
  const child = spawn('git', args, { cwd, env: { ...GIT_ENV, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, text };
}

export interface Cloned {
  readonly route: TestRoute;
  readonly work: string;
  git(...args: string[]): Promise<Said>;
}

export async function cloned(t: Scope, change: RouteChange = {}): Promise<Cloned> {
  const route = await startTestRoute(t, change);
  const folder = outputFolder(t);
  const said = await run(folder, ['clone', route.url, 'work']);
  assert.equal(said.status, 0, said.text);
  const work = join(folder, 'work');
  return { route, work, git: (...args) => run(work, args) };
}

export function commit(work: string, file = 'made'): void {
  writeFileSync(join(work, file), file);
  git(work, 'add', '.');
  git(work, 'commit', '--quiet', '--message', file);
}

export async function runIn(t: Scope, args: readonly string[]): Promise<{ said: Said; folder: string }> {
  const folder = outputFolder(t);
  return { said: await run(folder, args), folder };
}
