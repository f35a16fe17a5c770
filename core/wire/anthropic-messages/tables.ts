/**
 * Everything a request on this wire may have, as data. What is not here is refused by name, because nobody has looked
 * at what it makes the provider do. Source: Anthropic API reference and the types of its official SDK (1.12).
 */
import { capability, type Known, plain } from '../known.ts';

/** Top-level fields of POST /v1/messages and /v1/messages/count_tokens. */
export const FIELDS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['model', plain],
  ['messages', plain],
  ['max_tokens', plain],
  ['system', plain],
  ['tools', plain],
  ['tool_choice', plain],
  ['metadata', plain],
  ['stop_sequences', plain],
  ['stream', plain],
  ['temperature', plain],
  ['top_p', plain],
  ['top_k', plain],
  ['thinking', plain],
  ['cache_control', plain],
  ['context_management', plain],
  ['diagnostics', plain],
  ['output_config', plain],
  ['output_format', plain],
  ['service_tier', plain],
  ['inference_geo', plain],
  // Fast mode has prices of its own, which no price list has.
  ['speed', capability('fast_mode')],
  ['container', capability('code_execution')],
  ['mcp_servers', capability('mcp')],
  ['thread', capability('stored_state')],
  // A sampling run of its own, with a prompt of the server's.
  ['compaction', capability('server_compaction')],
  // Other models may answer, at other prices.
  ['fallbacks', capability('server_fallbacks')],
  ['fallback_credit_token', capability('server_fallbacks')],
  ['billing_policy', capability('billing')],
]);

/** Fields that are plain when they have one of these values. */
export const PLAIN_VALUES: ReadonlyMap<string, readonly unknown[]> = new Map([
  ['speed', [null, 'standard']],
  ['container', [null]],
  ['mcp_servers', [null]],
  ['thread', [null]],
  ['compaction', [null]],
  ['fallbacks', [null]],
  ['fallback_credit_token', [null]],
  ['billing_policy', [null]],
]);

/** Fields of a message. */
export const MESSAGE_FIELDS: ReadonlySet<string> = new Set(['role', 'content', 'output_config', 'clear_at']);

/** All fields that decide about something, in any place; whoever spells them with capitals is asked not to. */
export const JUDGED: ReadonlySet<string> = new Set([
  ...FIELDS.keys(),
  ...MESSAGE_FIELDS,
  ...[
    'type',
    'source',
    'data',
    'ttl',
    'tool',
    'name',
    'tool_name',
    'tool_changes',
    'definition',
    'budget_tokens',
    'edits',
    'format',
  ],
]);

/** Content blocks, in messages, system, tool results and documents. */
export const PARTS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['text', plain],
  ['image', plain],
  ['document', plain],
  ['search_result', plain],
  ['thinking', plain],
  ['redacted_thinking', plain],
  ['tool_use', plain],
  ['tool_result', plain],
  ['tool_reference', plain],
  ['tool_addition', plain],
  ['tool_removal', plain],
  ['compaction', plain],
  ['browser_state', plain],
  // History of what a provider did in earlier turns; by itself it makes it do nothing.
  ['fallback', plain],
  ['server_tool_use', plain],
  ['web_search_tool_result', plain],
  ['web_fetch_tool_result', plain],
  ['advisor_tool_result', plain],
  ['code_execution_tool_result', plain],
  ['bash_code_execution_tool_result', plain],
  ['text_editor_code_execution_tool_result', plain],
  ['tool_search_tool_result', plain],
  ['mcp_tool_use', plain],
  ['mcp_tool_result', plain],
  ['mcp_tool_listing', plain],
  ['container_upload', capability('files')],
]);

/** `source.type` of images and documents. */
export const SOURCES: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['base64', plain],
  ['text', plain],
  ['content', plain],
  ['url', capability('url_content')],
  ['file', capability('files')],
]);

/** Types of tools without their date. `custom` is also what a tool without a type is. */
export const TOOL_TYPES: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['custom', plain],
  // The agent runs these; the provider only adds their definitions.
  ['bash', plain],
  ['text_editor', plain],
  ['computer', plain],
  ['memory', plain],
  ['computer_toolset', plain],
  ['browser_toolset', plain],
  ['web_search', capability('server_tools')],
  ['web_fetch', capability('server_tools')],
  ['code_execution', capability('code_execution')],
  ['advisor', capability('server_tools')],
  ['tool_search_tool_bm25', capability('server_tools')],
  ['tool_search_tool_regex', capability('server_tools')],
  ['mcp_toolset', capability('mcp')],
]);

/** `context_management.edits[].type`, without its date. */
export const EDITS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['clear_tool_uses', plain],
  ['clear_thinking', plain],
  // A second sampling run, whose output the request does not cap.
  ['compact', capability('server_compaction')],
]);

/** `tool_addition` blocks name or define a tool in the middle of a conversation. */
export const TOOL_CHANGES: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['tool_reference', plain],
  ['tool_definition', plain],
  ['mcp_tool_reference', capability('mcp')],
  ['mcp_toolset_reference', capability('mcp')],
]);

/** Widens the context window to a million tokens, where the model has it. */
export const LONG_CONTEXT = 'context-1m-2025-08-07';

/** Betas that change only what the tables above know. All others are taken out and recorded. */
export const BETAS: ReadonlySet<string> = new Set([
  'advanced-tool-use-2025-11-20',
  'cache-diagnosis-2026-04-07',
  'claude-code-20250219',
  'computer-use-2024-10-22',
  'computer-use-2025-01-24',
  'computer-use-2025-11-24',
  LONG_CONTEXT,
  'context-management-2025-06-27',
  'dev-full-thinking-2025-05-14',
  'effort-2025-11-24',
  'extended-cache-ttl-2025-04-11',
  'fine-grained-tool-streaming-2025-05-14',
  'inline-tools-2026-09-15',
  'interleaved-thinking-2025-05-14',
  'mid-conversation-output-config-2026-07-01',
  'mid-conversation-system-clear-at-2026-08-21',
  'mid-conversation-tool-changes-2026-07-01',
  'model-context-window-exceeded-2025-08-26',
  'output-128k-2025-02-19',
  'output-300k-2026-03-24',
  'pdfs-2024-09-25',
  'per-turn-control-2026-07-01',
  'prompt-caching-2024-07-31',
  'structured-outputs-2025-11-13',
  'task-budgets-2026-03-13',
  'thinking-binding-controls-2026-08-01',
  'thinking-display-updates-2026-08-18',
  'thinking-token-count-2026-05-13',
  'token-counting-2024-11-01',
  'token-efficient-tools-2025-02-19',
]);
