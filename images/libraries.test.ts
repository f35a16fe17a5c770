import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ImageError } from './error.ts';
import { librariesOf } from './libraries.ts';
import { type Parts, writeElf } from './testing-elf.ts';

const LOADER = '/lib64/ld.so.2';

/** Libraries by name, all in one folder. */
function of(program: Parts, libraries: Readonly<Record<string, Parts>>) {
  return librariesOf(writeElf({ interpreter: LOADER, ...program }), 'amd64', (name) => {
    const parts = libraries[name];
    return parts && { name, path: `lib/${name}`, content: writeElf(parts) };
  });
}

describe('librariesOf', () => {
  it('finds what the libraries need too, each once, also where they need each other', () => {
    const { libraries, interpreter } = of(
      { needed: ['liba.so', 'libc.so'] },
      {
        'liba.so': { needed: ['libb.so', 'libc.so'] },
        'libb.so': { needed: ['liba.so'] },
        'libc.so': {},
        'libunused.so': {},
      },
    );
    assert.deepEqual(libraries.map(({ path }) => path).sort(), ['lib/liba.so', 'lib/libb.so', 'lib/libc.so']);
    assert.equal(interpreter, LOADER);
  });

  it('refuses what would not start: a library that is missing, or for another machine', () => {
    const refused = (says: RegExp) => (error: unknown) =>
      error instanceof ImageError && says.test(error.message);
    assert.throws(
      () => of({ needed: ['liba.so'] }, { 'liba.so': { needed: ['libb.so'] } }),
      refused(/^liba\.so needs libb\.so, which is in none of the packages/),
    );
    assert.throws(
      () => of({ needed: ['liba.so'] }, { 'liba.so': { machine: 183 } }),
      refused(/^liba\.so is for arm64, and the image for amd64/),
    );
    assert.throws(() => of({ machine: 183 }, {}), refused(/^the program is for arm64/));
    assert.throws(
      () => librariesOf(writeElf({}), 'amd64', () => undefined),
      refused(/nothing of what loads it/),
    );
  });

  it('refuses a library that is too old, and lets symbols go that are not missed', () => {
    const program = {
      needed: ['liba.so'],
      versions: { 'liba.so': [{ name: 'A_2' }, { name: 'A_9', weak: true }] },
    };
    assert.equal(of(program, { 'liba.so': { defines: ['A_1', 'A_2'] } }).libraries.length, 1);
    assert.throws(
      () => of(program, { 'liba.so': { defines: ['A_1'] } }),
      /^Error: the program needs A_2 of liba\.so, and that library is too old/,
    );
    assert.throws(
      () => of({ needed: ['libb.so'] }, { 'libb.so': program, 'liba.so': { defines: ['A_1'] } }),
      /libb\.so needs A_2 of liba\.so/,
    );
  });
});
