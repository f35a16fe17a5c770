/**
 * Changing one value inside JSON bytes and leaving every other byte as it came.
 *
 * Provider prompt caches and signatures depend on bytes, so a changed body is never stringified anew: the value is
 * located in the raw bytes and only its span is replaced.
 */
import type { Span } from './read.ts';
import { endOfString } from './read.ts';

export type JsonPath = readonly (string | number)[];

export interface Change {
  readonly span: Span;
  readonly bytes: Buffer;
}

/**
 * Finds a value in bytes that readJson() accepted.
 * @returns its span, or undefined when the path leads nowhere
 */
export function locate(bytes: Buffer, path: JsonPath): Span | undefined {
  let start = skipSpace(bytes, 0);
  for (const step of path) {
    const next = typeof step === 'number' ? itemStart(bytes, start, step) : memberStart(bytes, start, step);
    if (next === undefined) return undefined;
    start = next;
  }
  return { start, end: endOfValue(bytes, start) };
}

/** @returns the spans of an array's items, in order; empty when the value at `array` is not an array */
export function itemSpans(bytes: Buffer, array: Span): Span[] {
  const spans: Span[] = [];
  if (bytes[array.start] !== OPEN_ARRAY) return spans;
  let i = skipSpace(bytes, array.start + 1);
  while (i < array.end && bytes[i] !== CLOSE_ARRAY) {
    const end = endOfValue(bytes, i);
    spans.push({ start: i, end });
    i = skipSpace(bytes, end);
    if (bytes[i] === COMMA) i = skipSpace(bytes, i + 1);
  }
  return spans;
}

/**
 * Replaces spans.
 * @param changes spans that do not overlap, in any order
 */
export function splice(bytes: Buffer, changes: readonly Change[]): Buffer {
  const sorted = [...changes].sort((a, b) => a.span.start - b.span.start);
  const parts: Buffer[] = [];
  let at = 0;
  for (const { span, bytes: replacement } of sorted) {
    if (span.start < at) throw new RangeError('splice: spans overlap');
    parts.push(bytes.subarray(at, span.start), replacement);
    at = span.end;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}

/** @returns the change that puts `value` in place of what stands at `path`; undefined when nothing stands there */
export function replaceAt(bytes: Buffer, path: JsonPath, value: unknown): Change | undefined {
  const span = locate(bytes, path);
  return span && { span, bytes: Buffer.from(JSON.stringify(value)) };
}

/** @returns the change that adds a member as the first one of the object at `object` */
export function insertMember(bytes: Buffer, object: Span, key: string, value: unknown): Change {
  const at = object.start + 1;
  const empty = bytes[skipSpace(bytes, at)] === CLOSE_OBJECT;
  const text = `${JSON.stringify(key)}:${JSON.stringify(value)}${empty ? '' : ','}`;
  return { span: { start: at, end: at }, bytes: Buffer.from(text) };
}

const COMMA = 0x2c;
const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function skipSpace(bytes: Buffer, from: number): number {
  let i = from;
  for (;;) {
    const byte = bytes[i];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return i;
    i++;
  }
}

/** @param start index of a value's first byte */
function endOfValue(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return endOfString(bytes, start) + 1;
  let i = start;
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
    // Number, true, false or null: it ends where JSON's punctuation or space begins.
    while (i < bytes.length && !endsScalar(bytes[i] as number)) i++;
    return i;
  }
  for (let depth = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) i = endOfString(bytes, i);
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) return i + 1;
  }
  return bytes.length;
}

function endsScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || byte <= 0x20;
}

function itemStart(bytes: Buffer, array: number, index: number): number | undefined {
  if (bytes[array] !== OPEN_ARRAY) return undefined;
  let i = skipSpace(bytes, array + 1);
  for (let n = 0; bytes[i] !== CLOSE_ARRAY && i < bytes.length; n++) {
    if (n === index) return i;
    i = skipSpace(bytes, endOfValue(bytes, i));
    if (bytes[i] === COMMA) i = skipSpace(bytes, i + 1);
  }
  return undefined;
}

function memberStart(bytes: Buffer, object: number, key: string): number | undefined {
  if (bytes[object] !== OPEN_OBJECT) return undefined;
  let i = skipSpace(bytes, object + 1);
  while (bytes[i] === QUOTE) {
    const keyEnd = endOfString(bytes, i) + 1;
    const value = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    // Parsed, not compared as bytes: "model" may be written with escapes.
    if (JSON.parse(bytes.toString('utf8', i, keyEnd)) === key) return value;
    i = skipSpace(bytes, endOfValue(bytes, value));
    if (bytes[i] === COMMA) i = skipSpace(bytes, i + 1);
  }
  return undefined;
}
