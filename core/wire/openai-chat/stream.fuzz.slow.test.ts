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
import { begin, call, calls, chunk, DONE, end, guardWith, piece, START, text, usage } from './testing.ts';
import { callsSeen, unjudged } from './testing-clients.ts';

const custom = { index: 0, id: 'c', type: 'custom', custom: { name: 'Bash', input: '' } };

const REPLIES = [
  START +
    text('Hello data: there\n\n') +
    call(0, 'Bash', '{"command"', ':"ls"}') +
    end('tool_calls') +
    usage() +
    DONE,
  START + call(0, 'Bash', '', '{"bad":1}') + call(1, 'ReadFile', '{"path":"/"}') + end('tool_calls') + DONE,
  START +
    call(0, 'DenyMe', '{}') +
    call(1, 'Edit', '{"a":', '1}') +
    text('x') +
    end('tool_calls') +
    usage() +
    DONE,
  START + chunk({ tool_calls: [begin(0, 'ReadFile', '{}'), begin(1, 'Bash', '{}')] }, 'tool_calls') + DONE,
  START + calls(begin(0, 'Bash'), begin(1, 'Edit'), piece(0, '{}'), piece(1, '{"a":1}')) + end('tool_calls'),
  START + calls(custom, { index: 0, custom: { input: 'bad' } }) + end('tool_calls') + DONE,
  chunk({ function_call: { name: 'Bash', arguments: '{' } }) +
    chunk({ function_call: { arguments: '}' } }) +
    end(),
];

const SWAPS: Swaps = [
  [
    /"index":\d/g,
    [
      '"index":0',
      '"index":1',
      '"index":2',
      '"index":-1',
      '"index":"0"',
      '"index":null',
      '"Index":0',
      '"x":0',
    ],
  ],
  [
    /"type":"\w+"/g,
    ['"type":"custom"', '"type":"function"', '"type":"tool_use"', '"type":null', '"type":"x"'],
  ],
  [
    /"name":"\w+"/g,
    [
      '"name":"Bash"',
      '"name":"ReadFile"',
      '"name":"DenyMe"',
      '"name":""',
      '"name":1',
      '"NAME":"Bash"',
      '"x":1',
    ],
  ],
  [
    /"(?:arguments|input)":"(?:[^"\\]|\\.)*"/g,
    [
      '"arguments":"{\\"bad\\":1}"',
      '"arguments":"{\\"a\\":"',
      '"arguments":"1}"',
      '"arguments":"}"',
      '"arguments":""',
      '"arguments":null',
      '"arguments":{"bad":1}',
      '"Arguments":"{}"',
      '"input":"\\"bad\\""',
      '"name":"Bash"',
    ],
  ],
  [
    /"(?:function|custom|function_call)":/g,
    ['"function":', '"custom":', '"function_call":', '"Function":', '"x":'],
  ],
  [
    /"tool_calls":\[/g,
    [
      '"tool_calls":[',
      '"Tool_calls":[',
      '"content":[',
      `"tool_calls":[${JSON.stringify(begin(1, 'Bash', '{"bad":1}'))},`,
    ],
  ],
  [/"delta":/g, ['"message":', '"Delta":', '"delta":']],
  [
    /"choices":\[/g,
    ['"choices":[{"index":0,"delta":{"content":"x"}},', '"Choices":[', '"choices":[]', '"x":['],
  ],
  [
    /"finish_reason":(?:null|"\w+")/g,
    ['"finish_reason":"tool_calls"', '"finish_reason":"stop"', '"finish_reason":null', '"finish_reason":""'],
  ],
  [/data: /g, ['data:', 'event: x\ndata: ', 'Data: ', 'data: \ndata: ', ' data: ', 'data: [DONE]\n\ndata: ']],
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
      out.push(guard.fail('', error.code));
      faulty = true;
    }
    const say = `seed ${SEED}, case ${n}: ${JSON.stringify(bytes.toString('latin1'))}`;
    assert.deepEqual(unjudged(Buffer.concat(out).toString(), judge.allowed), [], say);
    if (faulty) counts.faulty++;
    else if (guard.ended) counts.whole++;
    else counts.cut++;
    counts.allowed += judge.allowed.length;
    counts.denied += judge.denied.length;
    const [found] = callsSeen(bytes.toString()).values();
    if (found?.some((one) => /bad|DenyMe/.test(one))) counts.withDangerousCalls++;
  }
  const rate = counts.whole / CASES;
  console.log(
    `guard fuzz, seed ${SEED}: ${(rate * 100).toFixed(1)} % of the replies pass to their end`,
    counts,
  );
  assert.ok(rate > 0.05 && rate < 0.95, `acceptance ${rate}`);
  assert.ok(
    counts.withDangerousCalls > CASES / 10,
    'the fuzz offers too few calls that must not get through',
  );
});
