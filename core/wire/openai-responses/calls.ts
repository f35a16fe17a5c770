/** Tool calls in replies of this wire, streamed or not. Source: OpenAI API reference, output items of a response. */
import { hasInexactNumber } from '../../json/numbers.ts';
import { foldKey, isObject, type JsonObject, type JsonValue } from '../../json/read.ts';
import { type JsonPath, locate } from '../../json/splice.ts';
import { argumentsOf } from '../arguments.ts';
import { ReplyFault } from '../wire.ts';

/** Calls that an agent runs and that have no name: the one by which they are judged. */
const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ['local_shell_call', 'local_shell'],
  ['shell_call', 'shell'],
  ['apply_patch_call', 'apply_patch'],
  ['computer_call', 'computer'],
  ['tool_search_call', 'tool_search'],
]);

/** Calls that have one, and in which field that stands which is told apart from others by it. */
const NAMED: ReadonlyMap<string, 'namespace' | 'server_label'> = new Map([
  ['function_call', 'namespace'],
  ['custom_tool_call', 'namespace'],
  ['mcp_approval_request', 'server_label'],
] as const);

/** Items that nobody runs, though some have a name; and calls that the provider runs: these are judged as capabilities. */
const NO_CALLS = new Set([
  ...['message', 'agent_message', 'reasoning', 'compaction', 'compaction_summary', 'context_compaction'],
  ...['function_call_output', 'custom_tool_call_output', 'local_shell_call_output', 'shell_call_output'],
  ...['apply_patch_call_output', 'computer_call_output', 'tool_search_output', 'additional_tools'],
  ...['configuration_update', 'mcp_list_tools', 'mcp_approval_response', 'program', 'program_output'],
  ...['web_search_call', 'file_search_call', 'code_interpreter_call', 'image_generation_call', 'mcp_call'],
]);

/** Items that bring tool definitions, in whose schemas everything may stand. */
const WITH_TOOLS = new Set(['additional_tools', 'tool_search_output', 'mcp_list_tools']);

/** What decides whether a client finds a call, and which. */
const DECIDING = new Set([
  ...['type', 'response', 'output', 'item', 'id', 'item_id', 'call_id', 'output_index', 'name', 'namespace'],
  ...[
    'server_label',
    'execution',
    'arguments',
    'input',
    'action',
    'actions',
    'operation',
    'delta',
    'command',
  ],
  ...['command_index', 'diff', 'content', 'part'],
]);

/**
 * A client that is blind to case reads such a key as the one that it resembles; here it would go unseen.
 * @throws ReplyFault when the object has one
 */
export function refuseMisspelt(object: JsonObject): void {
  for (const key of Object.keys(object)) {
    const exact = foldKey(key);
    if (exact !== key && DECIDING.has(exact)) {
      throw garbage(`a field of the reply is spelt otherwise than ${exact}`);
    }
  }
}

const CALL_TYPE = /(?:^|_)(?:call|tool_use|approval_request)$/i;

/**
 * @returns the name by which an item is judged and recorded, if an agent might run it: that of a function stands behind
 * its namespace, as it is only unique within that; undefined for all other items
 * @throws ReplyFault when it is a call and has no name that can be read
 */
export function callName(item: JsonObject): string | undefined {
  refuseMisspelt(item);
  const type = String(item.type);
  const builtIn = BUILT_IN.get(type);
  if (builtIn !== undefined) {
    return type === 'tool_search_call' && item.execution === 'server' ? undefined : builtIn;
  }
  const within = NAMED.get(type);
  if (within !== undefined) return nameWithin(item, within);
  if (NO_CALLS.has(type)) return undefined;
  // Not known: whatever is named, waits for an output, or calls itself a call may be run by a client that knows it.
  if (typeof item.name === 'string') return nameWithin(item, 'namespace');
  return typeof item.call_id === 'string' || CALL_TYPE.test(type) ? type : undefined;
}

function nameWithin(item: JsonObject, field: 'namespace' | 'server_label'): string {
  const { name } = item;
  const space = item[field] ?? '';
  if (typeof name !== 'string') throw garbage('a tool call has no name');
  if (typeof space !== 'string') throw garbage(`a tool call has an unreadable ${field}`);
  return space === '' ? name : `${space}/${name}`;
}

/**
 * @param item a call
 * @param bytes bytes that have it, at `path`
 * @returns what it is called with; undefined when programs may read that differently
 */
export function callArgs(item: JsonObject, bytes: Buffer, path: JsonPath): JsonValue | undefined {
  const has = (key: string, value: JsonValue | undefined): JsonValue | undefined => {
    const span = isObject(value) || Array.isArray(value) ? locate(bytes, [...path, key]) : undefined;
    return span === undefined || hasInexactNumber(bytes.subarray(span.start, span.end)) ? undefined : value;
  };
  switch (item.type) {
    case 'function_call':
    case 'mcp_approval_request':
      return parsed(item.arguments);
    case 'custom_tool_call':
      return typeof item.input === 'string' && item.input.isWellFormed() ? { input: item.input } : undefined;
    case 'local_shell_call':
    case 'shell_call':
      return has('action', item.action);
    case 'apply_patch_call':
      return has('operation', item.operation);
    case 'computer_call': {
      if ((item.actions ?? null) === null) return has('action', item.action);
      const actions = has('actions', item.actions);
      if ((item.action ?? null) === null) return actions && { actions };
      const action = has('action', item.action);
      return actions && action && { action, actions };
    }
    case 'tool_search_call':
      return typeof item.arguments === 'string' ? parsed(item.arguments) : has('arguments', item.arguments);
    default: {
      const span = locate(bytes, path);
      const rest = Object.fromEntries(argumentFields(item).map((key) => [key, item[key] ?? null]));
      return span && hasInexactNumber(bytes.subarray(span.start, span.end)) ? undefined : rest;
    }
  }
}

/** Fields of calls that are known, in which what they are called with stands. */
const ARGUMENTS: readonly string[] = ['arguments', 'input', 'action', 'actions', 'operation'];
/** Fields of all others, in which it does not. */
const FRAME = new Set(['type', 'id', 'call_id', 'status', 'name', 'namespace']);

/** @returns the fields of a call in which a client may look for what it is called with */
export function argumentFields(call: JsonObject): readonly string[] {
  const type = String(call.type);
  const known = BUILT_IN.has(type) || NAMED.has(type);
  return known ? ARGUMENTS : Object.keys(call).filter((key) => !FRAME.has(key));
}

function parsed(text: JsonValue | undefined): JsonValue | undefined {
  return typeof text === 'string' ? argumentsOf([text]) : undefined;
}

/**
 * What is not known passes, and a client may know it: so nothing of a reply may hold a call but the places where calls
 * are judged.
 * @throws ReplyFault when the value is or holds an object with the type of a call
 */
export function refuseCallsIn(value: JsonValue | undefined): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const item = (value as JsonObject)[key];
    if (typeof item === 'object') refuseCallsIn(item);
    else if (key.length === 4 && foldKey(key) === 'type' && CALL_TYPE.test(String(item))) {
      throw garbage('a tool call stands where none is known to stand');
    }
  }
}

/** @throws ReplyFault when an item has a call inside, anywhere but in what it is judged by */
export function refuseCallsInside(item: JsonObject): void {
  const { type, tools, ...rest } = item;
  if (!WITH_TOOLS.has(String(type))) refuseCallsIn(tools);
  const { arguments: _, input, action, actions, operation, ...others } = rest;
  refuseCallsIn(callName(item) === undefined ? rest : others);
}

/** @throws ReplyFault when a response has a call anywhere but in its output, which is judged by itself */
export function refuseCallsBeside(response: JsonObject): void {
  refuseMisspelt(response);
  // What the agent asked for comes back: its own schemas and labels, in which everything may stand.
  const { output, tools, text, metadata, ...rest } = response;
  refuseCallsIn(rest);
}

export function garbage(detail: string): ReplyFault {
  return new ReplyFault('reply_garbage', detail);
}
