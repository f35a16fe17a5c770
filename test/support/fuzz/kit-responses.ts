/** Requests of OpenAI's Responses, to be changed by chance. */
import type { Kit } from './kit.ts';

const BODIES: readonly string[] = [
  '{"model":"gpt-5.4-mini","max_output_tokens":1024,"input":"hello"}',
  ' {\r\n\t"max_output_tokens" : 2000 ,\n "stream":true, "model":"gpt-5.6-sol","store" : false,"input":[ {"role":"user","content":[{"type":"input_text","text":"grüße 😀\\n"}]} ] }\n',
  '{"input":[{"content":"a \\"model\\": \\"x\\"","role":"user","type":"message"}],"model":"quick","max_output_tokens":99999,"metadata":{"user_id":"u"}}',
  '{"model":"quick","input":"no cap","stream":false,"instructions":"Be brief."}',
  '{"model":"gpt-5.4-mini","max_output_tokens":null,"store":false,"stream":true,"tools":[{"type":"function","name":"Read","description":"Reads files","parameters":{"type":"object"},"strict":true},{"type":"custom","name":"run"},{"type":"namespace","name":"n","tools":[{"type":"function","name":"inner","parameters":{}}]}],"tool_choice":"auto","input":[{"role":"user","content":"x"},{"type":"function_call","call_id":"c1","name":"Read","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"é\\u2028"}]}]}',
  '{"model":"gpt-4o-mini","max_output_tokens":500,"temperature":1.0,"top_p":0.50,"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"},{"type":"input_text","text":"what?"}]}]}',
  '{"model":"gpt-5.4-mini","max_output_tokens":512,"text":{"format":{"type":"json_schema","name":"s","schema":{"type":"object"}},"verbosity":"low"},"service_tier":"auto","background":false,"previous_response_id":null,"reasoning":{"effort":"low","mode":"standard"},"include":["reasoning.encrypted_content"],"input":"{}"}',
  '{"model":"gpt-5.6-sol","max_output_tokens":900,"prompt_cache_options":{"ttl":"12h"},"input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"c2VhbGVk"},{"type":"message","role":"assistant","id":"msg_1","content":[{"type":"output_text","text":"hm"}]},{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}]}]}',
  '{"model":"gpt-5.4-mini","max_output_tokens":600,"stream":true,"tools":[{"type":"local_shell"},{"type":"shell","environment":{"type":"local"}},{"type":"apply_patch"}],"input":[{"type":"local_shell_call","call_id":"c2","action":{"type":"exec","command":["ls"]}},{"type":"local_shell_call_output","call_id":"c2","output":"a"},{"type":"computer_call_output","call_id":"c3","output":{"type":"computer_screenshot","image_url":"data:image/png;base64,iVBORw0KGgo="}}]}',
  '{"model":"gpt-5.4-mini","max_output_tokens":600,"store":false,"input":[{"role":"user","content":[{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}]},{"type":"image_generation_call","id":"ig_1","status":"completed","result":"iVBORw0KGgo="},{"type":"additional_tools","tools":[{"type":"function","name":"late","parameters":{}}]}]}',
];

const PARTS = [
  '{"type":"input_text","text":"more","prompt_cache_breakpoint":{"ttl":"12h"}}',
  '{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="}',
  '{"type":"input_image","image_url":"https://x.example/a.png"}',
  '{"type":"input_image","file_id":"file_1"}',
  '{"type":"input_file","file_url":"https://x.example/a.pdf"}',
  '{"type":"input_file","file_data":"JVBERi0xLjQ="}',
  '{"type":"input_audio","input_audio":{"data":"UklGRiQAAABXQVZF","format":"wav"}}',
  '{"type":"output_text","text":"said"}',
];

const ITEMS = [
  '{"role":"user","content":"one more"}',
  '{"type":"item_reference","id":"msg_1"}',
  '{"id":"msg_1"}',
  '{"type":"reasoning","id":"rs_2","summary":[]}',
  '{"type":"mcp_approval_response","approve":true,"approval_request_id":"m"}',
  '{"type":"compaction_trigger"}',
  '{"type":"image_generation_call","id":"ig_2","result":null}',
  '{"type":"custom_tool_call_output","call_id":"c9","output":[{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="}]}',
  '{"type":"shell_call_output","call_id":"c8","output":[{"stdout":"x","shot":{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="}}]}',
  '{"type":"tool_search_output","call_id":"c7","tools":[{"type":"function","name":"found","parameters":{}},{"type":"mcp","server_url":"https://x.example"}]}',
  '{"type":"hologram"}',
];

const TOOLS = [
  '{"type":"function","name":"f2","parameters":{"type":"object"}}',
  '{"type":"custom","name":"c2","format":{"type":"text"}}',
  '{"type":"web_search_2025_08_26"}',
  '{"type":"mcp","server_url":"https://x.example"}',
  '{"type":"code_interpreter","container":{"type":"auto"}}',
  '{"type":"shell","environment":{"type":"container_auto"}}',
  '{"type":"tool_search"}',
  '{"type":"tool_search","execution":"client"}',
  '{"type":"computer"}',
  '{"type":"namespace","name":"m","tools":[{"type":"namespace","name":"k","tools":[{"type":"custom","name":"deep"}]}]}',
];

export const RESPONSES_KIT: Kit = {
  bodies: BODIES,
  models: [
    ...['gpt-5.4-mini', 'gpt-5.6-sol', 'gpt-4o-mini', 'gpt-5.4-mini-2026-03-17', 'quick', 'Quick'],
    ...['gpt-4.1', 'claude-haiku-4-5', 'gpt-5.4-mini\\u0000', 'gpt-5.4-mini ', 'a\\r\\nx-evil: 1', ''],
  ],
  caps: ['"max_output_tokens"'],
  types: [
    ...['input_text', 'input_image', 'input_audio', 'input_file', 'output_text', 'message', 'reasoning'],
    ...['function', 'custom', 'item_reference', 'web_search', 'mcp', 'tool_search', 'computer_screenshot'],
    ...['hologram', 'Input_image', 'json_object', 'program'],
  ],
  keys: [
    ...['store', 'previous_response_id', 'conversation', 'prompt', 'background', 'moderation', 'new_field'],
    ...['file_id', 'file_url', 'image_url', 'id', '__proto__', 'constructor', '', 'Model', 'TYPE', 'mode'],
    ...[
      'max_output_tokens',
      'max_tokens',
      'prompt_cache_breakpoint',
      'prompt_cache_options',
      'tools',
      'Input',
    ],
    ...['execution', 'environment', 'service_tier', 'instructions'],
  ],
  more: { '"input"': ITEMS, '"content"': PARTS, '"tools"': TOOLS, '"output"': PARTS },
  path: '/v1/responses',
  targets: [...['/responses', '/some/prefix/v1/responses', '/v1/responses/input_tokens', '/v1/responses?']],
  badTargets: [
    ...['/v1/responses?stream=true', '/v1/responses/', '//v1/responses', '/v1/responses/resp_1'],
    ...['/v1/responses/compact', '/v1/responses/resp_1/cancel', '/v1/conversations', '/v1/x/../responses'],
    ...['/v1/responses%2finput_tokens', '/v1/responses/input_tokens/', '/v1/responses%0d%0ax-evil:1', '*'],
  ],
  betaHeader: 'openai-beta',
  betas: ['assistants=v2', 'evil-beta', 'responses_websockets=v1'],
};
