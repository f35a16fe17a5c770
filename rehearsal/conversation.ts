import { isObject, type JsonObject, textOf } from './json.ts';
import { findModel, type Model } from './models.ts';

/** One content block of a message, or of the system prompt. */
export type Block = JsonObject;

export type Message = { readonly role: string; readonly content: readonly Block[] };

/** A tool the client offers. `schema` is missing for the provider's own tools (web search and such). */
export type Tool = { readonly name: string; readonly schema?: JsonObject; readonly definition: JsonObject };

export type ToolChoice = {
  readonly type: 'auto' | 'any' | 'tool' | 'none';
  readonly name: string;
  /** True if parallel calls were ruled out. */
  readonly single: boolean;
};

/** A request for a message, checked and with its shorthands written out. */
export type Call = {
  readonly modelName: string;
  readonly model: Model;
  readonly maxTokens: number;
  readonly stream: boolean;
  readonly system: readonly Block[];
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  readonly stopSequences: readonly string[];
  /** The schema that the text of the answer has to follow, if structured output was asked for. */
  readonly outputSchema?: JsonObject;
  /** True if the client asked for thinking blocks without their text. */
  readonly hideThinking: boolean;
  /** The request-wide cache marker, if there is one. */
  readonly cacheControl?: JsonObject;
  readonly geo: string;
};

/** Content as a list of blocks: a plain string is shorthand for one text block. */
export function blocksOf(content: unknown): Block[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}

/** The parts of a tool result as text; images and other kinds are left out. */
export function toolResultText(block: Block): string {
  return blocksOf(block.content)
    .map((part) => textOf(part.text))
    .join('\n');
}

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
    hideThinking: isObject(body.thinking) && body.thinking.display === 'omitted',
    ...(isObject(body.cache_control) ? { cacheControl: body.cache_control } : {}),
    geo: model.modern ? textOf(body.inference_geo) || 'global' : 'not_available',
  };
}
