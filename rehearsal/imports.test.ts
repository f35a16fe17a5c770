import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';

test('the rehearsal imports nothing but node and itself', () => {
  const here = import.meta.dirname;
  const sources = globSync('**/*.ts', { cwd: here }).filter((name) => !name.endsWith('.test.ts'));
  assert.ok(sources.length > 40);
  for (const name of sources) {
    const text = readFileSync(join(here, name), 'utf8');
    for (const [, from = ''] of text.matchAll(/(?:\bfrom |\bimport\(?)\s*'([^'\n]+)'/g)) {
      if (from.startsWith('node:')) continue;
      assert.match(from, /^\.{1,2}\/.*\.ts$/, `${name} imports ${from}`);
      const target = join(dirname(join('rehearsal', name)), from);
      assert.ok(target.startsWith('rehearsal/'), `${name} imports ${from}`);
    }
  }
});
