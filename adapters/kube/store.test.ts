import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareVersions, controllerOf, type KubeObject, keyOf } from './object.ts';
import { kept, Store } from './store.ts';

const object = (name: string, version: string, uid = `of-${name}`, app = 'x'): KubeObject => ({
  metadata: { name, namespace: 'n', uid, resourceVersion: version, labels: { app } },
});
const byApp = { app: ({ metadata }: KubeObject) => [metadata.labels?.app ?? ''] };
const fail = (error: unknown) => assert.fail(String(error));
const told = (changes: ReturnType<Store<KubeObject>['put']>) =>
  changes.map(({ type, object: { metadata } }) => `${type} ${metadata.uid}@${metadata.resourceVersion}`);

describe('a store', () => {
  it('tells a recreated object as a deletion and an addition, in a list and in an event', () => {
    const store = new Store<KubeObject>({}, fail);
    store.put(object('a', '1', 'first'));
    assert.deepEqual(told(store.put(object('a', '5', 'second'))), ['delete first@1', 'add second@5']);
    const listed = new Map([['n/a', object('a', '9', 'third')]]);
    assert.deepEqual(told(store.replace(listed)), ['delete second@5', 'add third@9']);
  });

  it('tells after a list what was missed, and nothing of what is as it was', () => {
    const store = new Store<KubeObject>({}, fail);
    for (const name of ['gone', 'same', 'changed']) store.put(object(name, '1'));
    const now = [object('same', '1'), object('changed', '2'), object('new', '3')];
    const changes = store.replace(new Map(now.map((one) => [keyOf(one), one])));
    assert.deepEqual(told(changes), ['delete of-gone@1', 'update of-changed@2', 'add of-new@3']);
    assert.equal(store.size, 3);
  });

  it('deletes with the last state, and what it never knew not at all', () => {
    const store = new Store<KubeObject>({}, fail);
    store.put(object('a', '1'));
    assert.deepEqual(told(store.delete(object('a', '4'))), ['delete of-a@4']);
    assert.deepEqual(store.delete(object('a', '4')), []);
    store.put(object('b', '5', 'known'));
    assert.deepEqual(told(store.delete(object('b', '9', 'unknown'))), ['delete known@5']);
  });

  it('finds by index what has a value now, and no more what had it', () => {
    const store = new Store<KubeObject>(byApp, fail);
    store.put(object('a', '1', 'u', 'x'));
    store.put(object('b', '2', 'v', 'x'));
    store.put(object('a', '3', 'u', 'y'));
    const names = (app: string) => store.find('app', app).map(({ metadata }) => metadata.name);
    assert.deepEqual([names('x'), names('y'), names('z')], [['b'], ['a'], []]);
    store.delete(object('b', '4', 'v', 'x'));
    assert.deepEqual(names('x'), []);
    assert.throws(() => store.find('ap', 'x'), /no index "ap"/);
  });

  it('keeps an object out of an index that throws for it, and says so', () => {
    const errors: unknown[] = [];
    const bad = (one: KubeObject) => {
      if (one.metadata.name === 'bad') throw new Error('bad');
      return ['v'];
    };
    const store = new Store<KubeObject>({ bad }, (error) => errors.push(error));
    store.put(object('bad', '1'));
    store.put(object('good', '2'));
    assert.deepEqual(
      store.find('bad', 'v').map(({ metadata }) => metadata.name),
      ['good'],
    );
    assert.equal(store.size, 2);
    assert.equal(errors.length, 1);
  });

  it('keeps objects that nobody can change, without managedFields, however deep they are', () => {
    const managed = { ...object('a', '1').metadata, managedFields: [{ manager: 'x' }] };
    const one = kept({ metadata: managed, spec: { list: [{ deep: 1 }] } });
    assert.equal('managedFields' in one.metadata, false);
    assert.throws(() => Object.assign(one.spec.list[0] ?? {}, { deep: 2 }), TypeError);
    assert.throws(() => Object.assign(one.metadata.labels ?? {}, { app: 'y' }), TypeError);

    let nested: object = {};
    for (let n = 0; n < 200_000; n++) nested = { nested };
    assert.ok(Object.isFrozen(kept({ ...object('deep', '1'), spec: nested }).spec));
  });
});

describe('objects', () => {
  it('have versions that are compared as numbers, and not at all if they are none', () => {
    for (const [a, b, sign] of [
      ['9', '10', -1],
      ['10', '9', 1],
      ['7', '7', 0],
      ['18446744073709551615', '18446744073709551616', -1],
    ] as const) {
      assert.equal(Math.sign(compareVersions(a, b) ?? Number.NaN), sign, `${a} ${b}`);
    }
    for (const [a, b] of [
      ['a', 'b'],
      ['0', '1'],
      ['01', '2'],
      ['', '1'],
    ] as const) {
      assert.equal(compareVersions(a, b), undefined);
    }
  });

  it('have at most one controller', () => {
    const owner = { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u' };
    const of = (...ownerReferences: object[]) =>
      ({ metadata: { ...object('a', '1').metadata, ownerReferences } }) as KubeObject;
    assert.equal(controllerOf(of(owner, { ...owner, uid: 'v', controller: true }))?.uid, 'v');
    assert.equal(controllerOf(of(owner)), undefined);
    assert.equal(controllerOf(object('a', '1')), undefined);
  });
});
