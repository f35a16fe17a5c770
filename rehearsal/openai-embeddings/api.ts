/** Embeddings. Source: OpenAI API reference, "Create embeddings". */
import type { Form } from '../faults.ts';
import { commonForm, errorJson } from '../openai/errors.ts';
import { newId } from '../openai/ids.ts';
import { type Answer, type Asked, type ServerState, serveTurn } from '../serve.ts';
import type { GivenUsage } from '../turn.ts';
import { type EmbeddingsCall, turnOf } from './call.ts';
import { encodeVector, vectorOf } from './vectors.ts';

const form: Form = {
  ...commonForm,
  hasFailed: false,
  brokenOff: (error) => ({ data: errorJson(error) }),
  withoutUsage: ({ usage: _usage, ...body }) => body,
  outputField: 'total_tokens',
  deltaKey: 'embedding',
  wrongUsage: '{"prompt_tokens":1,"total_tokens":1}',
};

function listJson({ modelName, inputs, dimensions, format }: EmbeddingsCall, tokens: number): string {
  const data = inputs.map((input, index) => ({
    object: 'embedding',
    index,
    embedding: encodeVector(vectorOf(modelName, input, dimensions), format),
  }));
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return JSON.stringify({ object: 'list', data, model: modelName, usage });
}

const inputOf = (given: GivenUsage): number =>
  given.input + given.cacheRead + given.cacheWrite5m + given.cacheWrite1h;

/** Answers one `POST /v1/embeddings`. */
export async function serveEmbeddings(state: ServerState, call: EmbeddingsCall, asked: Asked): Promise<void> {
  const said = turnOf(call);
  const given = said.modifiers.usage;
  const inputTokens = given === undefined ? call.tokens : inputOf(given);
  const write = (): Answer => {
    const json = listJson(call, inputTokens);
    return {
      json,
      events: () => [{ data: json, made: 0, part: 'final' }],
      outputTokens: 0,
      charge: (_tokens, ended) =>
        state.bill.charge({
          id: newId('req'),
          model: call.modelName,
          ...{
            inputTokens,
            outputTokens: 0,
            cacheReadTokens: 0,
            cacheWrite5mTokens: 0,
            cacheWrite1hTokens: 0,
          },
          ...{ stream: false, ended, priceList: call.model.id, place: 'global' },
        }),
    };
  };
  await serveTurn(state, form, asked, said, write);
}
