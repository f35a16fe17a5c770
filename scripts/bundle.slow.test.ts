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

  it('says that its files are ES modules, so that Node need not find out', () => {
    const script = `import(process.argv[1]).then(() => console.log(process.argv[1]))`;
    const flags = ['--no-experimental-detect-module', '-e', script];
    const said = execFileSync(process.execPath, [...flags, join(folder, 'chunks', chunkOf('np-gate-'))]);
    assert.match(String(said), /np-gate/);
  });

  it("starts a pod's probe without Node's own copy of undici, and with nothing that writes logs", () => {
    const chunk = chunkOf('pod-ready-');
    const script = `import(process.argv[1]).then(() => console.log(process.moduleLoadList.join('\\n')))`;
    const loaded = execFileSync(process.execPath, ['-e', script, join(folder, 'chunks', chunk)], {
      encoding: 'utf8',
    });
    assert.match(loaded, /NativeModule http\n/);
    assert.doesNotMatch(loaded, /undici|NativeModule worker_threads/);
  });
});

function chunkOf(name: string): string {
  return readdirSync(join(folder, 'chunks')).find((file) => file.startsWith(name)) ?? '';
}
