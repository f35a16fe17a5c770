import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../json/read.ts';
import { callArgs, callName } from './calls.ts';

/** @returns name and arguments of the item that this JSON is; `none` where it is no call */
function read(json: string | object): unknown[] | 'none' {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  const item = JSON.parse(text) as JsonObject;
  const name = callName(item);
  return name === undefined ? 'none' : [name, callArgs(item, Buffer.from(`[${text}]`), [0])];
}

describe('an output item', () => {
  it('that an agent runs is called by its name, or by that of the tool built in', () => {
    const action = { commands: ['ls'], timeout_ms: 5 };
    const exec = { type: 'exec', command: ['ls', '-la'], env: {} };
    const operation = { type: 'update_file', path: 'a', diff: '@@' };
    for (const [item, expected] of [
      [{ type: 'function_call', name: 'f', arguments: '{"a":1}' }, ['f', { a: 1 }]],
      [{ type: 'function_call', name: 'f', arguments: '' }, ['f', {}]],
      [{ type: 'function_call', name: 'f', arguments: '[1]', namespace: null }, ['f', [1]]],
      [{ type: 'function_call', name: 'f', arguments: '{}', namespace: '' }, ['f', {}]],
      [{ type: 'function_call', name: 'f', namespace: 'n', arguments: '{}' }, ['n/f', {}]],
      [{ type: 'custom_tool_call', name: 'c', input: 'ls "{' }, ['c', { input: 'ls "{' }]],
      [{ type: 'custom_tool_call', name: 'c', namespace: 'n', input: '' }, ['n/c', { input: '' }]],
      [
        { type: 'mcp_approval_request', server_label: 's', name: 'm', arguments: '{"a":1}' },
        ['s/m', { a: 1 }],
      ],
      [{ type: 'local_shell_call', action: exec }, ['local_shell', exec]],
      [{ type: 'shell_call', action, environment: { type: 'local' } }, ['shell', action]],
      [{ type: 'shell_call', action, environment: { type: 'container_reference' } }, ['shell', action]],
      [{ type: 'apply_patch_call', operation }, ['apply_patch', operation]],
      [{ type: 'computer_call', action: { type: 'click', x: 1 } }, ['computer', { type: 'click', x: 1 }]],
      [{ type: 'computer_call', actions: [{ type: 'wait' }] }, ['computer', { actions: [{ type: 'wait' }] }]],
      [
        { type: 'computer_call', action: { type: 'wait' }, actions: [{ type: 'click' }] },
        ['computer', { action: { type: 'wait' }, actions: [{ type: 'click' }] }],
      ],
      [{ type: 'tool_search_call', execution: 'client', arguments: { q: 'x' } }, ['tool_search', { q: 'x' }]],
      [{ type: 'tool_search_call', arguments: '{"q":"x"}' }, ['tool_search', { q: 'x' }]],
    ] as const) {
      assert.deepEqual(read(item), expected, JSON.stringify(item));
    }
  });

  it('of a type that nobody knows is one where it has a name, waits for an output, or calls itself one', () => {
    for (const [item, expected] of [
      [{ type: 'new', id: 'x', name: 'f', arguments: '{}' }, ['f', { arguments: '{}' }]],
      [{ type: 'new', name: 'f', namespace: 'n', cmd: 'ls' }, ['n/f', { cmd: 'ls' }]],
      [
        { type: 'browser_thing', call_id: 'c', status: 'x', url: 'http://x' },
        ['browser_thing', { url: 'http://x' }],
      ],
      [{ type: 'browser_call', url: 'http://x' }, ['browser_call', { url: 'http://x' }]],
      [{ type: 'call' }, ['call', {}]],
      [{ type: 'tool_use', input: {} }, ['tool_use', { input: {} }]],
      [{ name: 'f' }, ['f', {}]],
    ] as const) {
      assert.deepEqual(read(item), expected, JSON.stringify(item));
    }
  });

  it('that nobody runs, or the provider does, is none', () => {
    for (const type of [
      'message',
      'reasoning',
      'compaction',
      'program',
      'mcp_list_tools',
      'additional_tools',
    ])
      assert.equal(read({ type, name: 'x', call_id: 'c' }), 'none', type);
    for (const type of ['function', 'custom_tool', 'shell', 'apply_patch', 'computer', 'local_shell'])
      assert.equal(
        read({
          type: `${type}_call_output`.replace('custom_tool_call', 'custom_tool_call'),
          call_id: 'c',
          name: 'x',
        }),
        'none',
        type,
      );
    for (const type of ['web_search', 'file_search', 'code_interpreter', 'image_generation', 'mcp'])
      assert.equal(read({ type: `${type}_call`, name: 'x', call_id: 'c' }), 'none', type);
    assert.equal(
      read({ type: 'tool_search_call', execution: 'server', call_id: null, arguments: {} }),
      'none',
    );
    assert.equal(read({ type: 'brand_new', text: 'x' }), 'none');
  });

  it('has no arguments that programs may read differently', () => {
    for (const item of [
      '{"type":"function_call","name":"f","arguments":"{"}',
      '{"type":"function_call","name":"f","arguments":"{}x"}',
      '{"type":"function_call","name":"f","arguments":"{\\"a\\":1,\\"A\\":2}"}',
      '{"type":"function_call","name":"f","arguments":"{\\"a\\":9007199254740993}"}',
      '{"type":"function_call","name":"f","arguments":"\\"\\udc00\\""}',
      '{"type":"function_call","name":"f","arguments":{"a":1}}',
      '{"type":"function_call","name":"f","arguments":null}',
      '{"type":"function_call","name":"f"}',
      '{"type":"custom_tool_call","name":"c","input":["x"]}',
      '{"type":"custom_tool_call","name":"c","input":"\\udc00"}',
      '{"type":"custom_tool_call","name":"c"}',
      '{"type":"shell_call","action":"ls"}',
      '{"type":"shell_call"}',
      '{"type":"local_shell_call","action":null}',
      '{"type":"shell_call","action":{"timeout_ms":9007199254740993}}',
      '{"type":"apply_patch_call","operation":7}',
      '{"type":"computer_call"}',
      '{"type":"computer_call","actions":[{"x":1e400}]}',
      '{"type":"computer_call","actions":"x","action":{}}',
      '{"type":"computer_call","actions":[],"action":{"x":9007199254740993}}',
      '{"type":"tool_search_call"}',
      '{"type":"tool_search_call","arguments":{"n":9007199254740993}}',
      '{"type":"new_call","n":9007199254740993}',
    ]) {
      const [name, args] = read(item) as unknown[];
      assert.ok(typeof name === 'string');
      assert.equal(args, undefined, item);
    }
  });

  it('that is a call without a name that can be read, or is spelt otherwise, is no reply of this wire', () => {
    for (const item of [
      { type: 'function_call', arguments: '{}' },
      { type: 'function_call', name: 7, arguments: '{}' },
      { type: 'custom_tool_call', name: null, input: '' },
      { type: 'function_call', name: 'f', namespace: 7 },
      { type: 'mcp_approval_request', name: 'f', server_label: {} },
      { type: 'function_call', name: 'f', Arguments: '{}' },
      { type: 'message', Name: 'f' },
      { Type: 'function_call', name: 'f' },
      { type: 'tool_search_call', Execution: 'server' },
    ]) {
      assert.throws(() => read(item), { code: 'reply_garbage' }, JSON.stringify(item));
    }
  });
});
