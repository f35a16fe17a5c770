/**
 * What may have reached a provider, said without any code of Tollgate: which body was sent, whether it can be read in one
 * way only, whether it holds nothing but what the API's reference calls plain, and which bytes it may have turned into.
 */
import * as zlib from 'node:zlib';
import { findNodeAtLocation, parseTree, visit } from 'jsonc-parser';
import type { MutatedRequest } from './mutated-requests.ts';
import type { RawRequest } from './raw-http.ts';

/** What the policy of the test changes and allows. */
export interface Rules {
  readonly aliases: Readonly<Record<string, string>>;
  readonly models: RegExp;
  readonly ceiling: number;
  /** Host and port of the provider, and its key. */
  readonly host: string;
  readonly key: string;
}

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

type Json = { readonly [key: string]: unknown };
const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fold = (key: string) => key.toUpperCase().toLowerCase();

/** @returns everything that is wrong with what reached the provider */
export function judgeForwarded(sent: MutatedRequest, got: RawRequest, rules: Rules): string[] {
  const body = sent.plain ?? decoded(unframed(sent), sent);
  if (typeof body === 'string') return [body];
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    value = JSON.parse(text);
  } catch (error) {
    return [`it is not readable: ${error}`];
  }
  if (!isJson(value)) return ['it is no object'];
  const billed = !got.line.includes('count_tokens');
  return [
    ...ambiguities(text),
    ...fieldFaults(value),
    ...headFaults(sent, got, value, rules),
    ...byteFaults(text, value, got, billed, rules),
  ];
}

// --------------------------------------------------------------------------------------------------- what was sent

/** The body by its framing, read by hand; or why there is none that everybody reads the same. */
function unframed({ bytes, headers }: MutatedRequest): Buffer | string {
  const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
  const all = (wanted: string) => headers.filter(([name]) => name.trim().toLowerCase() === wanted);
  const lengths = all('content-length');
  const codings = all('transfer-encoding');
  if (lengths.length + codings.length !== 1) return 'its length was said twice, or not at all';
  const [[, value = ''] = []] = [...lengths, ...codings];
  if (lengths.length === 1) {
    if (!/^\d+$/.test(value) || Number(value) > body.length) return `its length was said to be ${value}`;
    return body.subarray(0, Number(value));
  }
  if (value.trim().toLowerCase() !== 'chunked') return `its coding was said to be ${value}`;
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const [, hex] =
      /^([0-9a-f]+)(;[^\r\n]*)?$/i.exec(body.toString('latin1', at, Math.max(at, lineEnd))) ?? [];
    if (hex === undefined) return 'a chunk had no size';
    const size = Number.parseInt(hex, 16);
    if (size === 0) return Buffer.concat(pieces);
    at = lineEnd + 2 + size;
    if (body.toString('latin1', at, at + 2) !== '\r\n') return 'a chunk had another length';
    pieces.push(body.subarray(lineEnd + 2, at));
    at += 2;
  }
}

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  '': (bytes) => bytes,
  identity: (bytes) => bytes,
  gzip: zlib.gunzipSync,
  'x-gzip': zlib.gunzipSync,
  deflate: zlib.inflateSync,
  br: zlib.brotliDecompressSync,
  zstd: zlib.zstdDecompressSync,
};

function decoded(body: Buffer | string, { encoded }: MutatedRequest): Buffer | string {
  if (typeof body === 'string') return body;
  const decode = DECODERS[encoded.encoding.trim().toLowerCase()];
  if (decode === undefined) return `its encoding was ${encoded.encoding}`;
  let plain: Buffer;
  try {
    plain = decode(body);
  } catch (error) {
    return `it can't be decoded: ${error}`;
  }
  if (plain === body) return plain;
  try {
    decode(body.subarray(0, -1));
  } catch {
    return plain;
  }
  return 'there was something behind the end of its encoding';
}

// ------------------------------------------------------------------------------------------- how it can be read

function ambiguities(text: string): string[] {
  const faults: string[] = [];
  const open: Set<string>[] = [];
  let depth = 0;
  const enter = () => {
    if (++depth === 129) faults.push('it is nested deeper than 128 levels');
  };
  const leave = () => {
    depth--;
  };
  visit(
    text,
    {
      onObjectBegin: () => {
        enter();
        open.push(new Set());
      },
      onObjectProperty: (key) => {
        const keys = open.at(-1);
        if (keys?.has(fold(key))) faults.push(`the key ${JSON.stringify(key)} stands there twice`);
        keys?.add(fold(key));
      },
      onObjectEnd: () => {
        open.pop();
        leave();
      },
      onArrayBegin: enter,
      onArrayEnd: leave,
      onError: (code) => faults.push(`another parser found the error ${code}`),
    },
    { disallowComments: true, allowTrailingComma: false },
  );
  return faults;
}

// ------------------------------------------------------------------------------------------------ what it asks for

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

function misspelt(object: Json): string[] {
  return Object.keys(object)
    .filter((key) => JUDGED.has(fold(key)) && fold(key) !== key)
    .map((key) => `${key} may be read as ${fold(key)}`);
}

// --------------------------------------------------------------------------------------------- what it turned into

/** All bytes are those that were sent, but for the alias and the output cap. */
function byteFaults(text: string, body: Json, got: RawRequest, billed: boolean, rules: Rules): string[] {
  const tree = parseTree(text);
  const asked = String(body.model);
  const model = rules.aliases[asked] ?? asked;
  if (!rules.models.test(model)) return [`the model ${asked} is not allowed`];
  const changes: [at: number, length: number, by: string][] = [];
  const change = (key: string, by: string) => {
    const node = tree && findNodeAtLocation(tree, [key]);
    if (node) changes.push([node.offset, node.length, by]);
    return node;
  };
  if (model !== asked) change('model', JSON.stringify(model));
  const cap = body.max_tokens;
  if (cap !== undefined) {
    const node = tree && findNodeAtLocation(tree, ['max_tokens']);
    const spelt = node ? text.slice(node.offset, node.offset + node.length) : '';
    if (!/^\d+$/.test(spelt)) return [`the output cap ${spelt} may be read in several ways`];
    if (billed && Number(cap) > rules.ceiling) change('max_tokens', String(rules.ceiling));
  }
  let expected = text;
  for (const [at, length, by] of changes.toSorted(([a], [b]) => b - a)) {
    expected = expected.slice(0, at) + by + expected.slice(at + length);
  }
  let forwarded = got.body.toString('utf8');
  if (billed && cap === undefined) {
    const added = `"max_tokens":${rules.ceiling},`;
    const at = forwarded.indexOf('{') + 1;
    if (forwarded.slice(at, at + added.length) !== added) return ['it has no output cap'];
    forwarded = forwarded.slice(0, at) + forwarded.slice(at + added.length);
  }
  const same = Buffer.from(forwarded).equals(Buffer.from(expected));
  return same ? [] : [`other bytes arrived: ${forwarded}\n in the place of ${expected}`];
}

function headFaults(sent: MutatedRequest, got: RawRequest, body: Json, rules: Rules): string[] {
  const faults: string[] = [];
  if (!/^POST \/v1\/messages(\/count_tokens)?(\?beta=true)? HTTP\/1\.1$/.test(got.line))
    faults.push(got.line);
  const fixed: Readonly<Record<string, RegExp | string>> = {
    host: rules.host,
    connection: 'keep-alive',
    accept: body.stream === true ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
    'anthropic-version': /^\d{4}-\d\d-\d\d$/,
    'user-agent': 'tollgate',
    'content-type': 'application/json',
    'x-api-key': rules.key,
    'content-length': String(got.body.length),
    'anthropic-beta': /^((interleaved-thinking-2025-05-14|effort-2025-11-24|context-1m-2025-08-07)(,|$))+$/,
  };
  const names = got.headers.map(([name]) => name);
  if (new Set(names).size !== names.length) faults.push(`a header stands there twice: ${names}`);
  for (const [name, value] of got.headers) {
    const wanted = fixed[name];
    const fits = wanted instanceof RegExp ? wanted.test(value) : wanted === value;
    if (!fits) faults.push(`the header ${name}: ${value}`);
  }
  const given = sent.headers
    .filter(([name]) => name === 'anthropic-beta')
    .flatMap(([, value]) => value.split(','));
  const betas = got.headers
    .filter(([name]) => name === 'anthropic-beta')
    .flatMap(([, value]) => value.split(','));
  for (const beta of betas) if (!given.some((one) => one.trim() === beta)) faults.push(`the beta ${beta}`);
  return faults;
}
