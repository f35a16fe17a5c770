/** Requests of Anthropic's Messages, to be changed by chance. */
import type { Kit } from './kit.ts';

const BODIES: readonly string[] = [
  '{"model":"claude-haiku-4-5","max_tokens":1024,"messages":[{"role":"user","content":"hello"}]}',
  ' {\r\n\t"max_tokens" : 2000 ,\n "stream":true, "model":"claude-sonnet-4-5","messages":[ {"role":"user","content":[{"type":"text","text":"grüße 😀\\n"}]} ] }\n',
  '{"messages":[{"content":"a \\"model\\": \\"x\\", \\"max_tokens\\": 5","role":"user"}],"model":"quick","max_tokens":99999,"metadata":{"user_id":"u","k":1}}',
  '{"model":"quick","messages":[{"role":"user","content":"no cap"}],"stream":false}',
  '{"model":"claude-haiku-4-5","max_tokens":4000,"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral","ttl":"1h"}}],"tools":[{"name":"Read","description":"Reads files","input_schema":{"type":"object","properties":{"path":{"type":"string"}}}},{"type":"bash_20250124","name":"bash"}],"tool_choice":{"type":"auto"},"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"tool_use","id":"t1","name":"Read","input":{"path":"a","n":1.0}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"é\\u2028"}]}]}]}',
  '{"model":"claude-sonnet-4-5","max_tokens":3000,"thinking":{"type":"enabled","budget_tokens":1024},"temperature":1.0,"top_p":0.50,"stop_sequences":["\\n\\nHuman:"],"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"},"title":"t"}]}],"stream":true}',
  '{"model":"claude-haiku-4-5","max_tokens":512,"output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}},"context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]},"service_tier":"auto","inference_geo":"global","speed":null,"messages":[{"role":"user","content":"{}"}]}',
  '{"model":"claude-haiku-4-5","max_tokens":900,"tools":[{"type":"bash_20250124","name":"bash"},{"type":"text_editor_20250728","name":"edit"},{"type":"custom","name":"x","input_schema":{}}],"messages":[{"role":"user","content":"x"}]}',
];

const MODELS = [
  'claude-haiku-4-5',
  'claude-sonnet-4-5',
  'quick',
  'Quick',
  'claude-opus-4-1',
  'gpt-5',
  'claude-haiku-4-5\\u0000',
  'claude-haiku-4-5 ',
  'a\\r\\nx-evil: 1',
  '',
];
const TYPES = [
  'text',
  'image',
  'url',
  'file',
  'base64',
  'container_upload',
  'web_search_20250305',
  'mcp_toolset',
  'compact_20260112',
  'tool_result',
  'server_tool_use',
  'hologram',
  'Text',
];
const KEYS = [
  'thread',
  'container',
  'mcp_servers',
  'fallbacks',
  'speed',
  'new_field',
  'url',
  'file_id',
  'source',
  '__proto__',
  'constructor',
  'toString',
  '',
  'Model',
  'TYPE',
  'ttl',
  'temperature',
  'cache_control',
];

const TARGETS = [
  '/v1/messages?beta=true',
  '/messages',
  '/some/prefix/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/messages?beta=true&beta=true',
  '/v1/messages?',
];
const BAD_TARGETS = [
  '/v1/messages?beta=1',
  '/v1/messages?debug=true',
  '/v1/messages/',
  '//v1/messages',
  '/v1/messages/../messages',
  '/v1/complete',
  '/v1/files',
  '/v1/messages%2fbatches',
  '/v1/messages?beta=true%0d%0ax-evil:1',
  '*',
];
const BETAS = [
  'interleaved-thinking-2025-05-14',
  'effort-2025-11-24',
  'files-api-2025-04-14',
  'evil-beta',
  'context-1m-2025-08-07',
  'mcp-client-2025-04-04',
  'OAUTH-2025-04-20',
];

export const ANTHROPIC_KIT: Kit = {
  bodies: BODIES,
  models: MODELS,
  caps: ['"max_tokens"'],
  types: TYPES,
  keys: KEYS,
  more: {},
  path: '/v1/messages',
  targets: TARGETS,
  badTargets: BAD_TARGETS,
  betaHeader: 'anthropic-beta',
  betas: BETAS,
};
