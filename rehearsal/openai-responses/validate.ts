/** Checks of a request for a response but for its input, which validate-items.ts checks. */
import type { ApiError } from '../api-error.ts';
import { isObject, type JsonObject, textOf } from '../json.ts';
import {
  checkBooleans,
  checkInteger,
  checkName,
  checkOuter,
  checkStreamOptions,
  checkToolUse,
  checkWords,
  firstOf,
  isGiven,
  type Problem,
} from '../openai/check.ts';
import { invalid, missing, notHere, wrongType, wrongValue } from '../openai/errors.ts';
import { findModel, type Model } from '../openai/models.ts';
import { toolsIn } from './call.ts';

/** `client_metadata` is in no reference; the vendor's own command-line agent sends it. */
const known = new Set(
  `access_programs background client_metadata context_management conversation image include input instructions max_output_tokens
   max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key
   prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options
   temperature text tool_choice tools top_logprobs top_p truncation user`.split(/\s+/),
);

const unsupported: { readonly [name: string]: string } = {
  conversation: 'there are no conversations, send previous_response_id',
  prompt: 'there are no stored prompts',
};

/** The least cap there is, tokens. */
const leastCap = 16;

function toolProblem(tool: unknown, index: number): Problem {
  const at = `tools[${index}]`;
  if (!isObject(tool)) return wrongType(at, 'an object', tool);
  if (typeof tool.type !== 'string') return missing(`${at}.type`);
  const named = ['function', 'custom', 'namespace'].includes(tool.type);
  return named ? checkName(tool.name, `${at}.name`) : undefined;
}

function toolsProblem(body: JsonObject): Problem {
  const tools = body.tools ?? [];
  if (!Array.isArray(tools)) return wrongType('tools', 'an array of objects', tools);
  const problem = firstOf(tools.entries(), ([index, tool]) => toolProblem(tool, index));
  if (problem !== undefined) return problem;
  const { tool_choice: choice } = body;
  if (typeof choice === 'string') {
    if (['none', 'auto', 'required'].includes(choice)) return undefined;
    return wrongValue('tool_choice', choice, ['none', 'auto', 'required']);
  }
  const names = tools.flatMap(toolsIn).map(({ name }) => name);
  const byName = isObject(choice) && (choice.type === 'function' || choice.type === 'custom');
  return byName ? checkToolUse(body, names, textOf(choice.name)) : undefined;
}

function fieldsProblem(body: JsonObject): Problem {
  const odd = Object.keys(body).find((name) => !known.has(name));
  if (odd !== undefined) return invalid(`Unknown parameter: '${odd}'.`, odd, 'unknown_parameter');
  const off = Object.keys(unsupported).find((name) => isGiven(body[name]));
  if (off !== undefined) return notHere(off, unsupported[off] ?? '');
  if (body.background === true) return notHere('background', 'nothing runs in the background');
  const { input, instructions } = body;
  if (isGiven(instructions) && typeof instructions !== 'string') {
    return wrongType('instructions', 'a string', instructions);
  }
  if (!isGiven(input) && !isGiven(body.previous_response_id)) return missing('input');
  if (isGiven(input) && typeof input !== 'string' && !Array.isArray(input)) {
    return wrongType('input', 'one of a string or array of input items', input);
  }
  return (
    checkBooleans(body, ['stream', 'store', 'background', 'parallel_tool_calls']) ?? checkStreamOptions(body)
  );
}

/**
 * Checks the body of `POST /v1/responses` about as the real API does.
 * @returns the model that is asked, or the first thing wrong with it
 */
export function modelAsked(body: unknown): Model | ApiError {
  const outer = checkOuter(body);
  if (outer !== undefined) return outer;
  const request = body as JsonObject;
  const fields = fieldsProblem(request);
  if (fields !== undefined) return fields;
  const name = textOf(request.model);
  const model = findModel(name);
  if (model === undefined) {
    return invalid(`The requested model '${name}' does not exist.`, 'model', 'model_not_found');
  }
  return (
    checkWords(model, 'responses') ??
    checkInteger(request, 'max_output_tokens', leastCap, model.maxOutput) ??
    toolsProblem(request) ??
    model
  );
}
