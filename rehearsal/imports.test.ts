import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';

test('the rehearsal imports nothing but node and itself', () => {
  const here = new URL('.', import.meta.url);
  const sources = readdirSync(here).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  assert.ok(sources.length > 10);
  for (const name of sources) {
    const text = readFileSync(new URL(name, here), 'utf8');
    for (const [, from = ''] of text.matchAll(/(?:\bfrom |\bimport\(?)\s*'([^'\n]+)'/g)) {
      assert.match(from, /^(node:|\.\/[\w-]+\.ts$)/, `${name} imports ${from}`);
    }
  }
});
