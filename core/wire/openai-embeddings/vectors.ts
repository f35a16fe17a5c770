/**
 * Replies with millions of numbers. What is read strictly has a most number of values, which 200 vectors of 1,024 numbers
 * exceed; so lists of numbers, in which nothing can hide, are read by themselves, and stand in the rest as `[0]`.
 *
 *   {"data":[{"embedding":[0.1,-2e-3],"index":0}]}  ──>  {"data":[{"embedding":[0],"index":0}]}
 */
import { endOfString } from '../../json/read.ts';

const QUOTE = 0x22;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** What a list of numbers is written with: digits, signs, points, exponents, commas and blanks. */
const NUMERIC = new Set(Buffer.from('0123456789+-.eE,\t\n\r '));
const IS_NUMERIC = Uint8Array.from({ length: 256 }, (_, byte) => (NUMERIC.has(byte) ? 1 : 0));

const STANDS_FOR_NUMBERS = Buffer.from('[0]');

/** @returns the JSON text with `[0]` for each list of numbers; undefined when one of them is no JSON */
export function withoutNumbers(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let kept = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === QUOTE) i = endOfString(bytes, i);
    if (bytes[i] !== OPEN) continue;
    const close = endOfNumbers(bytes, i);
    if (close < 0) continue;
    const count = countNumbers(bytes.toString('latin1', i, close + 1));
    if (count === undefined) return undefined;
    if (count === 0) continue;
    parts.push(bytes.subarray(kept, i), STANDS_FOR_NUMBERS);
    kept = close + 1;
    i = close;
  }
  return parts.length === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(kept)]);
}

/** @returns where the list ends that opens here; -1 when it has other things in it than numbers */
function endOfNumbers(bytes: Buffer, open: number): number {
  let i = open + 1;
  while (IS_NUMERIC[bytes[i] ?? 0] === 1) i++;
  return bytes[i] === CLOSE ? i : -1;
}

/** @returns how many there are; undefined when it is no JSON */
function countNumbers(list: string): number | undefined {
  try {
    return (JSON.parse(list) as number[]).length;
  } catch {
    return undefined;
  }
}
