/**
 * Who may import whom.
 *
 *   core ── nothing but core, a few pure libraries, node:crypto and node:buffer
 *   adapters, control-api ── core            programs ── core, adapters, control-api; never each other
 *   images ── core, and how the bundle is made; only tests and scripts import it
 *   cli ── every program, and the rehearsal  rehearsal ── Node and itself, so that it can disagree with the rest
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { describe, it } from 'node:test';

const root = join(import.meta.dirname, '..');

const PROGRAMS = ['sidecar', 'egress', 'control', 'operator', 'console'];
const SHARED = ['core', 'adapters', 'control-api'];

/** Folders of the project that the code of a folder may import; tests, scripts and benches may import all. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  'control-api': ['control-api', 'core'],
  adapters: SHARED,
  ...Object.fromEntries(PROGRAMS.map((program) => [program, [program, ...SHARED]])),
  cli: ['cli', ...PROGRAMS, ...SHARED, 'rehearsal'],
  rehearsal: ['rehearsal'],
  images: ['images', 'core', 'scripts'],
};

/** Well-kept libraries without sockets, files or clocks of their own. */
const PURE = [
  '@marcbachmann/cel-js',
  'ajv',
  're2js',
  'temporal-polyfill',
  'yaml',
  'node:buffer',
  'node:crypto',
];

type Sources = ReadonlyMap<string, string>;

function sources(): Map<string, string> {
  const files = globSync(
    '{core,control-api,adapters,sidecar,egress,control,operator,console,cli,rehearsal,images,scripts,bench,demo,test,examples}/**/*.{ts,js,mjs}',
    {
      cwd: root,
      exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path) || path === 'test/clients',
    },
  );
  // This file names imports that must not be.
  const others = files.filter((file) => file !== 'test/imports.test.ts');
  return new Map(others.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

/** Tests and what they share: they ship with nothing. */
function isTest(file: string, text = ''): boolean {
  return (
    /\.test\.ts$|(^|\/)testing[\w-]*\.ts$|^test\//.test(file) || /from '(node:test|fast-check)'/.test(text)
  );
}

function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const named = code.matchAll(
    /(?:(?<!["'\w])(?:from|import)|\b(?:import|require|import\.meta\.resolve)\s*\()\s*(['"])([^'"\n]+)\1/g,
  );
  const computed = code.matchAll(/\b(?:import|require)\s*\(\s*(?!['"/\s])[^)\n]*/g);
  return [
    ...[...named].map(([, , from = '']) => from),
    ...[...computed].map(([call]) => `(computed) ${call}`),
  ];
}

/** @returns a sentence for each import that must not be */
function violations(files: Sources): string[] {
  const tests = new Set([...files].filter(([file, text]) => isTest(file, text)).map(([file]) => file));
  const wrong = (file: string, from: string): string | undefined =>
    from.startsWith('.')
      ? wrongFile(file, posix.join(posix.dirname(file), from), tests)
      : wrongPackage(file, from, tests);
  return [...files].flatMap(([file, text]) =>
    importsOf(text).flatMap((from) => {
      const why = wrong(file, from);
      return why === undefined ? [] : [`${file} imports ${from}: ${why}`];
    }),
  );
}

function wrongFile(file: string, target: string, tests: ReadonlySet<string>): string | undefined {
  if (target.startsWith('../')) return 'it is outside of the project';
  if (target.startsWith('test/clients/')) return 'the clients have a lock file of their own';
  const [folder = '', into = ''] = [file.split('/')[0], target.split('/')[0]];
  const allowed = FOLDERS[folder];
  if (allowed === undefined || tests.has(file)) return undefined;
  if (tests.has(target) || isTest(target)) return 'what ships must not need tests';
  return allowed.includes(into) ? undefined : `${folder} may import ${allowed.join(', ')}`;
}

function wrongPackage(file: string, from: string, tests: ReadonlySet<string>): string | undefined {
  const folder = file.split('/')[0] ?? '';
  if (tests.has(file) || FOLDERS[folder] === undefined) return undefined;
  const name = from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
  if (folder === 'core' && !PURE.includes(name)) return 'core is pure';
  if (folder === 'rehearsal' && !isBuiltin(from)) return 'the rehearsal needs nothing but Node';
  return from.startsWith('(computed)') ? 'nobody can tell what that is' : undefined;
}

describe('imports', () => {
  const real = sources();

  it('go where they may, in the whole project', () => {
    assert.ok(
      [...real.keys()].filter((file) => file.startsWith('core/')).length > 50,
      'the sources were not found',
    );
    assert.deepEqual(violations(real), []);
  });

  it('would be found elsewhere', () => {
    for (const [file, line, says] of [
      ['core/json/read.ts', "import { x } from '../../sidecar/id.ts';", 'core may import core'],
      ['core/json/read.ts', "import { x } from '../../adapters/sqlite/ledger.ts';", 'core may import core'],
      ['core/json/read.ts', "import type { X } from '../../cli/run.ts';", 'core may import core'],
      ['core/json/read.ts', "import fs from 'node:fs';", 'core is pure'],
      ['core/json/read.ts', "import 'undici';", 'core is pure'],
      ['core/json/read.ts', "const net = await import('node:net');", 'core is pure'],
      ['core/json/read.ts', "export * from 'express';", 'core is pure'],
      ['core/json/read.ts', 'const x = await import(name);', 'core is pure'],
      ['core/json/read.ts', "import { x } from './testing.ts';", 'what ships must not need tests'],
      ['core/policy/validators.generated.js', 'import x from "lodash/get.js";', 'core is pure'],
      [
        'adapters/sqlite/ledger.ts',
        "import { x } from '../../sidecar/id.ts';",
        'adapters may import core, adapters, control-api',
      ],
      [
        'sidecar/id.ts',
        "import { x } from '../cli/run.ts';",
        'sidecar may import sidecar, core, adapters, control-api',
      ],
      ['sidecar/reply/stream.ts', "import { x } from '../../rehearsal/server.ts';", 'sidecar may import'],
      ['sidecar/id.ts', "import { x } from '../test/support/x.ts';", 'what ships must not need tests'],
      ['sidecar/id.ts', "import x from '../../elsewhere/x.ts';", 'it is outside of the project'],
      ['sidecar/id.ts', 'const x = require(`y`);', 'nobody can tell what that is'],
      ['operator/main.ts', "import { x } from '../control/main.ts';", 'operator may import'],
      ['rehearsal/server.ts', "import { x } from '../core/version.ts';", 'rehearsal may import rehearsal'],
      [
        'images/main.ts',
        "import { x } from '../test/cluster/commands.ts';",
        'what ships must not need tests',
      ],
      ['images/main.ts', "import { x } from '../sidecar/id.ts';", 'images may import images, core, scripts'],
      ['cli/run.ts', "import { x } from '../images/image.ts';", 'cli may import'],
      ['rehearsal/server.ts', "import express from 'express';", 'the rehearsal needs nothing but Node'],
      [
        'sidecar/new.test.ts',
        "import x from '../test/clients/node_modules/openai/index.js';",
        'the clients have a lock file',
      ],
      ['test/new.test.ts', "import x from './clients/x.ts';", 'the clients have a lock file'],
    ] as const) {
      const seeded = new Map([...real, [file, `${real.get(file) ?? ''}\n${line}\n`]]);
      const found = violations(seeded);
      assert.equal(found.length, 1, `${file}: ${line}`);
      assert.ok(found[0]?.startsWith(`${file} imports `) && found[0].includes(says), found[0]);
    }
  });

  it('that may be are let alone', () => {
    for (const [file, line] of [
      ['core/json/read.ts', "import { createHash } from 'node:crypto';"],
      ['core/json/read.ts', "// import fs from 'node:fs';"],
      ['core/json/read.ts', "/** import fs from 'node:fs'; */"],
      ['core/json/new.test.ts', "import fc from 'fast-check';"],
      ['cli/run.ts', "await import('../rehearsal/server.ts');"],
      ['cli/run.ts', "import { x } from '../operator/main.ts';"],
      ['sidecar/id.ts', "import { x } from '../control-api/messages.ts';"],
      ['sidecar/id.ts', "import express from 'express';"],
      ['adapters/redis/ledger.ts', "import Redis from 'ioredis';"],
      ['scripts/build.ts', "import { x } from '../images/image.ts';"],
      ['test/cluster/images.ts', "import { x } from '../../images/image.ts';"],
    ] as const) {
      assert.deepEqual(
        violations(new Map([...real, [file, `${real.get(file) ?? ''}\n${line}\n`]])),
        [],
        line,
      );
    }
  });
});
