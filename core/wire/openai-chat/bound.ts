/** What hosts of OpenAI's chat completions can add to a request's input, tokens. */
import { boundWith } from '../bound.ts';
import { PER_IMAGE } from '../openai/images.ts';

export const inputBound = boundWith({
  perRequest: 512,
  // OpenAI's cookbook, "How to count tokens": 3 or 4.
  perMessage: 16,
  // The same: 11, and 3 for each property.
  perTool: 64,
  // Anthropic's models, behind such an API: up to 700.
  withTools: 1_500,
  // It has no such tools.
  perProviderTool: 0,
  perImage: PER_IMAGE,
  longWindow: 0,
});
