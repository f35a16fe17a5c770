import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readTranscripts, shown, transcriptOf } from './transcript.ts';

const root = join(import.meta.dirname, '..', '..');
const id = '01a205037f6f6e14d66faf0029921596';
const block = (command: string, ...printed: string[]) =>
  ['```', `$ tollgate run ${command}`, ...printed, '```', ''].join('\n');

describe('a transcript', () => {
  it('is what is run and what is printed, from a block that begins with the command', () => {
    const page = [
      '# A client\n\n```\ntollgate run -- x\n```\n',
      '```sh\nls\n```\n',
      block(
        `--rehearsal --name "a b" --policies haiku-only.yaml -- x -m openai/gpt-5.4 'say: "hi"' --a=b`,
        '[tollgate] No.',
        `  Never. (code, ${id})`,
      ),
      '```\n$ ls\n```\n',
    ].join('\n');
    assert.deepEqual(readTranscripts(page), [
      {
        policies: join(root, 'test', 'clients', 'policies', 'haiku-only.yaml'),
        flags: ['--name', 'a b'],
        client: ['x', '-m', 'openai/gpt-5.4', 'say: "hi"', '--a=b'],
        output: '[tollgate] No. Never. (code, ID)',
      },
    ]);
    assert.deepEqual(readTranscripts('# nothing here'), []);
  });

  it('is not taken from a page whose reader could not run it', () => {
    const table: [string, RegExp][] = [
      [block('--rehearsal --policies haiku-only.yaml x'), /no -- before/],
      [block('--policies haiku-only.yaml -- x'), /without a key/],
      [block('--rehearsal -- x'), /no --policies/],
      [block('--rehearsal --policies no-such.yaml -- x'), /has no no-such\.yaml/],
      [block('--rehearsal --policies haiku-only.yaml -- x "$HOME"'), /only plain words/],
      [block('--rehearsal --policies haiku-only.yaml -- x | y'), /only plain words/],
      [block('--rehearsal --policies haiku-only.yaml -- x "a"b'), /only plain words/],
      [block('--rehearsal --policies haiku-only.yaml -- x', 'a', '$ tollgate spend'), /one command/],
    ];
    for (const [page, error] of table) assert.throws(() => readTranscripts(page), error);
  });

  it('is compared without line ends, indents and the ids of exchanges, and with everything else', () => {
    assert.equal(shown(` a\n\n  b\t(c, ${id})\n`), 'a b (c, ID)');
    for (const other of ['ab', 'a b c', 'A b', `a ${id.slice(1)}`, `a ${id}0`])
      assert.notEqual(shown(other), shown('a b'));
    assert.equal(shown(`x${id}`), `x${id}`);
  });

  it('stands once on a page of one client', () => {
    assert.match(transcriptOf('codex').output, /^\[tollgate\] The model gpt-5\.4 is not allowed/);
    assert.throws(() => transcriptOf('README'), /has 0 transcripts/);
  });

  it('can be run on every page that has one', () => {
    const folder = join(root, 'docs', 'clients');
    const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));
    assert.ok(pages.length > 0);
    for (const page of pages)
      assert.doesNotThrow(() => readTranscripts(readFileSync(join(folder, page), 'utf8')), page);
  });
});
