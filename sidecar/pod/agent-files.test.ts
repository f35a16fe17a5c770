import assert from 'node:assert/strict';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { AGENTS } from '../../core/agents/agents.ts';
import { writeAgentFiles } from './agent-files.ts';

const NOBODY = 65_534;

/** As a user whom permissions hold, which they do not hold root. Not across an `await`: the whole process changes. */
function asNobody(what: () => void): void {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    what();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe("agents' files", () => {
  it('are whole, and nobody may write to them, also when a sidecar starts again', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-agent-files-'));
    t.after(() => rmSync(folder, { recursive: true }));
    if (process.geteuid?.() === 0) chownSync(folder, NOBODY, NOBODY);
    const names = AGENTS.flatMap(({ pod }) => pod?.files.map(({ name }) => name) ?? []);
    assert.ok(names.length > 1);
    asNobody(() => writeAgentFiles(folder, { url: 'http://127.0.0.1:1', key: 'first' }));
    // What a sidecar left that was killed as it wrote.
    asNobody(() => writeFileSync(join(folder, `${names[0]}.new`), 'half', { mode: 0o444 }));
    asNobody(() => writeAgentFiles(folder, { url: 'http://127.0.0.1:2', key: 'second' }));
    assert.deepEqual(readdirSync(folder).sort(), names.toSorted());
    for (const name of names) {
      assert.match(readFileSync(join(folder, name), 'utf8'), /127\.0\.0\.1:2/);
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o444);
    }
  });
});
