/** Values that requests on all wires have. */
import type { JsonDocument, JsonValue } from '../json/read.ts';
import { type JsonPath, locate } from '../json/splice.ts';
import type { InputSize } from './wire.ts';

/** Names as providers write them; anything else could be taken for something else on its way. */
export const MODEL_NAME: RegExp = /^[A-Za-z0-9][A-Za-z0-9._:/@[\]-]{0,127}$/;

/**
 * A judged number must read the same in every parser: digits only, and small enough to be exact.
 * @returns the number; undefined where there is none
 */
export function wholeNumber(
  document: JsonDocument,
  path: JsonPath,
  value: JsonValue | undefined,
): number | undefined | 'bad' {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return 'bad';
  const span = locate(document.bytes, path);
  const text = span && document.bytes.toString('latin1', span.start, span.end);
  return text !== undefined && /^\d+$/.test(text) ? value : 'bad';
}

/** The size of a request that gives a model nothing to read. */
export const NO_INPUT: InputSize = {
  textBytes: 0,
  messages: 0,
  tools: 0,
  providerTools: 0,
  images: 0,
  audioTokens: 0,
  documents: 0,
  longContext: false,
};
