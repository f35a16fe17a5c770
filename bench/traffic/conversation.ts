/**
 * What a turn of a coding agent is made of, whatever the wire: a system text and tools, a task, tool calls and their
 * results, full of escapes, and the user's last words.
 */

export interface Conversation {
  readonly system: string;
  readonly tools: readonly Tool[];
  readonly task: string;
  readonly turns: readonly Turn[];
  /** What the user said last. */
  readonly last: string;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its arguments. */
  readonly schema: object;
}

/** What the model wanted to run and what came of it: mostly source text, which JSON writes with many escapes. */
export interface Turn {
  readonly said: string;
  /** Ends in digits, as long for each turn. */
  readonly number: string;
  readonly arguments: { readonly command: string; readonly description: string };
  readonly result: string;
}

/** @param size how much there is room for; a small one has the first tool only */
export function conversation(size: 'small' | 'large', turns: number, last: string): Conversation {
  const large = size === 'large';
  return {
    system: large ? SYSTEM.repeat(12) : SYSTEM,
    tools: large ? TOOLS : TOOLS.slice(0, 1),
    task: TASK,
    turns: Array.from({ length: turns }, (_, turn) => toolTurn(turn)),
    last,
  };
}

function toolTurn(turn: number): Turn {
  return {
    said: `Part ${turn} of the file decides what fits – I read it next.`,
    number: String(turn).padStart(11, '0'),
    arguments: {
      command: `sed -n '${turn * 40},${turn * 40 + 39}p' "core/ledger/fit.ts" | cat -A`,
      description: 'Read a part of a file',
    },
    result: SOURCE.repeat(3).replaceAll('LINE', String(turn)),
  };
}

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

const TOOLS: readonly Tool[] = ['Bash', 'Read', 'Edit', 'Write', 'Glob', 'Grep', 'WebFetch', 'TodoWrite'].map(
  (name) => ({
    name,
    description: `${name}: does one thing in the working folder, and says what came of it. Ask before you overwrite.`,
    schema: {
      type: 'object',
      properties: {
        command: { type: 'string', description: 'What to run, "quoted" as in a shell' },
        timeout: { type: 'number', description: 'Milliseconds' },
      },
      required: ['command'],
      additionalProperties: false,
    },
  }),
);
