/**
 * A request body → the facts that stages judge. Only the outer form is checked here; what it means is the provider's
 * business, and what it may cost or reach is read off the tables.
 */
import { isObject, type JsonDocument, type JsonObject, type JsonValue } from '../../json/read.ts';
import { type Change, insertMember, locate, replaceAt, splice } from '../../json/splice.ts';
import { findingOf, misspelt } from '../known.ts';
import { readBetas } from '../openai/headers.ts';
import { MODEL_NAME, wholeNumber } from '../values.ts';
import type { AgentHeaders, BadRequest, Endpoint, Finding, MadeCall, RequestView } from '../wire.ts';
import { asksForForm, InputReader } from './input.ts';
import { CONTEXT_EDITS, FIELDS, JUDGED, PLAIN_VALUES, SETTINGS } from './tables.ts';

/** The API takes no lower cap: API reference, max_output_tokens. */
const MIN_CAP = 16;

/**
 * @param document the body; undefined for endpoints without one
 * @returns what the stages judge, or what is wrong with the request
 */
export function readRequest(
  endpoint: Endpoint,
  document: JsonDocument | undefined,
  headers: AgentHeaders,
): RequestView | BadRequest {
  const body = document?.value;
  if (document === undefined || !isObject(body)) return { bad: 'the body must be a JSON object' };
  const odd = misspelt(body, '', JUDGED) ?? misspeltInside(body);
  if (odd !== undefined) return { bad: odd };
  const { model, input = null, instructions = null, stream = null, text } = body;
  if (typeof model !== 'string' || !MODEL_NAME.test(model))
    return { bad: 'model must be the name of a model' };
  if (instructions !== null && typeof instructions !== 'string') return { bad: 'instructions must be text' };
  if (stream !== null && typeof stream !== 'boolean') return { bad: 'stream must be true or false' };
  const askedCap = wholeNumber(document, ['max_output_tokens'], body.max_output_tokens ?? undefined);
  if (askedCap === 'bad') return { bad: 'max_output_tokens must be a whole number' };

  const findings: Finding[] = [...fieldFindings(body), ...settingFindings(body)];
  const reader = new InputReader(findings);
  reader.noteCache(body.prompt_cache_options);
  const wrong =
    readEdits(body.context_management, findings) ??
    readInput(input, reader) ??
    reader.readTools(body.tools, 'tools');
  if (wrong !== undefined) return { bad: wrong };
  const { mediaBytes, images, documents, audioTokens, tools, providerTools } = reader;
  return {
    endpoint,
    document: endpoint.billed && !('max_output_tokens' in body) ? withPlaceForCap(document, body) : document,
    model,
    stream: stream === true,
    structured: reader.structured || (isObject(text) && asksForForm(text.format)),
    askedCap,
    capped: endpoint.billed,
    choices: 1,
    minCap: MIN_CAP,
    size: {
      textBytes: document.bytes.length - mediaBytes,
      messages: Array.isArray(input) ? input.length : 1,
      tools,
      providerTools,
      images,
      audioTokens,
      documents,
      longContext: false,
    },
    // OpenAI, "Prompt caching": prompts are cached without being asked, and writing costs more from gpt-5.6 on.
    cacheWrite: reader.longCache ? '1h' : '5m',
    multiplierPermille: 1000,
    findings,
    betas: readBetas(headers),
  };
}

/**
 * The very bytes of the agent, or with only the model's name and the output cap put in their place, and a word that
 * nothing is to be kept where the agent has none about it.
 * @throws Error when they can't be
 */
export function bodyFor({ document, askedCap, model, endpoint }: RequestView, made: MadeCall): Buffer | null {
  if (document === undefined) return null;
  const { bytes, value } = document;
  const changes: (Change | undefined)[] = [];
  if (made.model !== model) changes.push(replaceAt(bytes, ['model'], made.model));
  if (endpoint.billed && made.cap !== askedCap)
    changes.push(replaceAt(bytes, ['max_output_tokens'], made.cap));
  if (endpoint.billed && made.keepNothing && isObject(value) && !('store' in value))
    changes.push(insertMember(bytes, wholeOf(bytes), 'store', false));
  const wanted = changes.filter((change) => change !== undefined);
  // Sending what was not paid for is worse than not sending.
  if (wanted.length < changes.length) throw new Error('the body could not be changed as it was judged');
  return wanted.length === 0 ? bytes : splice(bytes, wanted);
}

/** Fields whose own fields decide something, or may. In metadata an agent may write what it likes. */
const WITH_FIELDS = ['text', 'reasoning', 'prompt_cache_options', 'tool_choice', 'stream_options'] as const;

function misspeltInside(body: JsonObject): string | undefined {
  for (const name of WITH_FIELDS) {
    const field = body[name];
    const odd = isObject(field) ? misspelt(field, name, JUDGED) : undefined;
    if (odd !== undefined) return odd;
  }
  const format = isObject(body.text) ? body.text.format : undefined;
  return isObject(format) ? misspelt(format, 'text.format', JUDGED) : undefined;
}

/** The API needs no cap, but what is paid for does. Whoever sends the request puts it into this place. */
function withPlaceForCap({ bytes }: JsonDocument, body: JsonObject): JsonDocument {
  const change = insertMember(bytes, wholeOf(bytes), 'max_output_tokens', 0);
  return { bytes: splice(bytes, [change]), value: { max_output_tokens: 0, ...body } };
}

function wholeOf(bytes: Buffer): { start: number; end: number } {
  return locate(bytes, []) ?? { start: 0, end: bytes.length };
}

function fieldFindings(body: JsonObject): Finding[] {
  return Object.entries(body).flatMap(([name, value]) => {
    if (PLAIN_VALUES.get(name)?.includes(value)) return [];
    return findingOf(FIELDS.get(name), name, name, 'unknown_field') ?? [];
  });
}

function settingFindings(body: JsonObject): Finding[] {
  return SETTINGS.flatMap(({ field, setting, known, plainValues }) => {
    const value = body[field];
    if (!isObject(value) || plainValues.includes(value[setting])) return [];
    const name = `${field}.${setting}`;
    return findingOf(known, name, name, 'unknown_field') ?? [];
  });
}

/** @returns what is wrong with what is to be done to the context, if anything is */
function readEdits(edits: JsonValue | undefined, findings: Finding[]): string | undefined {
  if (edits === undefined || edits === null) return undefined;
  if (!Array.isArray(edits)) return 'context_management must be a list';
  for (const [i, edit] of edits.entries()) {
    const path = `context_management[${i}]`;
    if (!isObject(edit)) return `${path} must be an object`;
    const odd = misspelt(edit, path, JUDGED);
    if (odd !== undefined) return odd;
    const type = typeof edit.type === 'string' ? edit.type : '';
    const finding = findingOf(CONTEXT_EDITS.get(type), type, path, 'unknown_part');
    if (finding) findings.push(finding);
  }
  return undefined;
}

/** @returns what is wrong with the input, if anything is */
function readInput(input: JsonValue, reader: InputReader): string | undefined {
  if (input === null || typeof input === 'string') return undefined;
  if (!Array.isArray(input)) return 'input must be text or a list of items';
  for (const [i, item] of input.entries()) {
    const wrong = reader.readItem(item, `input[${i}]`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
