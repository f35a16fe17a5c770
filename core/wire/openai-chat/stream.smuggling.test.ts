/** Streams that try to get a call past the judge. Whatever a client may read in them has been judged, or is not delivered. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestJudge } from '../testing.ts';
import { ReplyFault } from '../wire.ts';
import { begin, call, calls, chunk, DONE, end, event, guardWith, piece, START, text } from './testing.ts';
import { callsSeen, unjudged } from './testing-clients.ts';

const BAD = '{"bad":1}';
const deny = begin(0, 'Deny');
const one = (choice: object): string => event({ choices: [choice] });
const entry = (index: unknown, inner: object): object => ({
  index,
  id: 'x',
  type: 'function',
  function: inner,
});
/** With a key that is more than a key in JavaScript. */
const behind = (more: object, rest: object): object =>
  JSON.parse(`{"__proto__":${JSON.stringify(more)},${JSON.stringify(rest).slice(1)}`);

/** Each is a stream in which some client finds a call that the judge denies, or has not seen like this. */
const ATTEMPTS: Record<string, string> = {
  'a call behind the end': START + end() + call(0, 'Deny', '{}'),
  'a call behind [DONE]': START + DONE + call(0, 'Deny', '{}'),
  'pieces behind the end': START + call(0, 'Bash', '{') + end('tool_calls') + calls(piece(0, '"bad":1}')),
  'a call behind [DONE] with blanks': `${START}data:  [DONE]\n\n${call(0, 'Deny')}`,
  'a call in a chunk with a label': `${START}event: ping\n${calls(deny)}`,
  'a piece in a chunk with a label': `${START}${calls(begin(0, 'Bash', '{"command":"'))}event: x\n${calls(piece(0, '","x":"'))}${calls(piece(0, '1"}'))}${end('tool_calls')}`,
  'a call in a message': one({ index: 0, message: { tool_calls: [deny] } }),
  'a call in a message beside a delta': one({ index: 0, delta: {}, message: { tool_calls: [deny] } }),
  'a call in a message that has been there': one({ index: 0, message: { function_call: { name: 'Deny' } } }),
  'a call in a choice': one({ index: 0, delta: {}, tool_calls: [deny] }),
  'a call beside choices': event({ choices: [], tool_calls: [deny] }),
  'a call in a chunk without choices': event({ delta: { tool_calls: [deny] } }),
  'a call in an error': event({ error: { message: 'x', tool_calls: [deny] } }),
  'a call of another wire': event({
    type: 'content_block_start',
    content_block: { type: 'tool_use', name: 'Deny' },
  }),
  'a call of yet another wire': event({
    type: 'response.output_item.done',
    item: { type: 'function_call', name: 'Deny' },
  }),
  'choices in capitals': event({ Choices: [{ index: 0, delta: { tool_calls: [deny] } }] }),
  'a delta in capitals': one({ index: 0, Delta: { tool_calls: [deny] } }),
  'calls in capitals': chunk({ Tool_Calls: [deny] }),
  'calls with a long s': chunk({ 'tool_call\u017f': [deny] }),
  'a function in capitals': calls({ index: 0, Function: { name: 'Deny', arguments: '' } }),
  'a name in capitals': calls(entry(0, { name: 'Read', NAME: 'Deny' })),
  'another name in capitals': calls(entry(0, { Name: 'Deny', arguments: '' })),
  'arguments in capitals': calls(entry(0, { name: 'Bash', Arguments: BAD })) + end('tool_calls'),
  'a call as it used to be, in capitals': chunk({ Function_Call: { name: 'Deny' } }),
  'a name twice': `${START}data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"Read","n\\u0061me":"Deny"}}]}}]}\n\n`,
  'a list of calls twice': `${START}data: {"choices":[{"index":0,"delta":{"tool_calls":[],"tool_calls":[${JSON.stringify(deny)}]}}]}\n\n`,
  'a name in pieces': calls(begin(0, 'Read'), begin(0, 'Deny')),
  'a name in pieces that is denied only when joined':
    calls(begin(0, 'Ba'), begin(0, 'sh'), piece(0, BAD)) + end(),
  'a name that comes late': calls(piece(0, BAD), begin(0, 'Bash')) + end('tool_calls'),
  'a call of two kinds': calls({ ...begin(0, 'Read'), custom: { name: 'Deny', input: 'x' } }),
  'a call that changes its kind': calls(begin(0, 'Read'), { index: 0, custom: { name: 'Deny', input: 'x' } }),
  'a name beside the function': calls({ ...begin(0, 'Read'), name: 'Deny', arguments: '{}' }),
  'a flat call': calls({ index: 0, type: 'function', name: 'Deny', arguments: '{}' }),
  'a call inside a function': calls(
    entry(0, { name: 'Read', tool_calls: [deny], function_call: { name: 'Deny' } }),
  ),
  'a call without a number': calls({ id: 'x', function: { name: 'Deny', arguments: '' } }),
  'two calls without numbers':
    calls({ id: 'a', function: { name: 'Read', arguments: '{}' } }) +
    calls({ id: 'b', function: { name: 'Bash', arguments: BAD } }) +
    end('tool_calls'),
  'a call with the number of another': calls(begin(0, 'Read'), { ...begin(0, 'Bash', BAD), id: 'b' }) + end(),
  'a number that is text': calls(begin('0', 'Bash'), piece(0, '{}'), piece('0', BAD)) + end('tool_calls'),
  'a number that is no whole one': calls(begin(0.5, 'Deny')),
  'a number that is huge': calls(begin(1e300, 'Deny')),
  'pieces that go back to a call':
    calls(begin(0, 'Read', '{}'), begin(1, 'Bash', ''), piece(0, BAD)) + end('tool_calls'),
  'pieces that go back to a call that is held':
    calls(begin(0, 'Bash', ''), begin(1, 'Edit', ''), piece(0, '{}'), piece(1, BAD)) + end('tool_calls'),
  'pieces of calls in turn':
    calls(begin(0, 'Bash'), begin(1, 'Read'), piece(0, '{"bad":'), piece(1, '{}'), piece(0, '1}')) + end(),
  'a piece behind another call in its chunk':
    calls(begin(0, 'Bash', '{"command":"a')) +
    chunk({ tool_calls: [begin(1, 'Read', '{}'), piece(0, '","x":"b')] }) +
    calls(piece(0, '"}')) +
    end('tool_calls'),
  'a call that begins behind another in its chunk':
    chunk({ tool_calls: [begin(0, 'Bash'), begin(1, 'Read')] }) + calls(piece(1, BAD)) + end('tool_calls'),
  'pieces of a call that began behind another in its chunk':
    chunk({ tool_calls: [begin(0, 'Bash'), begin(1, 'Read')] }) +
    calls(piece(1, '{"a":1}')) +
    end('tool_calls'),
  'a piece behind an entry that says nothing':
    calls(begin(0, 'Read', '{}'), begin(1, 'Bash', '{"command":"a')) +
    chunk({ tool_calls: [{ index: 0 }, piece(1, '","x":"b')] }) +
    calls(piece(1, '"}')) +
    end('tool_calls'),
  'two calls with one id':
    calls({ ...begin(0, 'Read', '{"a":1}'), id: 'x' }, { ...begin(1, 'Bash'), id: 'x' }) + end('tool_calls'),
  'a piece with another id':
    calls(
      begin(0, 'Bash', '{"a":"'),
      { ...piece(0, '","x":"'), id: 'x' },
      { ...piece(0, '"}'), id: 'call_0' },
    ) + end('tool_calls'),
  'a piece in an event that some clients split':
    calls(begin(0, 'Bash', '{"a":"')) +
    event({ choices: [{ index: 0, delta: { tool_calls: [piece(0, '","x":"')] } }], x: '\u2028' }) +
    calls(piece(0, '"}')) +
    end('tool_calls'),
  'two pieces of a call in one chunk':
    calls(begin(0, 'Bash', '{"a":"')) +
    chunk({ tool_calls: [piece(0, '1'), piece(0, '","x":"1"}')] }) +
    end(),
  'a choice twice in a chunk': event({
    choices: [
      { index: 0, delta: { tool_calls: [begin(0, 'Bash', '{"a":1')] }, finish_reason: null },
      { index: 0, delta: { tool_calls: [piece(0, '}')] }, finish_reason: 'tool_calls' },
    ],
  }),
  'a choice that was not asked for': one({ index: 7, delta: { tool_calls: [deny] } }),
  'a choice without a number': one({ delta: { tool_calls: [deny] } }),
  'calls in an object': chunk({ tool_calls: { 0: deny } }),
  'calls in a list in a list': chunk({ tool_calls: [[deny]] }),
  'arguments that are an object':
    calls(entry(0, { name: 'Bash', arguments: { bad: 1 } })) + end('tool_calls'),
  'arguments that are a list': calls(begin(0, 'Bash'), piece(0, ['{"bad":1}'])) + end('tool_calls'),
  'arguments that are a number': calls(begin(0, 'Bash', '{"a":'), piece(0, 1), piece(0, '}')) + end(),
  'arguments that are no JSON': call(0, 'Bash', '{"bad":1') + end('tool_calls'),
  'arguments with something behind them': call(0, 'Bash', '{} {"bad":1}') + end('tool_calls'),
  'arguments with a key twice': call(0, 'Bash', '{"command":"ls","\\u0063ommand":"bad"}') + end('tool_calls'),
  'arguments behind a prototype': call(0, 'Bash', '{"a":[{"__pr\\u006fto__":{"command":"rm"}}]}') + end(),
  'a function behind a prototype': calls(entry(0, behind({ arguments: BAD }, { name: 'Bash' }))) + end(),
  'calls behind a prototype': chunk(behind({ tool_calls: [deny] }, { content: '' })),
  'input of a custom tool': calls({ index: 0, type: 'custom', custom: { name: 'Deny', input: 'x' } }),
  'a custom tool with arguments': calls({
    index: 0,
    custom: { name: 'Bash', arguments: BAD, input: '"bad"' },
  }),
  'a call that used to be': chunk({ function_call: { name: 'Deny', arguments: '{}' } }),
  'a call that used to be, in pieces':
    chunk({ function_call: { name: 'Bash', arguments: '{"bad"' } }) +
    chunk({ function_call: { arguments: ':1}' } }),
  'a call that ends without a reason': call(0, 'Bash', BAD) + DONE,
  'a call that does not end': call(0, 'Bash', BAD),
  'a call that ends with its choice': chunk({ tool_calls: [begin(0, 'Bash', BAD)] }, 'tool_calls'),
  'a call beside text': chunk({ content: 'x', tool_calls: [deny] }, 'stop'),
  'arguments of 20 MB': START + call(0, 'Bash', ...Array.from({ length: 320 }, () => 'x'.repeat(65_536))),
  'one event of 10 MB': START + call(0, 'Bash', `{"bad":"${'x'.repeat(10_000_000)}"}`),
  'a byte order mark before a line': START + calls(deny).replace('data:', '\ufeffdata:'),
  'a byte order mark for a blank line': `${START}data: {"x":1}\n\ufeff\n${calls(deny)}`,
  'a blank before a line': START + calls(deny).replace('data:', ' data:'),
  'a field name in capitals': START + calls(deny).replace('data:', 'DATA:'),
  'a call in lines of data that are joined': START + calls(deny).replace(',"index"', ',\ndata: "index"'),
  'a call in one of several lines of data': `${START}data: {"x":\n${calls(deny).trimEnd()}\ndata: }\n\n`,
  'a call behind a comment with other line ends': `${START}: x\r${calls(deny)}`,
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

for (const [name, lineEnd] of Object.entries(LINE_ENDS)) {
  const hidden = `${lineEnd}${calls(deny).trimEnd()}`;
  ATTEMPTS[`a call behind ${name} in a comment`] = `${START}: hi${hidden}\n\n`;
  ATTEMPTS[`a call behind ${name} in an id`] = `${START}id: 1${hidden}\n\n`;
  ATTEMPTS[`a call behind ${name} in a field without a value`] = `${START}retry${hidden}\n\n`;
  ATTEMPTS[`a call behind ${name} in the comment of an event`] = `${START}: hi${hidden}\n${text('x')}`;
}

function deliver(stream: string, size: number): { out: string; judge: TestJudge } {
  const judge = new TestJudge();
  const guard = guardWith(judge);
  const bytes = Buffer.from(stream);
  const out: Buffer[] = [];
  try {
    for (let at = 0; at < bytes.length; at += size) out.push(...guard.push(bytes.subarray(at, at + size)));
  } catch (error) {
    if (!(error instanceof ReplyFault)) throw error;
    out.push(guard.fail('[tollgate] withheld', error.code));
  }
  return { out: Buffer.concat(out).toString(), judge };
}

describe('a call that was not judged reaches no client', () => {
  for (const [name, stream] of Object.entries(ATTEMPTS)) {
    it(name, () => {
      for (const size of stream.length > 100_000 ? [65_536] : [stream.length, 7, 1]) {
        const { out, judge } = deliver(stream, size);
        assert.deepEqual(unjudged(out, judge.allowed), []);
        // Calls of other wires, which the clients here do not know.
        assert.doesNotMatch(out, /"Deny"/);
      }
    });
  }

  it('though without a guard, clients would see a call in nearly all of these streams', () => {
    const harmless = Object.entries(ATTEMPTS).filter(
      ([, stream]) => stream.length < 1_000_000 && [...callsSeen(stream).values()].flat().length === 0,
    );
    assert.deepEqual(harmless.map(([name]) => name).sort(), [
      'a call behind [DONE]',
      'a call behind [DONE] with blanks',
      'a call beside choices',
      'a call in a choice',
      'a call in a chunk without choices',
      'a call in an error',
      'a call of another wire',
      'a call of yet another wire',
      'calls behind a prototype',
      'calls in a list in a list',
      'calls in an object',
    ]);
  });

  it('and none of it leaves before the verdict, not even in part', () => {
    for (const [name, stream] of Object.entries(ATTEMPTS)) {
      const { out, judge } = deliver(stream, 1000);
      if (!judge.allowed.some((allowed) => allowed.startsWith('Bash')))
        assert.ok(!out.includes('"Bash"'), name);
      assert.ok(!out.includes('"Deny"'), name);
      assert.ok(
        !out.includes('\\"bad\\"') || judge.allowed.some((allowed) => allowed.startsWith('Read')),
        name,
      );
    }
  });
});

/** Ways to hide a call in a value that is not known. */
const HIDDEN: Readonly<Record<string, unknown>> = {
  'calls of this wire': { tool_calls: [deny] },
  'a call as it used to be': [[{ function_call: { name: 'Deny' } }]],
  'an entry of calls': { x: deny },
  'a call of Anthropic’s wire': { a: [{ b: { type: 'tool_use', name: 'Deny' } }] },
  'a call of the Responses wire': { type: 'custom_tool_call', name: 'Deny' },
  'a request for approval': { type: 'mcp_approval_request', name: 'Deny' },
  'a call whose type is spelt otherwise': { Type: 'Tool_Use', name: 'Deny' },
};

describe('a call that hides where none is known to stand', () => {
  for (const [name, value] of Object.entries(HIDDEN)) {
    for (const [place, stream] of Object.entries({
      'a chunk': event({ choices: [], x: value }),
      'an error': event({ error: { message: 'x', x: value } }),
      'a choice': one({ index: 0, delta: {}, x: value }),
      'a delta': chunk({ content: '', x: value }),
      'content in parts': chunk({ content: [value] }),
      'the message beside a delta': one({ index: 0, delta: {}, message: { content: [value] } }),
      'an entry of calls': calls({ ...begin(0, 'Read'), x: value }),
      'a function': calls(entry(0, { name: 'Read', arguments: '', x: value })),
      'a custom tool': calls({ index: 0, custom: { name: 'Read', input: '', x: value } }),
      'a call as it used to be': chunk({ function_call: { name: 'Read', x: value } }),
    })) {
      it(`as ${name} in ${place} ends it, and is not delivered`, () => {
        const guard = guardWith(new TestJudge());
        assert.deepEqual(guard.push(Buffer.from(START)).toString(), START);
        assert.throws(() => guard.push(Buffer.from(stream)), { code: 'reply_garbage' });
        assert.doesNotMatch(guard.fail('x', 'y').toString(), /Deny/);
      });
    }
  }
});

/**
 * Inside strings JSON may have U+2028, U+2029 and U+0085 as they are, and some clients split events there. Quotes inside
 * strings are escaped, so what such a client finds behind the split cannot have names.
 */
describe('a line end inside the strings of an event', () => {
  it('makes no call for a client that splits there, even without a guard', () => {
    const hidden = calls(deny).trimEnd();
    for (const ls of ['\u2028', '\u2029', '\u0085']) {
      for (const stream of [
        text(`${ls}${hidden}${ls}`),
        text(`${ls}${hidden.replaceAll('"', "'")}${ls}`),
        event({ choices: [], [`${ls}data: {`]: 1, [`choices${ls}`]: [] }),
        event({
          choices: [],
          x: `${ls}data: `,
          y: { choices: [{ index: 0, delta: { content: deny.toString() } }] },
        }),
      ]) {
        assert.deepEqual([...callsSeen(stream).values()].flat(), []);
        const { out, judge } = deliver(stream, stream.length);
        assert.deepEqual(unjudged(out, judge.allowed), []);
      }
    }
  });
});
