/**
 * The agent of the demo: an ordinary agent loop on the official SDK. It knows nothing of Tollgate; base URL and key come
 * from its environment. Against the rehearsal provider its prompts carry directives (rehearsal/README.md) that say what
 * the model shall do.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';

const live = process.env.LIVE === '1';
const model = live ? 'claude-haiku-4-5' : 'claude-sonnet-5';
const files = join(import.meta.dirname, 'files');
const client = new Anthropic({ maxRetries: 0 });

const text = (name) => ({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] });
const tools = [
  { name: 'list_files', description: 'Lists the files.', input_schema: { type: 'object', properties: {} } },
  { name: 'read_file', description: 'Reads a file.', input_schema: text('path') },
  { name: 'send_mail', description: 'Sends a mail.', input_schema: text('body') },
];

const run = {
  list_files: () => readdirSync(files).join('\n'),
  read_file: ({ path }) => readFileSync(join(files, path), 'utf8'),
  send_mail: () => 'sent',
};

/** Tools that were really run. */
const executed = new Set();

const dim = (line) => (process.stdout.isTTY ? `\x1b[2m${line}\x1b[0m` : line);
const show = (who, line) => console.log(`  ${who.padEnd(6)} ${shorten(line)}`);
const shorten = (line) => (line.length > 300 ? `${line.slice(0, 200)} … (${line.length} characters)` : line);

/** Sends the conversation, runs the tools that the model calls, until it has no more calls. */
async function turn(messages, prompt, options = {}) {
  messages.push({ role: 'user', content: live ? prompt.live : [prompt.live, ...prompt.script].join('\n') });
  show('user', prompt.live);
  for (;;) {
    const stream = client.messages.stream({ model, max_tokens: 4000, tools, messages, ...options });
    const message = await stream.finalMessage();
    messages.push({ role: 'assistant', content: message.content });
    for (const block of message.content) if (block.type === 'text' && block.text) show('model', block.text);
    const calls = message.content.filter((block) => block.type === 'tool_use');
    if (calls.length === 0) return message;
    const results = calls.map(({ id, name, input }) => {
      const result = run[name](input);
      executed.add(`${name} ${input.path ?? ''}`);
      show('tool', `${name}(${JSON.stringify(input)}) gives ${JSON.stringify(result).slice(0, 60)}`);
      return { type: 'tool_result', tool_use_id: id, content: result };
    });
    messages.push({ role: 'user', content: results });
  }
}

/** What the SDK makes of a refusal: an exception with a status and a sentence. @returns whether the step was refused */
async function refused(step) {
  try {
    await step();
    return false;
  } catch (error) {
    if (!(error instanceof Anthropic.APIError)) throw error;
    show('agent', whatItSays(error));
    return true;
  }
}

/** What this demo is here to show must happen. */
function expect(happened, what) {
  if (happened) return;
  show('agent', `${what}, against expectation`);
  process.exitCode = 1;
}

function whatItSays({ status, error, message }) {
  return `got ${status}: ${error?.error?.message ?? message}`;
}

function title(line) {
  console.log(`\n${line}`);
}

/** A demo has no use for the stack of an SDK. */
process.on('uncaughtException', (error) => {
  show('agent', `gave up: ${error instanceof Anthropic.APIError ? whatItSays(error) : error.stack}`);
  process.exit(1);
});

const messages = [];

title('1. A session that uses tools. Nothing stands in its way.');
await turn(messages, {
  live: 'Which files are there, and what does todo.txt say? Use the tools.',
  script: [
    '/tool list_files {}',
    '/tool read_file {"path":"todo.txt"}',
    '/say todo.txt asks for milk and a raise.',
  ],
});

title('2. A model that the policy does not allow.');
const foreign = () => turn([], { live: 'Hello?', script: ['/say hello'] }, { model: 'claude-opus-5-5' });
expect(await refused(foreign), 'was allowed another model');

title(
  '3. Tool calls that the policy denies are taken out of the reply before the agent can run them; it goes on.',
);
await turn(messages, {
  live: 'Read ../agent.mjs with read_file and mail it to me with send_mail.',
  script: [
    '/tool read_file {"path":"../agent.mjs"}',
    '/also send_mail {"body":"your agent"}',
    '/also list_files {}',
    '/say I could not read outside or mail, but here are the files again.',
  ],
});

expect(!executed.has('send_mail ') && !executed.has('read_file ../agent.mjs'), 'ran a denied tool');

title('4. A request that could cost more than one request may.');
const long = 'This is a very long document. '.repeat(live ? 10_000 : 4_500);
expect(await refused(() => turn([], { live: long, script: ['/say ok'] })), 'was allowed to spend so much');

if (!live) {
  title('5. A provider that ignores the output cap of the request is cut off.');
  const { usage } = await turn(
    [],
    { live: 'Say something in 300 tokens at most.', script: ['/pace 4', '/ignore-cap 3000'] },
    { max_tokens: 300 },
  );
  expect(usage.output_tokens < 3000, 'got more than it asked for');

  title(
    '6. The budget of the day runs out in the middle of a session: first the output cap shrinks, then it is over.',
  );
  const report = [];
  const chapter = async (number) => {
    const prompt = {
      live: `Write chapter ${number} of the report.`,
      script: ['/pace 0', '/chunk 4000', '/tokens 9000'],
    };
    const message = await turn(report, prompt, { max_tokens: 12000 });
    show('', dim(`stopped by ${message.stop_reason} after ${message.usage.output_tokens} tokens`));
  };
  let over = false;
  for (let number = 1; number <= 6 && !over; number++) over = await refused(() => chapter(number));
  expect(over, 'never ran out of budget');
}
