/** What may reach a provider of OpenAI's embeddings. Source: its API reference, "Create embeddings". */
import { type Dialect, isJson, misspelt, modelChange, type Sent } from './oracle.ts';
import { dearest, openAiHeaders, words } from './oracle-openai.ts';

const TOP = words('model input encoding_format dimensions user');

const isTokens = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && Number(one) >= 0);

/** Each input: text, or what is written of its tokens. */
function inputsOf(input: unknown): readonly unknown[] | undefined {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input)) return undefined;
  if (input.length > 0 && isTokens(input)) return [input];
  return input.every((one) => typeof one === 'string') || input.every(isTokens) ? input : undefined;
}

/** What models that normalize make of a text may be longer than what was sent. */
function tokensOf({ text, body }: Sent): number {
  const inputs = inputsOf(body.input) ?? [];
  let tokens = 256 + Buffer.byteLength(text) + 64 * inputs.length;
  for (const one of inputs) {
    if (typeof one !== 'string') continue;
    tokens += Math.max(0, Buffer.byteLength(one.normalize('NFKC')) - Buffer.byteLength(one));
  }
  return tokens;
}

export const EMBEDDINGS: Dialect = {
  line: /^POST \/v1\/embeddings HTTP\/1\.1$/,
  isBilled: () => true,
  headers: openAiHeaders,
  fieldFaults: (body) => [
    ...misspelt(body, TOP),
    ...Object.keys(body)
      .filter((name) => !TOP.has(name))
      .map((name) => `it has the field ${name}`),
    ...(inputsOf(body.input) === undefined || !isJson(body) ? ['its input is neither texts nor tokens'] : []),
  ],
  changes: (sent, _billed, rules) => {
    const named = modelChange(sent, rules);
    return typeof named === 'string' ? named : { replaced: named.replaced, added: [] };
  },
  most: (sent, { body }) => {
    const { model } = JSON.parse(body.toString()) as { model: string };
    return dearest(model, tokensOf(sent), 0);
  },
};
