/** A request body of the Messages API as a call. */
import { type Block, blocksOf, type Conversation, type Tool, type ToolChoice } from '../conversation.ts';
import { isObject, type JsonObject, textOf } from '../json.ts';
import { findModel, type Model } from './models.ts';

/** A request for a message, checked and with its shorthands written out. */
export type Call = Conversation & {
  readonly modelName: string;
  readonly model: Model;
  readonly maxTokens: number;
  readonly stream: boolean;
  readonly system: readonly Block[];
  readonly stopSequences: readonly string[];
  /** True if the client asked for thinking blocks without their text. */
  readonly hideThinking: boolean;
  /** The request-wide cache marker, if there is one. */
  readonly cacheControl?: JsonObject;
  readonly geo: string;
};

function toolOf(definition: JsonObject): Tool {
  const name = textOf(definition.name);
  return isObject(definition.input_schema)
    ? { name, schema: definition.input_schema, definition }
    : { name, definition };
}

function toolChoiceOf(choice: unknown): ToolChoice {
  if (!isObject(choice)) return { type: 'auto', name: '', single: false };
  return {
    type: choice.type as ToolChoice['type'],
    name: textOf(choice.name),
    single: choice.disable_parallel_tool_use === true,
  };
}

/**
 * Reads a request body that `problemWith` (validate.ts) found nothing wrong with.
 * @returns undefined if no such model is there
 */
export function readCall(body: JsonObject): Call | undefined {
  const modelName = textOf(body.model);
  const model = findModel(modelName);
  if (model === undefined) return undefined;
  const format = isObject(body.output_config) ? body.output_config.format : body.output_format;
  return {
    modelName,
    model,
    maxTokens: typeof body.max_tokens === 'number' ? body.max_tokens : 0,
    stream: body.stream === true,
    system: blocksOf(body.system),
    messages: (Array.isArray(body.messages) ? body.messages : []).map((message: JsonObject) => ({
      role: textOf(message.role),
      content: blocksOf(message.content),
    })),
    tools: (Array.isArray(body.tools) ? body.tools : []).map(toolOf),
    toolChoice: toolChoiceOf(body.tool_choice),
    stopSequences: Array.isArray(body.stop_sequences) ? body.stop_sequences : [],
    ...(isObject(format) && isObject(format.schema) ? { outputSchema: format.schema } : {}),
    textCalls: false,
    hideThinking: isObject(body.thinking) && body.thinking.display === 'omitted',
    ...(isObject(body.cache_control) ? { cacheControl: body.cache_control } : {}),
    geo: model.modern ? textOf(body.inference_geo) || 'global' : 'not_available',
  };
}
