import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchEndpoint, wireToAnswer } from './wires.ts';

describe('a request', () => {
  it('is answered in the form of the wire whose path it has, even when its query is refused', () => {
    const forms: [string, string][] = [
      ['/v1/messages', 'anthropic-messages'],
      ['/v1/chat/completions', 'openai-chat'],
      ['/v1/chat/completions?x=1', 'openai-chat'],
      ['/v1/responses?x=1', 'openai-responses'],
      ['/v1/embeddings?x=1', 'openai-embeddings'],
      ['/v1/elsewhere', 'anthropic-messages'],
    ];
    for (const [target, wire] of forms)
      assert.equal(wireToAnswer(matchEndpoint('POST', target, {})).id, wire, target);
  });
});
