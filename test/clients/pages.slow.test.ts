/**
 * The programs that stand on pages of docs/clients, run as their readers would: each is saved, run by the command below it,
 * and what it prints is what the page says it prints. On a page `…` stands for what is left out.
 */
import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type PythonSet, python } from '../../scripts/client-sets.ts';
import { Machine } from './governed.ts';
import { agrees, askedFor } from './programs.ts';
import { readTranscripts, shown } from './transcript.ts';

const here = import.meta.dirname;

/** Pages, and which environment has what their Python programs need. */
const PAGES: Readonly<Record<string, PythonSet['name'] | undefined>> = {
  'openai-sdk': 'sdks',
  'anthropic-sdk': 'sdks',
  langchain: 'sdks',
  'semantic-kernel': 'sdks',
  crewai: 'crewai',
  'ai-sdk': undefined,
  'openai-agents': undefined,
};

/** @returns the program above each transcript of a page */
function programsOf(page: string): string[] {
  return [...page.matchAll(/^```(?:python|js)\n([\s\S]*?)^```\n\n```\n\$ tollgate run/gm)].map(
    ([, text = '']) => text,
  );
}

/** @returns whether it reads as the page says */
function reads(printed: string, page: string): boolean {
  const parts = page.split('…').map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`).test(printed);
}

describe('what a page shows', { timeout: 3_000_000 }, () => {
  it('is compared with all that was printed, but for what it leaves out', () => {
    assert.ok(reads('a b c', '… b …') && reads('a b c', 'a …') && reads('a (b)', 'a (b)'));
    for (const other of ['b', 'a … b', '… a', 'b …']) assert.ok(!reads('a b c', other), other);
  });

  for (const [name, set] of Object.entries(PAGES)) {
    const page = readFileSync(join(here, '..', '..', 'docs', 'clients', `${name}.md`), 'utf8');
    const transcripts = readTranscripts(page);
    const programs = programsOf(page);

    it(`is a program and what comes of it: ${name}`, () => {
      assert.ok(transcripts.length > 0);
      assert.equal(programs.length, transcripts.length);
    });

    for (const [at, { policies, flags, client, output }] of transcripts.entries()) {
      const [command = '', file = ''] = client;
      it(`is what its reader sees, after one request: ${name}, ${command} ${file}`, async () => {
        const machine = new Machine(`page-${name}`, policies);
        writeFileSync(join(machine.folder, file), programs[at] ?? '');
        symlinkSync(join(here, 'node_modules'), join(machine.folder, 'node_modules'));
        const interpreter = command === 'python' && set !== undefined ? python(set) : command;
        const { stdout, stderr } = await machine.run(client.with(0, interpreter), flags);
        const errors = stderr.split('\n').filter((line) => !/^(tollgate: |\{"level":)/.test(line));
        const printed = shown(`${errors.join('\n')}\n${stdout}`);
        assert.ok(reads(printed, output), `the page:\n${output}\nprinted:\n${printed}`);
        assert.deepEqual((await machine.exchanges()).map(askedFor), ['model_not_allowed']);
        await agrees(machine, []);
      });
    }
  }
});
