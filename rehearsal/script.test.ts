import assert from 'node:assert/strict';
import test from 'node:test';
import { type Call, readCall } from './anthropic-messages/call.ts';
import type { JsonObject } from './json.ts';
import { nextTurn } from './script.ts';
import type { Turn } from './turn.ts';

const bash = {
  name: 'Bash',
  input_schema: { type: 'object', required: ['command'], properties: { command: { type: 'string' } } },
};

function callOf(messages: unknown, more: JsonObject = {}): Call {
  const call = readCall({ model: 'claude-opus-5-5', max_tokens: 1000, messages, ...more });
  assert.ok(call);
  return call;
}

/** The turn that answers a user who said `text`, `step` answers ago. */
function turnOf(text: unknown, step = 0, more: JsonObject = {}): Turn {
  const messages: unknown[] = [{ role: 'user', content: text }];
  for (let answer = 0; answer < step; answer++) {
    const use = { type: 'tool_use', id: `t${answer}`, name: 'Bash', input: {} };
    messages.push({ role: 'assistant', content: [use] });
    messages.push({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: `t${answer}`, content: 'hello\nworld' }],
    });
  }
  return nextTurn(callOf(messages, more)).turn;
}

const words = (turn: Turn): string[] =>
  turn.blocks.map((block) => (block.type === 'tool_use' ? `${block.name} ${block.args}` : block.text));

test('each directive is one turn, then it is done', () => {
  const text = 'please\n/say one\n/tool Bash {"command": "ls"}\nand then\n/say two';
  assert.deepEqual(words(turnOf(text)), ['[rehearsal] one']);
  assert.deepEqual(words(turnOf(text, 1)), ['[rehearsal] I call Bash.', 'Bash {"command": "ls"}']);
  assert.deepEqual(words(turnOf(text, 2)), ['[rehearsal] two']);
  assert.deepEqual(words(turnOf(text, 3)), ['[rehearsal] done']);
  assert.deepEqual(words(turnOf(text, 9)), ['[rehearsal] done']);
});

test('/also adds a parallel call, and arguments keep their spelling', () => {
  const turn = turnOf(
    '/tool Bash {"command":"\\u006cs",  "n": 1.0}\n/also mcp__x__read {"path":"a"}\n/also List',
  );
  assert.deepEqual(words(turn).slice(1), [
    'Bash {"command":"\\u006cs",  "n": 1.0}',
    'mcp__x__read {"path":"a"}',
    'List {}',
  ]);
});

test('/think opens the turn after it, even the last one', () => {
  assert.deepEqual(turnOf('/think hm\n/say so').blocks, [
    { type: 'thinking', text: '[rehearsal] hm' },
    { type: 'text', text: '[rehearsal] so' },
  ]);
  assert.deepEqual(words(turnOf('/say so\n/think hm', 1)), ['[rehearsal] hm', '[rehearsal] done']);
});

test('/tokens makes text of exactly that many tokens', () => {
  for (const tokens of [3, 4, 100, 5000]) {
    assert.equal(Buffer.byteLength(words(turnOf(`/tokens ${tokens}`))[0] ?? ''), tokens * 4);
  }
  assert.equal(turnOf('/ignore-cap 10').ignoresCap, true);
});

test('modifiers hold for the whole message and are no turns', () => {
  const text =
    '/pace 0\n/chunk 3\n/split 7\n/bill input=10 output=20 cache_read=1 cache_write_1h=2 geo=us\n/say a';
  const { turn, modifiers } = nextTurn(callOf([{ role: 'user', content: text }]));
  assert.deepEqual(words(turn), ['[rehearsal] a']);
  assert.deepEqual(modifiers, {
    paceMs: 0,
    chunkBytes: 3,
    splitBytes: 7,
    usage: { input: 10, output: 20, cacheRead: 1, cacheWrite5m: 0, cacheWrite1h: 2 },
    geo: 'us',
  });
});

test('a directive that cannot be read says so instead of passing by luck', () => {
  for (const line of [
    '/tool',
    '/tool Bash {"a"',
    '/tool Bash [1]',
    '/fault nope',
    '/tokens many',
    '/bill in=1',
    '/split 0',
  ]) {
    assert.match(words(turnOf(line))[0] ?? '', /^\[rehearsal\] I could not read the line/, line);
  }
  assert.match(words(turnOf('/usr/bin is a folder, and so is /toolbox'))[0] ?? '', /Hello/);
});

test('directives count in every text block of the last message that has text', () => {
  const content = [
    { type: 'text', text: '<system-reminder>\nthe date\n</system-reminder>' },
    { type: 'text', text: '/say one' },
    { type: 'text', text: '/say two' },
  ];
  assert.deepEqual(words(turnOf(content)), ['[rehearsal] one']);
  assert.deepEqual(words(turnOf(content, 1)), ['[rehearsal] two']);
});

test('a reminder beside a tool result starts nothing new, a new question does', () => {
  const messages = [
    { role: 'user', content: '/tool Bash {}\n/say after' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Bash', input: {} }] },
  ];
  const result = { type: 'tool_result', tool_use_id: 't', content: 'x' };
  const answer = (text: string): Turn =>
    nextTurn(callOf([...messages, { role: 'user', content: [result, { type: 'text', text }] }])).turn;
  assert.deepEqual(words(answer('<system-reminder>be nice</system-reminder>')), ['[rehearsal] after']);
  assert.deepEqual(words(answer('/say stop that')), ['[rehearsal] stop that']);
});

test('without directives it calls Bash, quotes the result, and is content', () => {
  const more = { tools: [{ name: 'Read', input_schema: { type: 'object' } }, bash] };
  assert.deepEqual(words(turnOf('hi', 0, more)), [
    '[rehearsal] Hello! I try the tool Bash first.',
    'Bash {"command":"echo hello from the rehearsal","description":"say hello"}',
  ]);
  assert.deepEqual(words(turnOf('hi', 1, more)), ['[rehearsal] All done. The tool answered: "hello world".']);
});

test('without Bash it takes the first tool that wants nothing but strings', () => {
  const number = {
    name: 'Add',
    input_schema: { type: 'object', required: ['a'], properties: { a: { type: 'number' } } },
  };
  const find = {
    name: 'Find',
    input_schema: { type: 'object', required: ['q'], properties: { q: { type: 'string' } } },
  };
  assert.equal(words(turnOf('hi', 0, { tools: [number, find] }))[1], 'Find {"q":"rehearsal"}');
  assert.equal(turnOf('hi', 0, { tools: [number] }).blocks.length, 1);
});

test('shells that are known by name are called as they want to be, if their schema is the known one', () => {
  const shell = (name: string, key: string): object => ({
    name,
    input_schema: { type: 'object', required: [key], properties: { [key]: { type: 'string' } } },
  });
  const call = (tool: object): string | undefined => words(turnOf('hi', 0, { tools: [tool] }))[1];
  assert.equal(call(shell('exec_command', 'cmd')), 'exec_command {"cmd":"echo hello from the rehearsal"}');
  assert.equal(call(shell('exec', 'command')), 'exec {"command":"echo hello from the rehearsal"}');
  assert.equal(call(shell('bash', 'script')), 'bash {"script":"rehearsal"}');
});

test('a call can have text instead of JSON, where the API has such calls', () => {
  const messages = (text: string) => [{ role: 'user', content: [{ type: 'text', text }] }];
  const turn = (text: string, textCalls: boolean): Turn =>
    nextTurn({ ...callOf(messages(text)), textCalls }).turn;
  assert.deepEqual(turn('/tool patch "a\\nü"', true).blocks[1], {
    type: 'tool_use',
    name: 'patch',
    args: 'a\nü',
    asText: true,
  });
  assert.deepEqual(words(turn('/fault tool-args-split patch "ü"', true))[1], 'patch ü');
  assert.match(words(turn('/tool patch "a"', false))[0] ?? '', /I could not read the line/);
  const tools = [{ name: 'sql', takesText: true, definition: {} }];
  const toolChoice = { type: 'any', name: '', single: false } as const;
  const forced = nextTurn({ ...callOf(messages('hi')), tools, toolChoice, textCalls: true }).turn;
  assert.deepEqual(forced.blocks, [{ type: 'tool_use', name: 'sql', args: 'rehearsal', asText: true }]);
});

test('a failed tool or a replaced answer ends politely', () => {
  const failed = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Bash', input: {} }] },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 't', is_error: true, content: 'not allowed' }],
    },
  ];
  assert.match(words(nextTurn(callOf(failed)).turn)[0] ?? '', /did not do it, it says: "not allowed"/);
  const replaced = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'Tollgate refused this call.' },
    { role: 'user', content: 'go on' },
  ];
  const turn = nextTurn(callOf(replaced, { tools: [bash] })).turn;
  assert.deepEqual(words(turn), [
    '[rehearsal] My last answer did not get through. In its place stood: "Tollgate refused this call.". I leave it at that.',
  ]);
});

test('tool_choice is obeyed', () => {
  const two = '/tool Bash {"command":"ls"}\n/also Bash {"command":"pwd"}';
  const choose = (tool_choice: JsonObject, text = two): string[] =>
    words(turnOf(text, 0, { tools: [bash], tool_choice }));
  assert.deepEqual(choose({ type: 'none' }), [
    '[rehearsal] I may not call tools in this answer, so I do not.',
  ]);
  assert.equal(choose({ type: 'auto', disable_parallel_tool_use: true }).length, 2);
  assert.deepEqual(choose({ type: 'tool', name: 'Bash' }, '/say no'), ['Bash {"command":"rehearsal"}']);
  assert.match(choose({ type: 'any' }, '/say no')[0] ?? '', /^Bash \{/);
});

test('structured output gets JSON with the mark inside', () => {
  const schema = {
    type: 'object',
    required: ['title', 'n'],
    properties: { title: { type: 'string' }, n: { type: 'integer' } },
  };
  const turn = turnOf('hi', 0, { output_config: { format: { type: 'json_schema', schema } } });
  assert.deepEqual(words(turn), ['{"title":"[rehearsal] sample","n":1}']);
});

/** What is said at the end of a conversation: texts of the user and of the assistant, or the result of a tool. */
const said = (...messages: readonly (readonly [role: string, text: string])[]): string[] => {
  const use = { type: 'tool_use', id: 't', name: 'Bash', input: {} };
  const result = { type: 'tool_result', tool_use_id: 't', content: 'hello' };
  const blocks: { readonly [role: string]: (text: string) => unknown } = {
    user: (text) => ({ role: 'user', content: text }),
    answer: (text) => ({ role: 'assistant', content: text }),
    call: () => ({ role: 'assistant', content: [use] }),
    result: () => ({ role: 'user', content: [result] }),
  };
  return words(nextTurn(callOf(messages.map(([role, text]) => blocks[role]?.(text)))).turn);
};
const script = ['user', 'do\n/tool Bash {}\n/say two'] as const;
const added = ['user', 'Active sessions: none'] as const;
const call = ['call', ''] as const;
const result = ['result', ''] as const;

test('what an agent adds in a message after the user’s does not hide the directives', () => {
  assert.deepEqual(said(script, added), ['[rehearsal] I call Bash.', 'Bash {}']);
  assert.deepEqual(said(script, added, call, result), ['[rehearsal] two']);
  assert.deepEqual(said(['user', '/say old'], ['user', '/say new']), ['[rehearsal] new']);
  assert.equal(said(['user', '/think hm'], added)[0], '[rehearsal] hm');
});

test('what an agent adds after the result of a tool starts nothing, unless it has directives', () => {
  assert.deepEqual(said(script, call, result, added), ['[rehearsal] two']);
  assert.deepEqual(said(script, added, call, result, added), ['[rehearsal] two']);
  assert.deepEqual(said(script, call, result, added, added, call, result, added), ['[rehearsal] done']);
  assert.deepEqual(said(script, call, result, ['user', '/say stop']), ['[rehearsal] stop']);
  const all = '[rehearsal] All done. The tool answered: "hello".';
  assert.deepEqual(said(['user', 'hi'], call, result, added), [all]);
});

test('a script is not said again to a user who says something else', () => {
  const hello = /^\[rehearsal\] Hello!/;
  const over = [script, added, call, result, added, ['answer', '[rehearsal] two']] as const;
  assert.match(said(...over, ['user', 'thanks'])[0] ?? '', hello);
  assert.match(said(...over, ['user', 'thanks'], added)[0] ?? '', hello);
  assert.match(
    said(...over, ['user', 'hi'], ['answer', '[rehearsal] Hello!'], ['user', 'hi'])[0] ?? '',
    hello,
  );
  assert.match(
    said(script, ['answer', '/say no'], ['user', 'hi'])[0] ?? '',
    /My last answer did not get through/,
  );
  // One that never got an answer is tried once more, with the next message, as it may have been added by the agent.
  assert.deepEqual(said(['user', '/say one'], ['user', 'hi']), ['[rehearsal] one']);
  assert.match(said(['user', '/say one'], ['user', 'hi'], ['user', 'hi'])[0] ?? '', hello);
});
