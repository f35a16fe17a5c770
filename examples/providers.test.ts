/** The shipped providers are valid manifests, and each is one that a route or a path can name. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hasPriceList } from '../core/money/price-list.ts';
import { builtInManifests } from '../core/policy/built-in.ts';
import { readManifests } from '../core/policy/manifests.ts';
import { formatProblem } from '../core/policy/problem.ts';
import { buildSnapshot } from '../core/policy/snapshot.ts';

const folder = join(import.meta.dirname, 'providers');
const workload = { namespace: 'local', name: 'any', labels: {} };

function load() {
  const files = readdirSync(folder).map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
  const { manifests, problems, foreign } = readManifests(files);
  assert.deepEqual([problems.map(formatProblem), foreign], [[], []]);
  const snapshot = buildSnapshot({ manifests, builtIn: builtInManifests(), workload });
  if ('error' in snapshot) throw new Error(snapshot.error);
  return snapshot.providers;
}

describe('examples/providers', () => {
  it('are each in a file of their own name, which a path can have', () => {
    const names = load().map(({ name }) => name);
    assert.deepEqual(readdirSync(folder).sort(), names.map((name) => `${name}.yaml`).sort());
    assert.ok(names.length >= 12);
    for (const name of names) assert.match(name, /^[a-z][a-z0-9-]*$/);
  });

  it('have a price list of their own, or prices', () => {
    for (const { name, priceList, prices } of load()) {
      assert.ok(hasPriceList(priceList) || prices.length > 0, name);
    }
  });

  it('keep their keys apart, and send none to a server on this machine', () => {
    const variables = load().flatMap(({ auth }) => (auth.type === 'none' ? [] : [auth.env]));
    assert.equal(new Set(variables).size, variables.length);
    for (const { origin, auth } of load()) {
      assert.equal(auth.type === 'none', new URL(origin).hostname === '127.0.0.1', origin);
    }
  });
});
