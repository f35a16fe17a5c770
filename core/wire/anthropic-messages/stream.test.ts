import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callOf, refusalOf, TestJudge } from '../testing.ts';
import { ReplyFault } from '../wire.ts';
import {
  block,
  callBlock,
  end,
  event,
  guardWith,
  type Otherwise,
  PING,
  START,
  textBlock,
} from './testing.ts';
import { callsOf, readWithSdk } from './testing-clients.ts';

function guarded(stream: string, options: Otherwise = {}) {
  const judge = new TestJudge();
  const guard = guardWith(judge, options);
  const out = Buffer.concat(guard.push(Buffer.from(stream))).toString();
  return { judge, guard, out };
}

describe('the guard of a streamed reply', () => {
  it('lets a reply without denied calls pass byte for byte, whatever its line ends, comments and blanks', () => {
    const reply =
      `: comment\n\n${START}${PING}${textBlock(0, 'Grüß 👩‍🚀', '')}` +
      block(1, { type: 'thinking', thinking: '' }, { type: 'signature_delta', signature: 'x' }) +
      block(2, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }) +
      block(3, { type: 'something_new', text: 'x' }) +
      callBlock(4, 'ReadFile', '{"a":', '1}') +
      callBlock(5, 'Bash', '', '{"command"', ':"ls"}') +
      end('tool_use');
    for (const stream of [reply, reply.replaceAll('\n', '\r\n'), reply.replaceAll('\n', '\r')]) {
      const { out, judge } = guarded(stream);
      assert.equal(out, stream);
      assert.deepEqual(judge.allowed, ['ReadFile', 'Bash {"command":"ls"}']);
    }
  });

  it('replaces a call that its name denies by text in its place, from its first event on', async () => {
    const { out } = guarded(
      START + textBlock(0, 'Hm.') + callBlock(1, 'DenyMe', '{"secret":', '1}') + end('tool_use'),
    );
    assert.ok(!out.includes('DenyMe"') && !out.includes('secret') && !out.includes('tool_use'));
    const { content, stopReason } = await readWithSdk(out);
    assert.deepEqual(content, [
      { type: 'text', text: 'Hm.' },
      { type: 'text', text: refusalOf('DenyMe') },
    ]);
    assert.equal(stopReason, 'end_turn');
  });

  it('says so before the arguments of a call that its name denies have come', () => {
    const start = callBlock(0, 'DenyMe').split('event: content_block_stop')[0] ?? '';
    assert.match(guarded(START + start).out, /not allowed.*\n\nevent: content_block_stop/s);
  });

  it('holds a call whose arguments decide, lets pings overtake it, and replaces it when they are bad', async () => {
    const judge = new TestJudge();
    const guard = guardWith(judge);
    const push = (text: string) => Buffer.concat(guard.push(Buffer.from(text))).toString();
    const [start = '', ...rest] = callBlock(0, 'Bash', '{"bad":', '1}').split(/(?<=\n\n)/);
    assert.equal(push(START), START);
    assert.equal(push(start), '');
    assert.equal(push(PING), PING);
    assert.equal(push(': keep-alive\n\n'), ': keep-alive\n\n');
    for (const piece of rest.slice(0, -1)) assert.equal(push(piece), '');
    const out = push(rest.at(-1) ?? '');
    assert.ok(out.includes('not allowed') && !out.includes('bad'));
    assert.deepEqual(judge.denied, ['Bash {"bad":1}']);
    const { content } = await readWithSdk(START + out + push(end('tool_use')));
    assert.deepEqual(content, [{ type: 'text', text: refusalOf('Bash') }]);
  });

  it('leaves allowed calls beside a denied one, and then the stop reason too', async () => {
    const good = callBlock(1, 'Bash', '{"command":"ls"}');
    const stream =
      START + callBlock(0, 'DenyMe') + good + callBlock(2, 'Bash', '{"bad":1}') + end('tool_use');
    const { out } = guarded(stream);
    assert.ok(out.includes(good), 'an allowed call passes byte for byte');
    const seen = await readWithSdk(out);
    assert.deepEqual(callsOf(seen), [callOf('Bash', { command: 'ls' })]);
    assert.deepEqual(
      seen.content.map(({ type }) => type),
      ['text', 'tool_use', 'text'],
    );
    assert.equal(seen.stopReason, 'tool_use');
  });

  it('changes the stop reason only where it was tool_use and no call is left, and nothing else of that event', () => {
    for (const reason of ['max_tokens', 'pause_turn', 'refusal', 'end_turn']) {
      const last = end(reason);
      assert.ok(guarded(START + callBlock(0, 'DenyMe') + last).out.endsWith(last), reason);
    }
    const without = START + textBlock(0, 'x') + end('tool_use');
    assert.equal(guarded(without).out, without, 'nothing was denied');
    const odd =
      'id: "tool_use"\nevent: message_delta\ndata: { "usage" : { "output_tokens":5} ,"type":"message_delta","delta":{"stop_sequence":null,  "stop_reason" : "tool_use" }}\n\n';
    const { out } = guarded(START + callBlock(0, 'DenyMe') + odd);
    assert.ok(out.endsWith(odd.replace(': "tool_use" }', ': "end_turn" }')), out.slice(-200));
    const lines =
      'event: message_delta\ndata: {"type":"message_delta","delta":\ndata: {"stop_reason":"tool_use"}}\n\n';
    assert.ok(
      guarded(START + callBlock(0, 'DenyMe') + lines).out.endsWith(lines.replace('tool_use', 'end_turn')),
    );
  });

  it('counts a call without arguments as one with none, and takes them from its beginning where they stand there', () => {
    const whole = block(1, { type: 'tool_use', id: 'x', name: 'Bash', input: { command: 'a' } });
    const { out, judge } = guarded(START + callBlock(0, 'Bash') + whole + end('tool_use'));
    assert.deepEqual(judge.allowed, ['Bash {}', 'Bash {"command":"a"}']);
    assert.ok(out.includes(whole));
  });

  it('takes arguments that not every client reads alike for unreadable', () => {
    const given = (input: unknown) => block(0, { type: 'tool_use', id: 'x', name: 'Bash', input });
    for (const call of [
      callBlock(0, 'Bash', '{"a":1'),
      callBlock(0, 'Bash', '{"a":1}x'),
      callBlock(0, 'Bash', '{"a":1,"\\u0061":2}'),
      callBlock(0, 'Bash', '{"path":1,"Path":2}'),
      callBlock(0, 'Bash', '{"\udc00x":1}'),
      callBlock(0, 'Bash', `${'['.repeat(200)}${']'.repeat(200)}`),
      callBlock(0, 'Bash', '{"a":[{"__pr\\u006fto__":{"command":"rm"}}]}'),
      callBlock(0, 'Bash', '{"to":90071992547', '40993}'),
      given({ to: 7 }).replace('7', '9007199254740993'),
      given(JSON.parse('{"__proto__":{"command":"rm"}}')),
      given('{"command":"ls"}'),
      given(['ls']),
    ]) {
      const { judge, out } = guarded(START + call + end('tool_use'));
      assert.deepEqual([judge.allowed, judge.denied], [[], ['Bash']], call);
      assert.ok(!out.includes('"Bash"'));
    }
  });

  it('reads a character that is cut in two between pieces', () => {
    const { judge } = guarded(START + callBlock(0, 'Bash', '{"a":"\ud83d', '\ude00"}') + end('tool_use'));
    assert.deepEqual(judge.allowed, ['Bash {"a":"😀"}']);
  });

  it('never delivers a call that the stream breaks off in', () => {
    const cut = callBlock(0, 'Bash', '{"command":"ls"}').split('event: content_block_stop')[0] ?? '';
    const { out, guard } = guarded(START + cut);
    assert.equal(out, START);
    assert.equal(guard.ended, false);
    assert.throws(() => guard.push(Buffer.from(event('message_stop'))), ReplyFault);
    assert.throws(() => guarded(START + cut + end()), /inside a tool call/);
  });

  it('delivers nothing after the end but what cannot be content, and still reads what the reply cost', () => {
    const whole = START + textBlock(0, 'x') + event('message_delta', { delta: {} }) + event('message_stop');
    const late = event('message_delta', { delta: {}, usage: { output_tokens: 77 } });
    const { out, guard } = guarded(
      `${whole}${PING}: bye\n\n${late}data: [DONE]\n\n${callBlock(1, 'ReadFile')}${START}${callBlock(0, 'DenyMe')}`,
    );
    assert.equal(out, `${whole}${PING}: bye\n\n${late}`);
    assert.ok(guard.ended);
    assert.equal(guard.facts().usage?.outputTokens, 77);
  });
});

describe('a streamed reply that is not of the form of its wire', () => {
  const start = (index: unknown, content_block: unknown = { type: 'text', text: '' }) =>
    event('content_block_start', { index, content_block });
  const delta = (index: unknown, of: unknown = { type: 'text_delta', text: 'x' }) =>
    event('content_block_delta', { index, delta: of });
  const stop = (index: unknown) => event('content_block_stop', { index });
  const bash = { type: 'tool_use', id: 'x', name: 'Bash', input: {} };

  for (const [name, stream] of Object.entries({
    'begins twice': START + START,
    'begins with a block': start(0),
    'begins with content': START.replace('"content":[]', '"content":[{"type":"text","text":""}]'),
    'has content that is no list': START.replace('"content":[]', '"content":"x"'),
    'leaves out a number': START + start(1),
    'counts from one': START + textBlock(0) + start(2),
    'has a number twice': START + textBlock(0) + start(0),
    'has a number that is text': START + start('0'),
    'has a block in a block': START + start(0) + start(1),
    'begins a block twice': START + start(0) + start(0),
    'says inside a call why it ended':
      START + start(0, bash) + event('message_delta', { delta: { stop_reason: 'tool_use' } }),
    'has a block without a type': START + start(0, { text: 'x' }),
    'has a block that is none': START + start(0, null),
    'goes on with no block': START + delta(0),
    'goes on with another block': START + start(0) + delta(1),
    'goes on with a block that has ended': START + textBlock(0) + delta(0),
    'ends no block': START + stop(0),
    'ends another block': START + start(0) + stop(1),
    'goes on with nothing': START + start(0) + delta(0, null),
    'puts text into a call': START + start(0, bash) + delta(0),
    'puts numbers into a call':
      START + start(0, bash) + delta(0, { type: 'input_json_delta', partial_json: 1 }),
    'has an event without a type': START + event('ping').replace('"type":"ping"', '"x":1'),
    'has an event that is no object': `${START}data: []\n\n`,
    'has an event that is no JSON': `${START}data: x\n\n`,
    'has an event with a key twice': `${START}data: {"type":"ping","TYPE":"x"}\n\n`,
    'has an event that is labelled as another': START + PING.replace('event: ping', 'event: pong'),
    'has a line that is none of the standard’s': `${START}datum: 1\n\n`,
  })) {
    it(`is cut where it ${name}`, () => {
      assert.throws(() => guarded(stream), { name: 'ReplyFault', code: 'reply_garbage' });
    });
  }

  it('is cut where it has bytes that are not UTF-8, in a comment too', () => {
    for (const bytes of [
      Buffer.from([0x3a, 0xc0, 0x8a, 0x0a, 0x0a]),
      Buffer.from([0x3a, 0xff, 0x0a, 0x0a]),
    ]) {
      assert.throws(() => guardWith(new TestJudge()).push(bytes), { code: 'reply_garbage' });
    }
  });

  it('is cut where a call has more than 4 MB of arguments, and not before', () => {
    const guard = guardWith(new TestJudge());
    const piece = Buffer.from(delta(0, { type: 'input_json_delta', partial_json: 'x'.repeat(1_000_000) }));
    guard.push(Buffer.from(START + start(0, bash)));
    for (let n = 0; n < 4; n++) assert.deepEqual(guard.push(piece), []);
    assert.throws(() => guard.push(piece), { code: 'reply_garbage', message: /too large/ });
  });

  it('is cut where an event has more than 8 MB', () => {
    const guard = guardWith(new TestJudge());
    const chunk = Buffer.alloc(1_000_000, 'x');
    assert.throws(() => {
      for (let n = 0; n < 9; n++) guard.push(chunk);
    }, /too large/);
  });
});

describe('a streamed reply that outruns its reservation', () => {
  const words = (count: number) => textBlock(0, 'word '.repeat(count));

  it('is cut, and ends for the client as a message that reached its cap, with a text', async () => {
    const guard = guardWith(new TestJudge(), { cap: 10 });
    const first = Buffer.concat(guard.push(Buffer.from(START + textBlock(0, 'Hm.'))));
    const more = event('content_block_start', { index: 1, content_block: { type: 'text', text: '' } });
    const delta = event('content_block_delta', { index: 1, delta: { type: 'text_delta', text: 'one two ' } });
    const over = event('content_block_delta', {
      index: 1,
      delta: { type: 'text_delta', text: 'w '.repeat(50) },
    });
    // All in one piece: what came before the excess must not be lost.
    assert.throws(() => guard.push(Buffer.from(more + delta + over)), { code: 'reply_over_cap' });
    const rest = guard.finish('[tollgate] cut');
    assert.deepEqual(
      rest.toString().match(/(?<="index":)\d/g),
      ['1', '1', '1', '2', '2', '2'],
      'the open block is ended',
    );
    const seen = await readWithSdk(Buffer.concat([first, rest]));
    assert.deepEqual(seen.content, [
      { type: 'text', text: 'Hm.' },
      { type: 'text', text: 'one two ' },
      { type: 'text', text: '[tollgate] cut' },
    ]);
    assert.equal(seen.stopReason, 'max_tokens');
    assert.equal(seen.error, undefined);
    const { faults, soFar } = guard.facts();
    assert.ok(faults.includes('bound_fault'));
    assert.deepEqual([soFar.inputTokens, soFar.outputTokens], [10, 27], 'what was heard, not what was said');
  });

  it('is cut whatever it goes on with: text, thinking or arguments', () => {
    const [long, cap] = ['w '.repeat(50), 10];
    const thinking = block(0, { type: 'thinking', thinking: '' }, { type: 'thinking_delta', thinking: long });
    const beside = block(0, { type: 'thinking' }, { type: 'thinking_delta', text: '', thinking: long });
    const unknown = block(0, { type: 'new' }, { type: 'new_delta', number: 1, words: long });
    const atOnce = block(0, { type: 'text', text: long });
    const given = block(0, { type: 'tool_use', id: 'x', name: 'Bash', input: { command: [long] } });
    for (const more of [
      textBlock(0, long),
      thinking,
      beside,
      unknown,
      atOnce,
      given,
      callBlock(0, 'ReadFile', long),
      callBlock(0, 'Bash', long),
    ]) {
      assert.throws(() => guarded(START + more, { cap }), { code: 'reply_over_cap' }, more);
    }
  });

  it('is not cut for what is sealed, and longer than what it stands for, or what a tool of the provider brought', () => {
    const [long, cap] = ['a+'.repeat(50), 10];
    const thinking = block(0, { type: 'thinking' }, { type: 'signature_delta', signature: long });
    const sealed = block(1, { type: 'redacted_thinking', data: long });
    const stream = START + thinking + sealed + block(2, { type: 'mcp_tool_result', content: long }) + end();
    assert.equal(guarded(stream, { cap }).out, stream);
  });

  it('is cut inside a held call or a denied one in such a way that the text is still seen, and the call is not', async () => {
    for (const [name, expected] of [
      ['Bash', []],
      ['DenyMe', [{ type: 'text', text: refusalOf('DenyMe') }]],
    ] as const) {
      const guard = guardWith(new TestJudge(), { cap: 10 });
      const long = callBlock(0, name, '{"command":"', 'x '.repeat(50));
      assert.throws(() => guard.push(Buffer.from(START + long)), { code: 'reply_over_cap' });
      const seen = await readWithSdk(guard.finish('[tollgate] cut'));
      assert.deepEqual(seen.content, [...expected, { type: 'text', text: '[tollgate] cut' }]);
    }
  });

  it('is cut at its beginning when it reports more input than was paid for, and is a message all the same', async () => {
    const guard = guardWith(new TestJudge(), { outruns: ({ inputTokens }) => inputTokens > 9 });
    assert.throws(() => guard.push(Buffer.from(START + words(1) + end())), { code: 'reply_over_cap' });
    const seen = await readWithSdk(guard.finish('[tollgate] cut'));
    assert.deepEqual(seen.content, [{ type: 'text', text: '[tollgate] cut' }]);
    assert.deepEqual(guard.facts().faults, ['usage_missing', 'bound_fault']);
  });

  it('is recorded when only its end says so, or what it used has no price at all', () => {
    const over = guardWith(new TestJudge(), { cap: 4 });
    over.push(Buffer.from(START + words(1) + end()));
    assert.deepEqual(over.facts().faults, ['bound_fault']);
    const outruns = (): never => {
      throw new RangeError('no price');
    };
    assert.throws(() => guarded(START, { outruns }), { code: 'reply_over_cap' });
    const within = guardWith(new TestJudge(), { cap: 5 });
    within.push(Buffer.from(START + words(1) + end()));
    assert.deepEqual(within.facts().faults, []);
  });

  it('keeps what came before a fault, and says the fault after it', async () => {
    const guard = guardWith(new TestJudge());
    assert.throws(() => guard.push(Buffer.from(`${START}${textBlock(0, 'Hm.')}data: {\n\n`)), {
      code: 'reply_garbage',
    });
    const seen = await readWithSdk(guard.fail('[tollgate] broken', 'reply_garbage'));
    assert.deepEqual(seen.content, [{ type: 'text', text: 'Hm.' }]);
    assert.match(seen.error ?? '', /\[tollgate\] broken/);
  });
});
