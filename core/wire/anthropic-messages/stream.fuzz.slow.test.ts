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
import { block, callBlock, end, guardWith, PING, START, textBlock } from './testing.ts';
import { callsOf, callsSeen, readWithSdk, unjudged } from './testing-clients.ts';

const REPLIES = [
  START +
    textBlock(0, 'Hello ', 'data: there\n\n') +
    callBlock(1, 'Bash', '{"command"', ':"ls"}') +
    end('tool_use'),
  START +
    callBlock(0, 'Bash', '', '{"bad":1}') +
    PING +
    callBlock(1, 'ReadFile', '{"path":"/"}') +
    end('tool_use'),
  START +
    block(0, { type: 'thinking', thinking: '' }, { type: 'signature_delta', signature: 'x' }) +
    callBlock(1, 'DenyMe', '{}') +
    end('tool_use'),
  START +
    block(0, { type: 'tool_use', id: 't', name: 'Edit', input: { path: 'a' } }) +
    block(1, { type: 'new_call', name: 'Bash' }, { type: 'input_json_delta', partial_json: '{"bad":0}' }) +
    end('tool_use'),
];

const SWAPS: Swaps = [
  [
    /"index":\d/g,
    ['"index":0', '"index":1', '"index":2', '"index":-1', '"index":"0"', '"index":0.0', '"Index":0'],
  ],
  [
    /event: \w+/g,
    [
      'event: ping',
      'event: content_block_start',
      'event: content_block_delta',
      'event:',
      'Event: ping',
      'data: {}',
    ],
  ],
  [
    /"type":"\w+"/g,
    [
      '"type":"tool_use"',
      '"type":"text"',
      '"type":"content_block_start"',
      '"type":"input_json_delta"',
      '"type":"server_tool_use"',
      '"type":null',
    ],
  ],
  [/"name":"\w+"/g, ['"name":"Bash"', '"name":"ReadFile"', '"name":"DenyMe"', '"name":1', '"NAME":"Bash"']],
  [
    /"input":\{.*?\}/g,
    [
      '"input":{"bad":1}',
      '"input":"{\\"bad\\":1}"',
      '"Input":{"bad":1}',
      '"input":null',
      '"input":[]',
      '"input":{}',
    ],
  ],
  [
    /"partial_json":"(?:[^"\\]|\\.)*"/g,
    [
      '"partial_json":"{\\"bad\\":1}"',
      '"partial_json":["{}"]',
      '"partial_json":1',
      '"partial_json":"}"',
      '"partial_json":""',
    ],
  ],
  [
    /"content":\[\]/g,
    [
      '"content":[{"type":"tool_use","name":"Bash","input":{}}]',
      '"Content":[{"type":"tool_use","name":"Bash","input":{}}]',
      '"content":{}',
      '"content":null',
    ],
  ],
  [/\n/g, ['\r\n', '\r', '\n\n', '\n\ufeff', '\n ', '\n:', '\u2028', '\n: x\u2028', '\nid: \x0b', '\x85']],
];

const makeReply = spoiler(REPLIES, SWAPS);

test('in 100,000 spoilt replies no client finds a call that was not allowed', async () => {
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
    const delivered = Buffer.concat(out);
    const say = `seed ${SEED}, case ${n}: ${JSON.stringify(bytes.toString('latin1'))}`;
    assert.deepEqual(unjudged(delivered.toString(), judge.allowed), [], say);
    if (n % 250 === 0) {
      const ran = callsOf(await readWithSdk(delivered));
      assert.deepEqual(
        ran.filter((call) => !judge.allowed.includes(call) && !call.startsWith('ReadFile ')),
        [],
        say,
      );
    }
    if (faulty) counts.faulty++;
    else if (guard.ended) counts.whole++;
    else counts.cut++;
    counts.allowed += judge.allowed.length;
    counts.denied += judge.denied.length;
    if ([...callsSeen(bytes.toString()).values()].flat().some((call) => /bad|DenyMe/.test(call))) {
      counts.withDangerousCalls++;
    }
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
