/**
 * The guard on replies that were spoilt by chance. The oracle is a handful of small clients that read what came out, each
 * in its own way: a call that one of them sees must have been allowed, with just those arguments.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { CASES, Chance, SEED } from '../../json/testing.ts';
import { TestJudge } from '../testing.ts';
import { type Swaps, spoiler } from '../testing-spoilt.ts';
import { ReplyFault } from '../wire.ts';
import {
  added,
  call,
  callItem,
  closeCall,
  done,
  end,
  event,
  guardWith,
  openCall,
  PING,
  START,
  stream,
  text,
  textItem,
} from './testing.ts';
import { callsSeen, unjudged } from './testing-clients.ts';

const shell = { id: 'sh_1', type: 'shell_call', call_id: 'c_1', action: { commands: ['ls', 'bad'] } };
const custom = { id: 'ctc_1', type: 'custom_tool_call', call_id: 'c_1', name: 'exec', input: 'ls -la' };
const future = { id: 'x_0', type: 'new_thing', call_id: 'c_9', name: 'Bash', cmd: 'bad' };

const REPLIES = [
  stream(
    START,
    text(0, 'Hello ', 'data: there\n\n'),
    call(1, 'Bash', '{"command"', ':"ls"}'),
    end([textItem(0, 'Hello data: there\n\n'), callItem(1, 'Bash', '{"command":"ls"}')]),
  ),
  stream(
    START,
    call(0, 'Bash', '', '{"bad":1}'),
    PING,
    call(1, 'ReadFile', '{"path":"/"}'),
    end([callItem(0, 'Bash', '{"bad":1}'), callItem(1, 'ReadFile', '{"path":"/"}')]),
  ),
  stream(
    START,
    call(0, 'DenyMe', '{}'),
    added(1, { ...custom, input: '' }),
    event('response.custom_tool_call_input.delta', { item_id: 'ctc_1', output_index: 1, delta: 'ls -la' }),
    done(1, custom),
    end([callItem(0, 'DenyMe', '{}'), custom]),
  ),
  // Interleaved.
  stream(
    START,
    openCall(0, 'Bash', ['{"a":']),
    openCall(1, 'Edit', ['{"bad"']),
    event('response.function_call_arguments.delta', { item_id: 'fc_0', output_index: 0, delta: '1}' }),
    event('response.function_call_arguments.delta', { item_id: 'fc_1', output_index: 1, delta: ':0}' }),
    closeCall(1, 'Edit', '{"bad":0}'),
    closeCall(0, 'Bash', '{"a":1}'),
    end([callItem(0, 'Bash', '{"a":1}'), callItem(1, 'Edit', '{"bad":0}')]),
  ),
  stream(
    START,
    added(0, future),
    done(0, future),
    added(1, { ...shell, action: { commands: [] } }),
    event('response.shell_call_command.done', { output_index: 1, command_index: 0, command: 'ls' }),
    done(1, shell),
    end([future, shell]),
  ),
];

const SWAPS: Swaps = [
  [
    /"output_index":\d/g,
    ['"output_index":0', '"output_index":1', '"output_index":-1', '"output_index":"0"', '"Output_index":0'],
  ],
  [
    /"(?:item_)?id":"\w+"/g,
    ['"id":"fc_0"', '"item_id":"fc_1"', '"id":"fc_1"', '"item_id":"msg_0"', '"id":null', '"ID":"fc_0"'],
  ],
  [
    /event: [\w.]+/g,
    [
      'event: keepalive',
      'event: response.output_item.done',
      'event: response.output_item.added',
      'event:',
      'Event: x',
      'data: {}',
    ],
  ],
  [
    /"type":"[\w.]+"/g,
    [
      '"type":"function_call"',
      '"type":"message"',
      '"type":"response.output_item.done"',
      '"type":"response.output_item.added"',
      '"type":"custom_tool_call"',
      '"type":"web_search_call"',
      '"type":"response.completed"',
      '"type":null',
    ],
  ],
  [
    /"name":"\w+"/g,
    [
      '"name":"Bash"',
      '"name":"ReadFile"',
      '"name":"DenyMe"',
      '"name":1',
      '"NAME":"Bash"',
      '"name":"Bash","namespace":"Deny"',
    ],
  ],
  [
    /"arguments":"(?:[^"\\]|\\.)*"/g,
    [
      '"arguments":"{\\"bad\\":1}"',
      '"arguments":{"bad":1}',
      '"Arguments":"{\\"bad\\":1}"',
      '"arguments":null',
      '"arguments":"{}"',
      '"arguments":""',
    ],
  ],
  [
    /"delta":"(?:[^"\\]|\\.)*"/g,
    ['"delta":"{\\"bad\\":1}"', '"delta":["{}"]', '"delta":1', '"delta":"}"', '"delta":""'],
  ],
  [
    /"output":\[\]/g,
    [
      '"output":[{"type":"function_call","name":"Bash","arguments":"{\\"bad\\":1}"}]',
      '"Output":[{"type":"function_call","name":"Bash","arguments":""}]',
      '"output":{}',
      '"output":null',
    ],
  ],
  [
    /"(?:input|command)":"(?:[^"\\]|\\.)*"/g,
    ['"input":"bad"', '"command":"bad"', '"input":["bad"]', '"Input":"bad"', '"command":""'],
  ],
  [/\n/g, ['\r\n', '\r', '\n\n', '\n\ufeff', '\n ', '\n:', '\u2028', '\n: x\u2028', '\nid: \x0b', '\x85']],
];

const makeReply = spoiler(REPLIES, SWAPS);

test('in 100,000 spoilt replies no client finds a call that was not allowed', () => {
  const chance = new Chance(SEED);
  const counts = { whole: 0, faulty: 0, cut: 0, withDangerousCalls: 0, allowed: 0, denied: 0 };
  for (let n = 0; n < CASES; n++) {
    const bytes = makeReply(chance);
    const judge = new TestJudge();
    const guard = guardWith(judge);
    const out: Buffer[] = [];
    let faulty = false;
    const most = chance.pick([5, 80, 5000]);
    try {
      for (let at = 0; at < bytes.length; ) {
        const border = Math.min(bytes.length, at + 1 + chance.below(most));
        out.push(...guard.push(bytes.subarray(at, border)));
        at = border;
      }
    } catch (error) {
      if (!(error instanceof ReplyFault)) throw error;
      out.push(chance.below(2) === 0 ? guard.fail('', error.code) : guard.finish(''));
      faulty = true;
    }
    const delivered = Buffer.concat(out).toString();
    const say = `seed ${SEED}, case ${n}: ${JSON.stringify(bytes.toString('latin1'))}`;
    assert.deepEqual(unjudged(delivered, judge.allowed), [], say);
    if (faulty) counts.faulty++;
    else if (guard.ended) counts.whole++;
    else counts.cut++;
    counts.allowed += judge.allowed.length;
    counts.denied += judge.denied.length;
    // Reading what came in is dear, and a tenth of it tells.
    const seen = n % 10 === 0 ? [...callsSeen(bytes.toString()).values()].flat() : [];
    if (seen.some((one) => /bad|DenyMe/.test(one))) counts.withDangerousCalls++;
  }
  const rate = counts.whole / CASES;
  console.log(
    `guard fuzz, seed ${SEED}: ${(rate * 100).toFixed(1)} % of the replies pass to their end`,
    counts,
  );
  assert.ok(rate > 0.05 && rate < 0.95, `acceptance ${rate}`);
  assert.ok(
    counts.withDangerousCalls > CASES / 100,
    'the fuzz offers too few calls that must not get through',
  );
});
