/** What Anthropic's API can add to a request's input, tokens. Source: Anthropic's documentation, where it says so. */
import { boundWith } from '../bound.ts';

export const inputBound = boundWith({
  perRequest: 256,
  perMessage: 16,
  perTool: 64,
  // "Tool use", Pricing: the system prompt that comes with tools has up to 700 tokens.
  withTools: 1_500,
  // The same: definitions of bash, text_editor, computer, … have up to 1,500.
  perProviderTool: 5_000,
  // "Vision": 4,784 at the most (2,576 pixels a side).
  perImage: 5_000,
  // The beta for long contexts.
  longWindow: 1_000_000,
});
