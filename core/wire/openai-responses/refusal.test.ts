import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callsSeen, type Json, readStrictly } from './testing-clients.ts';
import { openaiResponses } from './wire.ts';

const { errorBody, errorEvent, keepAlive, messageBody, messageStream, asErrorEvent, refusalStatus } =
  openaiResponses.words;
const TEXT = '[tollgate] "no"\n\nevent: x – Grüß';

describe('a refusal', () => {
  it('in words is a response whose only item is a message, streamed or not', () => {
    const body = JSON.parse(messageBody(TEXT, 'gpt-x', 'r1').toString()) as Json;
    const [item] = body.output as Json[];
    assert.deepEqual(item?.content, [{ type: 'output_text', annotations: [], logprobs: [], text: TEXT }]);
    assert.deepEqual(
      [body.status, body.model, body.object, body.error],
      ['completed', 'gpt-x', 'response', null],
    );
    assert.deepEqual(body.usage, {
      input_tokens: 0,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: 0,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 0,
    });
    const stream = messageStream(TEXT, 'gpt-x', 'r1').toString();
    assert.deepEqual(readStrictly(stream), { output: body.output, status: 'completed', error: null });
    assert.deepEqual(stream.match(/(?<=^event: ).*/gm), [
      ...['response.created', 'response.in_progress', 'response.output_item.added'],
      ...['response.content_part.added', 'response.output_text.delta', 'response.output_text.done'],
      ...['response.content_part.done', 'response.output_item.done', 'response.completed'],
    ]);
    assert.ok([...callsSeen(stream).values()].every((calls) => calls.length === 0));
  });

  it('has ids as the API takes them back', () => {
    for (const requestId of ['01a059de-d5f8-7e30-a52d-7f0677eac1c0', 'r'.repeat(100), 'ü/"']) {
      const body = JSON.parse(messageBody(TEXT, 'm', requestId).toString());
      assert.match(body.output[0].id, /^msg_[\w-]{1,60}$/);
    }
  });

  it('as an error of a stream is a response that failed, with the code that Codex shows as it is', () => {
    const stream = errorEvent(TEXT, 'budget_spent').toString();
    const seen = readStrictly(stream);
    assert.deepEqual(seen, {
      output: [],
      status: 'failed',
      error: { code: 'invalid_prompt', message: TEXT },
    });
    assert.match(stream, /"tollgate":\{"code":"budget_spent"\}/);
  });

  it('as an error of ours or a provider’s stands in a stream as one, and a provider’s keeps its code', () => {
    const errorOf = (body: Buffer | string) => readStrictly(asErrorEvent(Buffer.from(body)).toString()).error;
    const ours = errorBody(400, TEXT, 'r1', 'bad_request');
    assert.deepEqual(errorOf(ours), { code: 'invalid_prompt', message: TEXT });
    assert.match(asErrorEvent(ours).toString(), /"tollgate":\{"code":"bad_request"\}/);
    for (const [body, code, message] of [
      [
        '{"error":{"message":"slow","type":"requests","code":"rate_limit_exceeded"}}',
        'rate_limit_exceeded',
        'slow',
      ],
      ['{"error":{"message":"slow","type":"server_error","code":null}}', 'server_error', 'slow'],
      ['{"error":{"message":"slow"}}', 'server_error', 'slow'],
      ['{"error":"slow"}', 'server_error', 'slow'],
      ['[{"error":{"message":"slow","code":7}}]', 'server_error', 'slow'],
      ['{"detail":"slow"}', 'server_error', 'slow'],
      ['{"detail":[{"loc":"x"}]}', 'server_error', '[{"loc":"x"}]'],
    ] as const) {
      assert.deepEqual(errorOf(body), { code, message }, body);
    }
  });

  it('is never sent with a status that Codex takes for a reason to ask again', () => {
    assert.ok(refusalStatus);
    assert.deepEqual([403, 400, 401, 404, 429, 502].map(refusalStatus), [400, 400, 401, 404, 429, 502]);
  });

  it('that is not decided yet keeps the client waiting with an event that means nothing', () => {
    assert.equal(
      keepAlive.toString(),
      'event: keepalive\ndata: {"type":"keepalive","sequence_number":0}\n\n',
    );
    const stream = keepAlive.toString() + messageStream(TEXT, 'm', 'r1').toString();
    assert.equal(readStrictly(stream).status, 'completed');
  });
});
