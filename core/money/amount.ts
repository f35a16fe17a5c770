/**
 * Amounts of money. Tollgate counts in nano-USD (1 USD = 1e9): prices of single tokens are whole numbers of it
 * almost everywhere, and every amount up to 9,000,000 USD is a safe integer, so plain `number`s stay exact.
 * Products of tokens and prices do not fit and are taken in BigInt (price.ts).
 */

/** Whole nano-USD. Counters and limits lie in 0 … MAX_NANO_USD; what is left of a limit may be negative. */
export type NanoUsd = number;

const NANO_PER_USD = 1_000_000_000;

/** 9,000,000 USD, the largest amount a limit or a counter may have: the round sum below 2^53 - 1 nano-USD. */
export const MAX_NANO_USD = 9_000_000 * NANO_PER_USD;

const USD = /^(\d{1,16})(?:\.(\d{1,9}))?$/;

/**
 * Reads an amount as a person writes it in a manifest.
 * @param text US dollars: "5", "0.50", 5. No sign, exponent, currency symbol or separators; at most 9 decimals.
 * @returns nano-USD, 0 … MAX_NANO_USD
 * @throws RangeError whose message says what to write instead
 */
export function parseUsd(text: string | number): NanoUsd {
  if (typeof text === 'number' && !Number.isInteger(text)) {
    throw new RangeError(
      `${text} is an inexact number: write the amount in quotes ("${text}"), so that it is read digit by digit.`,
    );
  }
  const match = USD.exec(String(text));
  if (match === null) {
    throw new RangeError(
      `${show(text)} is not an amount in US dollars: write digits with at most 9 decimals, like "5" or "0.50".`,
    );
  }
  const [, whole = '', decimals = ''] = match;
  const nano = BigInt(whole) * BigInt(NANO_PER_USD) + BigInt(decimals.padEnd(9, '0'));
  if (nano > BigInt(MAX_NANO_USD)) {
    throw new RangeError(
      `${show(text)} is more than 9000000 US dollars, the largest amount Tollgate counts.`,
    );
  }
  return Number(nano);
}

/**
 * Writes an amount exactly, with at least 2 decimals and as many as it needs.
 * @param nano nano-USD, a safe integer; may be negative ("-$0.50")
 * @returns "$0.00", "$12.50", "$0.000000001"
 * @throws RangeError if `nano` is not a safe integer
 */
export function formatUsd(nano: NanoUsd): string {
  if (!Number.isSafeInteger(nano)) {
    throw new RangeError(`${nano} is not an amount in whole nano-USD.`);
  }
  const digits = String(Math.abs(nano)).padStart(10, '0');
  const decimals = digits.slice(-9).replace(/0{1,7}$/, '');
  return `${nano < 0 ? '-' : ''}$${digits.slice(0, -9)}.${decimals}`;
}

/**
 * Divides and rounds up, so that a cost is never rounded in the agent's favour.
 * @param a dividend, >= 0
 * @param b divisor, > 0
 * @throws RangeError outside these bounds
 */
export function ceilDiv(a: bigint, b: bigint): bigint {
  if (a < 0n || b <= 0n) {
    throw new RangeError(`ceilDiv takes a >= 0 and b > 0, not ${a} and ${b}.`);
  }
  return (a + b - 1n) / b;
}

/** Quoted and short, as the text may come from anyone's manifest. */
function show(text: string | number): string {
  return typeof text === 'number' ? String(text) : JSON.stringify(text.slice(0, 40));
}
