/** With a module of the standard library alone; `go build` of it takes a second. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { binaryPaths, build, type Module } from './binaries.ts';

const folder = mkdtempSync(join(tmpdir(), 'tollgate-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const source = join(folder, 'source');
mkdirSync(source);
writeFileSync(join(source, 'go.mod'), 'module example.test/hello\n\ngo 1.24\n');
const write = (main: string) =>
  writeFileSync(join(source, 'main.go'), `package main\n\nvar version = "none"\n\nfunc main() { ${main} }\n`);

const module: Module = {
  name: 'hello',
  folder: source,
  programs: { hello: { of: '.', seconds: 1 } },
  set: { 'main.version': 'v1' },
};

describe('building', () => {
  const to = join(folder, 'built');
  const said: string[] = [];
  const go = async () => {
    await build([module], to, (line) => said.push(line));
    return binaryPaths([module], to);
  };
  // What it prints goes to standard error.
  const output = (path: string) => execFileSync('sh', ['-c', `${path} 2>&1`], { encoding: 'utf8' });

  it('is said, sets what is asked for, and is done once', async () => {
    write('print(version)');
    const first = await go();
    assert.equal(output(first('hello')), 'v1');
    assert.match(said.join('\n'), /^hello: building it from source, about 1 s\nhello: \d+ s$/);
    said.length = 0;
    assert.equal((await go())('hello'), first('hello'));
    assert.deepEqual(said, []);
  });

  it('is done anew when its source has changed, and what was built before goes', async () => {
    const before = (await go())('hello');
    write('print("other")');
    const now = (await go())('hello');
    assert.equal(output(now), 'other');
    assert.equal(existsSync(before), false);
  });

  it('ends with the command and what Go said when it fails, and leaves nothing that looks built', async () => {
    write('nothing()');
    await assert.rejects(go(), /hello could not be built.*go build -mod=readonly.*undefined: nothing/s);
    write('print("good again")');
    assert.equal(output((await go())('hello')), 'good again');
  });

  it('is done by one at a time', async () => {
    write('print("at once")');
    said.length = 0;
    const all = await Promise.all([go(), go(), go()]);
    for (const built of all) assert.equal(output(built('hello')), 'at once');
    assert.equal(said.filter((line) => line.includes('building it')).length, 1);
  });

  it('knows its programs only', async () => {
    const built = await go();
    assert.throws(() => built('nginx'), /nginx is none of the cluster's programs/);
  });
});
