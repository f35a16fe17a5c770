/** What was said so far and what may be said next: what the script goes by, whatever API it came in on. */
import { isObject, type JsonObject, textOf } from './json.ts';

/** One content block, in the form of the Messages API: text, thinking, tool_use, tool_result and others. */
export type Block = JsonObject;

/** Results of tools stand in messages of the user. */
export type Message = { readonly role: string; readonly content: readonly Block[] };

/** A tool the client offers. `schema` is missing for the provider's own tools (web search and such). */
export type Tool = {
  readonly name: string;
  readonly schema?: JsonObject;
  /** True for a tool that takes text instead of JSON. */
  readonly takesText?: boolean;
  /** The group it was offered in, if it was in one. */
  readonly namespace?: string;
  readonly definition: JsonObject;
};

export type ToolChoice = {
  readonly type: 'auto' | 'any' | 'tool' | 'none';
  readonly name: string;
  /** True if parallel calls were ruled out. */
  readonly single: boolean;
};

export type Conversation = {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  /** The schema that the text of the answer has to follow, if structured output was asked for. */
  readonly outputSchema?: JsonObject;
  /** True on APIs that have calls with text instead of JSON. */
  readonly textCalls: boolean;
};

/** Content as a list of blocks: a plain string is shorthand for one text block. */
export function blocksOf(content: unknown): Block[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}

/** The parts of a tool result as text; images and other kinds are left out. */
export function toolResultText(block: Block): string {
  return blocksOf(block.content)
    .map((part) => textOf(part.text))
    .join('\n');
}
