/**
 * How many tokens a request's input can have at most.
 *
 * Every token of a byte-level tokenizer stands for at least one byte, so the bytes of the body bound the tokens of its
 * text; JSON's own escapes and punctuation only make the bound larger. To that come what the provider adds and images.
 */
import type { InputSize } from '../wire.ts';

/** Role markers and separators of one message. */
const PER_MESSAGE = 16;
/** The frame of one tool definition, beside its own text. */
const PER_TOOL = 64;
/** The system prompt that the provider adds when there are tools: up to 700 tokens by its documentation. */
const WITH_TOOLS = 1_500;
/** Definition of a tool that the provider knows by type (bash, text_editor, computer, …): up to 1,500 documented. */
const PER_PROVIDER_TOOL = 5_000;
/** One image at the published maximum: 4,784 tokens (2,576 pixels a side). */
const PER_IMAGE = 5_000;
/** The window of the beta for long contexts, tokens; price lists have the model's own. */
const LONG_WINDOW = 1_000_000;
/** Whatever stands around a conversation. */
const PER_REQUEST = 256;

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
    size.providerTools * PER_PROVIDER_TOOL +
    size.images * PER_IMAGE;
  if (size.documents === 0) return text;
  if (contextWindow === undefined) return undefined;
  return Math.max(text, contextWindow, size.longContext ? LONG_WINDOW : 0);
}
