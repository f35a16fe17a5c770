/**
 * Strict reading of JSON that a policy judges.
 *
 *   bytes ── depth, members and values counted (one scan) ── UTF-8 ── JSON.parse ── key check ──> JsonDocument
 *
 * The provider behind us has its own parser. Whatever two parsers may read differently is refused here, so that what
 * was judged is what is acted on: duplicate keys (also after unescaping, also differing only as ASCII letters may be
 * folded, which Go's encoding/json takes for the same), bytes that are not UTF-8, bytes after the end, and depth
 * without bound.
 */
import { isUtf8 } from 'node:buffer';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** Where a value stands in the bytes it was read from: [start, end). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface JsonDocument {
  readonly bytes: Buffer;
  readonly value: JsonValue;
}

export type JsonFault = 'bad_utf8' | 'bad_json' | 'too_deep' | 'too_many_values' | 'duplicate_key';

export interface JsonProblem {
  readonly fault: JsonFault;
  /** For people, in the middle of a sentence. Never quotes more of the body than one key. */
  readonly detail: string;
}

/** Deeper than any real request (tool schemas reach about 20), far below what exhausts a stack. */
export const MAX_DEPTH = 128;

/**
 * Objects, arrays and what separates their items. A conversation of a million tokens has some tens of thousands; parsing
 * and checking this many takes up to a second, in which nothing else is done.
 */
export const MAX_VALUES = 200_000;

/**
 * Reads one JSON text strictly.
 * @param bytes the whole text; it is kept, not copied, and must not change afterwards
 * @returns the document, or the first fault found
 */
export function readJson(bytes: Buffer, maxDepth = MAX_DEPTH): JsonDocument | JsonProblem {
  if (!isUtf8(bytes)) return { fault: 'bad_utf8', detail: 'the text is not valid UTF-8' };
  const members = countMembers(bytes, maxDepth);
  if (members === TOO_DEEP)
    return { fault: 'too_deep', detail: `the JSON is nested deeper than ${maxDepth} levels` };
  if (members === TOO_MANY)
    return { fault: 'too_many_values', detail: `the JSON has more than ${MAX_VALUES} values` };
  let value: JsonValue;
  try {
    value = JSON.parse(bytes.toString()) as JsonValue;
  } catch {
    // V8's message quotes the text around the fault: it may hold a secret, so it goes no further.
    return { fault: 'bad_json', detail: 'the text is not valid JSON' };
  }
  const keys = { count: 0 };
  const clash = findClash(value, keys);
  if (clash !== undefined) {
    return { fault: 'duplicate_key', detail: `the key ${quoteKey(clash)} stands in one object twice` };
  }
  // JSON.parse keeps the last of several equal keys, so fewer keys than members means that some were equal.
  if (keys.count !== members) {
    return { fault: 'duplicate_key', detail: 'a key stands in one object twice' };
  }
  return { bytes, value };
}

export type JsonObject = { [key: string]: JsonValue };

/** @returns whether it is an object, not an array or null */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns whether the reader refused the text */
export function isProblem(result: JsonDocument | JsonProblem): result is JsonProblem {
  return 'fault' in result;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const TOO_DEEP = -1;
const TOO_MANY = -2;

/**
 * Counts the members of all objects (the colons outside strings).
 * @returns TOO_DEEP when the nesting exceeds maxDepth, TOO_MANY when there are more values than may be parsed. Wrong JSON
 *   may give any count: JSON.parse refuses it afterwards.
 */
function countMembers(bytes: Buffer, maxDepth: number): number {
  let members = 0;
  let values = 0;
  let depth = 0;
  const length = bytes.length;
  for (let i = 0; i < length; i++) {
    switch (bytes[i]) {
      case QUOTE:
        i = endOfString(bytes, i);
        break;
      case 0x3a:
        members++;
        break;
      case 0x2c:
        if (++values > MAX_VALUES) return TOO_MANY;
        break;
      case 0x7b:
      case 0x5b:
        if (++values > MAX_VALUES) return TOO_MANY;
        if (++depth > maxDepth) return TOO_DEEP;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
    }
  }
  return members;
}

/** Bytes looked at in a loop before a native search: most strings are short keys, where the call would cost more. */
const NEAR = 48;

/**
 * @param open index of a string's opening quote
 * @returns index of its closing quote, or bytes.length when there is none
 */
export function endOfString(bytes: Buffer, open: number): number {
  const length = bytes.length;
  for (let i = open + 1; ; ) {
    const near = Math.min(length, i + NEAR);
    while (i < near) {
      const byte = bytes[i];
      if (byte === QUOTE) return i;
      i += byte === BACKSLASH ? 2 : 1;
    }
    const quote = bytes.indexOf(QUOTE, i);
    if (quote < 0) return length;
    let slash = quote;
    while (slash > i && bytes[slash - 1] === BACKSLASH) slash--;
    if (((quote - slash) & 1) === 0) return quote;
    i = quote + 1;
  }
}

/** Folded keys seen before; bounded, because bodies choose their keys. */
let folded = new Map<string, string>();
const FOLDED_MOST = 4096;

/**
 * A key as a parser that is blind to case reads it: ASCII letters in lower case. Two characters beyond ASCII fold to
 * ASCII letters too: the long s and the Kelvin sign.
 */
export function foldKey(key: string): string {
  const known = folded.get(key);
  if (known !== undefined) return known;
  const lower = key.replace(/\u017f/g, 's').replace(/[A-Z\u212a]+/g, (letters) => letters.toLowerCase());
  if (key.length <= 64) {
    if (folded.size >= FOLDED_MOST) folded = new Map();
    folded.set(key, lower);
  }
  return lower;
}

/** Walks the value; adds up keys; returns the first key that equals another of its object after folding. */
function findClash(value: JsonValue, keys: { count: number }): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === 'object') {
        const clash = findClash(item, keys);
        if (clash !== undefined) return clash;
      }
    }
    return undefined;
  }
  const names = Object.keys(value);
  keys.count += names.length;
  if (names.length > 1) {
    const clash = foldedTwin(names);
    if (clash !== undefined) return clash;
  }
  for (const name of names) {
    const item = value[name];
    if (typeof item === 'object') {
      const clash = findClash(item as JsonValue, keys);
      if (clash !== undefined) return clash;
    }
  }
  return undefined;
}

/** Keys that are folded already cannot clash: JSON.parse made them distinct. */
function foldedTwin(names: readonly string[]): string | undefined {
  if (!names.some((name) => foldKey(name) !== name)) return undefined;
  const seen = new Set<string>();
  for (const name of names) {
    const lower = foldKey(name);
    if (seen.has(lower)) return name;
    seen.add(lower);
  }
  return undefined;
}

function quoteKey(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
}
