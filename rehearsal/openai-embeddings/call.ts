/** A request body of embeddings as a call, with its checks. */
import type { ApiError } from '../api-error.ts';
import { readDirectives } from '../directives.ts';
import type { JsonObject } from '../json.ts';
import { textOf } from '../json.ts';
import { checkInteger, checkOuter, firstOf, isGiven, type Problem } from '../openai/check.ts';
import { invalid, missing, wrongType, wrongValue } from '../openai/errors.ts';
import { findModel, type Model } from '../openai/models.ts';
import { tokensOf } from '../tokens.ts';
import type { Modifiers, Turn } from '../turn.ts';

export type Input = string | readonly number[];

/** A request for embeddings, checked and with its shorthands written out. */
export type EmbeddingsCall = {
  readonly modelName: string;
  readonly model: Model;
  readonly inputs: readonly Input[];
  readonly dimensions: number;
  readonly format: 'float' | 'base64';
  /** Input tokens: of text by the rehearsal's estimate, of tokens as many as there are. */
  readonly tokens: number;
};

const known = ['model', 'input', 'dimensions', 'encoding_format', 'user'];

const mostInputs = 2048;

const isTokens = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => Number.isInteger(one) && one >= 0);

function inputProblem(input: unknown, param: string): Problem {
  if (input === '') return invalid(`Invalid '${param}': input cannot be an empty string.`, param);
  return typeof input === 'string' || isTokens(input)
    ? undefined
    : wrongType(param, 'one of a string or array of integers', input);
}

/** Inputs written out; or what is wrong with them. */
function inputsOf(input: unknown): readonly Input[] | ApiError {
  if (!isGiven(input)) return missing('input');
  const list = Array.isArray(input) && !isTokens(input) ? input : [input];
  if (list.length === 0) return invalid("Invalid 'input': empty array.", 'input', 'empty_array');
  if (list.length > mostInputs) {
    return invalid(
      `Invalid 'input': array too long. Expected an array with maximum length ${mostInputs}, but got an array with length ${list.length} instead.`,
      'input',
      'array_above_max_length',
    );
  }
  const single = list.length === 1 && list[0] === input;
  const problem = firstOf(list.entries(), ([index, one]) =>
    inputProblem(one, single ? 'input' : `input[${index}]`),
  );
  return problem ?? list;
}

/** The body of `POST /v1/embeddings` as a call, checked about as the real API does; or the first thing wrong with it. */
export function readCall(body: unknown): EmbeddingsCall | ApiError {
  const outer = checkOuter(body);
  if (outer !== undefined) return outer;
  const request = body as JsonObject;
  const odd = Object.keys(request).find((name) => !known.includes(name));
  if (odd !== undefined) return invalid(`Unknown parameter: '${odd}'.`, odd, 'unknown_parameter');
  const modelName = textOf(request.model);
  const model = findModel(modelName);
  if (model === undefined) {
    return {
      status: 404,
      type: 'invalid_request_error',
      message: `The model \`${modelName}\` does not exist or you do not have access to it.`,
      code: 'model_not_found',
    };
  }
  const { most, shortens } = model.dimensions ?? { most: 0, shortens: false };
  if (most === 0) {
    return {
      status: 403,
      type: 'invalid_request_error',
      message: `You are not allowed to generate embeddings from this model`,
    };
  }
  const { encoding_format: format = 'float', dimensions } = request;
  if (format !== 'float' && format !== 'base64')
    return wrongValue('encoding_format', format, ['float', 'base64']);
  if (isGiven(dimensions) && !shortens) {
    return invalid('This model does not support specifying dimensions.', 'dimensions');
  }
  const wrong = checkInteger(request, 'dimensions', 1, most);
  if (wrong !== undefined) return wrong;
  const inputs = inputsOf(request.input);
  if ('status' in inputs) return inputs;
  const size = (input: Input): number =>
    typeof input === 'string' ? tokensOf(Buffer.byteLength(input)) : input.length;
  return {
    modelName,
    model,
    inputs,
    dimensions: typeof dimensions === 'number' ? dimensions : most,
    format,
    tokens: inputs.reduce((sum, input) => sum + size(input), 0),
  };
}

/** What lines in the inputs ask for: a fault, or a bill. There are no words to be said. */
export function turnOf({ inputs }: EmbeddingsCall): { readonly turn: Turn; readonly modifiers: Modifiers } {
  const texts = inputs.filter((input) => typeof input === 'string');
  const { turns, modifiers } = readDirectives(texts, false);
  return { turn: turns.find(({ fault }) => fault !== undefined) ?? { blocks: [] }, modifiers };
}
