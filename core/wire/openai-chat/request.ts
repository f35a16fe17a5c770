/**
 * A request body → the facts that stages judge. Only the outer form is checked here; what it means is the provider's
 * business, and what it may cost or reach is read off the tables.
 */
import { isObject, type JsonDocument, type JsonObject, type JsonValue } from '../../json/read.ts';
import { findingOf, misspelt } from '../known.ts';
import { readBetas } from '../openai/headers.ts';
import { PRIORITY_PERMILLE } from '../openai/usage.ts';
import { MODEL_NAME, wholeNumber } from '../values.ts';
import type { AgentHeaders, BadRequest, Endpoint, Finding, InputSize, RequestView } from '../wire.ts';
import { PartReader } from './parts.ts';
import { FIELDS, JUDGED, MESSAGE_FIELDS, PLAIN_VALUES, ROLES } from './tables.ts';

/** API reference: how many choices may be asked for. */
const MOST_CHOICES = 128;

/** @returns what the stages judge, or what is wrong with the request */
export function readRequest(
  endpoint: Endpoint,
  document: JsonDocument | undefined,
  headers: AgentHeaders,
): RequestView | BadRequest {
  const body = document?.value;
  if (document === undefined || !isObject(body)) return { bad: 'the body must be a JSON object' };
  const odd = misspelt(body, '', JUDGED) ?? misspeltInside(body);
  if (odd !== undefined) return { bad: odd };
  const { model, messages, stream } = body;
  if (typeof model !== 'string' || !MODEL_NAME.test(model))
    return { bad: 'model must be the name of a model' };
  if (!Array.isArray(messages)) return { bad: 'messages must be a list' };
  if (typeof (stream ?? false) !== 'boolean') return { bad: 'stream must be true or false' };
  const numbers = readNumbers(document, body);
  if ('bad' in numbers) return numbers;
  const { tools = [], functions = [] } = listsOf(body) ?? {};
  if (listsOf(body) === undefined) return { bad: 'tools and functions must be lists' };

  const findings: Finding[] = fieldFindings(body);
  const parts = new PartReader(findings);
  parts.noteCache(body);
  const wrong = readMessages(messages, parts, findings) ?? parts.readTools(tools);
  if (wrong !== undefined) return { bad: wrong };
  const size: InputSize = {
    textBytes: document.bytes.length - parts.mediaBytes,
    messages: messages.length,
    tools: tools.length + functions.length,
    providerTools: 0,
    images: parts.images,
    audioTokens: parts.audioTokens,
    documents: parts.documents,
    longContext: false,
  };
  return {
    endpoint,
    document,
    model,
    stream: stream === true,
    structured: isObject(body.response_format) && STRUCTURED.has(String(body.response_format.type)),
    askedCap: numbers.cap,
    capped: true,
    choices: numbers.choices,
    minCap: 1,
    size,
    cacheWrite: cacheWriteOf(body, parts),
    multiplierPermille: PRIORITY.has(String(body.service_tier)) ? PRIORITY_PERMILLE : 1000,
    findings,
    betas: readBetas(headers),
  };
}

const STRUCTURED = new Set(['json_object', 'json_schema']);
const PRIORITY = new Set(['priority', 'fast']);

/** Objects whose own fields decide something, or may. In metadata an agent may write what it likes. */
const WITH_FIELDS = ['stream_options', 'response_format', 'prompt_cache_options'] as const;

function misspeltInside(body: JsonObject): string | undefined {
  for (const name of WITH_FIELDS) {
    const field = body[name] ?? {};
    if (!isObject(field)) return `${name} must be an object`;
    const odd = misspelt(field, name, JUDGED);
    if (odd !== undefined) return odd;
  }
  return undefined;
}

/** @returns the output cap and the number of choices */
function readNumbers(
  document: JsonDocument,
  body: JsonObject,
): { cap: number | undefined; choices: number } | BadRequest {
  const older = wholeNumber(document, ['max_tokens'], body.max_tokens ?? undefined);
  const cap = wholeNumber(document, ['max_completion_tokens'], body.max_completion_tokens ?? undefined);
  const choices = wholeNumber(document, ['n'], body.n ?? undefined) ?? 1;
  if (older === 'bad') return { bad: 'max_tokens must be a whole number' };
  if (cap === 'bad') return { bad: 'max_completion_tokens must be a whole number' };
  if (older !== undefined && cap !== undefined && older !== cap) {
    return { bad: 'max_tokens and max_completion_tokens must be the same, or only one of them there' };
  }
  if (choices === 'bad' || choices < 1 || choices > MOST_CHOICES) {
    return { bad: `n must be a whole number from 1 to ${MOST_CHOICES}` };
  }
  return { cap: cap ?? older, choices };
}

/** @returns tools and functions, which some clients send as null; undefined when one is no list */
function listsOf({
  tools,
  functions,
}: JsonObject): { tools: JsonValue[]; functions: JsonValue[] } | undefined {
  const [a, b] = [tools ?? [], functions ?? []];
  return Array.isArray(a) && Array.isArray(b) ? { tools: a, functions: b } : undefined;
}

/**
 * OpenAI, "Prompt caching": models from gpt-5.6 on write a cache by themselves, at 1.25 times the price of input, unless
 * breakpoints are to be explicit and there are none; those that live 12 hours cost more.
 */
function cacheWriteOf(body: JsonObject, parts: PartReader): RequestView['cacheWrite'] {
  const options = isObject(body.prompt_cache_options) ? body.prompt_cache_options : {};
  const { mode, ttl = null } = options;
  if (parts.longCache || !(ttl === null || ttl === '30m')) return '1h';
  return mode === 'explicit' && !parts.marked ? 'none' : '5m';
}

function fieldFindings(body: JsonObject): Finding[] {
  const findings: Finding[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (PLAIN_VALUES.get(name)?.includes(value) || (name === 'modalities' && isText(value))) continue;
    const finding = findingOf(FIELDS.get(name), name, name, 'unknown_field');
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

function isText(modalities: JsonValue): boolean {
  return Array.isArray(modalities) && modalities.every((one) => one === 'text');
}

/** @returns what is wrong with the messages, if anything is */
function readMessages(messages: JsonValue[], parts: PartReader, findings: Finding[]): string | undefined {
  for (const [i, message] of messages.entries()) {
    const path = `messages[${i}]`;
    if (!isObject(message) || typeof message.role !== 'string')
      return `${path} must be an object with a role`;
    const odd = misspelt(message, path, JUDGED);
    if (odd !== undefined) return odd;
    const role = findingOf(ROLES.get(message.role), message.role, `${path}.role`, 'unknown_part');
    if (role !== undefined) findings.push(role);
    for (const [field, value] of Object.entries(message)) {
      const known = value === null && MESSAGE_FIELDS.has(field) ? 'plain' : MESSAGE_FIELDS.get(field);
      const finding = findingOf(known, `messages[].${field}`, `${path}.${field}`, 'unknown_field');
      if (finding !== undefined) findings.push(finding);
    }
    parts.noteCache(message);
    const wrong = parts.readContent(message.content, `${path}.content`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
