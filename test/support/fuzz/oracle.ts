/**
 * What may have reached a provider, said without any code of Tollgate: which body was sent, whether it can be read in one
 * way only, whether it holds nothing but what the API's reference calls plain, and which bytes it may have turned into.
 * What is different from wire to wire is in its dialect.
 */
import * as zlib from 'node:zlib';
import { findNodeAtLocation, type Node, parseTree, visit } from 'jsonc-parser';
import type { RawRequest } from '../raw-http.ts';
import type { MutatedRequest } from './mutated-requests.ts';

/** What the policy of the test changes and allows. */
export interface Rules {
  readonly aliases: Readonly<Record<string, string>>;
  readonly models: RegExp;
  readonly ceiling: number;
  /** Host and port of the provider, and its key. */
  readonly host: string;
  readonly key: string;
}

export type Json = { readonly [key: string]: unknown };

/** The body as its sender wrote it, readable in one way. */
export interface Sent {
  readonly text: string;
  readonly body: Json;
  /** Where everything stands in the text. */
  readonly tree: Node;
}

/** What the oracle has to know about one wire. */
export interface Dialect {
  /** Request lines that a provider may get. */
  readonly line: RegExp;
  /** Of its requests, which are billed. */
  isBilled(line: string): boolean;
  /** @returns the header that carries the key, and others of this wire that may be there */
  headers(rules: Rules): Readonly<Record<string, RegExp | string>>;
  /** @returns what it asks for and must not */
  fieldFaults(body: Json): string[];
  /** @returns how its body is changed, or what is wrong with it */
  changes(sent: Sent, billed: boolean, rules: Rules): Changes | string;
  /** @returns nano-USD; what the provider may bill at most for the body that it got, which is to be reserved */
  most(sent: Sent, got: RawRequest): number;
  /** @returns what is wrong with the headers that only this wire has */
  betaFaults?(request: MutatedRequest, got: RawRequest): string[];
}

export interface Changes {
  readonly replaced: readonly Replaced[];
  /** New members of the body, as JSON, in any order behind its first brace. */
  readonly added: readonly string[];
}

export interface Replaced {
  /** Characters of the text. */
  readonly at: number;
  readonly length: number;
  readonly by: string;
}

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fold = (key: string): string => key.toUpperCase().toLowerCase();

/** @returns keys that a reader who is blind to case would take for others */
export function misspelt(object: Json, judged: ReadonlySet<string>): string[] {
  return Object.keys(object)
    .filter((key) => judged.has(fold(key)) && fold(key) !== key)
    .map((key) => `${key} may be read as ${fold(key)}`);
}

/** @returns everything that is wrong with what reached the provider, and what must be reserved for it, nano-USD */
export function judgeForwarded(
  dialect: Dialect,
  request: MutatedRequest,
  got: RawRequest,
  rules: Rules,
): { faults: string[]; most: number } {
  const bytes = request.plain ?? decoded(unframed(request), request);
  const sent = typeof bytes === 'string' ? bytes : readSent(bytes);
  if (typeof sent === 'string') return { faults: [sent], most: 0 };
  const billed = dialect.isBilled(got.line);
  const faults = [
    ...ambiguities(sent.text),
    ...dialect.fieldFaults(sent.body),
    ...headFaults(dialect, got, sent.body, rules),
    ...(dialect.betaFaults?.(request, got) ?? []),
    ...byteFaults(sent, got, dialect.changes(sent, billed, rules)),
  ];
  if (faults.length > 0 || !billed) return { faults, most: 0 };
  return { faults, most: dialect.most(sent, got) };
}

function readSent(bytes: Buffer): Sent | string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const body: unknown = JSON.parse(text);
    const tree = parseTree(text);
    return isJson(body) && tree ? { text, body, tree } : 'it is no object';
  } catch (error) {
    return `it is not readable: ${error}`;
  }
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

// --------------------------------------------------------------------------------------------- what it turned into

/** @returns the member's value as it is written; undefined where there is none */
export function spelt({ text, tree }: Sent, ...path: string[]): string | undefined {
  const node = findNodeAtLocation(tree, path);
  return node && text.slice(node.offset, node.offset + node.length);
}

/** @returns what puts another value in the place of a member's; nothing where there is none */
export function replace({ tree }: Sent, path: string[], by: string): Replaced[] {
  const node = findNodeAtLocation(tree, path);
  return node ? [{ at: node.offset, length: node.length, by }] : [];
}

/** @returns the model's name as the provider has to get it, and the change; or that it may not be asked */
export function modelChange(sent: Sent, rules: Rules): { model: string; replaced: Replaced[] } | string {
  const asked = String(sent.body.model);
  const model = rules.aliases[asked] ?? asked;
  if (!rules.models.test(model)) return `the model ${asked} is not allowed`;
  return { model, replaced: model === asked ? [] : replace(sent, ['model'], JSON.stringify(model)) };
}

/** All bytes are those that were sent, but for what the dialect says. */
function byteFaults({ text }: Sent, got: RawRequest, changes: Changes | string): string[] {
  if (typeof changes === 'string') return [changes];
  let expected = text;
  for (const { at, length, by } of changes.replaced.toSorted((a, b) => b.at - a.at)) {
    expected = expected.slice(0, at) + by + expected.slice(at + length);
  }
  const brace = expected.indexOf('{') + 1;
  const whole = (added: readonly string[]) =>
    Buffer.from(
      expected.slice(0, brace) + added.map((member) => `${member},`).join('') + expected.slice(brace),
    );
  if (ordersOf(changes.added).some((added) => whole(added).equals(got.body))) return [];
  return [`other bytes arrived: ${got.body}\n in the place of ${whole(changes.added)}`];
}

function ordersOf(members: readonly string[]): readonly (readonly string[])[] {
  if (members.length < 2) return [members];
  return members.flatMap((first) =>
    ordersOf(members.filter((one) => one !== first)).map((rest) => [first, ...rest]),
  );
}

function headFaults(dialect: Dialect, got: RawRequest, body: Json, rules: Rules): string[] {
  const faults: string[] = dialect.line.test(got.line) ? [] : [got.line];
  const fixed: Readonly<Record<string, RegExp | string>> = {
    host: rules.host,
    connection: 'keep-alive',
    accept: body.stream === true ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'tollgate',
    'content-type': 'application/json',
    'content-length': String(got.body.length),
    ...dialect.headers(rules),
  };
  const names = got.headers.map(([name]) => name);
  if (new Set(names).size !== names.length) faults.push(`a header stands there twice: ${names}`);
  for (const [name, value] of got.headers) {
    const wanted = fixed[name];
    const fits = wanted instanceof RegExp ? wanted.test(value) : wanted === value;
    if (!fits) faults.push(`the header ${name}: ${value}`);
  }
  return faults;
}
