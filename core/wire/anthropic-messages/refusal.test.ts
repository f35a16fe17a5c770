import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { errorBody, errorEvent, KEEP_ALIVE, messageBody, messageStream } from './refusal.ts';
import { START, textBlock } from './testing.ts';
import { readWithSdk } from './testing-clients.ts';

const TEXT = '[tollgate] "no"\n\nevent: x – Grüß';

function clientThatGets(status: number, body: Buffer): Anthropic {
  const headers = { 'content-type': 'application/json' };
  const fetch = async () => new Response(Buffer.from(body), { status, headers });
  return new Anthropic({ apiKey: 'none', maxRetries: 0, logLevel: 'off', fetch });
}

const ask = { model: 'm', max_tokens: 1, messages: [{ role: 'user' as const, content: 'x' }] };

describe('a refusal', () => {
  it('in words is a message that the official SDK reads, streamed or not', async () => {
    const message = await clientThatGets(200, messageBody(TEXT, 'claude-x', 'r1')).messages.create(ask);
    assert.deepEqual(message.content, [{ type: 'text', text: TEXT }]);
    assert.equal(message.stop_reason, 'end_turn');
    assert.equal(message.model, 'claude-x');
    const seen = await readWithSdk(messageStream(TEXT, 'claude-x', 'r1'));
    assert.deepEqual(seen, { content: message.content, stopReason: 'end_turn', error: undefined });
  });

  it('as an error is one that the official SDK throws, with its text', async () => {
    for (const status of [400, 401, 403, 404, 408, 413, 415, 421, 429, 502, 503]) {
      const body = errorBody(status, TEXT, 'r1', 'some_code');
      const { type, error, request_id, tollgate } = JSON.parse(body.toString());
      assert.deepEqual(
        [type, error.message, request_id, tollgate],
        ['error', TEXT, 'r1', { code: 'some_code' }],
      );
      await assert.rejects(clientThatGets(status, body).messages.create(ask), (thrown: unknown) => {
        assert.ok(thrown instanceof Anthropic.APIError);
        return thrown.status === status && thrown.message.includes('[tollgate]');
      });
    }
    const typeOf = (status: number) => JSON.parse(errorBody(status, '', '', '').toString()).error.type;
    assert.deepEqual([403, 413, 429, 502].map(typeOf), [
      'permission_error',
      'request_too_large',
      'rate_limit_error',
      'api_error',
    ]);
  });

  it('of threads is what makes official SDKs send the whole conversation', () => {
    const { error } = JSON.parse(errorBody(400, TEXT, 'r1', 'threads_off').toString());
    assert.equal(error.details.error_code, 'thread_unsupported_request');
    assert.equal(JSON.parse(errorBody(400, TEXT, 'r1', 'bad_request').toString()).error.details, undefined);
  });

  it('in the middle of a stream is an error that the official SDK throws', async () => {
    const seen = await readWithSdk(
      START + textBlock(0, 'x') + KEEP_ALIVE.toString() + errorEvent(TEXT, 'reply_cut').toString(),
    );
    assert.match(seen.error ?? '', /\[tollgate\]/);
    assert.deepEqual(seen.content, [{ type: 'text', text: 'x' }]);
  });
});
