import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../json/read.ts';
import { isOfCall, Said } from './said.ts';

const args = (kind: 'delta' | 'done', text: unknown): JsonObject =>
  ({
    type: `response.function_call_arguments.${kind}`,
    [kind === 'delta' ? 'delta' : 'arguments']: text,
    output_index: 0,
    item_id: 'x',
    obfuscation: 'abc',
  }) as JsonObject;
const command = (kind: 'added' | 'delta' | 'done', text: string, command_index = 0): JsonObject => ({
  type: `response.shell_call_command.${kind}`,
  [kind === 'delta' ? 'delta' : 'command']: text,
  command_index,
});

function agrees(events: readonly JsonObject[], begun: JsonObject, end: JsonObject): boolean {
  const start = { type: 'function_call', ...begun };
  const said = new Said();
  for (const event of events) said.take(event);
  return said.agrees(start, end);
}

describe('what events said of a call', () => {
  it('agrees with its end where pieces and wholes are what it says', () => {
    const end = { arguments: '{"a":1}' };
    assert.ok(agrees([], {}, end));
    assert.ok(
      agrees([args('delta', '{"a"'), args('delta', ':1}'), args('done', '{"a":1}')], { arguments: '' }, end),
    );
    assert.ok(agrees([args('done', '{"a":1}')], { arguments: '{"a":1}' }, end));
    const shell = { action: { commands: ['ls', 'rm x'] } };
    const streamed = [
      command('added', ''),
      command('delta', 'l'),
      command('delta', 's'),
      command('done', 'ls'),
    ];
    assert.ok(
      agrees(
        [...streamed, command('added', 'rm', 1), command('delta', ' x', 1)],
        { action: { commands: [] } },
        shell,
      ),
    );
    const diff = (kind: 'delta' | 'done', text: string): JsonObject => ({
      type: `response.apply_patch_call_operation_diff.${kind}`,
      [kind === 'delta' ? 'delta' : 'diff']: text,
    });
    const patch = { operation: { type: 'update_file', path: 'a', diff: '@@\n' } };
    const begun = { operation: { type: 'update_file', path: 'a', diff: '' } };
    assert.ok(agrees([diff('delta', '@@'), diff('delta', '\n'), diff('done', '@@\n')], begun, patch));
    assert.ok(
      agrees([{ type: 'response.shell_call.in_progress', output_index: 0 }], {}, shell),
      'a mere status',
    );
    const input = (kind: 'delta' | 'done', text: string): JsonObject => ({
      type: `response.custom_tool_call_input.${kind}`,
      [kind === 'delta' ? 'delta' : 'input']: text,
    });
    assert.ok(
      agrees([input('delta', 'a'), input('delta', 'b'), input('done', 'ab')], { input: '' }, { input: 'ab' }),
    );
    assert.ok(!agrees([input('delta', 'a')], { input: '' }, { input: 'ab' }));
    const future = { type: 'new_call', id: 'x', status: 'in_progress', cmd: null };
    assert.ok(agrees([], future, { ...future, status: 'completed', cmd: 'ls', more: 1 }));
  });

  it('does not where anything that a client may believe is otherwise', () => {
    const end = { arguments: '{"a":1}' };
    const shell = { action: { commands: ['ls'] } };
    const patch = { operation: { type: 'update_file', path: 'a', diff: '@@' } };
    for (const [events, start, last] of [
      [[args('delta', '{"a":2}')], {}, end],
      [[args('delta', '{"a"')], {}, end],
      [[args('delta', '')], {}, end],
      [[args('delta', 7)], {}, end],
      [[args('done', '{"a":2}')], {}, end],
      [[args('done', '{"a":1}'), args('done', '{"a":2}')], {}, end],
      [[args('done', null)], {}, end],
      [[], { arguments: '{"a":2}' }, end],
      [[], { arguments: { a: 1 } }, end],
      [[{ type: 'response.custom_tool_call_input.delta', delta: '{"a":1}' }], {}, end],
      [[{ type: 'response.new_call_thing.delta', delta: '{"a":1}' }], {}, end],
      [[command('delta', 'ls', 1)], {}, shell],
      [[command('done', 'rm')], {}, shell],
      [[command('done', 'ls', -1)], {}, shell],
      [[], { action: { commands: ['rm'] } }, shell],
      [[], { action: { commands: ['ls', 'rm'] } }, shell],
      [[], { action: { timeout_ms: 5 } }, shell],
      [[], { action: { commands: {} } }, shell],
      [[], { operation: { type: 'delete_file' } }, patch],
      [[], { operation: { path: 'b', diff: '' } }, patch],
      [[], { operation: 'x' }, patch],
      [[], { input: 'x' }, end],
      [[], { action: { commands: ['ls'] } }, {}],
      [[], { type: 'new_call', cmd: 'bad' }, { type: 'new_call', cmd: '' }],
      [[], { type: 'new_call', cmd: 'bad' }, { type: 'new_call' }],
    ] as [JsonObject[], JsonObject, JsonObject][]) {
      assert.ok(!agrees(events, start, last), JSON.stringify([events, start, last]));
    }
  });

  it('is of calls only', () => {
    assert.ok(isOfCall('response.function_call_arguments.delta'));
    assert.ok(!isOfCall('response.output_text.delta') && !isOfCall('response.mcp_call_arguments.delta'));
  });
});
