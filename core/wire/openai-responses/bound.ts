/** What OpenAI's Responses API can add to a request's input, tokens; a message is any item of the input. */
import { boundWith } from '../bound.ts';
import { PER_IMAGE } from '../openai/images.ts';

export const inputBound = boundWith({
  perRequest: 256,
  // As with chat completions.
  perMessage: 16,
  perTool: 64,
  withTools: 1_500,
  // Definitions of shell, apply_patch, computer, …: they are not published; Anthropic's have up to 1,500.
  perProviderTool: 5_000,
  perImage: PER_IMAGE,
  longWindow: 0,
});
