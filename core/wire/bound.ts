/**
 * How many tokens a request's input can have at most: one sum, with constants of each wire.
 *
 * Every token of a byte-level tokenizer stands for at least one byte, so the bytes of the body bound the tokens of its
 * text; JSON's own escapes and punctuation only make the bound larger, and what is sealed is longer in base64 than what it
 * stands for. To that come what the provider adds, and media.
 */
import type { InputSize, Wire } from './wire.ts';

/** Tokens, each an upper bound; the wire's file says where they are from. */
export interface InputConstants {
  /** Whatever stands around a conversation: a hidden prompt with the date and the like. */
  readonly perRequest: number;
  /** Role markers and separators of one message. */
  readonly perMessage: number;
  /** The frame of one tool definition, beside its own text. */
  readonly perTool: number;
  /** What the provider says to the model about tools as such. */
  readonly withTools: number;
  /** Definition of a tool that the provider knows by type. */
  readonly perProviderTool: number;
  /** One image of a model that has no number of its own. */
  readonly perImage: number;
  /** A window that a request can ask for though the model's own, in price lists, is smaller; 0 for none. */
  readonly longWindow: number;
}

/**
 * Models whose images count as more tokens. Source: OpenAI, "Images and vision", Calculating costs: gpt-4o-mini counts 2,833
 * and 5,667 a tile, of which there are at most eight: 48,169. Hosts add to its name in front and behind.
 */
const DEARER_IMAGES: readonly (readonly [name: string, tokens: number])[] = [['4o-mini', 60_000]];

/** @returns the wire's inputBound() */
export function boundWith(constants: InputConstants): Wire['inputBound'] {
  const { perRequest, perMessage, perTool, withTools, perProviderTool, perImage, longWindow } = constants;
  return (size: InputSize, model, contextWindow) => {
    const counted =
      perRequest +
      size.textBytes +
      size.messages * perMessage +
      size.tools * perTool +
      (size.tools > 0 ? withTools : 0) +
      size.providerTools * perProviderTool +
      size.images * imageTokens(model, perImage) +
      size.audioTokens;
    if (size.documents === 0) return counted;
    if (contextWindow === undefined) return undefined;
    return Math.max(counted, contextWindow, size.longContext ? longWindow : 0);
  };
}

function imageTokens(model: string | undefined, usual: number): number {
  const name = model?.toLowerCase() ?? '';
  return DEARER_IMAGES.find(([part]) => name.includes(part))?.[1] ?? usual;
}
