/** Streams that are not of the form of their wire. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestJudge } from '../testing.ts';
import { ReplyFault } from '../wire.ts';
import { begin, calls, chunk, end, event, guardWith, piece, START, text } from './testing.ts';
import { guarded } from './testing-guarded.ts';

describe('a streamed reply that is not of the form of its wire', () => {
  for (const [name, stream] of Object.entries({
    'has an event that is no JSON': `${START}data: x\n\n`,
    'has an event that is no object': `${START}data: []\n\n`,
    'has an event with a key twice': `${START}data: {"a":1,"A":2}\n\n`,
    'has a line that is none of the standard’s': `${START}datum: 1\n\n`,
    'has a chunk with a label': `${START}event: message_delta\n${text('x')}`,
    'has choices that are no list': event({ choices: { 0: {} } }),
    'has a choice that is none': event({ choices: ['x'] }),
    'has a choice without a number': event({ choices: [{ delta: {} }] }),
    'has a choice with a number that is text': chunk({}, null, '0'),
    'has a choice that was not asked for': chunk({}, null, 1),
    'has a choice twice in a chunk': event({
      choices: [
        { index: 0, delta: {} },
        { index: 0, delta: {} },
      ],
    }),
    'has a delta that is none': chunk('x'),
    'ends for a reason that is none': chunk({}, 7),
    'has calls that are no list': chunk({ tool_calls: { 0: begin(0, 'ReadFile') } }),
    'has a call that is none': chunk({ tool_calls: [null] }),
    'has a call that is no object': chunk({ tool_calls: [{ index: 0, function: 'ReadFile' }] }),
    'has a call of two kinds': calls(begin(0, 'ReadFile', '', { custom: { name: 'ReadFile' } })),
    'has a call that becomes another kind': calls(begin(0, 'ReadFile'), { index: 0, custom: { input: 'x' } }),
    'has a call with a type that is none': calls(begin(0, 'ReadFile', '', { type: 7 })),
    'has a call with a name beside its function': calls(begin(0, 'ReadFile', '', { name: 'Bash' })),
    'has a call with a number that is text': calls(begin('0', 'ReadFile')),
    'has a call with a number below zero': calls(begin(-1, 'ReadFile')),
    'has a call with a number that is no whole one': calls(begin(0.5, 'ReadFile')),
    'has choices in capitals': event({ Choices: [] }),
    'has a custom tool with arguments': calls({ index: 0, custom: { name: 'ReadFile', arguments: '{}' } }),
    'has a function with input': calls({ index: 0, function: { name: 'ReadFile', input: 'x' } }),
    'has calls with one id': calls(begin(0, 'ReadFile'), { ...begin(1, 'ReadFile'), id: 'call_0' }),
    'has a call that changes its id': calls(begin(0, 'ReadFile'), { ...piece(0, '{}'), id: 'x' }),
    'has a call with an id that is none': calls({ ...begin(0, 'ReadFile'), id: 7 }),
    'has a call with a name that is none': calls(begin(0, 7)),
    'has a call that says its name twice': calls(begin(0, 'ReadFile'), begin(0, 'ReadFile')),
    'has a name in pieces': calls(begin(0, 'Read'), begin(0, 'File')),
    'has a call without a name': calls(piece(0, '{}')) + end('tool_calls'),
    'has arguments without a call': calls({ function: { arguments: '{}' } }),
    'has arguments that are no text': calls(begin(0, 'ReadFile', { a: 1 })),
    'mixes up what has been delivered': calls(begin(0, 'ReadFile'), begin(1, 'Bash', '{}'), piece(0, '{}')),
    'has a call in a message': event({
      choices: [{ index: 0, message: { tool_calls: [begin(0, 'ReadFile')] } }],
    }),
  })) {
    it(`is cut where it ${name}`, () => {
      assert.throws(() => guarded(stream), { name: 'ReplyFault', code: 'reply_garbage' });
    });
  }

  it('is cut where it has bytes that are not UTF-8, in a comment too', () => {
    for (const bytes of [
      Buffer.from([0x3a, 0xc0, 0x8a, 0x0a, 0x0a]),
      Buffer.from('data: \xff\n\n', 'latin1'),
    ]) {
      assert.throws(() => guardWith(new TestJudge()).push(bytes), { code: 'reply_garbage' });
    }
  });

  it('is cut where more than 16 MB of it would be held, and not before', () => {
    const guard = guardWith(new TestJudge());
    const more = Buffer.from(calls(piece(0, 'x'.repeat(1_000_000))));
    guard.push(Buffer.from(START + calls(begin(0, 'Bash'))));
    for (let n = 0; n < 16; n++) assert.deepEqual(guard.push(more), []);
    assert.throws(() => guard.push(more), { code: 'reply_garbage', message: /too large/ });
  });

  it('is cut where an event has more than 8 MB', () => {
    const guard = guardWith(new TestJudge());
    const bytes = Buffer.alloc(1_000_000, 'x');
    assert.throws(
      () => {
        for (let n = 0; n < 9; n++) guard.push(bytes);
      },
      (error: unknown) => error instanceof ReplyFault && error.message.includes('too large'),
    );
  });
});
