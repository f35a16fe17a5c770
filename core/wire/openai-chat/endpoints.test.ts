import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchEndpoint } from './endpoints.ts';

describe('the endpoint of a request', () => {
  it('is found behind any prefix, with the version or without it', () => {
    for (const [target, prefix] of [
      ['/v1/chat/completions', []],
      ['/chat/completions', []],
      ['/groq/v1/chat/completions', ['groq']],
      ['/a/b/chat/completions', ['a', 'b']],
      ['/v1/chat/completions?', []],
    ] as const) {
      assert.deepEqual(matchEndpoint('POST', target, {}), {
        wire: 'openai-chat',
        wires: ['openai-chat'],
        name: 'chat_completions',
        method: 'POST',
        path: '/chat/completions',
        billed: true,
        query: '',
        prefix,
      });
    }
  });

  it('is none for other methods and paths', () => {
    for (const [method, target] of [
      ['GET', '/v1/chat/completions'],
      ['DELETE', '/v1/chat/completions'],
      ['POST', '/v1/chat/completions/'],
      ['POST', '/v1/chat/completions/chatcmpl-1'],
      ['POST', '/v1/chat'],
      ['POST', '/v1/completions'],
      ['POST', '/v1/Chat/completions'],
      ['POST', '/v1/chat%2Fcompletions'],
      ['POST', '/v1/../chat/completions'],
      ['POST', '//chat/completions'],
    ] as const) {
      assert.equal(matchEndpoint(method, target, {}), undefined, target);
    }
  });

  it('has no query', () => {
    assert.deepEqual(matchEndpoint('POST', '/v1/chat/completions?api-version=1', {}), {
      wire: 'openai-chat',
      badQuery: 'api-version',
    });
  });
});
