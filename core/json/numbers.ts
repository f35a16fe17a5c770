/**
 * Numbers that programs read differently. JSON sets no limits to them: most parsers of JavaScript make doubles of all,
 * those of Python keep whole numbers as they stand, others keep decimals. What is judged as a double is then not what the
 * program acts on.
 */
import { endOfString } from './read.ts';

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;

/** @param json bytes that readJson() accepted */
export function hasInexactNumber(json: Buffer): boolean {
  for (let i = 0; i < json.length; i++) {
    const byte = json[i] as number;
    if (byte === QUOTE) {
      i = endOfString(json, i);
    } else if (byte === MINUS || isDigit(byte)) {
      let end = i + 1;
      while (end < json.length && isOfNumber(json[end] as number)) end++;
      if (!isExact(json.toString('latin1', i, end))) return true;
      i = end - 1;
    }
  }
  return false;
}

/** Whether a double is just this number: a safe integer, or a decimal that is written back as the same. */
function isExact(text: string): boolean {
  const value = Number(text);
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value);
  // Too large for a double is Infinity here, which has no digits.
  return decimalOf(text) === decimalOf(String(value));
}

/** @returns digits without zeros around them, and the power of ten behind them: one form for each number */
function decimalOf(text: string): string {
  const [, whole = '', part = '', power = '0'] = /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = `${whole}${part}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? '0' : `${kept}e${Number(power) - part.length + digits.length - kept.length}`;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isOfNumber(byte: number): boolean {
  return isDigit(byte) || byte === POINT || byte === PLUS || byte === MINUS || (byte | 0x20) === 0x65;
}
