/** What the script decided to say; how it goes over the wire is decided elsewhere. */

export const mark = '[rehearsal] ';

export type SaidBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly text: string }
  /** `args` is JSON text, sent as it stands; it may be broken on purpose. With `asText` it is text for a tool that takes text. */
  | { readonly type: 'tool_use'; readonly name: string; readonly args: string; readonly asText?: true };

export const faultKinds = [
  'http400',
  'http401',
  'http403',
  'http404',
  'http429',
  'http500',
  'http529',
  'html502',
  'redirect302',
  'hang',
  'slow-head',
  'cut',
  'end-early',
  'garbage',
  'html200',
  'bad-json',
  'no-usage',
  'usage-twice',
  'usage-late',
  'error-event',
  'failed',
  'dup-keys',
  'huge-event',
  'wrong-type',
  'tool-args-split',
  'tool-args-bad',
] as const;

export type FaultKind = (typeof faultKinds)[number];

export type Turn = {
  readonly blocks: readonly SaidBlock[];
  readonly fault?: FaultKind;
  /** For the fault slow-head: milliseconds before the reply's head. */
  readonly headDelayMs?: number;
  /** True if the turn goes on past max_tokens. */
  readonly ignoresCap?: boolean;
};

/** Token counts that a `/bill` line wants reported and billed. */
export type GivenUsage = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
};

/** What holds for every turn that one user message asks for. */
export type Modifiers = {
  readonly usage?: GivenUsage;
  readonly geo?: string;
  readonly paceMs?: number;
  readonly chunkBytes?: number;
  readonly splitBytes?: number;
};

/** A text block, marked as rehearsal. */
export function say(text: string): SaidBlock {
  return { type: 'text', text: mark + text };
}

/** A thinking block, marked as rehearsal. */
export function think(text: string): SaidBlock {
  return { type: 'thinking', text: mark + text };
}

/** A tool call; `args` is a value to be written as JSON. */
export function callTool(name: string, args: unknown): SaidBlock {
  return { type: 'tool_use', name, args: JSON.stringify(args) };
}
