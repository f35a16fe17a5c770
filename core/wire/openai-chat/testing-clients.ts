/**
 * For tests of this wire: what clients read in a stream, each in a few lines and with nothing of ours: ways to split it
 * into events, to read their keys, and to put calls together. A call that any of them sees is one that some agent would
 * run.
 */
import { createParser } from 'eventsource-parser';
import { splitEvents } from '../anthropic-messages/testing-clients.ts';
import { callOf } from '../testing.ts';

type Json = { [key: string]: unknown };

/** What a client has of one choice when its stream has ended, or so far. */
export interface SeenChoice {
  content: string;
  reasoning: string;
  /** Arguments are text, as they came. */
  readonly calls: { kind: string; name: string; args: string }[];
  finish: string | null;
}

/** By the standard. */
export function standardEvents(stream: string): string[] {
  const events: string[] = [];
  createParser({ onEvent: ({ data }) => events.push(data) }).feed(stream);
  return events;
}

/** As browsers' EventSource with only onmessage: events with a label are not seen. */
function unlabelledEvents(stream: string): string[] {
  const events: string[] = [];
  const onEvent = ({ event, data }: { event?: string | undefined; data: string }) => {
    if (event === undefined || event === 'message') events.push(data);
  };
  createParser({ onEvent }).feed(stream);
  return events;
}

/** By hand, as many do: lines are trimmed, field names may have capitals, what cannot be read is skipped. */
function looseEvents(stream: string): string[] {
  const events: string[] = [];
  let data: string[] = [];
  for (const line of stream.split(/\r\n|\r|\n/)) {
    const trimmed = line.replace(/^[\ufeff\s]+/, '');
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(trimmed) ?? [];
    if (name.trim().toLowerCase() === 'data') data.push(value);
    if (trimmed !== '') continue;
    if (data.length > 0) events.push(data.join('\n'));
    data = [];
  }
  return events;
}

/** As parsers of many languages fill in their types: whatever the case of a key. */
function blindToCase(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(blindToCase);
  const fields = Object.entries(value).map(([key, item]): [string, unknown] => [
    key.toLowerCase().replaceAll('\u017f', 's'),
    blindToCase(item),
  ]);
  return Object.fromEntries(fields);
}

/** @returns the chunks until [DONE]; what cannot be read is skipped */
export function readChunks(events: readonly string[]): Json[] {
  const chunks: Json[] = [];
  for (const data of events) {
    if (data.trim() === '[DONE]') break;
    try {
      const chunk: unknown = JSON.parse(data);
      if (typeof chunk === 'object' && chunk !== null) chunks.push(chunk as Json);
    } catch {
      // Skipped, as clients do that want to go on.
    }
  }
  return chunks;
}

const listOf = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** As OpenAI's SDK for Node does: calls by their number, the last name counts. */
export function accumulate(chunks: readonly Json[]): Map<number, SeenChoice> {
  const seen = new Map<number, SeenChoice>();
  for (const chunk of chunks) {
    for (const choice of listOf(chunk.choices)) {
      const index = Number(choice.index);
      const one = seen.get(index) ?? { content: '', reasoning: '', calls: [], finish: null };
      seen.set(index, one);
      const delta = objectOf(choice.delta);
      one.content += textOf(delta.content);
      one.reasoning += textOf(delta.reasoning_content);
      const { function_call: legacy } = delta;
      const entries = listOf(delta.tool_calls);
      for (const entry of legacy ? [...entries, { index: -1, function_call: legacy }] : entries) {
        const at = Number(entry.index) < 0 ? 0 : Number(entry.index);
        for (const kind of ['function', 'custom', 'function_call']) {
          const inner = entry[kind];
          if (typeof inner !== 'object' || inner === null) continue;
          const { name, arguments: args, input } = inner as Json;
          const had = one.calls[at] ?? { kind, name: '', args: '' };
          one.calls[at] = had;
          if (name) had.name = String(name);
          had.args += args ? String(args) : textOf(input);
        }
      }
      if (choice.finish_reason) one.finish = String(choice.finish_reason);
    }
  }
  return seen;
}

/** Puts the calls of chunks together, each in its own way. */
const ASSEMBLIES: Readonly<Record<string, (chunks: readonly Json[]) => Found[]>> = {
  'by number, last name': (chunks) => together(chunks, (entry) => entry.index, false),
  'by number, names joined': (chunks) => together(chunks, (entry) => entry.index, true),
  'in a row, a name begins one': (chunks) => together(chunks, inARow(), true),
  'by id, else the last one': (chunks) => {
    const last = new Map<unknown, unknown>();
    let n = 0;
    const keyOf = (entry: Json, choice: unknown): unknown => {
      if (entry.id || hasName(entry)) last.set(choice, entry.id || `no id ${n++}`);
      return last.get(choice);
    };
    return together(chunks, keyOf, false);
  },
  // As of hosts that send calls whole; what comes in pieces cannot be read by such a client.
  'each entry is a call': (chunks) => {
    let n = 0;
    return together(chunks, () => n++, false).filter(
      (one) =>
        one.kind === 'function' && one.args !== '' && !callFrom(one)[0]?.endsWith('unreadable arguments'),
    );
  },
  'only the first entry of a chunk': (chunks) => together(chunks, (entry) => entry.index, false, 1),
  'only the first entry of a chunk, in a row': (chunks) => together(chunks, inARow(), true, 1),
  'only the first choice of a chunk': (chunks) =>
    together(
      chunks.map((chunk) => ({ ...chunk, choices: listOf(chunk.choices).slice(0, 1) })),
      (entry) => entry.index,
      false,
    ),
  'where messages stand': (chunks) => together(chunks, (entry) => entry.index, false, 99, 'message'),
};

/** @returns which call of its choice an entry belongs to, for clients that do not look at numbers */
function inARow(): (entry: Json, choice: unknown) => number {
  const begun = new Map<unknown, number>();
  return (entry, choice) => {
    const n = (begun.get(choice) ?? 0) + (hasName(entry) ? 1 : 0);
    begun.set(choice, n);
    return n;
  };
}

interface Found {
  kind: string;
  name: string;
  args: string;
}

const innerOf = (entry: Json): [string, Json][] =>
  ['function', 'custom'].flatMap((kind): [string, Json][] => {
    const inner = entry[kind];
    return typeof inner === 'object' && inner !== null ? [[kind, inner as Json]] : [];
  });
const hasName = (entry: Json): boolean => innerOf(entry).some(([, { name }]) => Boolean(name));

function together(
  chunks: readonly Json[],
  keyOf: (entry: Json, choice: unknown) => unknown,
  joined: boolean,
  most = 99,
  place = 'delta',
): Found[] {
  const found = new Map<string, Found>();
  const add = (key: string, kind: string, { name, arguments: args, input }: Json): void => {
    const one = found.get(key) ?? { kind, name: '', args: '' };
    found.set(key, one);
    if (name) one.name = joined ? one.name + String(name) : String(name);
    const more = kind === 'custom' ? input : args;
    if (more) one.args += typeof more === 'object' ? JSON.stringify(more) : String(more);
  };
  for (const chunk of chunks) {
    for (const choice of listOf(chunk.choices)) {
      const said = objectOf(choice[place]);
      for (const entry of listOf(said.tool_calls).slice(0, most)) {
        const key = `${String(choice.index)}/${String(keyOf(entry, choice.index))}`;
        // Fields behind a prototype are fields to who copies the object.
        for (const [kind, inner] of innerOf(entry)) {
          add(`${key}/${kind}`, kind, {
            ...objectOf(Object.entries(inner).find(([k]) => k === '__proto__')?.[1]),
            ...inner,
          });
        }
        if (typeof entry.name === 'string') add(`${key}/flat`, 'function', entry);
      }
      if (said.function_call) add(`${String(choice.index)}/legacy`, 'function', objectOf(said.function_call));
    }
  }
  return [...found.values()];
}

function callFrom({ kind, name, args }: Found): string[] {
  if (name === '') return [];
  if (kind === 'custom') return [callOf(name, { input: args })];
  try {
    return [callOf(name, args === '' ? {} : JSON.parse(args))];
  } catch {
    return [`${name} with unreadable arguments`];
  }
}

/** @returns for each way of reading: the calls that a client of that kind sees in a stream, whole or not */
export function callsSeen(stream: string): ReadonlyMap<string, readonly string[]> {
  const seen = new Map<string, string[]>();
  const standard = readChunks(standardEvents(stream));
  for (const [how, chunks] of [
    ['standard', standard],
    ['unlabelled', readChunks(unlabelledEvents(stream))],
    ['loose', readChunks(looseEvents(stream))],
    ['split', readChunks(splitEvents(stream, true))],
    ['split line by line', readChunks(splitEvents(stream, false))],
    ['case-blind', standard.map((data) => blindToCase(data) as Json)],
  ] as const) {
    for (const [assembly, assemble] of Object.entries(ASSEMBLIES)) {
      seen.set(`${how} events, ${assembly}`, assemble(chunks).flatMap(callFrom));
    }
  }
  return seen;
}

/** @returns calls that some client sees and that were not allowed */
export function unjudged(stream: string, allowed: readonly string[]): string[] {
  const isAllowed = (call: string): boolean =>
    allowed.includes(call) || allowed.includes(call.slice(0, call.indexOf(' ')));
  return [...callsSeen(stream)].flatMap(([how, calls]) =>
    calls.filter((call) => !isAllowed(call)).map((call) => `${how}: ${call}`),
  );
}
