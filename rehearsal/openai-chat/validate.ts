/** Checks of a request for a chat completion. */
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
import { emptyArray, invalid, missing, notHere, wrongType, wrongValue } from '../openai/errors.ts';
import { findModel, type Model } from '../openai/models.ts';

const known = new Set(
  `model messages audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens
   metadata modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key
   prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop
   store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options`.split(
    /\s+/,
  ),
);

const unsupported: { readonly [name: string]: string } = {
  functions: 'it is deprecated, use tools',
  function_call: 'it is deprecated, use tool_choice',
  web_search_options: 'nothing is searched',
  audio: 'nothing is spoken',
};

const parts: { readonly [role: string]: readonly string[] } = {
  system: ['text'],
  developer: ['text'],
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
  tool: ['text'],
};

function messageProblem(message: unknown, index: number): Problem {
  const at = `messages[${index}]`;
  if (!isObject(message)) return wrongType(at, 'an object', message);
  if (message.role === undefined) return missing(`${at}.role`);
  const roles = Object.keys(parts);
  if (!roles.includes(textOf(message.role))) return wrongValue(`${at}.role`, message.role, roles);
  if (message.role === 'tool' && typeof message.tool_call_id !== 'string')
    return missing(`${at}.tool_call_id`);
  const { content } = message;
  if (!isGiven(content)) {
    const calls = Array.isArray(message.tool_calls) && message.tool_calls.length > 0;
    if (message.role === 'assistant' && (calls || isGiven(message.refusal))) return undefined;
    return invalid(
      `Invalid value for 'content': expected a string, got null.`,
      `messages.[${index}].content`,
    );
  }
  if (typeof content === 'string') return undefined;
  if (!Array.isArray(content)) {
    return wrongType(`${at}.content`, 'one of a string or array of objects', content);
  }
  return firstOf(content.entries(), ([part, { type }]) => {
    const types = parts[textOf(message.role)] ?? [];
    return types.includes(type) ? undefined : wrongValue(`${at}.content[${part}].type`, type, types);
  });
}

function callIds(message: JsonObject): string[] {
  const calls: JsonObject[] = Array.isArray(message.tool_calls) ? message.tool_calls : [];
  return calls.map(({ id }) => textOf(id));
}

/** Every call has its result before anybody else speaks, and no result stands without its call. */
function pairingProblem(messages: readonly JsonObject[]): Problem {
  let open: string[] = [];
  for (const [index, message] of [...messages, { role: 'end' } as JsonObject].entries()) {
    if (message.role === 'tool') {
      const id = textOf(message.tool_call_id);
      if (!open.includes(id)) {
        return invalid(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${index}].role`,
        );
      }
      open = open.filter((one) => one !== id);
      continue;
    }
    if (open.length > 0) {
      return invalid(
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(', ')}`,
        `messages.[${index}].role`,
      );
    }
    open = callIds(message);
  }
  return undefined;
}

function toolProblem(tool: unknown, index: number): Problem {
  const at = `tools[${index}]`;
  if (!isObject(tool)) return wrongType(at, 'an object', tool);
  if (tool.type !== 'function' && tool.type !== 'custom') {
    return tool.type === undefined
      ? missing(`${at}.type`)
      : wrongValue(`${at}.type`, tool.type, ['function', 'custom']);
  }
  const definition = tool[tool.type];
  if (!isObject(definition)) return missing(`${at}.${tool.type}`);
  return checkName(definition.name, `${at}.${tool.type}.name`);
}

function toolsProblem(body: JsonObject): Problem {
  const tools = body.tools ?? [];
  if (!Array.isArray(tools)) return wrongType('tools', 'an array of objects', tools);
  const problem = firstOf(tools.entries(), ([index, tool]) => toolProblem(tool, index));
  if (problem !== undefined) return problem;
  const { tool_choice: choice } = body;
  if (typeof choice === 'string' && !['none', 'auto', 'required'].includes(choice)) {
    return wrongValue('tool_choice', choice, ['none', 'auto', 'required']);
  }
  const names = tools.map((tool) => textOf(tool[tool.type]?.name));
  const named = isObject(choice) ? (choice.function ?? choice.custom) : undefined;
  return checkToolUse(body, names, isObject(named) ? textOf(named.name) : undefined);
}

function capProblem(body: JsonObject, model: Model): Problem {
  if (isGiven(body.max_tokens) && isGiven(body.max_completion_tokens)) {
    return invalid(
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      'max_tokens',
      'invalid_parameter_combination',
    );
  }
  if (model.reasons && isGiven(body.max_tokens)) {
    return invalid(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'max_tokens',
      'unsupported_parameter',
    );
  }
  return firstOf(['max_tokens', 'max_completion_tokens'], (name) => {
    const cap = body[name];
    if (typeof cap === 'number' && Number.isInteger(cap) && cap > model.maxOutput) {
      return invalid(
        `${name} is too large: ${cap}. This model supports at most ${model.maxOutput} completion tokens, whereas you provided ${cap}.`,
        name,
        'invalid_value',
      );
    }
    return checkInteger(body, name, 1, model.maxOutput);
  });
}

function fieldsProblem(body: JsonObject): Problem {
  const odd = Object.keys(body).find((name) => !known.has(name));
  if (odd !== undefined) return invalid(`Unrecognized request argument supplied: ${odd}`);
  const off = Object.keys(unsupported).find((name) => isGiven(body[name]));
  if (off !== undefined) return notHere(off, unsupported[off] ?? '');
  if (Array.isArray(body.modalities) && body.modalities.includes('audio'))
    return notHere('modalities', 'nothing is spoken');
  const { stop } = body;
  if (isGiven(stop) && typeof stop !== 'string' && !Array.isArray(stop)) {
    return wrongType('stop', 'one of a string or array of strings', stop);
  }
  if (Array.isArray(stop) && stop.length > 4) {
    return invalid(
      `Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length ${stop.length} instead.`,
      'stop',
      'array_above_max_length',
    );
  }
  return (
    checkBooleans(body, ['stream', 'store', 'logprobs', 'parallel_tool_calls']) ??
    checkInteger(body, 'n', 1, 128) ??
    checkStreamOptions(body)
  );
}

/**
 * Checks the body of `POST /v1/chat/completions` about as the real API does.
 * @returns the model that is asked, or the first thing wrong with it
 */
export function modelAsked(body: unknown): Model | NonNullable<Problem> {
  const outer = checkOuter(body);
  if (outer !== undefined) return outer;
  const request = body as JsonObject;
  const fields = fieldsProblem(request);
  if (fields !== undefined) return fields;
  const { messages } = request;
  if (messages === undefined) return missing('messages');
  if (!Array.isArray(messages)) return wrongType('messages', 'an array of objects', messages);
  if (messages.length === 0) return emptyArray('messages');
  const name = textOf(request.model);
  const model = findModel(name);
  if (model === undefined) {
    return {
      status: 404,
      type: 'invalid_request_error',
      message: `The model \`${name}\` does not exist or you do not have access to it.`,
      code: 'model_not_found',
    };
  }
  return (
    checkWords(model, 'chat/completions') ??
    capProblem(request, model) ??
    firstOf(messages.entries(), ([index, message]) => messageProblem(message, index)) ??
    pairingProblem(messages) ??
    toolsProblem(request) ??
    model
  );
}
