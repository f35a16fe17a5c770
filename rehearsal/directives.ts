/** The lines in a user’s message that say what happens next; README.md lists them. */
import { isObject, parseJson } from './json.ts';
import {
  callTool,
  faultKinds,
  type GivenUsage,
  type Modifiers,
  mark,
  type SaidBlock,
  say,
  type Turn,
  think,
} from './turn.ts';

/** What the directive lines of one user message ask for. */
export type Directives = {
  readonly turns: readonly Turn[];
  readonly modifiers: Modifiers;
  /** A `/think` line with no turn after it: it opens the turn that follows the last one. */
  readonly thinkLater?: SaidBlock;
};

type Draft = { turns: Turn[]; modifiers: Modifiers; thinking?: SaidBlock };

/** Text that the estimate counts as exactly `tokens` tokens (at least the mark's three). */
function textOfLength(tokens: number): string {
  const words = 'These words are only here to be counted, and they say nothing at all. ';
  const length = Math.max(0, tokens * 4 - mark.length);
  return words.repeat(Math.ceil(length / words.length)).slice(0, length);
}

function misread(line: string, why: string): Turn {
  return { blocks: [say(`I could not read the line "${line.slice(0, 200)}": ${why}.`)] };
}

/**
 * `NAME {json}` as a call that keeps the arguments' own spelling, or `NAME "text"`; a string says what is wrong.
 * @param textCalls whether there are calls with text instead of JSON
 */
function readCall(rest: string, textCalls: boolean): SaidBlock | string {
  const [, name, args] = /^([\w.:-]+)\s*(.*)$/.exec(rest) ?? [];
  if (name === undefined) return 'it names no tool';
  if (args === undefined || args === '') return callTool(name, {});
  const value = parseJson(args);
  if (textCalls && typeof value === 'string') return { type: 'tool_use', name, args: value, asText: true };
  return isObject(value) ? { type: 'tool_use', name, args } : 'the arguments are not a JSON object';
}

function readBill(rest: string): Modifiers | string {
  const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  const keys: { readonly [key: string]: keyof GivenUsage } = {
    input: 'input',
    output: 'output',
    cache_read: 'cacheRead',
    cache_write_5m: 'cacheWrite5m',
    cache_write_1h: 'cacheWrite1h',
  };
  let geo: string | undefined;
  let counted = false;
  for (const word of rest.split(/\s+/).filter((part) => part !== '')) {
    const [key = '', value = ''] = word.split('=');
    const count = keys[key];
    if (key === 'geo' && value !== '') geo = value;
    else if (count !== undefined && /^\d{1,10}$/.test(value)) {
      usage[count] = Number(value);
      counted = true;
    } else
      return `${word} is not one of input=N output=N cache_read=N cache_write_5m=N cache_write_1h=N geo=us`;
  }
  // A place alone changes where the call ran, not what was counted.
  return { ...(counted ? { usage } : {}), ...(geo === undefined ? {} : { geo }) };
}

function readFault(rest: string, textCalls: boolean): Turn | string {
  const word = rest.split(/\s/)[0] ?? '';
  const target = rest.slice(word.length).trim();
  const [name, delay] = word.split(':');
  const kind = faultKinds.find((known) => known === name);
  if (kind === undefined) return `there is no such fault; there are ${faultKinds.join(', ')}`;
  if (kind === 'tool-args-split' || kind === 'tool-args-bad') {
    const call =
      target !== '' ? readCall(target, textCalls) : callTool('Bash', { command: 'echo "split ✓"' });
    if (typeof call === 'string') return call;
    if (call.type !== 'tool_use') return 'it names no tool';
    if (call.asText) return { blocks: [say(`I call ${call.name}.`), call], fault: kind };
    // Outside of ASCII an escape is the same JSON and can be cut at any byte.
    const ascii = call.args.replace(
      /[^ -~]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    const args = kind === 'tool-args-bad' ? `${ascii.slice(0, -1)}, oops` : ascii;
    return { blocks: [say(`I call ${call.name}.`), { ...call, args }], fault: kind };
  }
  const headDelayMs = kind === 'slow-head' ? { headDelayMs: Number(delay ?? 1000) || 0 } : {};
  return {
    blocks: [say(`This answer goes wrong on purpose, and the way it does is ${kind}.`)],
    fault: kind,
    ...headDelayMs,
  };
}

function addTurn(draft: Draft, turn: Turn): void {
  const { thinking } = draft;
  draft.turns.push(thinking === undefined ? turn : { ...turn, blocks: [thinking, ...turn.blocks] });
  delete draft.thinking;
}

function addCall(draft: Draft, call: SaidBlock): void {
  const above = draft.turns.pop();
  if (above === undefined) addTurn(draft, { blocks: [call] });
  else draft.turns.push({ ...above, blocks: [...above.blocks, call] });
}

/** Takes one line into the draft. Returns what is wrong with it, or undefined. */
function take(draft: Draft, word: string, rest: string, textCalls: boolean): string | undefined {
  const count = /^\d{1,7}$/.test(rest) ? Number(rest) : undefined;
  switch (word) {
    case 'say':
      addTurn(draft, { blocks: [say(rest)] });
      return undefined;
    case 'think':
      draft.thinking = think(rest);
      return undefined;
    case 'tool':
    case 'also': {
      const call = readCall(rest, textCalls);
      if (typeof call === 'string') return call;
      if (word === 'also') addCall(draft, call);
      else addTurn(draft, { blocks: [say(`I call ${rest.split(/\s/)[0]}.`), call] });
      return undefined;
    }
    case 'fault': {
      const turn = readFault(rest, textCalls);
      if (typeof turn === 'string') return turn;
      addTurn(draft, turn);
      return undefined;
    }
    case 'bill': {
      const bill = readBill(rest);
      if (typeof bill === 'string') return bill;
      draft.modifiers = { ...draft.modifiers, ...bill };
      return undefined;
    }
    default:
      break;
  }
  if (count === undefined || (word !== 'pace' && count === 0)) return 'it needs a whole number';
  if (word === 'tokens') addTurn(draft, { blocks: [say(textOfLength(count))] });
  if (word === 'ignore-cap') addTurn(draft, { blocks: [say(textOfLength(count))], ignoresCap: true });
  if (word === 'pace') draft.modifiers = { ...draft.modifiers, paceMs: count };
  if (word === 'chunk') draft.modifiers = { ...draft.modifiers, chunkBytes: count };
  if (word === 'split') draft.modifiers = { ...draft.modifiers, splitBytes: count };
  return undefined;
}

const line = /^\s*\/(say|think|tool|also|tokens|ignore-cap|bill|pace|chunk|split|fault)(?:\s+(.*?))?\s*$/;

/**
 * Reads the directives in the texts of one user message; every line that is none is ignored. A directive that cannot be
 * read becomes a turn that says so, because a test that misspells one must not pass by luck.
 * @param textCalls whether there are calls with text instead of JSON
 */
export function readDirectives(texts: readonly string[], textCalls: boolean): Directives {
  const draft: Draft = { turns: [], modifiers: {} };
  for (const text of texts.flatMap((whole) => whole.split(/\r?\n/))) {
    const [, word, rest = ''] = line.exec(text) ?? [];
    if (word === undefined) continue;
    const problem = take(draft, word, rest, textCalls);
    if (problem !== undefined) addTurn(draft, misread(text.trim(), problem));
  }
  const later = draft.thinking === undefined ? {} : { thinkLater: draft.thinking };
  return { turns: draft.turns, modifiers: draft.modifiers, ...later };
}
