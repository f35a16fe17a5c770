/** A request body of chat completions as a call. */
import { type Block, blocksOf, type Conversation, type Message, type Tool } from '../conversation.ts';
import { isObject, type JsonObject, parseJson, textOf } from '../json.ts';
import { cacheOptionsOf } from '../openai/cache.ts';
import type { Model } from '../openai/models.ts';
import { contentText, promptOf } from '../openai/prompt.ts';
import type { Call } from '../openai/reply.ts';

/** A request for a chat completion, checked and with its shorthands written out. */
export type ChatCall = Call & {
  /** Whether a stream ends with a chunk that has the usage. */
  readonly includeUsage: boolean;
};

const listOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

function toolOf(definition: JsonObject): Tool {
  if (definition.type === 'custom') {
    const custom = isObject(definition.custom) ? definition.custom : {};
    return { name: textOf(custom.name), takesText: true, definition };
  }
  const { name, parameters } = isObject(definition.function) ? definition.function : {};
  return { name: textOf(name), schema: isObject(parameters) ? parameters : { type: 'object' }, definition };
}

function nameIn(choice: JsonObject): string {
  const named = choice.type === 'custom' ? choice.custom : choice.function;
  return isObject(named) ? textOf(named.name) : '';
}

/** The tools that may be called, and how the choice between them is bound. */
function choiceOf(body: JsonObject): Pick<Conversation, 'tools' | 'toolChoice'> {
  const tools = listOf(body.tools).map(toolOf);
  const single = body.parallel_tool_calls === false;
  const { tool_choice: choice } = body;
  if (isObject(choice) && choice.type === 'allowed_tools') {
    const allowed = isObject(choice.allowed_tools) ? choice.allowed_tools : {};
    const names = listOf(allowed.tools).map(nameIn);
    return {
      tools: tools.filter(({ name }) => names.includes(name)),
      toolChoice: { type: allowed.mode === 'required' ? 'any' : 'auto', name: '', single },
    };
  }
  if (isObject(choice)) return { tools, toolChoice: { type: 'tool', name: nameIn(choice), single } };
  const type = choice === 'required' ? 'any' : choice === 'none' ? 'none' : 'auto';
  return { tools, toolChoice: { type, name: '', single } };
}

function callBlock(call: JsonObject): Block {
  const {
    name,
    input,
    arguments: args,
  } = isObject(call.custom) ? call.custom : isObject(call.function) ? call.function : {};
  return { type: 'tool_use', id: call.id, name, input: parseJson(textOf(args)) ?? input ?? args };
}

function messageOf(message: JsonObject): Message {
  const role = textOf(message.role);
  if (role === 'tool') {
    const { tool_call_id, content } = message;
    return { role: 'user', content: [{ type: 'tool_result', tool_use_id: tool_call_id, content }] };
  }
  const said = blocksOf(message.content).map((part) =>
    part.type === 'refusal' ? { type: 'text', text: part.refusal } : part,
  );
  return { role, content: [...said, ...listOf(message.tool_calls).map(callBlock)] };
}

/** What the model reads of a message. */
function textsOf(message: JsonObject): string[] {
  const calls = listOf(message.tool_calls).flatMap(({ function: fn, custom }) => {
    const { name, arguments: args, input } = isObject(fn) ? fn : isObject(custom) ? custom : {};
    return [textOf(name), textOf(args), textOf(input)];
  });
  return [contentText(message.content), textOf(message.refusal), ...calls];
}

/** What every JSON object satisfies that says anything. */
export const anyJson: JsonObject = {
  type: 'object',
  required: ['text'],
  properties: { text: { type: 'string' } },
};

function schemaOf(format: unknown): { outputSchema?: JsonObject } {
  if (!isObject(format)) return {};
  if (format.type === 'json_object') return { outputSchema: anyJson };
  const { schema } = isObject(format.json_schema) ? format.json_schema : {};
  return isObject(schema) ? { outputSchema: schema } : {};
}

const numberOr = (otherwise: number, ...values: readonly unknown[]): number =>
  values.find((value) => typeof value === 'number') ?? otherwise;

/** Reads a request body that validate.ts found nothing wrong with. */
export function readCall(body: JsonObject, model: Model): ChatCall {
  const messages = listOf(body.messages);
  const options = isObject(body.stream_options) ? body.stream_options : {};
  const stops = Array.isArray(body.stop) ? body.stop : [body.stop];
  return {
    modelName: textOf(body.model),
    model,
    maxTokens: numberOr(model.maxOutput, body.max_completion_tokens, body.max_tokens),
    stream: body.stream === true,
    stopSequences: stops.filter((stop) => typeof stop === 'string'),
    choices: numberOr(1, body.n),
    messages: messages.map(messageOf),
    ...choiceOf(body),
    ...schemaOf(body.response_format),
    textCalls: true,
    prompt: promptOf(body.tools, body.response_format, messages.flatMap(textsOf)),
    cache: cacheOptionsOf(body.prompt_cache_options),
    obfuscates: options.include_obfuscation !== false,
    includeUsage: options.include_usage === true,
  };
}
