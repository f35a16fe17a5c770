import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { pythonLock, SETS } from './client-sets.ts';
import { lockedPackages } from './install-clients.ts';

describe('the lock file of Python clients', () => {
  it('is split into its packages, each with its marker and all of its hashes', () => {
    const hash = '    --hash=sha256:';
    const a = `a==1 \\\n${hash}01 \\\n${hash}02\n`;
    const b = `b-c==2.0 ; sys_platform == 'win32' \\\n${hash}03\n`;
    assert.deepEqual(lockedPackages(`# made by hand\n${a}${b}`), [a, b]);
  });

  for (const set of SETS) {
    if (set.kind !== 'python') continue;
    it(`has all packages at one version, with hashes: ${set.name}`, () => {
      const lock = readFileSync(pythonLock(set.name), 'utf8');
      const packages = lockedPackages(lock);
      assert.equal(packages.join(''), lock);
      assert.ok(packages.length > 50);
      for (const one of packages) assert.match(one, /^[\w.-]+(\[[\w,-]+\])?==\S+ .*\\\n {4}--hash=sha256:/);
      const names = packages.map((one) => one.slice(0, one.indexOf('==')));
      for (const name of set.fromSource) assert.ok(names.includes(name), name);
    });
  }
});
