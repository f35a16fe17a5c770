/**
 * For tests of this wire: what clients read in a stream, each in a few lines and with nothing of ours: ways to split it
 * into events, to read their keys, and to find the calls. A call that any of them sees is one that some agent would run.
 */
import { createParser } from 'eventsource-parser';
import { splitEvents } from '../anthropic-messages/testing-clients.ts';
import { callOf } from '../testing.ts';

export type Json = { [key: string]: unknown };

interface Event {
  readonly label: string | undefined;
  readonly data: string;
}

/** By the standard. */
function standardEvents(stream: string): Event[] {
  const events: Event[] = [];
  createParser({ onEvent: ({ event, data }) => events.push({ label: event, data }) }).feed(stream);
  return events;
}

/** By hand, as many do: lines are trimmed, field names may have capitals, what cannot be read is skipped. */
function looseEvents(stream: string): Event[] {
  const events: Event[] = [];
  let data: string[] = [];
  let label: string | undefined;
  for (const line of stream.split(/\r\n|\r|\n/)) {
    const trimmed = line.replace(/^[\ufeff\s]+/, '');
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(trimmed) ?? [];
    if (name.trim().toLowerCase() === 'data') data.push(value);
    if (name.trim().toLowerCase() === 'event') label = value;
    if (trimmed !== '') continue;
    if (data.length > 0) events.push({ label, data: data.join('\n') });
    data = [];
    label = undefined;
  }
  return events;
}

const withoutLabels = (events: readonly string[]): Event[] =>
  events.map((data) => ({ label: undefined, data }));

/** As parsers of many languages fill in their types: whatever the case of a key. Objects of arguments are maps and stay. */
function blindToCase(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(blindToCase);
  const fields = Object.entries(value).map(([key, item]): [string, unknown] => {
    const name = key.toLowerCase().replaceAll('\u017f', 's');
    return [name, ['action', 'operation', 'arguments'].includes(name) ? item : blindToCase(item)];
  });
  return Object.fromEntries(fields);
}

/** @returns the events' objects; what cannot be read is skipped, as clients do that want to go on */
function readJson(events: readonly Event[], byLabel: boolean): Json[] {
  return events.flatMap(({ label, data }) => {
    try {
      const value: unknown = JSON.parse(data);
      if (typeof value !== 'object' || value === null) return [];
      return [byLabel && label !== undefined ? { ...value, type: label } : (value as Json)];
    } catch {
      return [];
    }
  });
}

const RUN_BY_PROVIDER = /^(?:web_search|file_search|code_interpreter|image_generation|mcp)_call$/;
const BUILT_IN: { readonly [type: string]: string } = {
  local_shell_call: 'local_shell',
  shell_call: 'shell',
  apply_patch_call: 'apply_patch',
  computer_call: 'computer',
  tool_search_call: 'tool_search',
};

/** @returns the call that a client finds in an item; nothing where it finds none */
export function callIn(item: unknown): string[] {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return [];
  const { type, id, call_id, status, name, namespace, server_label, execution, ...rest } = item as Json;
  const kind = String(type);
  if (kind.endsWith('_output') || kind === 'program' || RUN_BY_PROVIDER.test(kind)) return [];
  if (kind === 'message' || kind === 'reasoning') return [];
  if (kind === 'tool_search_call' && execution === 'server') return [];
  const builtIn = BUILT_IN[kind];
  if (builtIn === undefined && typeof name !== 'string') {
    return typeof call_id === 'string' || /_call$/.test(kind) ? [callOf(kind, rest)] : [];
  }
  const space = namespace || (kind === 'mcp_approval_request' ? server_label : undefined);
  const full = builtIn ?? (space ? `${space}/${name}` : String(name));
  return [argumentsOf(kind, full, rest)];
}

function argumentsOf(kind: string, name: string, fields: Json): string {
  const { arguments: text, input, action, actions, operation } = fields;
  if (kind === 'custom_tool_call') return callOf(name, { input });
  if (['function_call', 'mcp_approval_request', 'tool_search_call'].includes(kind)) {
    if (typeof text === 'object' && text !== null) return callOf(name, text);
    if (text === '' || text === undefined || text === null) return callOf(name, {});
    try {
      return callOf(name, JSON.parse(String(text)));
    } catch {
      return `${name} with unreadable arguments`;
    }
  }
  if (kind === 'apply_patch_call') return callOf(name, operation);
  if (kind === 'computer_call' && actions)
    return callOf(name, action === undefined ? { actions } : { action, actions });
  if (kind in BUILT_IN) return callOf(name, action);
  return callOf(name, fields);
}

/** How a client finds the item that an event is about. */
const FINDING: { readonly [how: string]: (event: Json) => unknown } = {
  'by index': ({ output_index }) => output_index,
  'by id': ({ item_id, item }) => item_id ?? (item as Json | undefined)?.id,
};

/** What the events say of items as they come, arguments as far as they came. */
function itemsOf(events: readonly Json[], how: string): Json[] {
  const find = FINDING[how] as (event: Json) => unknown;
  const items = new Map<unknown, Json>();
  for (const event of events) {
    const { type, delta, item } = event;
    if (type === 'response.output_item.added' && typeof item === 'object' && item !== null) {
      items.set(find(event), structuredClone(item) as Json);
      continue;
    }
    const open = items.get(find(event));
    if (open === undefined) continue;
    if (type === 'response.output_item.done') Object.assign(open, item);
    const shell = (open.action as { commands?: string[] } | undefined)?.commands;
    const at = Number(event.command_index);
    if (type === 'response.function_call_arguments.delta') open.arguments = `${open.arguments ?? ''}${delta}`;
    if (type === 'response.custom_tool_call_input.delta') open.input = `${open.input ?? ''}${delta}`;
    if (type === 'response.shell_call_command.delta' && shell) shell[at] = `${shell[at] ?? ''}${delta}`;
    if (type === 'response.function_call_arguments.done') open.arguments = event.arguments;
    if (type === 'response.custom_tool_call_input.done') open.input = event.input;
    if (type === 'response.shell_call_command.done' && shell) shell[at] = String(event.command);
  }
  return [...items.values()];
}

/** What is handed over at once: items that have ended, and whole responses. */
function wholesOf(events: readonly Json[]): unknown[] {
  return events.flatMap(({ type, item, response }) => {
    if (type === 'response.output_item.done') return [item];
    const { output } = (response ?? {}) as Json;
    return Array.isArray(output) ? output : [];
  });
}

/** @returns for each way of reading: the calls that a client of that kind sees in a stream, whole or not */
export function callsSeen(stream: string): ReadonlyMap<string, readonly string[]> {
  const seen = new Map<string, string[]>();
  const standard = standardEvents(stream);
  for (const [how, events] of [
    ['standard', readJson(standard, false)],
    ['labelled', readJson(standard, true)],
    ['loose', readJson(looseEvents(stream), false)],
    ['split', readJson(withoutLabels(splitEvents(stream, true)), false)],
    ['split line by line', readJson(withoutLabels(splitEvents(stream, false)), false)],
    ['case-blind', readJson(standard, false).map((data) => blindToCase(data) as Json)],
  ] as const) {
    seen.set(`${how} events, whole items`, wholesOf(events).flatMap(callIn));
    for (const finding of Object.keys(FINDING)) {
      // Half a call is none yet for a client that waits for its end; its arguments may be cut, its name is not.
      seen.set(`${how} events, items ${finding}`, itemsOf(events, finding).flatMap(callIn));
    }
  }
  return seen;
}

/** @returns calls that some client sees and that were not allowed */
export function unjudged(stream: string, allowed: readonly string[]): string[] {
  return [...callsSeen(stream)].flatMap(([how, calls]) =>
    calls
      .filter((call) => !allowed.includes(call) && !allowed.includes(call.slice(0, call.indexOf(' '))))
      .map((call) => `${how}: ${call}`),
  );
}

/** What a client has of a response when its stream has ended. */
export interface Seen {
  readonly output: readonly Json[];
  readonly status: string;
  readonly error: unknown;
}

/**
 * Reads as the official SDK does, and as strictly: items are numbered in the order in which they begin, each event names
 * its item by both index and id, numbers go up by one, and the end repeats what was said.
 */
export function readStrictly(stream: string): Seen {
  const output: Json[] = [];
  let number: number | undefined;
  let begun: Json | undefined;
  for (const event of readJson(standardEvents(stream), false)) {
    if (event.type === 'keepalive') continue;
    const next = event.sequence_number as number;
    if (number !== undefined && next !== number + 1) throw new Error(`${next} follows ${number}`);
    number = next;
    const response = event.response as Json | undefined;
    if (event.type === 'response.created') begun = response;
    else if (begun === undefined) throw new Error(`${event.type} before response.created`);
    if (response && begun && response.id !== begun.id) throw new Error('another response');
    if (/^response\.(?:completed|incomplete|failed)$/.test(String(event.type))) {
      return { output: response?.output as Json[], status: String(response?.status), error: response?.error };
    }
    readItemEvent(event, output);
  }
  return { output, status: 'cut', error: undefined };
}

function readItemEvent(event: Json, output: Json[]): void {
  const { type, output_index: index, content_index, delta, item } = event as Json & { output_index: number };
  if (typeof index !== 'number') return;
  if (type === 'response.output_item.added') {
    if (index !== output.length) throw new Error(`item ${index} begins behind ${output.length} others`);
    output.push(structuredClone(item) as Json);
    return;
  }
  const open = output[index];
  if (open === undefined) throw new Error(`there is no item ${index}`);
  const { id } = open;
  const same = type === 'response.output_item.done' ? (item as Json).id === id : (event.item_id ?? id) === id;
  if (!same) throw new Error(`an event of item ${index} has another id`);
  const parts = open.content as Json[];
  if (type === 'response.output_item.done') {
    if ((item as Json).type !== open.type) throw new Error(`item ${index} has become another`);
    const said = (open.content as Json[] | undefined)?.map(({ text }) => text);
    const told = ((item as Json).content as Json[] | undefined)?.map(({ text }) => text);
    if (open.type === 'message' && JSON.stringify(said) !== JSON.stringify(told))
      throw new Error(`item ${index} said something else`);
    output[index] = structuredClone(item) as Json;
  } else if (type === 'response.content_part.added') {
    if (content_index !== parts.length) throw new Error('a part begins out of turn');
    parts.push(structuredClone(event.part) as Json);
  } else if (type === 'response.output_text.delta') {
    const part = parts[Number(content_index)] as Json;
    part.text = `${part.text}${delta}`;
  }
}
