import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusalOf, TestJudge } from '../testing.ts';
import {
  added,
  CREATED,
  call,
  callItem,
  done,
  end,
  event,
  guardWith,
  openCall,
  openText,
  PING,
  START,
  stream,
  text,
  textItem,
} from './testing.ts';
import { readStrictly } from './testing-clients.ts';

const push = (reply: string, options = {}): Buffer[] =>
  guardWith(new TestJudge(), options).push(Buffer.from(reply));

describe('a streamed reply that is not of the form of its wire', () => {
  const item = textItem(0, '');
  const delta = (output_index: unknown, more: object = {}) =>
    event('response.output_text.delta', {
      item_id: 'msg_0',
      output_index,
      content_index: 0,
      delta: 'x',
      ...more,
    });
  const args = (output_index: unknown, more: object = {}) =>
    event('response.function_call_arguments.delta', { item_id: 'fc_0', output_index, delta: '{}', ...more });
  const bash = callItem(0, 'Bash', '');

  for (const [name, reply] of Object.entries({
    'begins twice': START + CREATED,
    'begins with an item': text(0),
    'begins with content': CREATED.replace('"output":[]', `"output":[${JSON.stringify(item)}]`),
    'goes on with content': START.replace(/"output":\[\](?=.*\n\n$)/, `"output":[${JSON.stringify(item)}]`),
    'has content that is no list': CREATED.replace('"output":[]', '"output":"x"'),
    'begins with nothing': event('response.created'),
    'leaves out a number of an item': START + text(1),
    'counts from one': START + text(0) + text(2),
    'has a number of an item twice': START + text(0) + text(0),
    'has a number that is text': START + added('0' as never, item),
    'has an item without a type': START + added(0, { id: 'x' }),
    'has an item that is none': START + added(0, null as never),
    'goes on with no item': START + delta(0),
    'goes on with another item': START + openText(0) + delta(1),
    'goes on with an item without a number': START + openText(0) + delta(undefined),
    'goes on with half an item': START + openText(0) + delta(0.5),
    'names another item by id': START + openText(0) + delta(0, { item_id: 'msg_1' }),
    'ends no item': START + done(0, item),
    'ends an item twice': START + text(0) + done(0, item),
    'ends an item as one of another type': START + added(0, item) + done(0, { ...item, type: 'reasoning' }),
    'ends an item as one of another id': START + added(0, item) + done(0, { ...item, id: 'x' }),
    'ends a message as a call': START + added(0, item) + done(0, { ...bash, id: item.id }),
    'ends a call as a message': START + added(0, bash) + done(0, { ...item, id: bash.id }),
    'ends a call as one of another name': START + added(0, bash) + done(0, { ...bash, name: 'Edit' }),
    'ends an allowed call as another': START + added(0, { ...bash, name: 'Read' }) + done(0, bash),
    'ends a call as one of another call_id': START + added(0, bash) + done(0, { ...bash, call_id: 'x' }),
    'ends a call as one within a namespace': START + added(0, bash) + done(0, { ...bash, namespace: 'x' }),
    'gives a namespace to a call without one': START + added(0, bash) + args(0, { namespace: 'y' }),
    'gives an id to a call without one': START + added(0, { ...bash, id: undefined }) + args(0),
    'ends a call without an id as one with it': START + added(0, { ...bash, id: null }) + done(0, bash),
    'ends an item as nothing': START + added(0, item) + done(0, null as never),
    'goes on with a call that has ended': START + call(0, 'Bash', '{}') + args(0),
    'goes on with an allowed call that has ended': START + call(0, 'Read', '{}') + args(0),
    'gives another name to a call': START + added(0, bash) + args(0, { name: 'Edit' }),
    'gives another name to an allowed call':
      START + added(0, { ...bash, name: 'Read' }) + args(0, { name: 'Bash' }),
    'gives another namespace to a call':
      START + added(0, { ...bash, namespace: 'x' }) + args(0, { namespace: 'y' }),
    'gives another call_id to a call': START + added(0, bash) + args(0, { call_id: 'y' }),
    'brings arguments to what is no call': START + openText(0) + args(0, { item_id: 'msg_0' }),
    'brings arguments to no item': START + args(undefined, { item_id: undefined }),
    'has two calls of one id':
      START + call(0, 'Bash', '{}') + added(1, { ...callItem(1, 'Bash', ''), id: 'fc_0' }),
    'has a call with the id of a message':
      START + text(0) + added(1, { ...callItem(1, 'Bash', ''), id: 'msg_0' }),
    'has a message with the id of a call':
      START + call(0, 'Bash', '{}') + added(1, { ...textItem(1, ''), id: 'fc_0' }),
    'ends without a response': START + event('response.completed'),
    'ends with output that is no list': START + end([], { output: {} }),
    'has an event without a type': START + PING.replace('"type":"keepalive"', '"x":1'),
    'has an event that is no object': `${START}data: []\n\n`,
    'has an event that is no JSON': `${START}data: x\n\n`,
    'has an event with a key twice': `${START}data: {"type":"ping","TYPE":"x"}\n\n`,
    'names another item by an id spelt otherwise':
      START + openText(0) + delta(0).replace('"item_id":"msg_0"', '"Item_id":"msg_1"'),
    'has an event with a key spelt otherwise':
      START + openText(0) + delta(0).replace('"output_index"', '"Output_index"'),
    'has an event that is labelled as another': START + PING.replace('event: keepalive', 'event: pong'),
    'has a line that is none of the standard’s': `${START}datum: 1\n\n`,
  })) {
    it(`is cut where it ${name}`, () => {
      assert.throws(() => push(reply), { name: 'ReplyFault', code: 'reply_garbage' });
    });
  }

  it('is cut where it has bytes that are not UTF-8, in a comment too', () => {
    for (const bytes of [
      [0x3a, 0xc0, 0x8a, 0x0a, 0x0a],
      [0x3a, 0xff, 0x0a, 0x0a],
    ]) {
      assert.throws(() => guardWith(new TestJudge()).push(Buffer.from(bytes)), { code: 'reply_garbage' });
    }
  });

  it('is cut where a call has more than 4 MB of arguments, and not before', () => {
    const guard = guardWith(new TestJudge());
    const piece = Buffer.from(args(0, { delta: 'x'.repeat(1_000_000) }));
    guard.push(Buffer.from(START + added(0, bash)));
    for (let n = 0; n < 4; n++) assert.deepEqual(guard.push(piece), []);
    assert.throws(() => guard.push(piece), { code: 'reply_garbage', message: /too large/ });
  });

  it('is cut where it has more than ten thousand items', () => {
    const guard = guardWith(new TestJudge());
    guard.push(Buffer.from(START));
    const items = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => added(from + i, { type: 'new' })).join('');
    guard.push(Buffer.from(items(0, 10_000)));
    assert.throws(() => guard.push(Buffer.from(items(10_000, 10_001))), /too many items/);
  });

  it('may have calls with empty ids, as those of a computer have', () => {
    const click = (x: number) => ({ id: '', type: 'computer_call', actions: [{ type: 'click', x }] });
    const both = [click(1), click(2)];
    const reply = stream(START, ...both.map((item, i) => added(i, item) + done(i, item)), end(both));
    assert.equal(Buffer.concat(push(reply)).toString(), reply);
  });

  it('is cut where an event has more than 8 MB', () => {
    const guard = guardWith(new TestJudge());
    const chunk = Buffer.alloc(1_000_000, 'x');
    assert.throws(() => {
      for (let n = 0; n < 9; n++) guard.push(chunk);
    }, /too large/);
  });

  it('may go on about an item that has ended, as long as it is no call', () => {
    const reply =
      START + text(0) + event('response.image_generation_call.completed', { output_index: 0 }) + end();
    assert.equal(Buffer.concat(push(reply)).toString(), reply);
  });
});

describe('a streamed reply that outruns its reservation', () => {
  const long = 'w '.repeat(50);

  it('is cut, and ends for the client as a response that reached its cap, with a text', () => {
    const guard = guardWith(new TestJudge(), { cap: 10 });
    const reply = stream(START, text(0, 'Hm.'), openText(1, 'one two ', long));
    // All in one piece: what came before the excess must not be lost.
    assert.throws(() => guard.push(Buffer.from(reply)), { code: 'reply_over_cap' });
    const out = guard.finish('[tollgate] cut').toString();
    const seen = readStrictly(out);
    assert.equal(seen.status, 'incomplete');
    const texts = seen.output.map(({ content }) => (content as { text: string }[])[0]?.text);
    assert.deepEqual(texts, ['Hm.', 'one two ', '[tollgate] cut']);
    assert.deepEqual(
      seen.output.map(({ status }) => status),
      ['completed', 'incomplete', 'completed'],
    );
    const { response } = JSON.parse(out.slice(out.lastIndexOf('data: ') + 6));
    assert.deepEqual(
      [response.id, response.model, response.incomplete_details, response.usage.output_tokens],
      ['resp_01', 'gpt-5.4', { reason: 'max_output_tokens' }, 27],
    );
    const { faults, soFar } = guard.facts();
    assert.deepEqual(faults, ['usage_missing', 'bound_fault']);
    assert.equal(soFar.outputTokens, 27, 'what was heard');
  });

  it('is cut before an end that says too much, and the item has one all the same', () => {
    const guard = guardWith(new TestJudge(), { cap: 10 });
    const reply = stream(START, openText(0, 'short'), done(0, textItem(0, long)));
    assert.throws(() => guard.push(Buffer.from(reply)), { code: 'reply_over_cap' });
    const { output } = readStrictly(guard.finish('cut').toString());
    assert.deepEqual(
      output.map(({ content }) => (content as { text: string }[])[0]?.text),
      ['short', 'cut'],
    );
  });

  it('is cut whatever it goes on with: text, refusal, reasoning, arguments or code', () => {
    const at = { item_id: 'x', output_index: 0 };
    const item = (type: string, more: object = {}) => added(0, { id: 'x', type, ...more });
    for (const more of [
      text(0, long),
      added(0, textItem(0, '')) + done(0, textItem(0, long)),
      item('message') + event('response.refusal.delta', { ...at, delta: long }),
      item('reasoning') + event('response.reasoning_text.delta', { ...at, delta: long }),
      item('reasoning') + event('response.reasoning_summary_text.delta', { ...at, delta: long }),
      item('code_interpreter_call') +
        event('response.code_interpreter_call_code.delta', { ...at, delta: long }),
      item('new') + event('response.new.delta', { ...at, delta: long }),
      event('response.audio.transcript.delta', { delta: long }),
      call(0, 'ReadFile', long),
      call(0, 'Bash', long),
      call(0, 'DenyMe', long),
    ]) {
      assert.throws(() => push(START + more, { cap: 10 }), { code: 'reply_over_cap' }, more);
    }
  });

  it('is not cut for what is sealed, what tools of the provider brought, or sound', () => {
    const sealed = { id: 'rs', type: 'reasoning', summary: [], encrypted_content: long };
    const found = { id: 'fs', type: 'file_search_call', results: [{ text: long }] };
    const image = event('response.image_generation_call.partial_image', {
      output_index: 1,
      partial_image_b64: long,
    });
    const audio = event('response.audio.delta', { delta: 'a+'.repeat(50) });
    const both = added(0, sealed) + done(0, sealed) + added(1, found) + image + done(1, found);
    const reply = START + both + audio + end([sealed, found]);
    assert.equal(Buffer.concat(push(reply, { cap: 10 })).toString(), reply);
  });

  it('is cut inside a held call or a denied one in such a way that the text is still seen, and the call is not', () => {
    for (const [name, before] of [
      ['Bash', []],
      ['DenyMe', [refusalOf('DenyMe')]],
      ['ReadFile', []],
    ] as const) {
      const guard = guardWith(new TestJudge(), { cap: 10 });
      const reply = stream(START, openCall(0, name, ['{"command"', `:"${long}"}`]));
      assert.throws(() => guard.push(Buffer.from(reply)), { code: 'reply_over_cap' });
      const out = guard.finish('[tollgate] cut').toString();
      const seen = readStrictly(out);
      const texts = seen.output.map(({ content }) => (content as { text: string }[])[0]?.text);
      assert.deepEqual(texts, [...before, '[tollgate] cut']);
      if (name === 'Bash') assert.doesNotMatch(out, /"Bash"/);
      assert.doesNotMatch(out, /output_item\.done.*function_call/);
    }
  });

  it('forgets what waits behind a call that is held', () => {
    const guard = guardWith(new TestJudge(), { cap: 10 });
    const reply = stream(START, text(0, 'a'), openCall(1, 'Bash', []), text(2, 'b'), openText(3, long));
    assert.throws(() => guard.push(Buffer.from(reply)), { code: 'reply_over_cap' });
    const { output } = readStrictly(guard.finish('cut').toString());
    assert.deepEqual(
      output.map(({ content }) => (content as { text: string }[])[0]?.text),
      ['a', 'cut'],
    );
  });

  it('ends parts of every kind, and those that ended already not again', () => {
    const guard = guardWith(new TestJudge());
    const at = { item_id: 'msg_0', output_index: 0 };
    const refusal = { type: 'refusal', refusal: '' };
    const said = stream(
      START,
      openText(0, 'a'),
      event('response.content_part.done', {
        ...at,
        content_index: 0,
        part: { type: 'output_text', text: 'a' },
      }),
      event('response.content_part.added', { ...at, content_index: 1, part: refusal }),
      event('response.refusal.delta', { ...at, content_index: 1, delta: 'no' }),
    );
    const out = Buffer.concat([...guard.push(Buffer.from(said)), guard.finish('cut')]).toString();
    assert.equal(out.match(/^event: response\.content_part\.done$/gm)?.length, 3);
    assert.equal(out.match(/^event: response\.refusal\.done$/gm)?.length, 1);
    assert.match(out, /response\.refusal\.done.*"refusal":"no"/);
  });

  it('is recorded when only its end says so, or what it used has no price at all', () => {
    const factsOf = (options: object) => {
      const guard = guardWith(new TestJudge(), options);
      guard.push(Buffer.from(START + text(0, 'w') + end([textItem(0, 'w')])));
      return guard.facts().faults;
    };
    assert.deepEqual(factsOf({ cap: 4 }), ['bound_fault']);
    assert.deepEqual(factsOf({ cap: 5 }), []);
    assert.deepEqual(factsOf({ outruns: ({ inputTokens }: { inputTokens: number }) => inputTokens > 5 }), [
      'bound_fault',
    ]);
    const outruns = (): never => {
      throw new RangeError('no price');
    };
    assert.deepEqual(factsOf({ outruns }), ['bound_fault']);
  });
});

describe('a streamed reply that is broken', () => {
  it('keeps what came before, and fails with the fault as Codex shows it', () => {
    const guard = guardWith(new TestJudge());
    assert.throws(() => guard.push(Buffer.from(`${stream(START, text(0, 'Hm.'))}data: {\n\n`)), {
      code: 'reply_garbage',
    });
    const out = guard.fail('[tollgate] broken', 'reply_garbage').toString();
    const seen = readStrictly(out);
    assert.deepEqual(seen, {
      output: [textItem(0, 'Hm.')],
      status: 'failed',
      error: { code: 'invalid_prompt', message: '[tollgate] broken' },
    });
    assert.match(out, /"tollgate":\{"code":"reply_garbage"\}/);
  });

  it('is a whole response also where it has not begun', () => {
    for (const reply of ['', PING, 'data: {\n\n']) {
      const guard = guardWith(new TestJudge());
      try {
        guard.push(Buffer.from(reply));
      } catch {
        // It goes on with what is said instead.
      }
      assert.equal(readStrictly(guard.fail('x', 'reply_cut').toString()).status, 'failed');
    }
    assert.equal(readStrictly(guardWith(new TestJudge()).finish('x').toString()).status, 'incomplete');
  });

  it('keeps no more of what it said than a few megabytes for that case', () => {
    const guard = guardWith(new TestJudge());
    const big = (index: number) =>
      added(index, { id: `i${index}`, type: 'new' }) +
      done(index, { id: `i${index}`, type: 'new', data: 'x'.repeat(1_500_000) });
    for (const event of [START, big(0), big(1), big(2), text(3, 'small')]) guard.push(Buffer.from(event));
    const { output } = readStrictly(
      stream(START) +
        guard
          .fail('x', 'reply_cut')
          .toString()
          .replace(/"sequence_number":\d+/, '"sequence_number":2'),
    );
    assert.deepEqual(
      output.map(({ id }) => id),
      ['i0', 'i1'],
    );
  });
});
