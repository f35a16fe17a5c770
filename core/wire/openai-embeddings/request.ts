/**
 * A request body → the facts that stages judge. Only the outer form is checked here; what it means is the provider's
 * business, and what it may cost or reach is read off the tables.
 */
import { isObject, type JsonDocument, type JsonObject, type JsonValue } from '../../json/read.ts';
import { replaceAt, splice } from '../../json/splice.ts';
import { findingOf, misspelt } from '../known.ts';
import { readBetas } from '../openai/headers.ts';
import { MODEL_NAME, NO_INPUT } from '../values.ts';
import type { AgentHeaders, BadRequest, Endpoint, Finding, MadeCall, RequestView } from '../wire.ts';
import { FIELDS } from './tables.ts';

/**
 * @param document the body; undefined for endpoints without one
 * @returns what the stages judge, or what is wrong with the request
 */
export function readRequest(
  endpoint: Endpoint,
  document: JsonDocument | undefined,
  headers: AgentHeaders,
): RequestView | BadRequest {
  const betas = readBetas(headers);
  if (document === undefined) return { ...EMPTY, endpoint, betas };
  const body = document.value;
  if (!isObject(body)) return { bad: 'the body must be a JSON object' };
  const odd = misspelt(body, '', FIELDS);
  if (odd !== undefined) return { bad: odd };
  const { model, input } = body;
  if (typeof model !== 'string' || !MODEL_NAME.test(model))
    return { bad: 'model must be the name of a model' };
  const inputs = inputsOf(input);
  if (inputs === undefined) {
    return { bad: 'input must be text, a list of texts, a list of tokens, or a list of lists of tokens' };
  }
  const textBytes = document.bytes.length + inputs.reduce<number>((sum, one) => sum + addedBytes(one), 0);
  const size = { ...EMPTY.size, textBytes, messages: inputs.length };
  return { ...EMPTY, endpoint, document, model, size, findings: fieldFindings(body), betas };
}

/**
 * The very bytes of the agent, or with only the model's name put in its place. There is no output that a cap bounds.
 * @throws Error when it can't be
 */
export function bodyFor(
  { document, model }: Pick<RequestView, 'document' | 'model'>,
  made: Pick<MadeCall, 'model'>,
): Buffer | null {
  if (document === undefined) return null;
  if (made.model === model) return document.bytes;
  const change = replaceAt(document.bytes, ['model'], made.model);
  // Sending what was not judged is worse than not sending.
  if (change === undefined) throw new Error('the body could not be changed as it was judged');
  return splice(document.bytes, [change]);
}

/** What holds for every request. A reply is always structured: a refusal in words would break who reads it. */
const EMPTY = {
  document: undefined,
  model: undefined,
  stream: false,
  structured: true,
  askedCap: undefined,
  capped: false,
  choices: 1,
  minCap: 0,
  size: NO_INPUT,
  cacheWrite: 'none',
  multiplierPermille: 1000,
  findings: [],
} as const;

/** One input: text, or how many tokens it has. */
type Input = string | number;

/** @returns the inputs of a request; undefined when they are none, or of several kinds */
function inputsOf(input: JsonValue | undefined): readonly Input[] | undefined {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input)) return undefined;
  if (input.length > 0 && isTokens(input)) return [input.length];
  if (input.every((one) => typeof one === 'string')) return input;
  return input.every(isTokens) ? input.map((tokens) => tokens.length) : undefined;
}

function isTokens(value: JsonValue): value is number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && Number(one) >= 0);
}

/**
 * Models of some hosts cut into tokens what Unicode takes for the same (NFKC): one character of three bytes can then be
 * 33 bytes of words.
 */
function addedBytes(input: Input): number {
  // Most texts are English, and nothing is the same as an ASCII character but itself.
  if (typeof input === 'number' || /^[\0-\x7f]*$/.test(input)) return 0;
  return Math.max(0, Buffer.byteLength(input.normalize('NFKC')) - Buffer.byteLength(input));
}

function fieldFindings(body: JsonObject): Finding[] {
  return Object.keys(body)
    .map((name) => findingOf(FIELDS.get(name), name, name, 'unknown_field'))
    .filter((finding) => finding !== undefined);
}
