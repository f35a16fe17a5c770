/** What may reach a provider of Anthropic's Messages. Source: its API reference, and its pricing page. */
import type { RawRequest } from '../raw-http.ts';
import {
  type Changes,
  type Dialect,
  isJson,
  type Json,
  misspelt as misspeltOf,
  modelChange,
  type Rules,
  replace,
  type Sent,
  spelt,
} from './oracle.ts';
import { writtenBytes } from './oracle-openai.ts';

const TOP = new Set(
  'model messages max_tokens system tools tool_choice metadata stop_sequences stream temperature top_p top_k thinking cache_control context_management diagnostics output_config output_format service_tier inference_geo'.split(
    ' ',
  ),
);
/** These make the provider do more than answer, unless they say that it should not. */
const OFF: Readonly<Record<string, readonly unknown[]>> = {
  speed: [null, 'standard'],
  container: [null],
  mcp_servers: [null],
  thread: [null],
  compaction: [null],
  fallbacks: [null],
  fallback_credit_token: [null],
  billing_policy: [null],
};
const MESSAGE = new Set(['role', 'content', 'output_config', 'clear_at']);
/** Of the types that the mutations put in, those that only are text, media or history. */
const PARTS =
  /^(text|image|document|thinking|redacted_thinking|tool_use|tool_result|search_result|server_tool_use)$/;
const SOURCES = /^(base64|text|content)$/;
const TOOLS = /^(custom|(bash|text_editor|computer|memory)_\d{8})$/;
const JUDGED = new Set([
  ...TOP,
  ...Object.keys(OFF),
  ...MESSAGE,
  'type',
  'source',
  'data',
  'ttl',
  'edits',
  'format',
]);

const misspelt = (object: Json) => misspeltOf(object, JUDGED);

function fieldFaults(body: Json): string[] {
  const faults: string[] = misspelt(body);
  for (const [name, value] of Object.entries(body)) {
    if (!TOP.has(name) && !OFF[name]?.includes(value)) faults.push(`it has the field ${name}`);
  }
  contentFaults(body.system, faults);
  for (const message of Array.isArray(body.messages) ? body.messages : [undefined]) {
    if (!isJson(message) || typeof message.role !== 'string') {
      faults.push('a message has no role');
      continue;
    }
    faults.push(...misspelt(message));
    for (const name of Object.keys(message)) if (!MESSAGE.has(name)) faults.push(`a message has ${name}`);
    contentFaults(message.content, faults);
  }
  for (const tool of Array.isArray(body.tools) ? body.tools : []) {
    if (!isJson(tool)) faults.push('a tool is no object');
    else if (!TOOLS.test(String(tool.type ?? 'custom'))) faults.push(`it has the tool ${tool.type}`);
    else faults.push(...misspelt(tool));
  }
  const management = isJson(body.context_management) ? body.context_management : {};
  for (const edit of Array.isArray(management.edits) ? management.edits : []) {
    if (!isJson(edit) || !/^clear_(tool_uses|thinking)_\d{8}$/.test(String(edit.type)))
      faults.push('an unknown edit');
  }
  return faults;
}

function contentFaults(content: unknown, faults: string[]): void {
  if (content === undefined || content === null || typeof content === 'string') return;
  if (!Array.isArray(content)) faults.push('content is neither text nor a list');
  for (const part of Array.isArray(content) ? content : []) {
    if (!isJson(part) || !PARTS.test(String(part.type))) {
      faults.push(`a part is ${isJson(part) ? String(part.type) : part}`);
      continue;
    }
    faults.push(...misspelt(part));
    if (part.type === 'image' || part.type === 'document') {
      const source = isJson(part.source) ? part.source : {};
      if (!SOURCES.test(String(source.type))) faults.push(`it has a source of type ${source.type}`);
      faults.push(...misspelt(source));
    }
    if (part.type === 'tool_result' || part.type === 'search_result') contentFaults(part.content, faults);
  }
}

/** The alias and the output cap are all that is changed. */
function changes(sent: Sent, billed: boolean, rules: Rules): Changes | string {
  const named = modelChange(sent, rules);
  if (typeof named === 'string') return named;
  const cap = spelt(sent, 'max_tokens');
  if (cap !== undefined && !/^\d+$/.test(cap)) return `the output cap ${cap} may be read in several ways`;
  const ceiling = String(rules.ceiling);
  const lower = billed && Number(cap) > rules.ceiling ? replace(sent, ['max_tokens'], ceiling) : [];
  return {
    replaced: [...named.replaced, ...lower],
    added: billed && cap === undefined ? [`"max_tokens":${ceiling}`] : [],
  };
}

/** nano-USD a token. Chance makes other names too, and none of those models is cheaper than 800 and 4000. */
const PRICES: Readonly<Record<string, [input: number, output: number]>> = {
  'claude-haiku-4-5': [1000, 5000],
  'claude-sonnet-4-5': [3000, 15_000],
};

/**
 * Each byte that is no media may be a token; to that come 256 around a conversation, 16 for each message, 64 for each tool,
 * 1,500 where there are any, 5,000 for each whose definition the provider has, and 5,000 for each image. Not that what is
 * written to a cache costs more.
 */
function inputOf(sent: Sent): number {
  const { text, body } = sent;
  const messages = listOf(body.messages);
  const tools = listOf(body.tools).filter(isJson);
  const known = tools.filter(({ type }) => /^(bash|text_editor|computer|memory)_/.test(String(type)));
  let tokens = 256 + Buffer.byteLength(text) + 16 * messages.length + 64 * tools.length + 5000 * known.length;
  if (tools.length > 0) tokens += 1500;
  let documents = 0;
  for (const [m, message] of messages.entries()) {
    for (const [p, part] of (isJson(message) ? listOf(message.content) : []).entries()) {
      if (!isJson(part) || !isJson(part.source)) continue;
      const isMedia = part.source.type === 'base64';
      if (isMedia) tokens -= writtenBytes(sent, ['messages', m, 'content', p, 'source', 'data']);
      if (part.type === 'image') tokens += 5000;
      if (part.type === 'document' && isMedia) documents++;
    }
  }
  return documents > 0 ? Math.max(tokens, 200_000) : tokens;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function betasIn(headers: RawRequest['headers']): string[] {
  const lines = headers.filter(([name]) => name === 'anthropic-beta');
  return lines.flatMap(([, value]) => value.split(',').map((beta) => beta.trim()));
}

export const ANTHROPIC: Dialect = {
  line: /^POST \/v1\/messages(\/count_tokens)?(\?beta=true)? HTTP\/1\.1$/,
  isBilled: (line) => !line.includes('count_tokens'),
  headers: ({ key }) => ({
    'anthropic-version': /^\d{4}-\d\d-\d\d$/,
    'x-api-key': key,
    'anthropic-beta': /^((interleaved-thinking-2025-05-14|effort-2025-11-24|context-1m-2025-08-07)(,|$))+$/,
  }),
  fieldFaults,
  changes,
  most: (sent, { body }) => {
    const got = JSON.parse(body.toString()) as Json;
    const [input, output] = PRICES[String(got.model)] ?? [800, 4000];
    // Where it may be answered in the US alone, all of it costs a tenth more.
    const permille = got.inference_geo === 'global' ? 1000 : 1100;
    return Math.ceil(((inputOf(sent) * input + Number(got.max_tokens) * output) * permille) / 1000);
  },
  betaFaults: (request, got) => {
    const given = betasIn(request.headers);
    return betasIn(got.headers)
      .filter((beta) => !given.includes(beta))
      .map((beta) => `the beta ${beta}`);
  },
};
