/**
 * How many tokens a request's input can have at most.
 *
 * Every token of a byte-level tokenizer stands for at least one byte, so the bytes of the body bound the tokens of its
 * text; encrypted reasoning is longer in base64 than what it stands for. To that come what the provider adds, and media.
 */
import { PER_IMAGE } from '../openai/images.ts';
import type { InputSize } from '../wire.ts';

/** Role markers and separators of one item. */
const PER_ITEM = 16;
/** The frame of one tool definition, beside its own text. */
const PER_TOOL = 64;
/** What the provider says to the model about tools as such. */
const WITH_TOOLS = 1_500;
/** Definition of a tool that the provider knows by type (shell, apply_patch, computer, …); it is not published. */
const PER_PROVIDER_TOOL = 5_000;
/** Whatever stands around a conversation. */
const PER_REQUEST = 256;

/**
 * @param contextWindow tokens, if the price list says
 * @returns tokens; undefined when there is no bound: a document whose pages nobody counted, and no known window
 */
export function inputBound(size: InputSize, contextWindow: number | undefined): number | undefined {
  const counted =
    PER_REQUEST +
    size.textBytes +
    size.messages * PER_ITEM +
    size.tools * PER_TOOL +
    (size.tools > 0 ? WITH_TOOLS : 0) +
    size.providerTools * PER_PROVIDER_TOOL +
    size.images * PER_IMAGE +
    size.audioTokens;
  if (size.documents === 0) return counted;
  return contextWindow === undefined ? undefined : Math.max(counted, contextWindow);
}
