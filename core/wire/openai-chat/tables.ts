/**
 * Everything a request on this wire may have, as data. What is not here is refused by name, because nobody has looked
 * at what it makes the provider do. Source: OpenAI API reference, Chat Completions, and the types of its official SDK
 * (7.57); and, where it says so, what well-known hosts of other models add to it.
 */
import { capability, type Known, plain } from '../known.ts';

/** Top-level fields of POST /chat/completions. */
export const FIELDS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['model', plain],
  ['messages', plain],
  ['max_tokens', plain],
  ['max_completion_tokens', plain],
  ['n', plain],
  ['stream', plain],
  ['stream_options', plain],
  ['tools', plain],
  ['tool_choice', plain],
  ['parallel_tool_calls', plain],
  ['functions', plain],
  ['function_call', plain],
  ['response_format', plain],
  ['temperature', plain],
  ['top_p', plain],
  ['stop', plain],
  ['seed', plain],
  ['logprobs', plain],
  ['top_logprobs', plain],
  ['logit_bias', plain],
  ['presence_penalty', plain],
  ['frequency_penalty', plain],
  ['user', plain],
  ['safety_identifier', plain],
  ['prompt_cache_key', plain],
  ['prompt_cache_retention', plain],
  ['prompt_cache_options', plain],
  ['metadata', plain],
  ['reasoning_effort', plain],
  ['verbosity', plain],
  ['store', capability('stored_state', false)],
  // Audio that the model speaks has a price of its own, which no list has.
  ['audio', capability('audio_output')],
  ['modalities', capability('audio_output')],
  // Rejected tokens of a prediction are billed as output, on top of what is said.
  ['prediction', capability('predicted_output')],
  ['web_search_options', capability('server_tools')],
  // Another model reads what is asked and answered.
  ['moderation', capability('moderation')],
  // Their prices are not in the lists.
  ['service_tier', capability('priority_tier')],
  // Sampling of vLLM, OpenRouter and others; DeepSeek, Moonshot and Z.ai switch reasoning, which their caps bound.
  ['top_k', plain],
  ['min_p', plain],
  ['repetition_penalty', plain],
  ['thinking', plain],
  // OpenRouter: reasoning within the cap, usage beside the reply; other models that answer; what it runs by itself.
  ['reasoning', plain],
  ['include_reasoning', plain],
  ['usage', plain],
  ['models', capability('server_fallbacks')],
  ['route', capability('server_fallbacks')],
  ['plugins', capability('server_tools')],
  // xAI searches the web, and keeps a reply to be asked for later.
  ['search_parameters', capability('server_tools')],
  ['deferred', capability('background')],
]);

/**
 * Fields that are plain when they have one of these values. What a project has as its default tier is its own business;
 * the reply says which one it was.
 */
export const PLAIN_VALUES: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ['store', [null, false]],
  ['audio', [null]],
  ['modalities', [null]],
  ['prediction', [null]],
  ['web_search_options', [null]],
  ['moderation', [null]],
  ['service_tier', [null, 'auto', 'default', 'flex', 'on_demand']],
  ['models', [null]],
  ['route', [null]],
  ['plugins', [null]],
  ['search_parameters', [null]],
  ['deferred', [null, false]],
]);

/** `role` of a message. */
export const ROLES: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['system', plain],
  ['developer', plain],
  ['user', plain],
  ['assistant', plain],
  ['tool', plain],
  ['function', plain],
]);

/** Fields of a message. */
export const MESSAGE_FIELDS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['role', plain],
  ['content', plain],
  ['name', plain],
  ['refusal', plain],
  ['tool_calls', plain],
  ['tool_call_id', plain],
  ['function_call', plain],
  // What the model said by voice in an earlier turn; only the provider knows how long that was.
  ['audio', capability('audio_output')],
  // Agents send back what a reply had.
  ['annotations', plain],
  // What the official SDKs' stream helpers made of a reply.
  ['parsed', plain],
  ['reasoning', plain],
  ['reasoning_content', plain],
  ['reasoning_details', plain],
  // DeepSeek, Mistral and Moonshot: the reply goes on with this message.
  ['prefix', plain],
  ['partial', plain],
]);

/** Content parts. */
export const PARTS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['text', plain],
  ['refusal', plain],
  ['image_url', plain],
  ['input_audio', plain],
  ['file', plain],
  // Mistral: what the model thought in an earlier turn.
  ['thinking', plain],
  // Qwen, vLLM and Mistral: fetched by the provider, and as long as they are.
  ['video_url', capability('url_content')],
  ['audio_url', capability('url_content')],
  ['document_url', capability('url_content')],
]);

/** Fields of a part that say where its content comes from. */
export const MEDIA_FIELDS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['url', plain],
  ['detail', plain],
  ['data', plain],
  ['format', plain],
  ['file_data', plain],
  ['filename', plain],
  ['file_id', capability('files')],
]);

/** `type` of tools. */
export const TOOL_TYPES: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['function', plain],
  ['custom', plain],
  // What hosts run themselves: OpenAI (in Responses), Groq, Moonshot, Mistral, Z.ai.
  ['web_search', capability('server_tools')],
  ['web_search_preview', capability('server_tools')],
  ['web_search_premium', capability('server_tools')],
  ['browser_search', capability('server_tools')],
  ['builtin_function', capability('server_tools')],
  ['file_search', capability('server_tools')],
  ['retrieval', capability('server_tools')],
  ['image_generation', capability('server_tools')],
  ['code_interpreter', capability('code_execution')],
  ['mcp', capability('mcp')],
]);

/** All fields that decide about something, in any place; whoever spells them with capitals is asked not to. */
export const JUDGED: ReadonlySet<string> = new Set([
  ...FIELDS.keys(),
  ...MESSAGE_FIELDS.keys(),
  ...MEDIA_FIELDS.keys(),
  ...['type', 'image_url', 'input_audio', 'file', 'include_usage', 'mode', 'ttl'],
  ...['prompt_cache_breakpoint', 'cache_control'],
]);
