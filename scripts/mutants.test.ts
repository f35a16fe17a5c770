/** Code that is changed can leave a mutant behind that breaks nothing any more. `make mutants` takes long to tell. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mutantFiles, staleness } from './mutant-files.ts';
import { root, testFiles } from './test-files.ts';

describe('the mutants', () => {
  for (const [where, mutants] of mutantFiles()) {
    it(`of ${where} break something that is there, and have a test`, () => {
      const tests = new Set([...testFiles('fast'), ...testFiles('slow')]);
      const stale = mutants.flatMap((mutant) => {
        const path = join(root, mutant.file);
        const why = existsSync(path)
          ? staleness(mutant, readFileSync(path, 'utf8'))
          : 'there is no such file';
        if (why !== undefined) return [`${mutant.file}: ${mutant.search}: ${why}`];
        return tests.has(mutant.test) ? [] : [`${mutant.test} is no test`];
      });
      assert.deepEqual(stale, []);
    });
  }

  it('would be found when they break nothing', () => {
    const mutant = { file: 'a.ts', search: 'one', replace: 'two', test: 'a.test.ts' };
    assert.equal(staleness(mutant, 'two'), 'its text stands there no more');
    assert.equal(staleness(mutant, 'one and one'), 'its text stands there 2 times');
    assert.equal(staleness({ ...mutant, replace: 'one' }, 'one'), 'it changes nothing');
    assert.equal(staleness(mutant, 'one'), undefined);
  });
});
