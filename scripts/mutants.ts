/**
 * `make mutants`: breaks each guarantee in turn, in a copy of the project, and shows its test going red.
 *
 *   **\/mutants.json  [{ file, search, replace, test }] ── copy, break, run the test ── red: killed, green: survived
 *
 * A test that is red before anything is broken shows nothing, so each is run once as it is.
 *
 * Arguments choose: `make mutants -- core/json` runs those whose file or test begins so.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Mutant, mutantFiles, staleness } from './mutant-files.ts';
import { root } from './test-files.ts';

type Result = 'killed' | 'SURVIVED' | 'NOT FOUND' | 'RED';

/** A mutant may make its test hang: that is red too. */
const TIMEOUT_MS = 240_000;

const wanted = process.argv.slice(2);
const mutants = [...mutantFiles().values()]
  .flat()
  .filter(
    ({ file, test }) =>
      wanted.length === 0 || wanted.some((begin) => file.startsWith(begin) || test.startsWith(begin)),
  );

const workers = Math.max(1, Math.min(4, availableParallelism()));
console.log(
  `${mutants.length} mutants, ${workers} at a time. Each test is run with one thing broken and has to fail.`,
);
const queue = mutants.entries();
const failed: string[] = mutants.length === 0 ? [`no mutant begins with ${wanted.join(', ')}`] : [];
/** Whether a test is green while nothing is broken. */
const green = new Map<string, Promise<boolean>>();
await Promise.all(Array.from({ length: workers }, work));
console.log(
  failed.length === 0 ? 'All were killed.' : `\n${failed.length} were not killed:\n${failed.join('\n')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

async function work(): Promise<void> {
  const copy = copyProject();
  try {
    for (const [n, mutant] of queue) {
      const result = await tryMutant(copy, mutant);
      const line = `${mutant.file}: ${oneLine(mutant.search)} → ${oneLine(mutant.replace)}  (${mutant.test})`;
      console.log(`${String(n + 1).padStart(3)} ${result.padEnd(9)} ${line}`);
      if (result !== 'killed') failed.push(`${result}: ${line}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'tollgate-mutants-'));
  // Some tests run as another user.
  chmodSync(copy, 0o755);
  const left = new Set(['node_modules', '.git', '.cache', 'dist']);
  cpSync(root, copy, { recursive: true, filter: (path) => !left.has(path.slice(path.lastIndexOf('/') + 1)) });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  // Servers built from source, which take minutes.
  mkdirSync(join(copy, '.cache', 'cluster'), { recursive: true });
  symlinkSync(join(root, '.cache', 'cluster', 'bin'), join(copy, '.cache', 'cluster', 'bin'));
  return copy;
}

async function tryMutant(copy: string, mutant: Mutant): Promise<Result> {
  const { file, search, replace, test } = mutant;
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  if (staleness(mutant, text) !== undefined) return 'NOT FOUND';
  if (!green.has(test)) green.set(test, runTest(copy, test));
  if (!(await green.get(test))) return 'RED';
  writeFileSync(
    path,
    text.replace(search, () => replace),
  );
  try {
    return (await runTest(copy, test)) ? 'SURVIVED' : 'killed';
  } finally {
    writeFileSync(path, text);
  }
}

/** @returns whether the test passed */
function runTest(copy: string, test: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--test', test], {
      cwd: copy,
      stdio: 'ignore',
      // What has to come and never does is not waited for as long as elsewhere.
      env: { ...process.env, TOLLGATE_TEST_HANG_MS: '20000' },
      timeout: TIMEOUT_MS,
    });
    child.on('exit', (code) => resolve(code === 0));
  });
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
