/** Manifests without their defaults: what is sent, and what a release before makes of it. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { clusterBuiltIn } from './built-in.ts';
import { reduced, specWithoutDefaults, withoutDefaults } from './defaults.ts';
import { readManifests } from './manifests.ts';
import { crdSchemas } from './schema.generated.ts';
import type { SchemaNode } from './schema.ts';
import { buildSnapshot } from './snapshot.ts';
import { budget, load, profile, provider, snapshotOf, WORKLOAD } from './testing.ts';

const root = join(import.meta.dirname, '..', '..');
const examples = globSync('examples/**/*.yaml', { cwd: root })
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
  .flatMap((file) => readManifests([file]).manifests);

describe('a manifest without its defaults', () => {
  it('is what it was, once they are filled in again', () => {
    const all = [...examples, ...clusterBuiltIn()];
    assert.ok(all.length > 20, `${all.length}`);
    let shorter = 0;
    for (const { manifest } of all) {
      const object = { ...manifest, spec: specWithoutDefaults(manifest.kind, manifest.spec) };
      shorter += Number(JSON.stringify(object).length < JSON.stringify(manifest).length);
      const [again] = load(JSON.stringify(object));
      assert.deepEqual(again?.manifest, manifest, `${manifest.kind} ${manifest.metadata.name}`);
    }
    assert.equal(shorter, all.length, 'each has a default that was filled in');
  });

  it('has no field of its kind that says what goes without saying, however deep', () => {
    const [loaded] = load(profile({ tools: { allow: [{ name: 'Read' }] } }));
    assert.deepEqual(specWithoutDefaults('ToolProfile', loaded?.manifest.spec), {
      tools: { allow: [{ name: 'Read' }] },
    });
    assert.deepEqual(specWithoutDefaults('Unknown', { a: 1 }), { a: 1 });
  });

  it('keeps what it does not know, and what does not fit', () => {
    const schema: SchemaNode = {
      properties: { a: { type: 'array', default: [] }, b: { properties: { c: { default: 1 } } } },
    };
    assert.deepEqual(withoutDefaults({ a: 'x', b: null, z: { a: [] } }, schema), {
      a: 'x',
      b: null,
      z: { a: [] },
    });
    assert.deepEqual(withoutDefaults({ a: [], b: { c: 1 } }, schema), { b: {} });
    assert.equal(withoutDefaults('text', schema), 'text');
  });

  it('has the same hash as with them', () => {
    const short = snapshotOf([budget(), profile({}), provider({})]);
    const [whole] = load(profile({}));
    assert.ok(whole);
    assert.equal(snapshotOf([budget(), JSON.stringify(whole.manifest), provider({})]).hash, short.hash);
    // As a release that does not know the field has it.
    const manifests = load(budget(), profile({}), provider({}));
    const hash = () => {
      const made = buildSnapshot({ manifests: structuredClone(manifests), builtIn: [], workload: WORKLOAD });
      assert.ok(!('error' in made));
      return made.hash;
    };
    const before = hash();
    for (const { manifest } of manifests)
      if (manifest.kind === 'Provider') assert.ok(Reflect.deleteProperty(manifest.spec, 'privateAddresses'));
    assert.equal(hash(), before);
  });
});

/** A ToolProfile as a made-up later release knows it: with new fields, all of which have defaults. */
function laterSchema(): SchemaNode {
  const spec = structuredClone(crdSchemas().ToolProfile?.schema.properties?.spec) as SchemaNode;
  const models = spec.properties?.models;
  assert.ok(models?.properties?.routes?.items?.properties);
  const patient = { type: 'object', default: {}, properties: { seconds: { type: 'integer', default: 5 } } };
  Object.assign(models.properties, { patience: patient });
  Object.assign(models.properties.routes.items.properties, { weight: { type: 'integer', default: 1 } });
  return { ...spec, properties: { ...spec.properties, dream: { type: 'boolean', default: false } } };
}

describe('a release that adds fields with defaults', () => {
  const [old] = load(profile({ models: { routes: [{ model: 'a', provider: 'anthropic' }] } }));
  assert.ok(old);
  const spec = structuredClone(old.manifest.spec) as unknown as {
    models: { routes: object[]; patience?: object };
    dream?: boolean;
  };
  // As its API server fills them in.
  for (const route of spec.models.routes) Object.assign(route, { weight: 1 });
  Object.assign(spec.models, { patience: { seconds: 5 } });
  spec.dream = false;

  it('says the same to the release before, as long as nobody uses them', () => {
    assert.deepEqual(
      withoutDefaults(spec, laterSchema()),
      specWithoutDefaults('ToolProfile', old.manifest.spec),
      'so that both send it and hash it as the same',
    );
  });

  it('is not understood by it where somebody does', () => {
    const used = [
      { ...spec, dream: true },
      { ...spec, models: { ...spec.models, patience: { seconds: 6 } } },
      { ...spec, models: { ...spec.models, routes: [{ model: 'a', provider: 'anthropic', weight: 2 }] } },
    ];
    for (const one of used) {
      const sent = reduced({ ...old.manifest, spec: withoutDefaults(one, laterSchema()) });
      const { problems } = readManifests([{ path: 'sent', text: JSON.stringify(sent) }]);
      assert.match(problems.map(({ message }) => message).join(), /unknown field/);
    }
  });
});
