import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readChunks, standardEvents } from './testing-clients.ts';
import { seen } from './testing-guarded.ts';
import { openaiChat } from './wire.ts';

const { words } = openaiChat;
const TEXT = '[tollgate] "no"\n\nevent: x – Grüß';

describe('a refusal', () => {
  it('in words is a message that says only this, streamed or not', () => {
    const reply = JSON.parse(words.messageBody(TEXT, 'gpt-x', 'r1').toString());
    assert.deepEqual(reply, {
      id: 'chatcmpl-tollgate-r1',
      object: 'chat.completion',
      created: 0,
      model: 'gpt-x',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: TEXT, refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    });
    const stream = words.messageStream(TEXT, 'gpt-x', 'r1').toString();
    assert.deepEqual(seen(stream), { content: TEXT, reasoning: '', calls: [], finish: 'stop' });
    const events = standardEvents(stream);
    assert.equal(events.at(-1), '[DONE]');
    for (const { id, object, model, choices } of readChunks(events)) {
      assert.deepEqual([id, object, model], ['chatcmpl-tollgate-r1', 'chat.completion.chunk', 'gpt-x']);
      assert.equal((choices as unknown[]).length, 1, 'a chunk without choices is one that was not asked for');
    }
  });

  it('as an error has the form of OpenAI’s, in a body and in a stream', () => {
    const body = words.errorBody(403, TEXT, 'r1', 'tool_not_allowed');
    assert.deepEqual(JSON.parse(body.toString()), {
      error: { message: TEXT, type: 'permission_error', param: null, code: 'tool_not_allowed' },
      tollgate: { code: 'tool_not_allowed' },
      request_id: 'r1',
    });
    assert.deepEqual(standardEvents(words.asErrorEvent(body).toString()), [body.toString()]);
    const [event = ''] = standardEvents(words.errorEvent(TEXT, 'reply_cut').toString());
    assert.deepEqual(JSON.parse(event), {
      error: { message: TEXT, type: 'server_error', param: null, code: 'reply_cut' },
      tollgate: { code: 'reply_cut' },
    });
  });
});

describe('a keep-alive', () => {
  it('is a whole chunk that says nothing', () => {
    assert.deepEqual(readChunks(standardEvents(words.keepAlive.toString())), [
      {
        id: 'chatcmpl-tollgate',
        object: 'chat.completion.chunk',
        created: 0,
        model: '',
        choices: [{ index: 0, delta: {}, finish_reason: null }],
      },
    ]);
  });
});
