import assert from 'node:assert/strict';
import test from 'node:test';
import { modelAsked } from './validate.ts';

const user = { role: 'user', content: 'hi' };
const good = { model: 'gpt-5.4', messages: [user] };
const use = (...ids: string[]): object => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'T', arguments: '{}' } })),
});
const result = (id: string): object => ({ role: 'tool', tool_call_id: id, content: 'ok' });
const tool = { type: 'function', function: { name: 'T', parameters: { type: 'object' } } };

/** Message, parameter and code of the error, or the model's id. */
function problem(body: unknown): string {
  const found = modelAsked(body);
  return 'id' in found ? found.id : [found.message, found.param, found.code].join(' | ');
}

test('a good request passes', () => {
  const full = {
    ...good,
    model: 'gpt-4.1-2025-04-14',
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 10,
    temperature: null,
    stop: ['a', 'b'],
    n: 2,
    store: false,
    tools: [tool, { type: 'custom', custom: { name: 'C' } }],
    tool_choice: { type: 'custom', custom: { name: 'C' } },
    parallel_tool_calls: true,
    messages: [
      { role: 'developer', content: 'be brief' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'x' },
          { type: 'image_url', image_url: { url: 'x' } },
        ],
      },
      use('a', 'b'),
      result('b'),
      result('a'),
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
      user,
    ],
  };
  assert.equal(problem(full), 'gpt-4.1');
  assert.equal(problem({ ...good, max_completion_tokens: 128_000, max_tokens: null }), 'gpt-5.4');
});

test('what the API refuses is refused in its words', () => {
  const refused: [string, unknown][] = [
    ["Missing required parameter: 'model'. | model | missing_required_parameter", { messages: [user] }],
    ["Missing required parameter: 'messages'. | messages | missing_required_parameter", { model: 'gpt-5.4' }],
    [
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead. | messages | empty_array",
      { ...good, messages: [] },
    ],
    [
      "Invalid type for 'messages': expected an array of objects, but got a string instead. | messages | invalid_type",
      { ...good, messages: 'hi' },
    ],
    [
      'The model `gpt-9` does not exist or you do not have access to it. |  | model_not_found',
      { ...good, model: 'gpt-9' },
    ],
    ['Unrecognized request argument supplied: thread |  | ', { ...good, thread: 1 }],
    [
      "Invalid type for 'stream': expected a boolean, but got a string instead. | stream | invalid_type",
      { ...good, stream: 'true' },
    ],
    [
      "The 'stream_options' parameter is only allowed when 'stream' is enabled. | stream_options | ",
      { ...good, stream_options: { include_usage: true } },
    ],
    [
      "Invalid value: 'robot'. Supported values are: 'system', 'developer', 'user', 'assistant', 'tool'. | messages[0].role | invalid_value",
      { ...good, messages: [{ role: 'robot', content: 'x' }] },
    ],
    [
      "Invalid value: 'image_url'. Supported values are: 'text'. | messages[0].content[0].type | invalid_value",
      { ...good, messages: [{ role: 'system', content: [{ type: 'image_url' }] }] },
    ],
    [
      "Invalid value for 'content': expected a string, got null. | messages.[0].content | ",
      { ...good, messages: [{ role: 'assistant', content: null }] },
    ],
    [
      "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'. | tools[0].function.name | invalid_value",
      { ...good, tools: [{ type: 'function', function: { name: 'a.b' } }] },
    ],
    [
      "Invalid value: 'web_search'. Supported values are: 'function', 'custom'. | tools[0].type | invalid_value",
      { ...good, tools: [{ type: 'web_search' }] },
    ],
    [
      "Tool choice 'U' not found in 'tools' parameter. | tool_choice | ",
      { ...good, tools: [tool], tool_choice: { type: 'function', function: { name: 'U' } } },
    ],
    [
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified. | tool_choice | ",
      { ...good, tool_choice: 'auto' },
    ],
    [
      "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead. | n | integer_below_min_value",
      { ...good, n: 0 },
    ],
    [
      "[rehearsal] 'functions' is not supported here: it is deprecated, use tools. | functions | unsupported_parameter",
      { ...good, functions: [] },
    ],
  ];
  for (const [message, body] of refused) assert.equal(problem(body), message);
  assert.match(problem(undefined), /^We could not parse the JSON body/);
  assert.match(problem([]), /^Invalid body/);
  assert.match(
    problem({ ...good, model: 'text-embedding-3-small' }),
    /^You are not allowed to use the model/,
  );
});

test('there is one cap, of the name that the model takes, and not above its most', () => {
  assert.match(
    problem({ ...good, max_tokens: 5 }),
    /^Unsupported parameter: 'max_tokens' .* \| unsupported_parameter$/,
  );
  const both = { ...good, model: 'gpt-4.1', max_tokens: 5, max_completion_tokens: 5 };
  assert.match(problem(both), /at the same time is not supported/);
  assert.match(
    problem({ ...good, max_completion_tokens: 128_001 }),
    /^max_completion_tokens is too large: 128001. This model supports at most 128000 completion tokens/,
  );
  assert.match(problem({ ...good, max_completion_tokens: 0 }), /integer_below_min_value$/);
  assert.match(problem({ ...good, max_completion_tokens: 1.5 }), /but got a decimal number instead/);
  assert.match(problem({ ...good, max_completion_tokens: '9' }), /but got a string instead/);
});

test('every call needs its result before anybody else speaks, and every result its call', () => {
  const messages = (...list: unknown[]): string => problem({ ...good, messages: list });
  assert.match(messages(user, use('a', 'b'), result('a')), /did not have response messages: b \|/);
  assert.match(messages(user, use('a'), user, result('a')), /did not have response messages: a \|/);
  assert.match(messages(user, result('a')), /must be a response to a preceeding message/);
  assert.match(messages(user, use('a'), result('a'), result('a')), /must be a response to a preceeding/);
  assert.equal(messages(user, use('a'), result('a'), use('a'), result('a')), 'gpt-5.4');
});
