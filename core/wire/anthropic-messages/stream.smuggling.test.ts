/** Streams that try to get a call past the judge. Whatever a client may read in them has been judged, or is not delivered. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../../testing-fast-check.ts';
import { TestJudge } from '../testing.ts';
import { ReplyFault } from '../wire.ts';
import { block, callBlock, end, event, guardWith, PING, START, textBlock } from './testing.ts';
import { callsOf, callsSeen, readWithSdk, splitEvents, unjudged } from './testing-clients.ts';

const tool = (name: string, input: unknown = {}) => ({ type: 'tool_use', id: 'x', name, input });
const json = (partial_json: unknown) => ({ type: 'input_json_delta', partial_json });
const start = (index: unknown, content_block: unknown) =>
  event('content_block_start', { index, content_block });
const delta = (index: unknown, of: unknown) => event('content_block_delta', { index, delta: of });
const stop = (index: unknown) => event('content_block_stop', { index });

/** Each is a stream in which some client finds a call that the judge denies, or has not seen like this. */
const ATTEMPTS: Record<string, string> = {
  'a call in the message that begins the stream': START.replace(
    '"content":[]',
    `"content":[${JSON.stringify(tool('Deny'))}]`,
  ),
  'a call in a list that is none': START.replace(
    '"content":[]',
    `"content":{"0":${JSON.stringify(tool('Deny'))}}`,
  ),
  'a second beginning':
    START + textBlock(0, 'x') + START.replace('"content":[]', `"content":[${JSON.stringify(tool('Deny'))}]`),
  'a second message behind the end': START + end() + START + callBlock(0, 'Deny'),
  'a call behind the end': START + end() + callBlock(0, 'Bash', '{"bad":1}'),
  'a call before the beginning': callBlock(0, 'Bash', '{"bad":1}') + START,
  'an event that is labelled as a ping':
    START + start(0, tool('Deny')).replace('event: content_block_start', 'event: ping') + stop(0),
  'a ping that is labelled as a call':
    START + start(0, tool('Deny')).replace('"type":"content_block_start"', '"type":"ping"'),
  'a type that stands there twice':
    START +
    start(0, tool('Deny')).replace(
      '"type":"content_block_start"',
      '"type":"content_block_start","type":"ping"',
    ),
  'a type that stands there twice, escaped':
    START +
    start(0, tool('Deny')).replace(
      '"type":"content_block_start"',
      '"typ\\u0065":"ping","type":"content_block_start"',
    ),
  'a name that stands there twice':
    START + start(0, tool('Deny')).replace('"name":"Deny"', '"name":"Deny","NAME":"Read"'),
  'a call of a type that nobody knows in the message that begins the stream': START.replace(
    '"content":[]',
    '"content":[{"type":"tool_call","name":"Bash","input":{"bad":1}}]',
  ),
  'such a call in a list in capitals': START.replace(
    '"content":[]',
    '"Content":[{"type":"tool_call","name":"Bash","input":{"bad":1}}]',
  ),
  'such a call in a message in capitals': START.replace('"message":', '"Message":').replace(
    '"content":[]',
    '"content":[{"type":"tool_call","name":"Bash","input":{"bad":1}}]',
  ),
  'a list of content in capitals': START.replace(
    '"content":[]',
    `"Content":[${JSON.stringify(tool('Deny'))}]`,
  ),
  'a message in capitals': START.replace('"message":', '"Message":').replace(
    '"content":[]',
    `"content":[${JSON.stringify(tool('Deny'))}]`,
  ),
  'input in capitals': START + block(0, { type: 'tool_use', id: 'x', name: 'Bash', Input: { bad: 1 } }),
  'a name in capitals': START + block(0, { type: 'tool_call', Name: 'Bash', input: { bad: 1 } }),
  'a block of a type that nobody knows':
    START + block(0, { type: 'tool_call', name: 'Bash', input: { bad: 1 } }),
  'a block of unknown type whose arguments follow':
    START + block(0, { type: 'tool_call', name: 'Bash' }, json('{"bad":1}')),
  'a block without a type': START + block(0, { name: 'Deny', input: {} }),
  'text that has a name and input': START + block(0, { type: 'text', text: '', name: 'Deny', input: {} }),
  'a call without a name': START + block(0, { type: 'tool_use', id: 'x', name: null, input: {} }),
  'a block that is no object': START + start(0, null) + stop(0) + start(1, [tool('Deny')]),
  'two blocks with one number':
    START + start(0, tool('Read')) + start(0, tool('Bash')) + delta(0, json('{"bad":1}')) + stop(0),
  'a block again after its end': START + callBlock(0, 'ReadFile') + callBlock(0, 'Bash', '{"bad":1}'),
  'a number that is left out':
    START + start(5, tool('Bash')) + delta(5, json('{}')) + stop(5) + delta(0, json('{"bad":1}')) + stop(0),
  'a number that goes back': START + textBlock(0, 'x') + start(-1, tool('Bash')) + stop(-1),
  'a number that is none': START + start('0', tool('Bash')) + delta('0', json('{"bad":1}')) + stop('0'),
  'arguments before their call': START + delta(0, json('{"bad":1}')) + callBlock(0, 'Bash', '{}'),
  'arguments after the end of their call': START + callBlock(0, 'Bash', '{}') + delta(0, json('{"bad":1}')),
  'arguments for another block than the open one':
    START +
    callBlock(0, 'Bash', '') +
    start(1, { type: 'text', text: '' }) +
    delta(0, json('{"bad":1}')) +
    stop(1),
  'a block inside another':
    START +
    start(0, tool('Bash')) +
    start(1, tool('Bash')) +
    delta(1, json('{}')) +
    stop(1) +
    delta(0, json('{"bad":1}')) +
    stop(0),
  'arguments counted from the back': START + callBlock(0, 'Bash', '') + delta(-1, json('{"bad":1}')),
  'input at the beginning and in pieces':
    START + block(0, tool('Bash', { command: 'ls' }), json('{"bad":1}')),
  'input at the beginning and an empty piece': START + block(0, tool('Bash', { bad: 1 }), json('')),
  'input as a list': START + block(0, tool('Bash', ['ls'])),
  'input as text and in pieces': START + block(0, tool('Bash', '{"bad":1}'), json('')),
  'input as text that goes on': START + block(0, tool('Bash', '{"bad'), json('":1}')),
  'arguments that are a list of text': START + block(0, tool('Bash'), json(['{"bad":1}'])),
  'arguments that are a number': START + block(0, tool('Bash'), json('{"a":'), json(1), json('}')),
  'arguments of another type':
    START + block(0, tool('Bash'), { type: 'text_delta', partial_json: '{"a":1}' }, json('{"bad":1}')),
  'arguments with a piece that most clients skip':
    START +
    block(0, tool('Bash'), json('{"'), { type: 'text_delta', partial_json: 'x":1,"y' }, json('bad":1}')),
  'arguments that are no JSON': START + block(0, tool('Bash'), json('{"bad":1')),
  'arguments with something behind them': START + block(0, tool('Bash'), json('{} {"bad":1}')),
  'arguments with a key twice':
    START + block(0, tool('Bash'), json('{"command":"ls","\\u0063ommand":"bad"}')),
  'arguments behind a prototype':
    START + block(0, tool('Bash'), json('{"a":[{"__pr\\u006fto__":{"command":"rm"}}]}')),
  'arguments behind a prototype at the beginning':
    START + block(0, tool('Bash', JSON.parse('{"__proto__":{"bad":1}}'))),
  'arguments of 10 MB':
    START + block(0, tool('Bash'), ...Array.from({ length: 160 }, () => json('x'.repeat(65_536)))),
  'one event of 10 MB': START + block(0, tool('Bash'), json(`{"bad":"${'x'.repeat(10_000_000)}"}`)),
  'a byte order mark before a line': START + start(0, tool('Deny')).replace('data:', '\ufeffdata:') + stop(0),
  'a byte order mark for a blank line': `${START}event: ping\ndata: {"type":"ping"}\n\ufeff\n${start(0, tool('Deny'))}`,
  'a blank before a line': START + start(0, tool('Deny')).replace('data:', ' data:') + stop(0),
  'a field name in capitals': START + start(0, tool('Deny')).replace('data:', 'DATA:') + stop(0),
  'a call in lines of data that are joined':
    START + start(0, tool('Deny')).replace(',"index"', ',\ndata: "index"') + stop(0),
  'a call without a label':
    START + start(0, tool('Deny')).replace('event: content_block_start\n', '') + stop(0),
  'a call with an empty label':
    START + start(0, tool('Deny')).replace('event: content_block_start', 'event:') + stop(0),
  'a call with two labels':
    START + start(0, tool('Deny')).replace('event: ', 'event: ping\nevent: ') + stop(0),
  'a call behind a comment with other line ends': `${START}: x\r${start(0, tool('Deny'))}`,
  'the reply ends inside a call':
    START + start(0, tool('Bash')) + delta(0, json('{"bad":1}')) + event('message_stop'),
  'the stop reason comes inside a call':
    START + start(0, tool('Bash')) + delta(0, json('{"bad":1}')) + end('tool_use'),
};

/** What ends a line for some clients, and not by the standard. */
const LINE_ENDS = {
  'U+2028': '\u2028',
  'U+2029': '\u2029',
  'U+0085': '\u0085',
  VT: '\v',
  FF: '\f',
  FS: '\x1c',
  RS: '\x1e',
};

for (const [name, end] of Object.entries(LINE_ENDS)) {
  const hidden = `${end}data: ${JSON.stringify({ type: 'content_block_start', index: 0, content_block: tool('Deny') })}`;
  ATTEMPTS[`a call behind ${name} in a comment`] = `${START}: hi${hidden}\n\n`;
  ATTEMPTS[`a call behind ${name} in an id`] = `${START}id: 1${hidden}\n\n`;
  ATTEMPTS[`a call behind ${name} in a field without a value`] = `${START}retry${hidden}\n\n`;
  ATTEMPTS[`a call behind ${name} in a label without data`] = `${START}event: ping${hidden}\n\n`;
  ATTEMPTS[`a call behind ${name} in a label`] = PING.replace('ping', `ping${hidden}`) + START;
  ATTEMPTS[`a call behind ${name} in the comment of an event`] = `${START}: hi${hidden}\n${PING}`;
}

function deliver(
  stream: string,
  size: number,
): { out: string; judge: TestJudge; fault: ReplyFault | undefined } {
  const judge = new TestJudge();
  const guard = guardWith(judge);
  const bytes = Buffer.from(stream);
  const out: Buffer[] = [];
  try {
    for (let at = 0; at < bytes.length; at += size) out.push(...guard.push(bytes.subarray(at, at + size)));
  } catch (error) {
    if (!(error instanceof ReplyFault)) throw error;
    out.push(guard.fail('[tollgate] withheld', error.code));
    return { out: Buffer.concat(out).toString(), judge, fault: error };
  }
  return { out: Buffer.concat(out).toString(), judge, fault: undefined };
}

describe('a call that was not judged reaches no client', () => {
  for (const [name, stream] of Object.entries(ATTEMPTS)) {
    it(name, async () => {
      for (const size of stream.length > 100_000 ? [65_536] : [stream.length, 7, 1]) {
        const { out, judge } = deliver(stream, size);
        assert.deepEqual(unjudged(out, judge.allowed), []);
        const { content } = await readWithSdk(out);
        const ran = callsOf({ content, stopReason: null, error: undefined });
        assert.deepEqual(
          ran.filter(
            (call) => !judge.allowed.includes(call) && !judge.allowed.includes(call.split(' ')[0] ?? ''),
          ),
          [],
        );
      }
    });
  }

  it('though without a guard, clients would see a call in nearly all of these streams', () => {
    const harmless = Object.entries(ATTEMPTS).filter(
      ([, stream]) => [...callsSeen(stream).values()].flat().length === 0,
    );
    assert.deepEqual(harmless.map(([name]) => name).sort(), [
      'a block that is no object',
      'a call in a list that is none',
      'a call without a name',
      'a ping that is labelled as a call',
      'a type that stands there twice',
    ]);
  });

  it('and none of it leaves before the verdict, not even in part', () => {
    for (const [name, stream] of Object.entries(ATTEMPTS)) {
      const { out, judge } = deliver(stream, 1000);
      if (!judge.allowed.some((call) => call.startsWith('Bash'))) assert.ok(!out.includes('"Bash"'), name);
      assert.ok(!out.includes('"Deny"'), name);
      assert.ok(!out.includes('\\"bad\\"'), name);
    }
  });
});

/**
 * Inside strings JSON may have U+2028, U+2029 and U+0085 as they are, and clients split events there. Quotes inside
 * strings are escaped, so what such a client finds behind the split begins in a string: to it, all that stands in strings
 * is bare, and all that is bare stands in strings. Names of fields cannot be made of JSON's punctuation.
 */
describe('a line end inside the strings of an event', () => {
  const call = tool('Deny');
  const startOf = (content_block: object) => ({ type: 'content_block_start', index: 0, content_block });
  const hidden = JSON.stringify(startOf(call));
  const ATTEMPTS_IN_DATA = (ls: string): readonly object[] => [
    { type: 'ping', x: `${ls}data: ${hidden}${ls}` },
    { type: 'ping', x: `${ls}data: ${hidden.replaceAll('"', "'")}${ls}` },
    { type: 'ping', [`${ls}data: `]: startOf(call) },
    { type: 'ping', [`${ls}data: {`]: `content_block_start`, index: 0, content_block: call, [`x${ls}`]: 1 },
    { type: 'ping', x: `${ls}data: {`, type2: 'y', ',': ':', '{': '}', z: `}${ls}` },
    { x: `${ls}event: y${ls}`, type: 'ping', y: `${ls}data: `, q: startOf(call), z: `${ls}data: ` },
    { type: `${ls}`, q: `${ls}data: `, z: startOf(call) },
  ];

  it('makes no call for a client that splits there, even without a guard', () => {
    for (const ls of ['\u2028', '\u2029', '\u0085']) {
      for (const data of ATTEMPTS_IN_DATA(ls)) {
        const stream = `${START}data: ${JSON.stringify(data)}\n\n`;
        assert.deepEqual([...callsSeen(stream).values()].flat(), [], stream);
        const { out, judge } = deliver(stream, stream.length);
        assert.deepEqual(unjudged(out, judge.allowed), []);
      }
    }
  });

  it('takes no piece out of a call for a client that splits there and goes on', () => {
    for (const ls of ['\u2028', '\u2029', '\u0085', '\x7f']) {
      const stream =
        START +
        start(0, tool('Bash')) +
        delta(0, json('{"command":"')) +
        event('content_block_delta', { index: 0, delta: json('","note":"'), x: ls }) +
        delta(0, json('rm"}')) +
        stop(0) +
        end('tool_use');
      const { out, judge } = deliver(stream, stream.length);
      assert.deepEqual(judge.allowed, ['Bash {"command":"","note":"rm"}']);
      assert.deepEqual(unjudged(out, judge.allowed), []);
      assert.doesNotMatch(out, /[\x7f-\x9f\u2028\u2029]/);
    }
  });

  it('leaves it nothing with a name and a type, whatever stands around it', () => {
    const text = fc
      .array(
        fc.constantFrom(
          '\u2028',
          'data: ',
          '{',
          '}',
          '[',
          ']',
          ':',
          ',',
          '"',
          '\\',
          'type',
          'tool_use',
          '1',
          ' ',
        ),
      )
      .map((parts) => parts.join(''));
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 3 }, text, fc.constantFrom(1, true, null), tie('list'), tie('object')),
      list: fc.array(tie('any'), { maxLength: 4 }),
      object: fc.dictionary(text, tie('any'), { maxKeys: 4 }),
    })).object;
    let read = 0;
    fc.assert(
      fc.property(value, (data) => {
        const line = `data: ${JSON.stringify({ '\u2028data: ': data, '\u2028': 1 })}`;
        for (const joined of [true, false]) {
          for (const event of splitEvents(`${line}\n\n`, joined)) {
            let found: unknown;
            try {
              found = JSON.parse(event);
            } catch {
              continue;
            }
            read++;
            assert.doesNotMatch(JSON.stringify(found), /"(?:[a-z_]{2,})":/, event);
          }
        }
      }),
      { numRuns: 3000 },
    );
    assert.ok(read > 0, 'no client could read anything');
  });
});
