import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusalOf, TestJudge } from '../testing.ts';
import {
  added,
  call,
  callItem,
  closeCall,
  done,
  end,
  event,
  guardWith,
  type Otherwise,
  openCall,
  openText,
  PING,
  START,
  stream,
  text,
  textItem,
} from './testing.ts';
import { callIn, readStrictly } from './testing-clients.ts';

function guarded(bytes: string, options: Otherwise = {}) {
  const judge = new TestJudge();
  const guard = guardWith(judge, options);
  const out = Buffer.concat(guard.push(Buffer.from(bytes))).toString();
  return { judge, guard, out };
}

const said = (index: number, name: string): object => ({
  id: `msg_tollgate_resp01_${index}`,
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', annotations: [], logprobs: [], text: refusalOf(name) }],
});

describe('the guard of a streamed reply', () => {
  const reasoning = { id: 'rs_0', type: 'reasoning', summary: [], encrypted_content: 'gAAA' };
  const search = { id: 'ws_2', type: 'web_search_call', status: 'completed', action: { query: 'bad' } };
  const mcp = { id: 'mcp_3', type: 'mcp_call', name: 'x', server_label: 's', arguments: '{"bad":1}' };
  const at = (item: { id: string }, output_index: number) => ({ item_id: item.id, output_index });

  it('lets a reply without denied calls pass byte for byte, whatever its line ends, comments and blanks', () => {
    const whole = stream(
      ': comment\n\n',
      START,
      PING,
      added(0, { ...reasoning, encrypted_content: '' }),
      event('response.reasoning_summary_part.added', {
        ...at(reasoning, 0),
        summary_index: 0,
        part: { type: 'summary_text', text: '' },
      }),
      event('response.reasoning_summary_text.delta', { ...at(reasoning, 0), summary_index: 0, delta: 'Hm' }),
      done(0, reasoning),
      text(1, 'Grüß 👩‍🚀', ''),
      added(2, { ...search, status: 'in_progress' }),
      event('response.web_search_call.searching', at(search, 2)),
      done(2, search),
      added(3, { ...mcp, arguments: '' }),
      event('response.mcp_call_arguments.delta', { ...at(mcp, 3), delta: '{"bad":1}' }),
      event('response.mcp_call_arguments.done', { ...at(mcp, 3), arguments: '{"bad":1}' }),
      done(3, mcp),
      call(4, 'ReadFile', '{"bad":', '1}'),
      call(5, 'Bash', '', '{"command"', ':"ls"}'),
      event('response.rate_limits.updated', { limits: [1] }),
      end([
        reasoning,
        textItem(1, 'Grüß 👩‍🚀'),
        search,
        mcp,
        callItem(4, 'ReadFile', '{"bad":1}'),
        callItem(5, 'Bash', '{"command":"ls"}'),
      ]),
    );
    for (const reply of [whole, whole.replaceAll('\n', '\r\n'), whole.replaceAll('\n', '\r')]) {
      const { out, judge, guard } = guarded(reply);
      assert.equal(out, reply);
      assert.deepEqual(
        judge.allowed,
        ['ReadFile', 'Bash {"command":"ls"}'],
        'each once, though the end repeats them',
      );
      assert.ok(guard.ended);
    }
    const unnumbered = whole.replace(/,"sequence_number":\d+/g, '');
    assert.equal(guarded(unnumbered).out, unnumbered);
  });

  it('replaces a call that its name denies by a message in its place, from its first event on', () => {
    const item = callItem(1, 'DenyMe', '{"secret":1}');
    const { out, judge } = guarded(
      stream(
        START,
        text(0, 'Hm.'),
        call(1, 'DenyMe', '{"secret":', '1}'),
        text(2, 'x'),
        end([textItem(0, 'Hm.'), item, textItem(2, 'x')]),
      ),
    );
    assert.ok(!out.includes('DenyMe"') && !out.includes('secret'));
    assert.deepEqual(readStrictly(out), {
      output: [textItem(0, 'Hm.'), said(1, 'DenyMe'), textItem(2, 'x')],
      status: 'completed',
      error: null,
    });
    assert.deepEqual(judge.denied, ['DenyMe']);
    const begun = guarded(stream(START, openCall(0, 'DenyMe', []))).out;
    assert.match(begun, /not allowed.*response\.output_item\.done/s, 'before its arguments have come');
  });

  it('holds a call whose arguments decide, lets everything else overtake it, and replaces it when they are bad', () => {
    const judge = new TestJudge();
    const guard = guardWith(judge);
    const push = (bytes: string) => Buffer.concat(guard.push(Buffer.from(bytes))).toString();
    const events = stream(
      START,
      call(0, 'Bash', '{"bad":', '1}'),
      PING,
      end([callItem(0, 'Bash', '{"bad":1}')]),
    ).split(/(?<=\n\n)/);
    const last = events.pop() ?? '';
    const ping = events.pop() ?? '';
    let out = push(events.slice(0, 2).join(''));
    assert.equal(out, events.slice(0, 2).join(''));
    assert.equal(push(events[2] ?? ''), '');
    assert.equal(push(': keep-alive\n\n'), ': keep-alive\n\n');
    const overtaking = push(ping);
    assert.equal(overtaking, ping.replace(/"sequence_number":\d+/, '"sequence_number":2'));
    for (const piece of events.slice(3, -1)) assert.equal(push(piece), '');
    const instead = push(events.at(-1) ?? '');
    assert.ok(instead.includes('not allowed') && !instead.includes('bad'));
    assert.deepEqual(judge.denied, ['Bash {"bad":1}']);
    out += overtaking + instead + push(last);
    assert.deepEqual(readStrictly(out.replace('"keepalive"', '"ping"')).output, [said(0, 'Bash')]);
    assert.deepEqual(judge.denied, ['Bash {"bad":1}'], 'judged once, though the end repeats it');
  });

  it('leaves allowed calls beside denied ones byte for byte, but for their numbers', () => {
    const good = call(1, 'Bash', '{"command":"ls"}');
    const items = [
      callItem(0, 'DenyMe', ''),
      callItem(1, 'Bash', '{"command":"ls"}'),
      callItem(2, 'Bash', '{"bad":1}'),
    ];
    const { out } = guarded(stream(START, call(0, 'DenyMe'), good, call(2, 'Bash', '{"bad":1}'), end(items)));
    const { output } = readStrictly(out);
    assert.deepEqual(output.flatMap(callIn), ['Bash {"command":"ls"}']);
    assert.deepEqual(
      output.map(({ type }) => type),
      ['message', 'function_call', 'message'],
    );
    const withoutNumbers = (bytes: string) => bytes.replace(/,"sequence_number":\d+/g, '');
    assert.ok(withoutNumbers(out).includes(good));
  });

  it('keeps the order in which items begin when they come interleaved, and each item’s own', () => {
    const [one, two] = [call(1, 'Bash', '{"bad":1}'), call(2, 'Bash', '{"a"', ':1}')].map((events) =>
      events.split(/(?<=\n\n)/),
    ) as [string[], string[]];
    const open = openText(0, 'a');
    const item = textItem(0, 'ab');
    const more = event('response.output_text.delta', {
      item_id: item.id,
      output_index: 0,
      content_index: 0,
      delta: 'b',
    });
    const mixed = [
      open,
      one[0],
      two[0],
      more,
      two[1],
      one[1],
      two[2],
      ...two.slice(3),
      ...one.slice(2),
      text(3, 'c'),
      done(0, item),
    ] as string[];
    const items = [item, callItem(1, 'Bash', '{"bad":1}'), callItem(2, 'Bash', '{"a":1}'), textItem(3, 'c')];
    const { out, judge } = guarded(stream(START, ...mixed, end(items)));
    assert.deepEqual(readStrictly(out).output, [item, said(1, 'Bash'), items[2], textItem(3, 'c')]);
    assert.ok(out.indexOf('"delta":"b"') < out.indexOf('"Bash"'), 'an open item goes on');
    assert.deepEqual(judge.allowed, ['Bash {"a":1}']);
  });

  it('passes on a call of every kind only as it ends, if its arguments decide', () => {
    const diff = 'response.apply_patch_call_operation_diff';
    const patch = { type: 'create_file', path: 'p' };
    for (const word of ['good', 'bad']) {
      const kinds: readonly [object, string, object][] = [
        [{ type: 'custom_tool_call', name: 'exec' }, 'response.custom_tool_call_input', { input: word }],
        [{ type: 'shell_call' }, 'response.shell_call_command', { action: { commands: [word] } }],
        [{ type: 'local_shell_call', action: null }, '', { action: { command: [word] } }],
        [{ type: 'apply_patch_call', operation: patch }, diff, { operation: { ...patch, diff: word } }],
        [{ type: 'computer_call' }, '', { actions: [{ type: word }] }],
        [{ type: 'tool_search_call', arguments: {} }, '', { arguments: { q: word } }],
        [{ type: 'mcp_approval_request', name: 'm' }, '', { arguments: `{"q":"${word}"}` }],
        [{ type: 'call_to_come', call_id: 'c' }, '', { what: word }],
      ];
      for (const [start, label, ending] of kinds) {
        const begun = { id: 'x', ...start };
        const ended = { ...begun, ...ending };
        const at = { item_id: 'x', output_index: 0, command_index: 0 };
        const delta = label === '' ? '' : event(`${label}.delta`, { ...at, delta: word });
        const first = stream(START, added(0, begun), delta);
        assert.equal(guarded(first).out, stream(START));
        const reply = stream(START, added(0, begun), delta, done(0, ended), end([ended]));
        const { out, judge } = guarded(reply);
        const counts = [judge.allowed.length, judge.denied.length];
        assert.deepEqual(counts, word === 'good' ? [1, 0] : [0, 1], JSON.stringify(ended));
        if (word === 'good') assert.equal(out, reply);
        else assert.doesNotMatch(out, /"x"|bad/);
      }
    }
  });

  it('takes arguments for unreadable that not every client reads alike, or that its events say otherwise', () => {
    const item = callItem(0, 'Bash', '{"a":1}');
    const at = { item_id: 'fc_0', output_index: 0 };
    const delta = (fields: object) => event('response.function_call_arguments.delta', { ...at, ...fields });
    for (const [what, reply] of Object.entries({
      'not JSON': call(0, 'Bash', '{"a":1'),
      'more behind it': call(0, 'Bash', '{"a":1}x'),
      'a key twice': call(0, 'Bash', '{"a":1,"\\u0061":2}'),
      'a key twice but for its case': call(0, 'Bash', '{"path":1,"Path":2}'),
      'half a character': call(0, 'Bash', '{"\udc00x":1}'),
      'too deep': call(0, 'Bash', `${'['.repeat(200)}${']'.repeat(200)}`),
      'a prototype': call(0, 'Bash', '{"a":[{"__pr\\u006fto__":{"command":"rm"}}]}'),
      'a number too long': call(0, 'Bash', '{"to":90071992547', '40993}'),
      'other deltas': openCall(0, 'Bash', ['{"a":2}']) + closeCall(0, 'Bash', '{"a":1}'),
      'fewer deltas': openCall(0, 'Bash', ['{"a":']) + done(0, item),
      'another whole':
        openCall(0, 'Bash', []) +
        event('response.function_call_arguments.done', { ...at, arguments: '{"a":2}' }) +
        done(0, item),
      'another beginning': added(0, callItem(0, 'Bash', '{"a":2}')) + done(0, item),
      'a delta that is none': openCall(0, 'Bash', []) + delta({ delta: ['{"a":1}'] }) + done(0, item),
      'a delta of another kind':
        openCall(0, 'Bash', []) +
        delta({ delta: '{"a":1}' }).replaceAll('function_call_arguments', 'custom_tool_call_input') +
        done(0, item),
      'an event that nobody knows':
        openCall(0, 'Bash', []) +
        delta({ delta: '{"a":1}' }).replaceAll('function_call_arguments', 'new_arguments') +
        done(0, item),
      'arguments that are an object': added(0, item) + done(0, { ...item, arguments: { a: 1 } }),
    })) {
      const { judge, out } = guarded(stream(START, reply, end()));
      assert.deepEqual([judge.allowed, judge.denied], [[], ['Bash']], what);
      assert.ok(!out.includes('"Bash"'), what);
    }
    const cut = guarded(stream(START, call(0, 'Bash', '{"a":"\ud83d', '\ude00"}'), end()));
    assert.deepEqual(cut.judge.allowed, ['Bash {"a":"😀"}'], 'a character that is cut in two between pieces');
    const twice = guarded(stream(START, added(0, item) + done(0, item), end([item])));
    assert.deepEqual(twice.judge.allowed, ['Bash {"a":1}'], 'whole from its beginning on');
  });

  it('never delivers a call that the stream breaks off in', () => {
    const cut = openCall(0, 'Bash', ['{"command":"ls"}']);
    const { out, guard } = guarded(stream(START, cut));
    assert.equal(out, stream(START));
    assert.equal(guard.ended, false);
    assert.throws(() => guarded(stream(START, cut, end())), /inside a tool call/);
  });

  it('ends a call in which the model reached its cap as one that cannot be read', () => {
    const half = callItem(1, 'Bash', '{"comm', { status: 'incomplete' });
    const last = end([textItem(0, 'Hm.'), half], { status: 'incomplete' }).replaceAll(
      'response.completed',
      'response.incomplete',
    );
    const { out, judge } = guarded(stream(START, text(0, 'Hm.'), openCall(1, 'Bash', ['{"comm']), last));
    assert.deepEqual(readStrictly(out).output, [textItem(0, 'Hm.'), said(1, 'Bash')]);
    assert.deepEqual([judge.allowed, judge.denied], [[], ['Bash']]);
  });

  it('delivers nothing after the end but comments', () => {
    const whole = stream(START, text(0, 'x'), end([textItem(0, 'x')]));
    const late = [
      PING,
      'data: [DONE]\n\n',
      call(1, 'ReadFile'),
      START,
      'x: y\n\n',
      end([callItem(0, 'DenyMe', '')]),
    ];
    const { out, guard } = guarded(`${whole}: bye\n\n${late.join('')}`);
    assert.equal(out, `${whole}: bye\n\n`);
    assert.ok(guard.ended);
    assert.equal(guard.facts().usage?.outputTokens, 5);
  });
});
