/**
 * For tests of this wire: what clients read in a stream. First the official SDK; then how others may, each in a few lines
 * and with nothing of ours: two ways to split it into events, two ways to read their keys, two ways to put blocks
 * together. A call that any of them sees is one that some agent would run.
 */
import Anthropic from '@anthropic-ai/sdk';
import { createParser } from 'eventsource-parser';
import { callOf } from '../testing.ts';

/** What a client has of a message when its stream has ended. */
export interface Seen {
  readonly content: readonly { readonly [key: string]: unknown }[];
  readonly stopReason: string | null;
  readonly error: string | undefined;
}

/** Reads a stream with the official SDK, from the HTTP response on. */
export async function readWithSdk(stream: Buffer | string): Promise<Seen> {
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    logLevel: 'off',
    fetch: async () =>
      new Response(Buffer.from(stream as string), { headers: { 'content-type': 'text/event-stream' } }),
  });
  const reading = client.messages.stream({ model: 'm', max_tokens: 1, messages: [] });
  // Each block as the client has it when its end comes, which is when it would run a call.
  let message: Anthropic.Message | undefined;
  reading.on('streamEvent', (_event, snapshot) => {
    message = snapshot;
  });
  let error: string | undefined;
  await reading.done().catch((reason: unknown) => {
    error = String(reason);
  });
  const stopReason = message?.stop_reason ?? null;
  try {
    // The SDK reads arguments when they are looked at.
    return {
      content: structuredClone(message?.content ?? []) as unknown as Seen['content'],
      stopReason,
      error,
    };
  } catch (reason) {
    return { content: [], stopReason, error: String(reason) };
  }
}

/** @returns the calls that an agent on the SDK would run; null and empty text are no arguments */
export function callsOf({ content }: Seen): string[] {
  return content
    .filter(({ type }) => type === 'tool_use')
    .map(({ name, input }) => callOf(String(name), input || {}));
}

type Json = { [key: string]: unknown };

/** By the standard. */
function standardEvents(stream: string): string[] {
  const events: string[] = [];
  createParser({ onEvent: ({ data }) => events.push(data) }).feed(stream);
  return events;
}

/** By hand, as many do: lines are trimmed, field names may have capitals, what cannot be read is skipped. */
function looseEvents(stream: string): string[] {
  const events: string[] = [];
  let data: string[] = [];
  for (const line of stream.split(/\r\n|\r|\n/)) {
    const text = line.replace(/^[\ufeff\s]+/, '');
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(text) ?? [];
    if (name.trim().toLowerCase() === 'data') data.push(value);
    if (text !== '') continue;
    if (data.length > 0) events.push(data.join('\n'));
    data = [];
  }
  return events;
}

/**
 * By what many languages take for the end of a line (Python's splitlines, so httpx; Node's readline has two of them).
 * @param joined whether the lines of an event's data are joined, or each is read by itself
 */
export function splitEvents(stream: string, joined: boolean): string[] {
  const lines = stream.split(/\r\n|(?!\t)[\p{Cc}\p{Zl}\p{Zp}]/u);
  if (!joined) return lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5));
  const events: string[] = [];
  const data: string[] = [];
  for (const line of lines) {
    if (line.startsWith('data:')) data.push(line.slice(5));
    else if (line === '' && data.length > 0) events.push(data.splice(0).join('\n'));
  }
  return events;
}

/** As parsers of many languages fill in their types: whatever the case of a key. Arguments are a map and stay. */
function blindToCase(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(blindToCase);
  const fields = Object.entries(value).map(([key, item]): [string, unknown] => {
    const name = key.toLowerCase().replaceAll('\u017f', 's');
    return [name, name === 'input' ? item : blindToCase(item)];
  });
  return Object.fromEntries(fields);
}

interface Block {
  readonly start: Json;
  json: string;
}

/** @returns the value; nothing where there is none */
function readJson(text: string): Json[] {
  try {
    return [JSON.parse(text) as Json];
  } catch {
    return [];
  }
}

/** Behind the last block, as the official SDKs do; or where its number says, as others do. */
function blocksOf(events: readonly Json[], byNumber: boolean): Block[] {
  const blocks: Block[] = [];
  for (const data of events) {
    const index = Number(data?.index);
    if (data?.type === 'message_start') {
      const content = (data.message as Json | undefined)?.content;
      for (const start of Array.isArray(content) ? content : []) blocks.push({ start, json: '' });
    } else if (data?.type === 'content_block_start') {
      const block = { start: (data.content_block ?? {}) as Json, json: '' };
      if (byNumber) blocks[index] = block;
      else blocks.push(block);
    } else if (data?.type === 'content_block_delta') {
      const delta = (data.delta ?? {}) as Json;
      const block = byNumber ? blocks[index] : blocks.at(index);
      if (block && delta.type === 'input_json_delta') block.json += String(delta.partial_json);
    }
  }
  return blocks.filter(Boolean);
}

function callsIn(blocks: readonly Block[]): string[] {
  return blocks.flatMap(({ start, json }) => {
    const { type, name } = start;
    if (typeof name !== 'string' || type === 'server_tool_use' || type === 'mcp_tool_use') return [];
    if (json === '') return [callOf(name, start.input || {})];
    try {
      return [callOf(name, JSON.parse(json))];
    } catch {
      return [`${name} with unreadable arguments`];
    }
  });
}

/** @returns for each way of reading: the calls that a client of that kind sees in a stream, whole or not */
export function callsSeen(stream: string): ReadonlyMap<string, readonly string[]> {
  const seen = new Map<string, string[]>();
  const standard = standardEvents(stream).flatMap(readJson);
  for (const [how, events] of [
    ['standard', standard],
    ['loose', looseEvents(stream).flatMap(readJson)],
    ['split', splitEvents(stream, true).flatMap(readJson)],
    ['split line by line', splitEvents(stream, false).flatMap(readJson)],
    ['case-blind', standard.map((data) => blindToCase(data) as Json)],
  ] as const) {
    seen.set(`${how} events, blocks in a row`, callsIn(blocksOf(events, false)));
    seen.set(`${how} events, blocks by number`, callsIn(blocksOf(events, true)));
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
