/**
 * What hosts of OpenAI's embeddings can add to an input, tokens; a message is one of the inputs, and there is nothing but
 * text and tokens. Tokens: each has at least one digit and a comma, and a host that makes text of them and tokens again is
 * bounded by their digits better than by their number.
 */
import { boundWith } from '../bound.ts';

export const inputBound = boundWith({
  perRequest: 256,
  // Marks of its beginning and end, "query: ", an instruction.
  perMessage: 64,
  perTool: 0,
  withTools: 0,
  perProviderTool: 0,
  perImage: 0,
  longWindow: 0,
});
