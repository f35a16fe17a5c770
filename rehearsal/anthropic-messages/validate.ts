/** Checks of a request of the Messages API but for its messages. */
import { type ApiError, badRequest } from '../api-error.ts';
import { isObject, type JsonObject, textOf } from '../json.ts';
import { notFound } from './errors.ts';
import { findModel, type Model } from './models.ts';
import { problemWithMessages } from './validate-messages.ts';

/** The API versions there are; the newest no longer takes sampling parameters. */
const versions = ['2023-01-01', '2023-06-01', '2026-10-21'];
const sampling = ['temperature', 'top_p', 'top_k'];

/** A thread is a conversation the provider keeps; the rehearsal keeps none. On this code the SDKs send all of it. */
const noThreads: ApiError = {
  ...badRequest('thread: Threads are not available here. Send the full conversation without `thread`.'),
  code: 'thread_unsupported_request',
};

const known = new Set(
  `model messages max_tokens system tools tool_choice stop_sequences stream metadata thinking service_tier speed
   cache_control container context_management diagnostics inference_geo mcp_servers output_config output_format
   billing_policy compaction fallback_credit_token fallbacks thread`.split(/\s+/),
);

function fieldProblem(body: JsonObject, version: string): string | undefined {
  for (const name of Object.keys(body)) {
    if (known.has(name) || (sampling.includes(name) && version !== '2026-10-21')) continue;
    return `${name}: Extra inputs are not permitted`;
  }
  for (const name of ['model', 'messages']) {
    if (body[name] === undefined) return `${name}: Field required`;
  }
  if (typeof body.model !== 'string') return 'model: Input should be a valid string';
  if (body.model === '') return 'model: String should have at least 1 character';
  if (body.stream !== undefined && typeof body.stream !== 'boolean')
    return 'stream: Input should be a valid boolean';
  const stops = body.stop_sequences ?? [];
  if (!Array.isArray(stops)) return 'stop_sequences: Input should be a valid list';
  const badStop = stops.findIndex((stop) => typeof stop !== 'string');
  if (badStop >= 0) return `stop_sequences.${badStop}: Input should be a valid string`;
  if (stops.some((stop: string) => stop.trim() === '')) {
    return 'stop_sequences: each stop sequence must contain non-whitespace';
  }
  return undefined;
}

function maxTokensProblem(body: JsonObject, model: Model): string | undefined {
  const cap = body.max_tokens;
  if (cap === undefined) return 'max_tokens: Field required';
  if (typeof cap !== 'number' || !Number.isInteger(cap)) return 'max_tokens: Input should be a valid integer';
  if (cap < 0) return 'max_tokens: Input should be greater than or equal to 0';
  if (cap === 0 && body.stream === true) return 'max_tokens: 0 is not supported with `stream`';
  if (cap > model.maxOutput) {
    return `max_tokens: ${cap} > ${model.maxOutput}, which is the maximum allowed number of output tokens for ${body.model}`;
  }
  return undefined;
}

function toolsProblem(body: JsonObject): string | undefined {
  const tools = body.tools ?? [];
  if (!Array.isArray(tools)) return 'tools: Input should be a valid list';
  const names = new Set<string>();
  for (const [index, tool] of tools.entries()) {
    if (!isObject(tool))
      return `tools.${index}: Input should be a valid dictionary or object to extract fields from`;
    const custom = tool.type === undefined || tool.type === null || tool.type === 'custom';
    if (custom && !isObject(tool.input_schema)) return `tools.${index}.custom.input_schema: Field required`;
    if (custom && typeof tool.name !== 'string') return `tools.${index}.custom.name: Field required`;
    const name = textOf(tool.name);
    if (custom && !/^[a-zA-Z0-9_-]{1,128}$/.test(name)) {
      return `tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
    }
    if (name !== '' && names.has(name)) return 'tools: Tool names must be unique.';
    names.add(name);
  }
  const choice = body.tool_choice;
  if (choice === undefined || choice === null) return undefined;
  const type = isObject(choice) ? textOf(choice.type) : '';
  if (!['auto', 'any', 'tool', 'none'].includes(type)) {
    return "tool_choice: Input tag does not match any of the expected tags: 'auto', 'any', 'tool', 'none'";
  }
  if (type !== 'none' && tools.length === 0)
    return 'tool_choice: may only be specified while providing `tools`.';
  if (type === 'tool' && isObject(choice) && !names.has(textOf(choice.name))) {
    return `tool_choice: Tool '${textOf(choice.name)}' not found in provided tools`;
  }
  return undefined;
}

function optionProblem(body: JsonObject, model: Model): string | undefined {
  if (body.speed === 'fast') return `speed: '${body.model}' does not support fast mode`;
  const geo = body.inference_geo ?? undefined;
  if (geo === undefined) return undefined;
  if (!model.modern) return `inference_geo: '${body.model}' does not support the inference_geo parameter`;
  return geo === 'us' || geo === 'global' ? undefined : `inference_geo: '${String(geo)}' is not allowed`;
}

/**
 * Checks the body of `POST /v1/messages` or `/v1/messages/count_tokens` about as the real API does.
 * @param version the request's `anthropic-version` header
 * @returns the first thing wrong with it, or undefined
 */
export function problemWith(
  body: unknown,
  version: string | undefined,
  endpoint: 'messages' | 'count_tokens',
): ApiError | undefined {
  if (version === undefined) return badRequest('anthropic-version: header is required');
  if (!versions.includes(version)) {
    return badRequest(`anthropic-version: "${version}" is not a valid version`);
  }
  if (body === undefined) return badRequest('The request body is not valid JSON');
  if (!isObject(body))
    return badRequest('Input should be a valid dictionary or object to extract fields from');
  const field = fieldProblem(body, version);
  if (field !== undefined) return badRequest(field);
  const model = findModel(textOf(body.model));
  if (model === undefined) return notFound(`model: ${textOf(body.model)}`);
  if (body.thread !== undefined && body.thread !== null) return noThreads;
  const problem =
    (endpoint === 'messages' ? maxTokensProblem(body, model) : undefined) ??
    toolsProblem(body) ??
    optionProblem(body, model) ??
    problemWithMessages(body, version, model);
  return problem === undefined ? undefined : badRequest(problem);
}
