import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchEndpoint } from './endpoints.ts';

describe('the endpoints of the wire', () => {
  it('are known with any prefix, with and without /v1, and go out by their own path', () => {
    for (const [method, target, name, path, prefix, billed] of [
      ['POST', '/v1/embeddings', 'embeddings', '/embeddings', [], true],
      ['POST', '/embeddings', 'embeddings', '/embeddings', [], true],
      ['POST', '/together/v1/embeddings', 'embeddings', '/embeddings', ['together'], true],
      ['GET', '/v1/models', 'models', '/models', [], false],
      ['GET', '/a/b/models', 'models', '/models', ['a', 'b'], false],
      ['GET', '/v1/models/gpt-6-sol', 'model', '/models/gpt-6-sol', [], false],
      ['GET', '/models/llama3.2:3b', 'model', '/models/llama3.2:3b', [], false],
    ] as const) {
      const wires = billed ? ['openai-embeddings'] : ['openai-chat', 'openai-responses', 'openai-embeddings'];
      assert.deepEqual(
        matchEndpoint(method, target, {}),
        { wire: 'openai-embeddings', wires, name, method, path, prefix, billed, query: '' },
        target,
      );
    }
  });

  it('are nothing else: no other method, no path that a server might read as another', () => {
    for (const [method, target] of [
      ['GET', '/v1/embeddings'],
      ['POST', '/v1/models'],
      ['DELETE', '/v1/models/x'],
      ['POST', '/v1/embeddings/'],
      ['POST', '/v1/embeddings/x'],
      ['POST', '/v1/Embeddings'],
      ['POST', '/v1/../embeddings'],
      ['POST', '//embeddings'],
      ['GET', '/v1/models/'],
      ['GET', '/v1/models/..'],
      ['GET', '/v1/models/a%2fb'],
    ] as const) {
      assert.equal(matchEndpoint(method, target, {}), undefined, target);
    }
  });

  it('do not have models whose names have a slash', () => {
    assert.equal(matchEndpoint('GET', '/v1/models/meta-llama/llama-3', {}), undefined);
  });

  it('have no query', () => {
    for (const [method, target] of [
      ['POST', '/v1/embeddings?api-version=1'],
      ['GET', '/v1/models?api-version=1'],
      ['GET', '/v1/models/x?api-version=1'],
    ] as const) {
      assert.deepEqual(matchEndpoint(method, target, {}), {
        wire: 'openai-embeddings',
        badQuery: 'api-version',
      });
    }
  });
});
