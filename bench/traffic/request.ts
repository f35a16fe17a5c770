/**
 * What agents send: a body of exactly so many bytes, made like a turn of a coding agent.
 *
 *   system text, tools ── a conversation of tool calls and their results, full of escapes ── the user's last words
 */

export interface RequestOptions {
  readonly bytes: number;
  readonly stream?: boolean;
}

/** The key that callers of Tollgate show. */
export const KEY = 'tollgate-bench-key';

/** Headers as Claude Code sends them, name and value in turn. */
export const HEADERS: readonly string[] = [
  'accept',
  'application/json',
  'content-type',
  'application/json',
  'anthropic-version',
  '2023-06-01',
  'anthropic-beta',
  'claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27',
  'user-agent',
  'claude-cli/2.1.330 (external, cli)',
  'x-api-key',
  KEY,
  'x-app',
  'cli',
  'x-stainless-lang',
  'js',
  'x-claude-code-session-id',
  '3f0c9a52-5c0e-4b86-9a6d-0c6f5c1f9e11',
];

/** @returns a whole HTTP request to a server on loopback */
export function httpRequest(port: number, body: Buffer): Buffer {
  const lines = ['POST /v1/messages HTTP/1.1', `host: 127.0.0.1:${port}`, `content-length: ${body.length}`];
  for (let i = 0; i < HEADERS.length; i += 2) lines.push(`${HEADERS[i]}: ${HEADERS[i + 1]}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

/** @returns a body of exactly `bytes` bytes */
export function requestBody({ bytes, stream = false }: RequestOptions): Buffer {
  const large = bytes > 16_384;
  const messages: unknown[] = [{ role: 'user', content: [{ type: 'text', text: TASK }] }];
  const body = {
    model: stream ? 'claude-haiku-4-5' : 'claude-sonnet-5',
    max_tokens: 8192,
    ...(stream ? { stream } : {}),
    system: [
      { type: 'text', text: large ? SYSTEM.repeat(12) : SYSTEM, cache_control: { type: 'ephemeral' } },
    ],
    tools: large ? TOOLS : TOOLS.slice(0, 1),
    metadata: { user_id: 'user_3f0c9a52_account__session_5c0e' },
    messages,
  };
  for (let turn = 0; large && size(body) + 6_000 < bytes; turn++) messages.push(...toolTurn(turn));
  const last = { type: 'text', text: 'Go on.' };
  messages.push({ role: 'user', content: [last] });
  const missing = bytes - size(body);
  if (missing < 0) throw new RangeError(`${bytes} bytes are too few for a request`);
  last.text += FILLER.repeat(Math.ceil(missing / FILLER.length)).slice(0, missing);
  return Buffer.from(JSON.stringify(body));
}

function size(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** What the model wanted to run and what came of it: mostly source text, which JSON writes with many escapes. */
function toolTurn(turn: number): unknown[] {
  const id = `toolu_01Bench${String(turn).padStart(11, '0')}`;
  const command = `sed -n '${turn * 40},${turn * 40 + 39}p' "core/ledger/fit.ts" | cat -A`;
  const text = SOURCE.repeat(3).replaceAll('LINE', String(turn));
  const input = { command, description: 'Read a part of a file' };
  return [
    {
      role: 'assistant',
      content: [
        { type: 'text', text: `Part ${turn} of the file decides what fits – I read it next.` },
        { type: 'tool_use', id, name: 'Bash', input },
      ],
    },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text }] }],
    },
  ];
}

/** Plain characters, one byte each in JSON. */
const FILLER = ' Look at the callers first, and change nothing that has no test.';

const TASK =
  'The test "a call that does not fit lowers its cap" fails since yesterday. Find out why and repair it.\n' +
  'Don’t touch the schema; run the tests of that folder with `node --test` before you say it works.';

const SYSTEM =
  'You are a coding agent in a terminal. Work in small steps, say what you do in a sentence, and prefer reading to ' +
  'guessing.\nRules:\n- Never print secrets.\n- Use "rg" and not "grep" where both are there.\n- Paths are relative ' +
  'to the working folder.\n';

const SOURCE = `\
/** @returns what is left of "limit" (LINE), or undefined when there is none */
export function left(limit: Limit, counter: Counter | undefined): number | undefined {
\tif (counter === undefined) return limit.amount;
\tconst taken = counter.spent + counter.reserved; // nano-USD, "whole" numbers
\treturn taken >= limit.amount ? 0 : limit.amount - taken;
}

describe('left', () => {
\tit("is what nobody has taken – or reserved – yet", () => {
\t\tassert.deepEqual(left({ id: 'a\\\\b', amount: 10 }, { spent: 3, reserved: 2 }), 5, \`line \${'LINE'}\\n\`);
\t});
});
`;

const TOOLS = ['Bash', 'Read', 'Edit', 'Write', 'Glob', 'Grep', 'WebFetch', 'TodoWrite'].map((name) => ({
  name,
  description: `${name}: does one thing in the working folder, and says what came of it. Ask before you overwrite.`,
  input_schema: {
    type: 'object',
    properties: {
      command: { type: 'string', description: 'What to run, "quoted" as in a shell' },
      timeout: { type: 'number', description: 'Milliseconds' },
    },
    required: ['command'],
    additionalProperties: false,
  },
}));
