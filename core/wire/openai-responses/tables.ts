/**
 * Everything a request on this wire may have, as data. What is not here is refused by name, because nobody has looked
 * at what it makes the provider do. Source: OpenAI API reference, "Create a model response", the types of its official
 * SDK (7.57), and what Codex 0.169 sends beside them.
 */
import { capability, type Known, plain } from '../known.ts';

/** Top-level fields of POST /v1/responses and /v1/responses/input_tokens. */
export const FIELDS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['model', plain],
  ['input', plain],
  ['instructions', plain],
  ['max_output_tokens', plain],
  ['max_tool_calls', plain],
  ['stream', plain],
  ['stream_options', plain],
  ['tools', plain],
  ['tool_choice', plain],
  ['parallel_tool_calls', plain],
  ['text', plain],
  ['reasoning', plain],
  ['temperature', plain],
  ['top_p', plain],
  ['top_logprobs', plain],
  ['truncation', plain],
  ['include', plain],
  ['metadata', plain],
  ['user', plain],
  ['safety_identifier', plain],
  ['prompt_cache_key', plain],
  ['prompt_cache_options', plain],
  ['prompt_cache_retention', plain],
  ['context_management', plain],
  ['access_programs', plain],
  ['client_metadata', plain],
  ['image', plain],
  ['personality', plain],
  // Fast mode and what is faster still cost more; which price a scale tier has, a contract says.
  ['service_tier', capability('priority_tier')],
  // What was kept comes into the context, and nobody here sees how much it is.
  ['previous_response_id', capability('stored_state')],
  ['conversation', capability('stored_state')],
  ['prompt', capability('stored_state')],
  ['background', capability('stored_state')],
  ['store', capability('stored_state', false)],
  // Another model reads along.
  ['moderation', capability('server_tools')],
]);

/** Fields that are plain when they have one of these values. */
export const PLAIN_VALUES: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ['service_tier', [null, 'auto', 'default', 'flex']],
  ['previous_response_id', [null]],
  ['conversation', [null]],
  ['prompt', [null]],
  ['background', [null, false]],
  // null is the default, and that is to keep the reply.
  ['store', [false]],
  ['moderation', [null]],
]);

/** Settings within fields, and the values with which they are plain. */
export const SETTINGS: readonly {
  readonly field: string;
  readonly setting: string;
  readonly known: Known;
  readonly plainValues: readonly unknown[];
}[] = [
  // Thinks several times over; by how much, only the reply tells.
  {
    field: 'reasoning',
    setting: 'mode',
    known: capability('pro_mode'),
    plainValues: [undefined, null, 'standard'],
  },
  {
    field: 'prompt_cache_options',
    setting: 'comparison_response_id',
    known: capability('stored_state', false),
    plainValues: [undefined, null],
  },
];

/** `context_management[].type`. */
export const CONTEXT_EDITS: ReadonlyMap<string, Known> = new Map<string, Known>([
  // A sampling run of its own, whose output the request does not cap.
  ['compaction', capability('server_compaction')],
]);

/** Items of `input`, by type; one without a type is a message, or a reference if it has no role. */
export const ITEMS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['message', plain],
  // What one agent of a run says to another.
  ['agent_message', plain],
  ['reasoning', plain],
  ['function_call', plain],
  ['function_call_output', plain],
  ['custom_tool_call', plain],
  ['custom_tool_call_output', plain],
  ['local_shell_call', plain],
  ['local_shell_call_output', plain],
  ['shell_call', plain],
  ['shell_call_output', plain],
  ['apply_patch_call', plain],
  ['apply_patch_call_output', plain],
  ['computer_call', plain],
  ['computer_call_output', plain],
  ['tool_search_call', plain],
  ['tool_search_output', plain],
  ['additional_tools', plain],
  ['configuration_update', plain],
  ['compaction', plain],
  ['compaction_summary', plain],
  ['context_compaction', plain],
  // History of what a provider did in earlier turns; by itself it makes it do nothing.
  ['web_search_call', plain],
  ['file_search_call', plain],
  ['code_interpreter_call', plain],
  ['image_generation_call', plain],
  ['mcp_list_tools', plain],
  ['mcp_call', plain],
  ['mcp_approval_request', plain],
  ['program_output', plain],
  // The answer to a request for approval: the provider then calls the server.
  ['mcp_approval_response', capability('mcp')],
  // Goes on where its calls have come back.
  ['program', capability('code_execution')],
  ['compaction_trigger', capability('server_compaction')],
  ['item_reference', capability('stored_state')],
]);

/** Parts of content, in messages, outputs of tools and reasoning. */
export const PARTS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['input_text', plain],
  ['output_text', plain],
  ['text', plain],
  ['refusal', plain],
  ['summary_text', plain],
  ['reasoning_text', plain],
  ['encrypted_content', plain],
  ['input_image', plain],
  ['computer_screenshot', plain],
  ['input_file', plain],
  ['input_audio', plain],
]);

/** Types of tools without their date. */
export const TOOL_TYPES: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['function', plain],
  ['custom', plain],
  ['namespace', plain],
  // The agent runs these; the provider only adds their definitions.
  ['local_shell', plain],
  ['shell', plain],
  ['apply_patch', plain],
  ['computer', plain],
  ['computer_use_preview', plain],
  ['tool_search', plain],
  ['web_search', capability('server_tools')],
  ['web_search_preview', capability('server_tools')],
  ['file_search', capability('server_tools')],
  ['image_generation', capability('server_tools')],
  ['code_interpreter', capability('code_execution')],
  ['programmatic_tool_calling', capability('code_execution')],
  ['mcp', capability('mcp')],
]);

/** What some of them are where the provider runs them: a search makes it sample again, a shell needs a container. */
export const RUN_BY_PROVIDER: ReadonlyMap<string, Exclude<Known, 'plain'>> = new Map([
  ['tool_search', { capability: 'server_tools', unbounded: true }],
  ['shell', { capability: 'code_execution', unbounded: true }],
]);

/** All fields that decide about something, in any place; whoever spells them with capitals is asked not to. */
export const JUDGED: ReadonlySet<string> = new Set([
  ...FIELDS.keys(),
  ...SETTINGS.map(({ setting }) => setting),
  ...['type', 'role', 'id', 'name', 'content', 'summary', 'output', 'result', 'encrypted_content', 'format'],
  ...['image_url', 'file_id', 'file_url', 'file_data', 'input_audio', 'data', 'execution', 'environment'],
  ...['prompt_cache_breakpoint', 'ttl'],
]);
