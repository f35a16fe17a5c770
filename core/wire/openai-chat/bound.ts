/**
 * How many tokens a request's input can have at most.
 *
 * Every token of a byte-level tokenizer stands for at least one byte, so the bytes of the body bound the tokens of its
 * text; JSON's own escapes and punctuation only make the bound larger. To that come what the provider adds and media.
 */
import { PER_IMAGE } from '../openai/images.ts';
import type { InputSize } from '../wire.ts';

/** Role markers and separators of one message; OpenAI's cookbook, "How to count tokens": 3 or 4. */
const PER_MESSAGE = 16;
/** The frame of one tool definition, beside its own text; the same: 11 and 3 for each property. */
const PER_TOOL = 64;
/** What a host may add when there are tools: Anthropic's models, behind such an API, up to 700 tokens. */
const WITH_TOOLS = 1_500;
/** Whatever stands around a conversation: a hidden prompt with the date and the like. */
const PER_REQUEST = 512;

/**
 * @param contextWindow tokens, if the price list says
 * @returns tokens; undefined when there is no bound: a document whose pages nobody counted, and no known window
 */
export function inputBound(size: InputSize, contextWindow: number | undefined): number | undefined {
  const text =
    PER_REQUEST +
    size.textBytes +
    size.messages * PER_MESSAGE +
    size.tools * PER_TOOL +
    (size.tools > 0 ? WITH_TOOLS : 0) +
    size.audioTokens +
    size.images * PER_IMAGE;
  if (size.documents === 0) return text;
  return contextWindow === undefined ? undefined : Math.max(text, contextWindow);
}
