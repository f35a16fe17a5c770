import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusalOf, TestJudge } from '../testing.ts';
import {
  begin,
  call,
  calls,
  chunk,
  DONE,
  end,
  event,
  guardWith,
  piece,
  START,
  text,
  usage,
} from './testing.ts';
import { readChunks, standardEvents } from './testing-clients.ts';
import { guarded, seen } from './testing-guarded.ts';

const TAIL = usage() + DONE;

describe('the guard of a streamed reply', () => {
  it('lets a reply without denied calls pass byte for byte, whatever its line ends, comments and blanks', () => {
    const reply =
      `: OPENROUTER PROCESSING\n\n${START}${text('Grüß 👩‍🚀')}${text('')}` +
      chunk({ reasoning_content: 'Hm.', reasoning: 'Hm.' }) +
      chunk({ refusal: 'no' }) +
      chunk({ something_new: { a: [1] } }) +
      chunk(null) +
      event({ choices: [], prompt_filter_results: [] }) +
      call(0, 'ReadFile', '{"a":', '1}') +
      calls(begin(1, 'Bash'), piece(1, '{"command"'), piece(1, ':"ls"}')) +
      text('late') +
      end('tool_calls') +
      usage() +
      DONE;
    for (const stream of [reply, reply.replaceAll('\n', '\r\n'), reply.replaceAll('\n', '\r')]) {
      const { out, judge, guard } = guarded(stream);
      assert.equal(out, stream);
      assert.deepEqual(judge.allowed, ['ReadFile', 'Bash {"command":"ls"}']);
      assert.ok(guard.ended);
      assert.deepEqual(guard.facts().faults, []);
    }
  });

  it('replaces a call that its name denies by text in its place, from its first event on', () => {
    const head = START + text('Hm.') + calls(begin(0, 'DenyMe', '{"sec'));
    const { guard, out } = guarded(head);
    assert.equal(seen(out).content, `Hm.\n\n${refusalOf('DenyMe')}`);
    const rest = Buffer.concat(
      guard.push(Buffer.from(calls(piece(0, 'ret":1}')) + end('tool_calls') + TAIL)),
    ).toString();
    assert.deepEqual(seen(out + rest), {
      content: `Hm.\n\n${refusalOf('DenyMe')}`,
      reasoning: '',
      calls: [],
      finish: 'stop',
    });
    assert.doesNotMatch(out + rest, /"DenyMe"|tool_calls|sec|ret/);
    assert.equal(rest, end('stop') + TAIL, 'what is left empty is not delivered');
  });

  it('holds a call whose arguments decide, and all behind it, until its choice ends', () => {
    const judge = new TestJudge();
    const guard = guardWith(judge);
    const push = (stream: string) => Buffer.concat(guard.push(Buffer.from(stream))).toString();
    assert.equal(push(START), START);
    assert.equal(push(calls(begin(0, 'Bash'))), '');
    assert.equal(push(': keep-alive\n\n'), ': keep-alive\n\n', 'comments overtake');
    assert.equal(push(event({ choices: [] })), event({ choices: [] }), 'so does what says nothing of it');
    assert.equal(push(calls(piece(0, '{"bad":'), piece(0, '1}'))), '');
    assert.equal(push(call(1, 'ReadFile', '{}')), '');
    assert.equal(push(text('more')), '');
    const out = push(end('tool_calls'));
    assert.deepEqual(judge.denied, ['Bash {"bad":1}']);
    assert.deepEqual(seen(START + out), {
      content: `${refusalOf('Bash')}more`,
      reasoning: '',
      calls: [{ kind: 'function', name: 'ReadFile', args: '{}' }],
      finish: 'tool_calls',
    });
    assert.ok(out.includes('"index":0,"id":"call_1"'), 'the call behind it takes its number');
  });

  it('leaves allowed calls beside denied ones, numbered without a gap, and then the reason too', () => {
    const good = call(1, 'Bash', '{"command":"ls"}');
    const { out } = guarded(
      START +
        call(0, 'DenyMe', '{}') +
        good +
        call(2, 'Edit', '{"bad":1}') +
        call(3, 'Edit', '{}') +
        end('tool_calls'),
    );
    const { content, calls: left, finish } = seen(out);
    assert.equal(content, `${refusalOf('DenyMe')}\n\n${refusalOf('Edit')}`);
    assert.deepEqual(
      left.map(({ name, args }) => [name, args]),
      [
        ['Bash', '{"command":"ls"}'],
        ['Edit', '{}'],
      ],
    );
    assert.equal(finish, 'tool_calls');
    const untouched = START + good.replaceAll('"index":1', '"index":0') + end('tool_calls');
    assert.equal(guarded(untouched).out, untouched);
  });

  it('changes the reason only where it speaks of calls and none is left, and nothing else of that event', () => {
    for (const reason of ['length', 'content_filter', 'stop']) {
      assert.ok(guarded(START + call(0, 'DenyMe') + end(reason)).out.endsWith(end(reason)), reason);
    }
    const without = START + text('x') + end('tool_calls');
    assert.equal(guarded(without).out, without, 'nothing was denied');
    for (const reason of ['tool_calls', 'function_call']) {
      const odd = `id: "${reason}"\ndata: { "usage" : null,"choices":[{"delta":{}, "finish_reason" : "${reason}" ,"index":0}]}\n\n`;
      const { out } = guarded(START + call(0, 'DenyMe') + odd);
      assert.ok(out.endsWith(odd.replace(`: "${reason}" ,`, ': "stop" ,')), out.slice(-200));
    }
    const lines = 'data: {"choices":[{"index":0,"delta":{},\ndata: "finish_reason":"tool_calls"}]}\n\n';
    assert.ok(guarded(START + call(0, 'DenyMe') + lines).out.endsWith(lines.replace('tool_calls', 'stop')));
    const twice = START + call(0, 'DenyMe') + end('tool_calls') + end('tool_calls') + DONE;
    assert.equal(seen(guarded(twice).out).finish, 'stop', 'some hosts say it twice');
  });

  it('takes all that a chunk says at once: text, calls and the end', () => {
    const both = [begin(0, 'ReadFile', '{}'), begin(1, 'Bash', '{"bad":1}'), begin(2, 'DenyMe', '{}')];
    const stream = chunk({ role: 'assistant', content: 'Hm.', tool_calls: both }, 'tool_calls') + TAIL;
    const { out } = guarded(stream);
    assert.deepEqual(seen(out), {
      content: `Hm.\n\n${refusalOf('Bash')}\n\n${refusalOf('DenyMe')}`,
      reasoning: '',
      calls: [{ kind: 'function', name: 'ReadFile', args: '{}' }],
      finish: 'tool_calls',
    });
    const parts = chunk({ content: [{ type: 'text', text: 'Hm.' }], tool_calls: [begin(0, 'DenyMe')] });
    const [{ delta }] = JSON.parse(guarded(parts).out.slice(6)).choices;
    assert.deepEqual(delta, {
      content: [
        { type: 'text', text: 'Hm.' },
        { type: 'text', text: refusalOf('DenyMe') },
      ],
    });
  });

  it('judges custom tools by their input, and calls as they used to be', () => {
    const custom = (index: number, name: string, ...inputs: string[]): string =>
      calls(
        { index, id: `c${index}`, type: 'custom', custom: { name, input: '' } },
        ...inputs.map((input) => ({ index, custom: { input } })),
      );
    const legacy = (name: string, ...args: string[]): string =>
      [{ name, arguments: '' }, ...args.map((one) => ({ arguments: one }))]
        .map((function_call) => chunk({ function_call }))
        .join('');
    const good = START + custom(0, 'patch', '*** Beg', 'in') + end('tool_calls');
    const { out, judge } = guarded(good);
    assert.equal(out, good);
    assert.deepEqual(judge.allowed, ['patch {"input":"*** Begin"}']);
    assert.deepEqual(guarded(custom(0, 'patch', 'x\ud83d') + end()).judge.denied, ['patch']);
    assert.deepEqual(seen(guarded(START + custom(0, 'DenyMe', 'x') + end('tool_calls')).out).calls, []);

    const older = START + legacy('Bash', '{"command":', '"ls"}') + end('function_call');
    assert.equal(guarded(older).out, older);
    const bad = guarded(START + legacy('Bash', '{"bad":', '1}') + end('function_call')).out;
    assert.deepEqual(seen(bad), { content: refusalOf('Bash'), reasoning: '', calls: [], finish: 'stop' });
    assert.doesNotMatch(bad, /function_call|\\"bad/);
    const mixed = guarded(START + legacy('DenyMe') + call(0, 'ReadFile', '{}') + end('function_call')).out;
    assert.equal(seen(mixed).finish, 'function_call');
    assert.equal(seen(mixed).calls.length, 1);
  });

  it('takes arguments that not every client reads alike for unreadable', () => {
    for (const pieces of [
      ['{"a":1'],
      ['{"a":1}x'],
      ['{"a":1,"\\u0061":2}'],
      ['{"path":1,"Path":2}'],
      ['{"\udc00x":1}'],
      [`${'['.repeat(200)}${']'.repeat(200)}`],
      ['{"a":[{"__pr\\u006fto__":{"command":"rm"}}]}'],
      ['{"to":90071992547', '40993}'],
    ]) {
      const { judge, out } = guarded(START + call(0, 'Bash', ...pieces) + end('tool_calls'));
      assert.deepEqual([judge.allowed, judge.denied], [[], ['Bash']], pieces[0]);
      assert.ok(!out.includes('"Bash"'));
    }
    const { judge } = guarded(START + call(0, 'Bash', '{"a":"\ud83d', '\ude00"}') + end('tool_calls'));
    assert.deepEqual(judge.allowed, ['Bash {"a":"😀"}'], 'a character that is cut in two');
    assert.deepEqual(guarded(START + call(0, 'Bash') + end()).judge.allowed, ['Bash {}']);
  });

  it('gives calls a number where a host leaves it out', () => {
    const { index: _a, ...first } = begin(0, 'ReadFile', '{}') as { index: number };
    const { index: _b, ...second } = begin(1, 'Bash', '{"a":') as { index: number };
    const stream =
      START + calls(first, { ...second, index: null }, { function: { arguments: '1}' } }) + end('tool_calls');
    const { out, judge } = guarded(stream);
    assert.deepEqual(judge.allowed, ['ReadFile', 'Bash {"a":1}']);
    assert.deepEqual(
      seen(out).calls.map(({ name, args }) => [name, args]),
      [
        ['ReadFile', '{}'],
        ['Bash', '{"a":1}'],
      ],
    );
    const { index: _c, ...denied } = begin(0, 'DenyMe', '{}') as { index: number };
    assert.deepEqual(seen(guarded(START + calls(denied) + end('tool_calls')).out).calls, []);
    const gap = guarded(
      START + call(3, 'ReadFile', '{}') + call(7, 'ReadFile', '{}') + end('tool_calls'),
    ).out;
    assert.deepEqual(gap.match(/"index":\d+,"id"/g), ['"index":0,"id"', '"index":1,"id"']);
  });

  it('writes calls whose pieces are mixed up where they begin, so that all clients read them alike', () => {
    const entries = [begin(0, 'Bash', '{"a"'), begin(1, 'ReadFile', '{'), piece(0, ':1}'), piece(1, '}')];
    const { out, judge } = guarded(START + calls(...entries) + end('tool_calls'));
    assert.deepEqual(judge.allowed, ['ReadFile', 'Bash {"a":1}']);
    assert.deepEqual(
      readChunks(standardEvents(out)).flatMap(({ choices }) =>
        (choices as { delta: { tool_calls?: { function: unknown }[] } }[]).flatMap(({ delta }) =>
          (delta.tool_calls ?? []).map((entry) => entry.function),
        ),
      ),
      [{ name: 'Bash', arguments: '{"a":1}' }, { name: 'ReadFile', arguments: '{' }, { arguments: '}' }],
    );
    const twice = chunk({ tool_calls: [begin(0, 'Bash', '{"a"'), piece(0, ':1}')] }) + end('tool_calls');
    assert.deepEqual(seen(guarded(twice).out).calls[0]?.args, '{"a":1}');
    assert.ok(guarded(twice).out.includes('{"name":"Bash","arguments":"{\\"a\\":1}"}'));
    const beside = chunk({ tool_calls: [begin(0, 'ReadFile', '{}'), begin(1, 'Bash')] });
    const { out: whole } = guarded(START + beside + calls(piece(1, '{"a":1}')) + end('tool_calls'));
    assert.ok(whole.includes('{"name":"Bash","arguments":"{\\"a\\":1}"}'), 'it did not begin its chunk');
    const three = [begin(0, 'Bash'), begin(1, 'ReadFile', '{'), begin(2, 'Edit', '{}'), piece(1, '}')];
    assert.deepEqual(
      seen(guarded(START + calls(...three) + end('tool_calls')).out).calls.map(({ args }) => args),
      ['', '{}', '{}'],
    );
    const free = START + calls(begin(0, 'ReadA', '{'), begin(1, 'ReadB', '{'), piece(0, '}'), piece(1, '}'));
    assert.equal(guarded(free).out, free, 'where names decide, it is all the same');
  });

  it('does not end where a reason is empty', () => {
    const stream =
      START + chunk({ content: 'a' }, '') + text('b') + call(0, 'Bash', '{}') + end('tool_calls');
    assert.equal(guarded(stream).out, stream);
  });

  it('never delivers a call that the stream breaks off in', () => {
    const { out, guard } = guarded(START + call(0, 'Bash', '{"command":"ls"}'));
    assert.equal(out, START);
    assert.equal(guard.ended, false);
  });

  it('judges what has come when [DONE] does, without a reason before it', () => {
    const bad = guarded(START + call(0, 'Bash', '{"bad":1}') + DONE);
    assert.deepEqual(seen(bad.out).calls, []);
    assert.ok(bad.guard.ended);
    const good = START + call(0, 'Bash', '{}') + DONE;
    assert.equal(guarded(good).out, good);
  });

  it('delivers nothing after the end but what cannot be content, and still reads what the reply cost', () => {
    const whole = START + text('x') + end();
    const silent = chunk({ role: 'assistant', content: '', tool_calls: [] }, 'stop');
    const late = guarded(
      `${whole}: bye\n\n${silent}${usage({ completion_tokens: 77 })}${text('y')}${call(0, 'ReadFile')}data: x\n\n${DONE}`,
    );
    assert.equal(late.out, `${whole}: bye\n\n${silent}${usage({ completion_tokens: 77 })}${DONE}`);
    assert.equal(late.guard.facts().usage?.outputTokens, 77);
    const { out, guard } = guarded(`${whole}${DONE}${usage()}${text('y')}${DONE}`);
    assert.equal(out, whole + DONE);
    assert.equal(guard.facts().usage?.outputTokens, 5, 'some hosts are late');
  });

  it('passes an error as it is, and goes no further than that', () => {
    const error = 'data: {"error":{"message":"overloaded","type":"server_error","code":null}}\n\n';
    const { out, guard } = guarded(START + call(0, 'Bash', '{"a":') + error);
    assert.equal(out, START + error);
    assert.equal(guard.ended, false);
    const labelled = `event: error\n${error}`;
    assert.equal(guarded(labelled).out, labelled);
    // OpenRouter ends the choice with it.
    const beside = event({
      error: { code: 502 },
      choices: [{ index: 0, delta: {}, finish_reason: 'error' }],
    });
    assert.equal(guarded(START + beside).out, START + beside);
  });
});

describe('several choices', () => {
  it('are guarded each by itself, and end the reply when all have ended', () => {
    const stream =
      chunk({ role: 'assistant' }, null, 1) +
      START +
      chunk({ tool_calls: [begin(0, 'Bash', '{"bad":1}')] }, null, 1) +
      text('zero') +
      chunk({ tool_calls: [begin(0, 'ReadFile', '{}')] }, null, 0) +
      end('tool_calls', 1);
    const { guard, out } = guarded(stream, { n: 2 });
    assert.equal(guard.ended, false);
    const rest = Buffer.concat(guard.push(Buffer.from(end('tool_calls', 0)))).toString();
    assert.ok(guard.ended);
    assert.deepEqual(seen(out + rest, 1), {
      content: refusalOf('Bash'),
      reasoning: '',
      calls: [],
      finish: 'stop',
    });
    assert.deepEqual(seen(out + rest, 0), {
      content: 'zero',
      reasoning: '',
      calls: [{ kind: 'function', name: 'ReadFile', args: '{}' }],
      finish: 'tool_calls',
    });
  });

  it('may stand in one chunk', () => {
    const both = event({
      choices: [
        { index: 1, delta: { tool_calls: [begin(0, 'DenyMe', '{}')] }, finish_reason: 'tool_calls' },
        { index: 0, delta: { content: 'x' }, finish_reason: 'stop' },
      ],
    });
    const { out, guard } = guarded(both, { n: 2 });
    assert.ok(guard.ended);
    assert.deepEqual([seen(out, 0).content, seen(out, 1).content], ['x', refusalOf('DenyMe')]);
    assert.deepEqual([seen(out, 0).finish, seen(out, 1).finish], ['stop', 'stop']);
  });

  it('do not go on after their end', () => {
    const stream = chunk({}, 'stop', 0) + chunk({ content: '' }, null, 0);
    assert.equal(guarded(stream, { n: 2 }).out, stream);
    for (const more of [text('x'), call(0, 'ReadFile')]) {
      assert.throws(() => guarded(stream + more, { n: 2 }), /goes on after its end/);
    }
  });
});
