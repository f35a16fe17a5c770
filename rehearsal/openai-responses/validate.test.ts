import assert from 'node:assert/strict';
import test from 'node:test';
import type { JsonObject } from '../json.ts';
import { sealReasoning } from './reasoning.ts';
import { ResponseStore } from './store.ts';
import { modelAsked } from './validate.ts';
import { allItems } from './validate-items.ts';

const good = { model: 'gpt-5.4', input: 'hi' };
const user = { role: 'user', content: 'hi' };
const use = (id: string): JsonObject => ({ type: 'function_call', call_id: id, name: 'T', arguments: '{}' });
const result = (id: string): JsonObject => ({ type: 'function_call_output', call_id: id, output: 'ok' });

/** Message, parameter and code of the error, or the model's id. */
function problem(body: unknown): string {
  const found = modelAsked(body);
  return 'id' in found ? found.id : [found.message, found.param, found.code].join(' | ');
}

/** The same of its items, or how many there are. */
function itemsProblem(input: unknown, store = new ResponseStore()): string {
  const found = allItems({ input }, store);
  return 'status' in found ? [found.message, found.param, found.code].join(' | ') : String(found.length);
}

test('a good request passes', () => {
  const full = {
    ...good,
    model: 'gpt-5.5-2026-04-23',
    stream: true,
    stream_options: { include_obfuscation: false },
    max_output_tokens: 16,
    instructions: null,
    include: ['reasoning.encrypted_content'],
    reasoning: { effort: 'low', summary: 'auto' },
    store: false,
    client_metadata: {},
    tools: [
      { type: 'function', name: 'T' },
      { type: 'namespace', name: 'n', tools: [{ type: 'custom', name: 'C' }] },
      { type: 'web_search' },
    ],
    tool_choice: { type: 'custom', name: 'C' },
  };
  assert.equal(problem(full), 'gpt-5.5');
  assert.equal(problem({ model: 'gpt-5.4', previous_response_id: 'resp_1' }), 'gpt-5.4');
});

test('what the API refuses is refused in its words', () => {
  const refused: [string, unknown][] = [
    ["Unknown parameter: 'messages'. | messages | unknown_parameter", { ...good, messages: [] }],
    ["Missing required parameter: 'model'. | model | missing_required_parameter", { input: 'hi' }],
    ["Missing required parameter: 'input'. | input | missing_required_parameter", { model: 'gpt-5.4' }],
    ["The requested model 'gpt-9' does not exist. | model | model_not_found", { ...good, model: 'gpt-9' }],
    [
      "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15 instead. | max_output_tokens | integer_below_min_value",
      { ...good, max_output_tokens: 15 },
    ],
    [
      "Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 128000, but got 128001 instead. | max_output_tokens | integer_above_max_value",
      { ...good, max_output_tokens: 128_001 },
    ],
    [
      "Invalid type for 'store': expected a boolean, but got a string instead. | store | invalid_type",
      { ...good, store: 'false' },
    ],
    [
      "Invalid type for 'input': expected one of a string or array of input items, but got an object instead. | input | invalid_type",
      { ...good, input: {} },
    ],
    [
      "[rehearsal] 'conversation' is not supported here: there are no conversations, send previous_response_id. | conversation | unsupported_parameter",
      { ...good, conversation: 'c' },
    ],
    [
      "[rehearsal] 'background' is not supported here: nothing runs in the background. | background | unsupported_parameter",
      { ...good, background: true },
    ],
    [
      "Invalid value: 'some'. Supported values are: 'none', 'auto', 'required'. | tool_choice | invalid_value",
      { ...good, tool_choice: 'some' },
    ],
    [
      "Tool choice 'U' not found in 'tools' parameter. | tool_choice | ",
      { ...good, tools: [{ type: 'function', name: 'T' }], tool_choice: { type: 'function', name: 'U' } },
    ],
    [
      "Missing required parameter: 'tools[0].name'. | tools[0].name | missing_required_parameter",
      { ...good, tools: [{ type: 'function' }] },
    ],
    [
      "The 'stream_options' parameter is only allowed when 'stream' is enabled. | stream_options | ",
      { ...good, stream_options: {} },
    ],
  ];
  for (const [message, body] of refused) assert.equal(problem(body), message);
});

test('items are checked one by one', () => {
  const text = (type: string): object => ({ role: 'assistant', content: [{ type, text: 'x' }] });
  const refused: [string, unknown][] = [
    [
      "Invalid type for 'input[0]': expected an object, but got a string instead. | input[0] | invalid_type",
      ['hi'],
    ],
    ["Missing required parameter: 'input[0].type'. | input[0].type | missing_required_parameter", [{}]],
    [
      "Invalid value: 'robot'. Supported values are: 'assistant', 'system', 'developer', 'user'. | input[0].role | invalid_value",
      [{ role: 'robot', content: 'x' }],
    ],
    [
      "Invalid value: 'input_text'. Supported values are: 'output_text', 'refusal'. | input[0].content[0].type | invalid_value",
      [text('input_text')],
    ],
    [
      "Missing required parameter: 'input[1].arguments'. | input[1].arguments | missing_required_parameter",
      [user, { type: 'function_call', call_id: 'a', name: 'T' }],
    ],
    [
      "Missing required parameter: 'input[0].output'. | input[0].output | missing_required_parameter",
      [{ type: 'function_call_output', call_id: 'a' }],
    ],
    [
      "Invalid 'input[0].id': 'item_1'. Expected an ID that begins with 'msg'. | input[0].id | invalid_value",
      [{ ...text('output_text'), id: 'item_1' }],
    ],
    [
      "Invalid 'input[0].id': 'msg_1'. Expected an ID that begins with 'fc'. | input[0].id | invalid_value",
      [{ ...use('a'), id: 'msg_1' }],
    ],
    [
      "Invalid 'input[0].call_id': string too long. Expected a string with maximum length 64, but got a string with length 65 instead. | input[0].call_id | string_above_max_length",
      [use('a'.repeat(65))],
    ],
  ];
  for (const [message, input] of refused) assert.equal(itemsProblem(input), message);
  assert.equal(itemsProblem([{ ...user, id: 'whatever' }, text('output_text'), { type: 'compaction' }]), '3');
  assert.equal(itemsProblem('hi'), '1');
});

test('every call needs its output, and every output its call', () => {
  assert.equal(itemsProblem([user, use('a'), use('b'), result('b'), result('a')]), '5');
  assert.equal(itemsProblem([user, use('a')]), 'No tool output found for function call a. | input | ');
  assert.equal(
    itemsProblem([user, result('a')]),
    'No tool call found for function call output with call_id a. | input | ',
  );
  const custom = { type: 'custom_tool_call', call_id: 'c', name: 'T', input: 'x' };
  assert.equal(itemsProblem([custom]), 'No tool output found for custom tool call c. | input | ');
  const output = { type: 'custom_tool_call_output', call_id: 'c', output: 'ok' };
  assert.equal(itemsProblem([custom, output]), '2');
});

test('thinking that comes back changed, or alone, is refused', () => {
  const said = { role: 'assistant', content: 'x' };
  const thought = (encrypted_content: unknown): JsonObject => ({
    type: 'reasoning',
    id: 'rs_1',
    summary: [],
    encrypted_content,
  });
  const sealed = sealReasoning('[rehearsal] hm');
  assert.equal(itemsProblem([user, thought(sealed), said]), '3');
  for (const wrong of [`${sealed.slice(0, -4)}AAAA`, sealReasoning('x').slice(4), 'gAAAA']) {
    assert.match(
      itemsProblem([user, thought(wrong), said]),
      /could not be verified.*\| invalid_encrypted_content$/,
    );
  }
  assert.match(
    itemsProblem([user, thought(null), said]),
    /^Item with id 'rs_1' not found\. Items are not persisted/,
  );
  assert.equal(
    itemsProblem([thought(sealed), user]),
    "Item 'rs_1' of type 'reasoning' was provided without its required following item. | input | ",
  );
});
