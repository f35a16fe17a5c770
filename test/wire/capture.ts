/** Records what real clients send to a rehearsal, with no Tollgate in between; README.md says what is changed in it. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RehearsalOptions, startRehearsal } from '../../rehearsal/server.ts';
import type { RawRequest } from '../support/raw-http.ts';
import { Recorder } from '../support/recorder.ts';

const here = import.meta.dirname;
const clients = join(here, '..', 'clients');
const packages = join(clients, 'node_modules', '@anthropic-ai');
const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as { version: string }).version;

/** Texts of more characters are words of their authors. */
const LONG = 60;

const PROMPT = [
  'Do this:',
  '/tool Bash {"command":"echo grüße \\"out\\" > note.txt","description":"write"}',
  '/tool Read {"file_path":"note.txt"}',
  '/say it is written',
].join('\n');
const claude = join(packages, `claude-code-${process.platform}-${process.arch}`, 'claude');
const program = (mode: string) => [process.execPath, join(clients, 'programs', 'sdk-agent.mjs'), mode];

await capture(`claude-code-${versionOf('claude-code')}`, {
  tools: [claude, '-p', PROMPT, '--allowedTools', 'Bash,Read,Write'],
});
await capture(`anthropic-sdk-${versionOf('sdk')}`, {
  plain: program('plain'),
  loop: program('loop'),
  runner: program('runner'),
  count: program('count'),
});

async function capture(client: string, runs: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const folder = join(here, client);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, command] of Object.entries(runs)) {
    const requests = await record(command, { paceMs: 0 });
    for (const [n, request] of requests.entries()) {
      writeFileSync(join(folder, `${name}-${n + 1}.http`), anonymous(request));
    }
    console.log(`${client} ${name}: ${requests.length} requests`);
  }
}

async function record(command: readonly string[], options: RehearsalOptions): Promise<RawRequest[]> {
  const undo: (() => unknown)[] = [];
  const home = mkdtempSync(join(tmpdir(), 'tollgate-capture-'));
  const rehearsal = await startRehearsal(options);
  const recorder = await Recorder.start({ after: (done) => undo.push(done) }, rehearsal);
  const [path = '', ...args] = command;
  const child = spawn(path, args, {
    cwd: home,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: home,
      IS_SANDBOX: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      ANTHROPIC_BASE_URL: recorder.url,
      ANTHROPIC_AUTH_TOKEN: 'key',
    },
  });
  await new Promise((resolve) => child.on('close', resolve));
  for (const done of undo) await done();
  await rehearsal.close();
  rmSync(home, { recursive: true });
  return recorder.requests;
}

function anonymous({ line, headers, body }: RawRequest): Buffer {
  const head = headers.map(([name, value]): [string, string] => {
    if (name.toLowerCase() === 'host') return [name, 'api.example'];
    return [name, withoutIds(value)];
  });
  const text = body
    .toString()
    .replace(/"(?:[^"\\]|\\.)*"/g, (string) => (string.length > LONG ? blinded(string) : withoutIds(string)));
  const lines = [line, ...head.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(text)]);
}

/** Other letters in place of its own; a text within the text, as clients nest JSON, stays one. */
function blinded(string: string): string {
  const letters = 'lorem ipsum dolor sit amet'.replaceAll(' ', '');
  let n = 0;
  return withoutIds(string).replace(/\\u[0-9a-f]{4}|\\.|[A-Za-z0-9]/g, (unit) => {
    if (unit.startsWith('\\')) return unit;
    const letter = letters[n++ % letters.length] as string;
    return /[A-Z]/.test(unit) ? letter.toUpperCase() : letter;
  });
}

/** UUIDs, digests and ids of tool calls. */
function withoutIds(text: string): string {
  return text
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (id) => id.replace(/[0-9a-f]/g, '0'))
    .replace(/\b[0-9a-f]{64}\b/g, '0'.repeat(64))
    .replace(/toolu_\w+/g, (id) => `toolu_${'0'.repeat(id.length - 6)}`);
}
