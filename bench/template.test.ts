import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fillIn } from './template.ts';

describe('a configuration of the bench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-test-'));
  after(() => rmSync(folder, { recursive: true }));
  const template = join(folder, 'x.conf');

  it('has values where its template has names, and braces of its own stay', () => {
    writeFileSync(template, 'listen {port};\nhttp { server { return "{text}"; } }\n');
    const copy = fillIn(template, folder, { port: 80, text: 'a {port}' });
    assert.equal(readFileSync(copy, 'utf8'), 'listen 80;\nhttp { server { return "a {port}"; } }\n');
  });

  it('has no name without a value', () => {
    writeFileSync(template, '{nobody}');
    assert.throws(() => fillIn(template, folder, {}), /x\.conf names \{nobody\}/);
  });
});
