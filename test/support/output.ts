/** What tests leave behind: where, and in which order it is cleared away. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** What something is set up for: a test, or a file of them. */
export interface Scope {
  after(undo: () => unknown): void;
}

/** For what all tests of a file share; to be called at the file's beginning. */
export function fileScope(): Scope {
  const all: (() => unknown)[] = [];
  after(async () => {
    for (const undo of all) await undo();
  });
  return { after: (undo) => all.push(undo) };
}

const undoing = new WeakMap<Scope, (() => unknown)[]>();

/** Does it when the test ends; what was set up last is undone first. */
export function atEnd(t: Scope, undo: () => unknown): void {
  const stack = undoing.get(t);
  if (stack) {
    stack.push(undo);
    return;
  }
  const first = [undo];
  undoing.set(t, first);
  t.after(async () => {
    for (const next of first.toReversed()) await next();
  });
}

/**
 * A folder of its own for state, logs and metrics. It is kept where TOLLGATE_TEST_OUTPUT names a place for it, so that a
 * last step can look for keys in it; else it is removed after the test.
 */
export function outputFolder(t: Scope): string {
  const kept = process.env.TOLLGATE_TEST_OUTPUT;
  if (kept) mkdirSync(kept, { recursive: true });
  const folder = mkdtempSync(join(kept || tmpdir(), 'tollgate-test-'));
  if (!kept) atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
