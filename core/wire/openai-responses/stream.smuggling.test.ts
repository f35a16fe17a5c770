/** Streams that try to get a call past the judge. Whatever a client may read in them has been judged, or is not delivered. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestJudge } from '../testing.ts';
import { ReplyFault } from '../wire.ts';
import {
  added,
  CREATED,
  call,
  callItem,
  closeCall,
  done,
  end,
  event,
  guardWith,
  openCall,
  openText,
  PING,
  START,
  text,
  textItem,
} from './testing.ts';
import { callsSeen, unjudged } from './testing-clients.ts';

const deny = callItem(0, 'Deny', '{"x":1}');
const bash = callItem(0, 'Bash', '');
const read = callItem(0, 'Read', '');
const at = { item_id: 'fc_0', output_index: 0 };
const args = (delta: unknown, more: object = {}) =>
  event('response.function_call_arguments.delta', { ...at, delta, ...more });
const whole = (value: unknown, more: object = {}) =>
  event('response.function_call_arguments.done', { ...at, arguments: value, ...more });
const BAD = '{"bad":1}';

/** Each is a stream in which some client finds a call that the judge denies, or has not seen like this. */
const ATTEMPTS: Record<string, string> = {
  'a call in the response that begins the stream': CREATED.replace(
    '"output":[]',
    `"output":[${JSON.stringify(deny)}]`,
  ),
  'a call in a response that goes on':
    START + event('response.in_progress', { response: { id: 'r', output: [deny] } }),
  'a call in a queued response': START + event('response.queued', { response: { id: 'r', output: [deny] } }),
  'a second beginning':
    START + text(0, 'x') + CREATED.replace('"output":[]', `"output":[${JSON.stringify(deny)}]`),
  'output in capitals': CREATED.replace('"output":[]', `"Output":[${JSON.stringify(deny)}]`),
  'a response in capitals': CREATED.replace('"response":', '"Response":').replace(
    '"output":[]',
    `"output":[${JSON.stringify(deny)}]`,
  ),
  'a call only at the end': START + end([deny]),
  'a bad call only at the end': START + end([callItem(0, 'Bash', BAD)]),
  'other arguments at the end': START + call(0, 'Bash', '{}') + end([callItem(0, 'Bash', BAD)]),
  'another name at the end': START + call(0, 'Bash', '{}') + end([deny]),
  'a call at the end that was a message': START + text(0, 'x') + end([{ ...deny, id: 'msg_0' }]),
  'a call at the end of a failure': START + end([deny]).replaceAll('response.completed', 'response.failed'),
  'a call at an incomplete end': START + end([deny]).replaceAll('response.completed', 'response.incomplete'),
  'a call at an end that nobody knows': START + end([deny]).replaceAll('response.completed', 'response.done'),
  'a second end': START + end() + end([deny]),
  'a call behind the end': START + end() + call(0, 'Bash', BAD),
  'a call before the beginning': call(0, 'Bash', BAD) + START,
  'an event that is labelled as a keep-alive':
    START + added(0, deny).replace('event: response.output_item.added', 'event: keepalive'),
  'a keep-alive that is labelled as a call':
    START + added(0, deny).replace('"type":"response.output_item.added"', '"type":"keepalive"'),
  'an event that nobody knows, labelled as the end of a call':
    START +
    event('response.new', { item: { type: 'tool_thing', name: 'Deny' } }).replace(
      'event: response.new',
      'event: response.output_item.done',
    ),
  'a type that stands there twice':
    START +
    done(0, deny).replace(
      '"type":"response.output_item.done"',
      '"type":"response.output_item.done","typ\\u0065":"keepalive"',
    ),
  'a name that stands there twice':
    START + added(0, deny).replace('"name":"Deny"', '"name":"Deny","NAME":"Read"'),
  'an item in capitals': START + added(0, deny).replace('"item"', '"Item"'),
  'a name in capitals': START + added(0, { type: 'tool_thing', Name: 'Deny' }),
  'a type in capitals':
    START + added(0, deny).replace('"type":"function_call"', '"Type":"function_call","type2":"message"'),
  'arguments in capitals':
    START + added(0, bash) + done(0, bash).replace('"arguments":""', `"Arguments":${JSON.stringify(BAD)}`),
  'a namespace in capitals': START + added(0, { ...read, Namespace: 'Deny' }),
  'an item of a type that nobody knows': START + added(0, { type: 'tool_thing', name: 'Deny' }),
  'an item of unknown type whose end has the arguments':
    START +
    added(0, { id: 'x', type: 'tool_thing', name: 'Bash' }) +
    done(0, { id: 'x', type: 'tool_thing', name: 'Bash', cmd: 'bad' }),
  'an item without a type': START + added(0, { name: 'Deny' }),
  'text that has a name': START + added(0, { ...textItem(0, ''), type: 'text', name: 'Deny' }),
  'an end without a beginning': START + done(0, deny),
  'an end of another item': START + openText(0) + done(0, deny),
  'an end of an item far off': START + text(0, 'x') + done(7, deny),
  'an end again': START + call(0, 'Bash', '{}') + done(0, callItem(0, 'Bash', BAD)),
  'an end as another': START + added(0, read) + done(0, { ...bash, arguments: BAD }),
  'an end with another id': START + added(0, read) + done(0, { ...read, id: 'fc_9', name: 'Bash' }),
  'an end in a namespace': START + added(0, read) + done(0, { ...read, namespace: 'Deny' }),
  'a message that ends as a call': START + added(0, textItem(0, '')) + done(0, { ...deny, id: 'msg_0' }),
  'a search that ends as a call':
    START + added(0, { id: 's', type: 'web_search_call' }) + done(0, { ...deny, id: 's' }),
  'a server’s search that ends as the client’s':
    START +
    added(0, { id: 's', type: 'tool_search_call', execution: 'server' }) +
    done(0, { id: 's', type: 'tool_search_call', execution: 'client', arguments: { q: 'bad' } }),
  'two items with one number': START + call(0, 'Read', '{}') + added(0, bash) + args(BAD) + whole(BAD),
  'two items with one id':
    START + call(0, 'Read', '{}') + added(1, { ...bash, name: 'Edit' }) + args(BAD, { output_index: 1 }),
  'a number that is left out':
    START + added(5, bash) + args('{}', { output_index: 5 }) + done(5, { ...bash, arguments: BAD }),
  'a number that goes back': START + text(0, 'x') + added(-1, bash) + done(-1, { ...bash, arguments: BAD }),
  'a number that is none':
    START + added('0' as never, bash) + done('0' as never, { ...bash, arguments: BAD }),
  'arguments before their call': START + args(BAD) + call(0, 'Bash', '{}'),
  'arguments after the end of their call': START + call(0, 'Bash', '{}') + args(BAD) + whole(BAD),
  'arguments for another call by its id':
    START +
    added(0, read) +
    added(1, callItem(1, 'Bash', '')) +
    args(BAD, { item_id: 'fc_1' }) +
    closeCall(1, 'Bash', '{}'),
  'arguments for another call by its number':
    START +
    openCall(0, 'Bash', []) +
    added(1, callItem(1, 'Edit', '')) +
    args(BAD, { output_index: 1 }) +
    closeCall(1, 'Edit', '{}') +
    closeCall(0, 'Bash', '{}'),
  'arguments for a message with the id of a call':
    START + openText(0) + added(1, bash) + args(BAD) + done(1, { ...bash, arguments: '{}' }),
  'arguments in pieces and otherwise at the end':
    START + openCall(0, 'Bash', [BAD]) + closeCall(0, 'Bash', '{}'),
  'arguments in pieces and none at the end': START + openCall(0, 'Bash', [BAD]) + done(0, bash),
  'arguments whole and otherwise at the end':
    START + added(0, bash) + whole(BAD) + done(0, { ...bash, arguments: '{}' }),
  'arguments at the beginning and otherwise at the end':
    START + added(0, { ...bash, arguments: BAD }) + done(0, { ...bash, arguments: '{}' }),
  'arguments that are a list of text':
    START + added(0, bash) + args([BAD]) + done(0, { ...bash, arguments: '{}' }),
  'arguments that are an object': START + added(0, bash) + done(0, { ...bash, arguments: { bad: 1 } }),
  'arguments that are no JSON': START + call(0, 'Bash', '{"bad":1'),
  'arguments with something behind them': START + call(0, 'Bash', '{} {"bad":1}'),
  'arguments with a key twice': START + call(0, 'Bash', '{"command":"ls","\\u0063ommand":"bad"}'),
  'arguments behind a prototype': START + call(0, 'Bash', '{"a":[{"__pr\\u006fto__":{"command":"rm"}}]}'),
  'another name with the arguments': START + added(0, read) + whole(BAD, { name: 'Bash' }),
  'the input of a custom call that is otherwise at the end':
    START +
    added(0, { id: 'c', type: 'custom_tool_call', name: 'exec', input: '' }) +
    event('response.custom_tool_call_input.delta', { item_id: 'c', output_index: 0, delta: 'bad' }) +
    done(0, { id: 'c', type: 'custom_tool_call', name: 'exec', input: 'ls' }),
  'a command of a shell that is otherwise at the end':
    START +
    added(0, { id: 's', type: 'shell_call', action: { commands: ['bad'] } }) +
    done(0, { id: 's', type: 'shell_call', action: { commands: ['ls'] } }),
  'a command more than at the end':
    START +
    added(0, { id: 's', type: 'shell_call', action: { commands: [] } }) +
    event('response.shell_call_command.done', { output_index: 0, command_index: 1, command: 'bad' }) +
    done(0, { id: 's', type: 'shell_call', action: { commands: ['ls'] } }),
  'a shell call whose environment says that it runs elsewhere':
    START +
    added(0, {
      id: 's',
      type: 'shell_call',
      environment: { type: 'container_reference' },
      action: { commands: ['bad'] },
    }),
  'arguments of 10 MB':
    START +
    openCall(
      0,
      'Bash',
      Array.from({ length: 160 }, () => 'x'.repeat(65_536)),
    ),
  'one event of 10 MB': START + openCall(0, 'Bash', [`{"bad":"${'x'.repeat(10_000_000)}"}`]),
  'a byte order mark before a line': START + added(0, deny).replace('data:', '\ufeffdata:'),
  'a byte order mark for a blank line': `${START}event: keepalive\ndata: {"type":"keepalive"}\n\ufeff\n${added(0, deny)}`,
  'a blank before a line': START + added(0, deny).replace('data:', ' data:'),
  'a field name in capitals': START + added(0, deny).replace('data:', 'DATA:'),
  'a call in lines of data that are joined':
    START + added(0, deny).replace(',"output_index"', ',\ndata: "output_index"'),
  'a call without a label': START + added(0, deny).replace('event: response.output_item.added\n', ''),
  'a call with an empty label': START + added(0, deny).replace('event: response.output_item.added', 'event:'),
  'a call with two labels': START + added(0, deny).replace('event: ', 'event: keepalive\nevent: '),
  'a call behind a comment with other line ends': `${START}: x\r${added(0, deny)}`,
  'the reply ends inside a call': START + openCall(0, 'Bash', [BAD]) + end(),
  'the reply ends inside a call, and has it':
    START + openCall(0, 'Bash', [BAD]) + end([callItem(0, 'Bash', BAD)]),
  'the reply breaks off inside a call, and has it':
    START +
    openCall(0, 'Bash', [BAD]) +
    end([callItem(0, 'Bash', BAD)]).replaceAll('response.completed', 'response.incomplete'),
};

/** What ends a line for some clients, and not by the standard. */
const LINE_ENDS = {
  'U+2028': '\u2028',
  'U+2029': '\u2029',
  'U+0085': '\u0085',
  VT: '\v',
  FF: '\f',
  FS: '\x1c',
};

for (const [name, lineEnd] of Object.entries(LINE_ENDS)) {
  const hidden = `${lineEnd}data: ${JSON.stringify({ type: 'response.output_item.done', output_index: 0, item: deny })}`;
  ATTEMPTS[`a call behind ${name} in a comment`] = `${START}: hi${hidden}\n\n`;
  ATTEMPTS[`a call behind ${name} in an id`] = `${START}id: 1${hidden}\n\n`;
  ATTEMPTS[`a call behind ${name} in a field without a value`] = `${START}retry${hidden}\n\n`;
  ATTEMPTS[`a call behind ${name} in a label`] = PING.replace('keepalive', `keepalive${hidden}`) + START;
  ATTEMPTS[`a call behind ${name} in the comment of an event`] = `${START}: hi${hidden}\n${PING}`;
}

function deliver(reply: string, size: number): { out: string; judge: TestJudge } {
  const judge = new TestJudge();
  const guard = guardWith(judge);
  const bytes = Buffer.from(reply);
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
  for (const [name, reply] of Object.entries(ATTEMPTS)) {
    it(name, () => {
      for (const size of reply.length > 100_000 ? [65_536] : [reply.length, 7, 1]) {
        const { out, judge } = deliver(reply, size);
        assert.deepEqual(unjudged(out, judge.allowed), []);
      }
    });
  }

  it('though without a guard, clients would see a call in nearly all of these streams', () => {
    const harmless = Object.entries(ATTEMPTS).filter(
      ([, reply]) => [...callsSeen(reply).values()].flat().length === 0,
    );
    assert.deepEqual(harmless.map(([name]) => name).sort(), []);
  });

  it('and none of it leaves before the verdict, not even in part', () => {
    for (const [name, reply] of Object.entries(ATTEMPTS)) {
      const { out, judge } = deliver(reply, 1000);
      if (!judge.allowed.some((allowed) => allowed.startsWith('Bash')))
        assert.ok(!out.includes('"Bash"'), name);
      assert.ok(!out.includes('"Deny"'), name);
      assert.ok(!/\\?"bad\\?"/.test(out), name);
    }
  });
});

/**
 * Inside strings JSON may have U+2028, U+2029 and U+0085 as they are, and clients split events there. Quotes inside
 * strings are escaped, so what such a client finds behind the split begins in a string; names of fields cannot be made of
 * JSON's punctuation.
 */
describe('a line end inside the strings of an event', () => {
  const hidden = JSON.stringify({ type: 'response.output_item.done', output_index: 0, item: deny });
  const dataWith = (ls: string): readonly object[] => [
    { type: 'keepalive', x: `${ls}data: ${hidden}${ls}` },
    { type: 'keepalive', x: `${ls}data: ${hidden.replaceAll('"', "'")}${ls}` },
    { type: 'keepalive', x: `${ls}data: {`, type2: 'y', ',': ':', '{': '}', z: `}${ls}` },
    { x: `${ls}event: y${ls}`, type: 'keepalive', y: `${ls}data: `, q: 1, z: `${ls}data: ` },
  ];

  it('takes no piece out of a call for a client that splits there and goes on', () => {
    for (const ls of ['\u2028', '\u2029', '\u0085', '\x7f']) {
      const reply =
        START +
        openCall(0, 'Bash', ['{"command":"']) +
        args('","note":"', { x: ls }) +
        args('rm"}') +
        closeCall(0, 'Bash', '{"command":"","note":"rm"}');
      const { out, judge } = deliver(reply, reply.length);
      assert.deepEqual(judge.allowed, ['Bash {"command":"","note":"rm"}']);
      assert.match(out, /"note/);
      assert.doesNotMatch(out, /[\x7f-\x9f\u2028\u2029]/);
    }
  });

  it('makes no call for a client that splits there, with or without a guard', () => {
    for (const ls of ['\u2028', '\u2029', '\u0085']) {
      for (const data of dataWith(ls)) {
        const reply = `${START}data: ${JSON.stringify(data)}\n\n`;
        assert.deepEqual([...callsSeen(reply).values()].flat(), [], reply);
        const { out, judge } = deliver(reply, reply.length);
        assert.deepEqual(unjudged(out, judge.allowed), []);
      }
    }
  });
});
