import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WireId } from '../policy/provider.ts';
import { namesOf, type ReplyNames } from './reply-names.ts';
import type { RequestView, ToolJudge, ToolVerdict } from './wire.ts';
import { wireOf } from './wires.ts';

type Fields = Readonly<Record<string, unknown>>;

const DENIED: ToolVerdict = { allow: false, text: 'no' };
const judge: ToolJudge = { byName: () => DENIED, byArgs: () => DENIED, unreadable: () => DENIED };
const view = { cacheWrite: 'none', choices: 2, document: undefined } as unknown as RequestView;

function inBody(wire: WireId, body: Fields): ReplyNames {
  return wireOf(wire).guardReply(Buffer.from(JSON.stringify(body)), judge, view).named;
}

/** After each event, as it comes. */
function inStream(wire: WireId, events: readonly Fields[]): ReplyNames[] {
  const guard = wireOf(wire).guardStream({ judge, view, cap: 1000, outruns: () => false });
  return events.map((event) => {
    guard.push(Buffer.from(`data: ${JSON.stringify(event)}\n\n`));
    return guard.named();
  });
}

const NOTHING: ReplyNames = { finishReasons: [] };

describe('how a reply calls itself', () => {
  it('is the message’s id, model and stop reason, also where a denied call was the reason', () => {
    const message = {
      type: 'message',
      id: 'msg_1',
      model: 'claude-x-20260101',
      content: [],
      stop_reason: null,
    };
    const named = { id: 'msg_1', model: 'claude-x-20260101' };
    const call = { type: 'tool_use', id: 't', name: 'Bash', input: {} };
    const body = { ...message, content: [call], stop_reason: 'tool_use' };
    assert.deepEqual(inBody('anthropic-messages', body), { ...named, finishReasons: ['tool_use'] });
    const events = [
      { type: 'message_start', message },
      { type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 1 } },
      { type: 'message_delta', delta: {}, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    ];
    const ended = { ...named, finishReasons: ['max_tokens'] };
    assert.deepEqual(inStream('anthropic-messages', events), [
      { ...named, finishReasons: [] },
      ended,
      ended,
      ended,
    ]);
  });

  it('is a completion’s id, model, and the reason of each choice, in the order of the choices', () => {
    const head = { id: 'chatcmpl-1', model: 'gpt-x' };
    const choice = (index: number, reason: string | null) => ({ index, delta: {}, finish_reason: reason });
    const body = { ...head, choices: [choice(0, 'stop'), choice(1, 'length')] };
    assert.deepEqual(inBody('openai-chat', body), { ...head, finishReasons: ['stop', 'length'] });
    assert.deepEqual(
      inStream('openai-chat', [
        { id: '', model: '', choices: [] },
        { ...head, choices: [choice(0, null)] },
        { id: 'other', model: 'other', choices: [choice(1, 'length')] },
        { ...head, choices: [choice(0, 'stop')] },
      ]),
      [
        NOTHING,
        { ...head, finishReasons: [] },
        { ...head, finishReasons: ['length'] },
        { ...head, finishReasons: ['stop', 'length'] },
      ],
    );
    assert.deepEqual(inBody('openai-chat', { error: { message: 'x' } }), NOTHING);
  });

  it('is a response’s id, model, and its status or what made it incomplete', () => {
    const head = { id: 'resp_1', model: 'gpt-x' };
    const whole = { ...head, status: 'completed', output: [] };
    const cut = {
      ...head,
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [],
    };
    assert.deepEqual(inBody('openai-responses', whole), { ...head, finishReasons: ['completed'] });
    assert.deepEqual(inBody('openai-responses', cut), { ...head, finishReasons: ['max_output_tokens'] });
    assert.deepEqual(
      inStream('openai-responses', [
        { type: 'response.created', response: { ...head, status: 'in_progress', output: [] } },
        { type: 'response.incomplete', response: { ...cut, model: 'gpt-x-2026-01-01' } },
      ]),
      [
        { ...head, finishReasons: [] },
        { id: 'resp_1', model: 'gpt-x-2026-01-01', finishReasons: ['max_output_tokens'] },
      ],
    );
  });

  it('is the model of embeddings, which have no reason to end', () => {
    const body = { object: 'list', model: 'text-embedding-x', data: [{ embedding: [1] }] };
    assert.deepEqual(inBody('openai-embeddings', body), { model: 'text-embedding-x', finishReasons: [] });
  });

  it('is taken as it stands or not at all: it comes from a provider', () => {
    for (const bad of [
      '',
      'a b',
      'a\nb',
      '\u001b[2J',
      'é',
      '\u202etxt',
      'x'.repeat(161),
      7,
      null,
      {},
      ['a'],
    ]) {
      assert.deepEqual(namesOf({ id: bad, model: bad }, [bad]), NOTHING, String(bad));
    }
    const long = 'accounts/fireworks/models/x'.padEnd(160, '~');
    assert.deepEqual(namesOf({ id: long, model: long }, [long]), {
      id: long,
      model: long,
      finishReasons: [long],
    });
    const many = namesOf(
      undefined,
      Array.from({ length: 1000 }, () => 'stop'),
    );
    assert.equal(many.finishReasons.length, 16);
  });
});
