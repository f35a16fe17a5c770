/** A request body of responses as a call. */
import type { Conversation, Tool } from '../conversation.ts';
import { isObject, type JsonObject, textOf } from '../json.ts';
import { cacheOptionsOf } from '../openai/cache.ts';
import type { Model } from '../openai/models.ts';
import { promptOf } from '../openai/prompt.ts';
import type { Call } from '../openai/reply.ts';
import { anyJson } from '../openai-chat/call.ts';
import { messageOf, textsOf, typeOf } from './items.ts';

/** A request for a response, checked and with its shorthands written out. */
export type ResponsesCall = Call & {
  /** The request's own fields, for the response to repeat. */
  readonly body: JsonObject;
  /** All that the model reads, with what was stored before. */
  readonly items: readonly JsonObject[];
  readonly store: boolean;
  /** True if the client asked for a summary of the thinking. */
  readonly summarizes: boolean;
};

const listOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** A definition as the tools that are in it: a namespace has several. */
export function toolsIn(definition: JsonObject): Tool[] {
  const name = textOf(definition.name);
  switch (definition.type) {
    case 'function': {
      const { parameters } = definition;
      return [{ name, schema: isObject(parameters) ? parameters : { type: 'object' }, definition }];
    }
    case 'custom':
      return [{ name, takesText: true, definition }];
    case 'namespace':
      return listOf(definition.tools).flatMap((tool) =>
        toolsIn(tool).map((inside) => ({ ...inside, namespace: name })),
      );
    default:
      return [{ name: name || textOf(definition.type), definition }];
  }
}

/** The tools that may be called, and how the choice between them is bound. */
function choiceOf(
  body: JsonObject,
  items: readonly JsonObject[],
): Pick<Conversation, 'tools' | 'toolChoice'> {
  // Some clients define their tools in the input.
  const later = items
    .filter((item) => typeOf(item) === 'additional_tools')
    .flatMap(({ tools }) => listOf(tools));
  const tools = [...listOf(body.tools), ...later].flatMap(toolsIn);
  const single = body.parallel_tool_calls === false;
  const { tool_choice: choice } = body;
  if (isObject(choice) && choice.type === 'allowed_tools') {
    const names = listOf(choice.tools).map(({ name }) => name);
    return {
      tools: tools.filter(({ name }) => names.includes(name)),
      toolChoice: { type: choice.mode === 'required' ? 'any' : 'auto', name: '', single },
    };
  }
  if (isObject(choice) && typeof choice.name === 'string') {
    return { tools, toolChoice: { type: 'tool', name: choice.name, single } };
  }
  const type = choice === 'required' ? 'any' : choice === 'none' ? 'none' : 'auto';
  return { tools, toolChoice: { type, name: '', single } };
}

function schemaOf(text: unknown): { outputSchema?: JsonObject } {
  const format = isObject(text) && isObject(text.format) ? text.format : {};
  if (format.type === 'json_object') return { outputSchema: anyJson };
  return isObject(format.schema) ? { outputSchema: format.schema } : {};
}

/**
 * Reads a request body that validate.ts found nothing wrong with.
 * @param items its input and what was stored before it, with references put in their places
 */
export function readCall(body: JsonObject, model: Model, items: readonly JsonObject[]): ResponsesCall {
  const options = isObject(body.stream_options) ? body.stream_options : {};
  const { max_output_tokens: cap, reasoning } = body;
  const format = isObject(body.text) ? body.text.format : undefined;
  return {
    body,
    items,
    modelName: textOf(body.model),
    model,
    maxTokens: typeof cap === 'number' ? cap : model.maxOutput,
    stream: body.stream === true,
    stopSequences: [],
    choices: 1,
    messages: items.map(messageOf).filter((message) => message !== undefined),
    ...choiceOf(body, items),
    ...schemaOf(body.text),
    textCalls: true,
    prompt: promptOf(body.tools, format, [textOf(body.instructions), ...items.flatMap(textsOf)]),
    cache: cacheOptionsOf(body.prompt_cache_options),
    obfuscates: options.include_obfuscation !== false,
    store: body.store !== false,
    summarizes: isObject(reasoning) && typeof (reasoning.summary ?? reasoning.generate_summary) === 'string',
  };
}
