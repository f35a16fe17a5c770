import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { bundle } from './bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bundle-'));
before(() => bundle(folder));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the bundle', () => {
  it('never imports a module of Node as an ES module, which reads all that is in it', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.js'),
    );
    assert.ok(files.length > 10);
    for (const file of files)
      assert.doesNotMatch(readFileSync(join(folder, file), 'utf8'), /\b(?:from|import) ?"node:/, file);
  });

  it("starts a pod's probe without Node's own copy of undici", () => {
    const chunk = readdirSync(join(folder, 'chunks')).find((name) => name.startsWith('pod-sidecar-')) ?? '';
    const script = `import(process.argv[1]).then(() => console.log(process.moduleLoadList.join('\\n')))`;
    const loaded = execFileSync(process.execPath, ['-e', script, join(folder, 'chunks', chunk)], {
      encoding: 'utf8',
    });
    assert.match(loaded, /NativeModule http\n/);
    assert.doesNotMatch(loaded, /undici/);
  });
});
