/**
 * What a page of docs/clients shows its reader, taken from the page so that a test can run that very command and see that
 * very answer. A transcript is a fenced block whose first line is `$ tollgate run …`; the rest of it is what is printed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const pages = join(import.meta.dirname, '..', '..', 'docs', 'clients');
const policiesFolder = join(import.meta.dirname, 'policies');

export interface Transcript {
  /** Absolute path of the file in test/clients/policies that the command names. */
  readonly policies: string;
  /** Other options of `tollgate run`, without --rehearsal, which every transcript has. */
  readonly flags: readonly string[];
  /** What is run: the words behind `--`. A test replaces the first by the program that it has pinned. */
  readonly client: readonly string[];
  /** What is printed, as shown() gives it. */
  readonly output: string;
}

/**
 * @param page name of a file in docs/clients, without `.md`
 * @returns its only transcript
 * @throws Error if it has none or several, or has one that cannot be run as it stands
 */
export function transcriptOf(page: string): Transcript {
  const found = readTranscripts(readFileSync(join(pages, `${page}.md`), 'utf8'));
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new Error(`docs/clients/${page}.md has ${found.length} transcripts; one is wanted`);
  return only;
}

/**
 * @param markdown text of a page
 * @returns its transcripts, in order
 * @throws Error if one cannot be run as it stands
 */
export function readTranscripts(markdown: string): Transcript[] {
  return [...markdown.matchAll(/^```[^\n]*\n([\s\S]*?)^```$/gm)]
    .map(([, block = '']) => block)
    .filter((block) => /^\$ tollgate run\b/.test(block))
    .map(readBlock);
}

/** @returns text with white space folded, and ids of exchanges replaced by `ID`: what two runs have in common */
export function shown(text: string): string {
  return text
    .replace(/\b[0-9a-f]{32}\b/g, 'ID')
    .replace(/\s+/g, ' ')
    .trim();
}

function readBlock(block: string): Transcript {
  const [command = '', ...printed] = block.split('\n');
  if (printed.some((line) => line.startsWith('$ ')))
    throw new Error(`one command a block is wanted: ${command}`);
  const words = wordsOf(command.slice('$ tollgate run'.length));
  const end = words.indexOf('--');
  if (end === -1) throw new Error(`no -- before what is run: ${command}`);
  const flags = words.slice(0, end);
  if (!takeOut(flags, '--rehearsal', 1)) throw new Error(`a reader without a key can't run it: ${command}`);
  const named = takeOut(flags, '--policies', 2)?.[1];
  if (named === undefined) throw new Error(`no --policies in it: ${command}`);
  const policies = join(policiesFolder, named);
  if (!existsSync(policies)) throw new Error(`test/clients/policies has no ${named}: ${command}`);
  return { policies, flags, client: words.slice(end + 1), output: shown(printed.join('\n')) };
}

function takeOut(words: string[], word: string, count: number): string[] | undefined {
  const at = words.indexOf(word);
  return at === -1 ? undefined : words.splice(at, count);
}

/** The words of a command as a shell would see them, if they are plain or wholly in quotation marks. */
function wordsOf(command: string): string[] {
  const word = /\s+(?:"([^"$`\\]*)"|'([^']*)'|([\w./:@=,-]+))(?=\s|$)/y;
  const words: string[] = [];
  let end = 0;
  for (let found = word.exec(command); found !== null; found = word.exec(command)) {
    words.push(found[1] ?? found[2] ?? found[3] ?? '');
    end = word.lastIndex;
  }
  if (command.slice(end).trim() !== '') throw new Error(`only plain words can be run:${command}`);
  return words;
}
