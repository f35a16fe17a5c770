/**
 * A request body → the facts that stages judge. Only the outer form is checked here; what it means is the provider's
 * business, and what it may cost or reach is read off the tables.
 */
import { isObject, type JsonDocument, type JsonObject, type JsonValue } from '../../json/read.ts';
import { type Change, insertMember, locate, replaceAt, splice } from '../../json/splice.ts';
import { findingOf, misspelt } from '../known.ts';
import { MODEL_NAME, NO_INPUT, wholeNumber } from '../values.ts';
import type {
  AgentHeaders,
  BadRequest,
  Betas,
  Endpoint,
  Finding,
  InputSize,
  MadeCall,
  RequestView,
} from '../wire.ts';
import { PartReader, withoutDate } from './parts.ts';
import { BETAS, EDITS, FIELDS, JUDGED, LONG_CONTEXT, MESSAGE_FIELDS, PLAIN_VALUES } from './tables.ts';

/** Anthropic, "Data residency": US-only inference multiplies all rates by 1.1; a workspace may have it as its default. */
const US_ONLY_PERMILLE = 1100;

/**
 * @param document the body; undefined for endpoints without one
 * @returns what the stages judge, or what is wrong with the request
 */
export function readRequest(
  endpoint: Endpoint,
  document: JsonDocument | undefined,
  headers: AgentHeaders,
): RequestView | BadRequest {
  const betas = readBetas(headers['anthropic-beta']);
  if (document === undefined) return { ...EMPTY, endpoint, betas };
  const body = document.value;
  if (!isObject(body)) return { bad: 'the body must be a JSON object' };
  const thinking = isObject(body.thinking) ? body.thinking : {};
  const odd = misspelt(body, '', JUDGED) ?? misspeltInside(body) ?? wrongEdits(body.context_management);
  if (odd !== undefined) return { bad: odd };
  const { model, messages, tools, stream, system } = body;
  if (typeof model !== 'string' || !MODEL_NAME.test(model))
    return { bad: 'model must be the name of a model' };
  if (!Array.isArray(messages)) return { bad: 'messages must be a list' };
  if (tools !== undefined && !Array.isArray(tools)) return { bad: 'tools must be a list' };
  if (stream !== undefined && typeof stream !== 'boolean') return { bad: 'stream must be true or false' };
  const askedCap = wholeNumber(document, ['max_tokens'], body.max_tokens);
  const thinkingBudget = wholeNumber(document, ['thinking', 'budget_tokens'], thinking.budget_tokens);
  if (askedCap === 'bad') return { bad: 'max_tokens must be a whole number' };
  if (thinkingBudget === 'bad') return { bad: 'thinking.budget_tokens must be a whole number' };

  const findings: Finding[] = fieldFindings(body);
  const parts = new PartReader(findings);
  parts.noteCache(body.cache_control);
  const wrong =
    parts.readContent(system, 'system') ??
    readMessages(messages, parts, findings) ??
    parts.readTools(tools ?? []);
  if (wrong !== undefined) return { bad: wrong };
  const repeated = parts.repeated();
  const size: InputSize = {
    textBytes: document.bytes.length - parts.mediaBytes + repeated.textBytes,
    messages: messages.length,
    tools: (tools?.length ?? 0) + parts.addedTools + repeated.tools,
    providerTools: parts.providerTools + repeated.providerTools,
    images: parts.images,
    audioTokens: 0,
    documents: parts.documents,
    longContext: betas.known.includes(LONG_CONTEXT),
  };
  return {
    endpoint,
    document: endpoint.billed && askedCap === undefined ? withPlaceForCap(document, body) : document,
    model,
    stream: stream === true,
    structured:
      isObject(body.output_format) || (isObject(body.output_config) && isObject(body.output_config.format)),
    askedCap,
    capped: endpoint.billed,
    choices: 1,
    minCap: thinkingBudget === undefined ? 0 : thinkingBudget + 1,
    size,
    cacheWrite: parts.cacheWrite,
    multiplierPermille: body.inference_geo === 'global' ? 1000 : US_ONLY_PERMILLE,
    findings,
    betas,
  };
}

/**
 * The very bytes of the agent, or with only the model's name and the output cap put in their place.
 * @throws Error when they can't be
 */
export function bodyFor({ document, askedCap, model, endpoint }: RequestView, made: MadeCall): Buffer | null {
  if (document === undefined) return null;
  const changes: (Change | undefined)[] = [];
  if (made.model !== model) changes.push(replaceAt(document.bytes, ['model'], made.model));
  if (endpoint.billed && made.cap !== askedCap)
    changes.push(replaceAt(document.bytes, ['max_tokens'], made.cap));
  const wanted = changes.filter((change) => change !== undefined);
  // Sending what was not paid for is worse than not sending.
  if (wanted.length < changes.length) throw new Error('the body could not be changed as it was judged');
  return wanted.length === 0 ? document.bytes : splice(document.bytes, wanted);
}

const EMPTY = {
  document: undefined,
  model: undefined,
  stream: false,
  structured: false,
  askedCap: undefined,
  capped: false,
  choices: 1,
  minCap: 0,
  size: NO_INPUT,
  cacheWrite: 'none',
  multiplierPermille: 1000,
  findings: [],
} as const;

/** Fields whose own fields decide something, or may. In metadata an agent may write what it likes. */
const WITH_FIELDS = [
  'thinking',
  'tool_choice',
  'output_config',
  'output_format',
  'context_management',
  'diagnostics',
  'container',
] as const;

function misspeltInside(body: JsonObject): string | undefined {
  for (const name of WITH_FIELDS) {
    const field = body[name];
    const odd = isObject(field) ? misspelt(field, name, JUDGED) : undefined;
    if (odd !== undefined) return odd;
  }
  return undefined;
}

/** @returns what is wrong with the edits of the context, if anything is */
function wrongEdits(management: JsonValue | undefined): string | undefined {
  const edits = isObject(management) ? (management.edits ?? []) : [];
  if (!Array.isArray(edits)) return 'context_management.edits must be a list';
  for (const [i, edit] of edits.entries()) {
    const odd = isObject(edit) ? misspelt(edit, `context_management.edits[${i}]`, JUDGED) : undefined;
    if (odd !== undefined) return odd;
  }
  return undefined;
}

/** The API needs a cap. Which one it is, the profile says, and whoever sends the request puts it into this place. */
function withPlaceForCap({ bytes }: JsonDocument, body: JsonObject): JsonDocument {
  const whole = locate(bytes, []) ?? { start: 0, end: bytes.length };
  const change = insertMember(bytes, whole, 'max_tokens', 0);
  return { bytes: splice(bytes, [change]), value: { max_tokens: 0, ...body } };
}

function readBetas(header: string | string[] | undefined): Betas {
  const names = String(header ?? '')
    .split(',')
    .map((name) => name.trim());
  const given = [...new Set(names.filter((name) => name !== ''))];
  return {
    known: given.filter((name) => BETAS.has(name)),
    unknown: given.filter((name) => !BETAS.has(name)),
  };
}

function fieldFindings(body: JsonObject): Finding[] {
  const findings: Finding[] = [];
  for (const [name, value] of Object.entries(body)) {
    const known = PLAIN_VALUES.get(name)?.includes(value) ? 'plain' : FIELDS.get(name);
    note(findings, findingOf(known, name, name, 'unknown_field'));
  }
  const management = body.context_management;
  const edits = isObject(management) && Array.isArray(management.edits) ? management.edits : [];
  edits.forEach((edit, i) => {
    const type = isObject(edit) && typeof edit.type === 'string' ? edit.type : '';
    const known = EDITS.get(withoutDate(type));
    note(findings, findingOf(known, type, `context_management.edits[${i}]`, 'unknown_part'));
  });
  return findings;
}

function note(findings: Finding[], finding: Finding | undefined): void {
  if (finding !== undefined) findings.push(finding);
}

/** @returns what is wrong with the messages, if anything is */
function readMessages(messages: JsonValue[], parts: PartReader, findings: Finding[]): string | undefined {
  for (const [i, message] of messages.entries()) {
    const path = `messages[${i}]`;
    if (!isObject(message) || typeof message.role !== 'string')
      return `${path} must be an object with a role`;
    const config = isObject(message.output_config) ? message.output_config : {};
    const odd = misspelt(message, path, JUDGED) ?? misspelt(config, `${path}.output_config`, JUDGED);
    if (odd !== undefined) return odd;
    for (const field of Object.keys(message)) {
      if (MESSAGE_FIELDS.has(field)) continue;
      findings.push({
        kind: 'unknown_field',
        name: `messages[].${field}`,
        path: `${path}.${field}`,
        unbounded: true,
      });
    }
    const wrong = parts.readContent(message.content, `${path}.content`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
