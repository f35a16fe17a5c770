/** Requests of OpenAI's chat completions, to be changed by chance. */
import type { Kit } from './kit.ts';

const BODIES: readonly string[] = [
  '{"model":"gpt-5.4-mini","max_completion_tokens":1024,"messages":[{"role":"user","content":"hello"}]}',
  ' {\r\n\t"max_completion_tokens" : 2000 ,\n "stream":true, "model":"gpt-5.6-sol","stream_options": { "include_usage" :true},"messages":[ {"role":"user","content":[{"type":"text","text":"grüße 😀\\n"}]} ] }\n',
  '{"messages":[{"content":"a \\"model\\": \\"x\\", \\"n\\": 5","role":"user"}],"model":"quick","max_tokens":99999,"metadata":{"user_id":"u","k":"1"}}',
  '{"model":"quick","messages":[{"role":"user","content":"no cap"}],"stream":false,"n":2}',
  '{"model":"gpt-5.4-mini","max_completion_tokens":4000,"stream":true,"stream_options":{},"messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"Read","arguments":"{\\"path\\":1.0}"}}]},{"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"é\\u2028"}]}],"tools":[{"type":"function","function":{"name":"Read","description":"Reads files","parameters":{"type":"object","properties":{"path":{"type":"string"}}}}},{"type":"custom","custom":{"name":"run"}}],"tool_choice":"auto","parallel_tool_calls":false}',
  '{"model":"gpt-4o-mini","max_tokens":500,"n":3,"temperature":1.0,"top_p":0.50,"stop":["\\n\\nHuman:"],"messages":[{"role":"user","name":"u","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"}},{"type":"text","text":"what?"}]}]}',
  '{"model":"gpt-5.4-mini","max_completion_tokens":512,"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"}}},"service_tier":"auto","store":false,"modalities":["text"],"audio":null,"seed":7,"logit_bias":{"1":-1},"reasoning_effort":"low","messages":[{"role":"user","content":"{}"}]}',
  '{"model":"gpt-5.6-sol","max_completion_tokens":900,"prompt_cache_options":{"mode":"explicit","ttl":"30m"},"messages":[{"role":"system","content":[{"type":"text","text":"long","prompt_cache_breakpoint":{"ttl":"12h"}}]},{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}]}]}',
  '{"model":"gpt-5.4-mini","max_tokens":700,"max_completion_tokens":700,"stream":true,"stream_options":null,"functions":[{"name":"f","parameters":{}}],"function_call":"auto","messages":[{"role":"assistant","content":"hm","refusal":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"1"}]}',
  '{"model":"gpt-5.4-mini","max_completion_tokens":600,"messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}},{"type":"text","text":"sum it up"}]}]}',
];

const PARTS = [
  '{"type":"text","text":"more"}',
  '{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="}}',
  '{"type":"image_url","image_url":"data:image/jpeg;base64,/9j/4AAQ"}',
  '{"type":"image_url","image_url":{"url":"https://x.example/a.png"}}',
  '{"type":"text","text":"t","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}',
  '{"type":"input_audio","input_audio":{"data":"UklGRiQAAABXQVZF","format":"wav"}}',
  '{"type":"file","file":{"file_id":"file_1"}}',
  '{"type":"file","file":{"file_data":"JVBERi0xLjQ="}}',
  '{"type":"refusal","refusal":"no"}',
  '{"type":"video_url","video_url":{"url":"data:video/mp4;base64,AA=="}}',
  '{"type":"text","text":"kept","cache_control":{"type":"ephemeral","ttl":"1h"}}',
];

const TOOLS = [
  '{"type":"function","function":{"name":"f2","parameters":{"type":"object"}}}',
  '{"function":{"name":"untyped"}}',
  '{"type":"custom","custom":{"name":"c2","format":{"type":"text"}}}',
  '{"type":"web_search"}',
  '{"type":"mcp","server_url":"https://x.example"}',
  '{"type":"function","function":{"name":"f3"},"cache_control":{"type":"ephemeral","ttl":"1h"}}',
];

const MESSAGES = [
  '{"role":"user","content":"one more"}',
  '{"role":"assistant","content":null,"audio":{"id":"audio_1"}}',
  '{"role":"assistant","content":"","reasoning_content":"hm","refusal":null}',
  '{"role":"wizard","content":"x"}',
  '{"role":"user","content":[[{"type":"text","text":"too deep"}]]}',
];

export const CHAT_KIT: Kit = {
  bodies: BODIES,
  models: [
    ...['gpt-5.4-mini', 'gpt-5.6-sol', 'gpt-4o-mini', 'gpt-5.4-mini-2026-03-17', 'quick', 'Quick'],
    ...['gpt-4.1', 'claude-haiku-4-5', 'gpt-5.4-mini\\u0000', 'gpt-5.4-mini ', 'a\\r\\nx-evil: 1', ''],
  ],
  caps: ['"max_tokens"', '"max_completion_tokens"', '"n"'],
  types: [
    ...['text', 'image_url', 'input_audio', 'file', 'refusal', 'function', 'custom', 'json_object'],
    ...['video_url', 'web_search', 'mcp', 'code_interpreter', 'hologram', 'Text', 'object'],
  ],
  keys: [
    ...['store', 'audio', 'prediction', 'web_search_options', 'models', 'plugins', 'deferred', 'n'],
    ...['new_field', 'url', 'file_id', 'file', 'image_url', '__proto__', 'constructor', '', 'Model', 'TYPE'],
    ...['max_tokens', 'cache_control', 'prompt_cache_breakpoint', 'temperature', 'stream_options', 'Stream'],
  ],
  more: { '"messages"': MESSAGES, '"content"': PARTS, '"tools"': TOOLS },
  path: '/v1/chat/completions',
  targets: [
    ...['/chat/completions', '/some/prefix/v1/chat/completions', '/openai/chat/completions'],
    '/v1/chat/completions?',
  ],
  badTargets: [
    ...['/v1/chat/completions?stream=true', '/v1/chat/completions/', '//v1/chat/completions', '/v1/chat'],
    ...['/v1/chat/completions/chatcmpl_1', '/v1/chat%2fcompletions', '/v1/x/../chat/completions'],
    ...['/v1/completions', '/v1/chat/completions%0d%0ax-evil:1', '*'],
  ],
  betaHeader: 'openai-beta',
  betas: ['assistants=v2', 'evil-beta', 'responses=v1'],
};
