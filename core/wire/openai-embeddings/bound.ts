/**
 * How many tokens a request's input can have at most.
 *
 * Text: a token stands for at least one byte of what is cut into tokens. Tokens: each has at least one digit and a comma,
 * and a host that makes text of them and tokens again is bounded by their digits better than by their number.
 */
import type { InputSize } from '../wire.ts';

/** What a host's model puts around one input: marks of its beginning and end, "query: ", an instruction. */
const PER_INPUT = 64;
const PER_REQUEST = 256;

/** @returns tokens; always bounded: there is nothing but text and tokens */
export function inputBound({ textBytes, messages }: InputSize): number {
  return PER_REQUEST + textBytes + messages * PER_INPUT;
}
