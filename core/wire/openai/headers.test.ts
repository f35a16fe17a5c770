import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { passesBack, readBetas, upstreamHeaders } from './headers.ts';

function headersFor(stream: boolean, hasBody: boolean, betas: readonly string[], key?: string): object {
  const document = hasBody ? { bytes: Buffer.from('{}'), value: {} } : undefined;
  const list = upstreamHeaders({ view: { stream, document }, betas, key });
  const names = list.filter((_, i) => i % 2 === 0);
  assert.equal(new Set(names).size, list.length / 2, 'each header once');
  return Object.fromEntries(names.map((name, i) => [name, list[2 * i + 1]]));
}

describe('headers to the provider', () => {
  it('are those of the table and no others', () => {
    assert.deepEqual(headersFor(false, false, []), {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'tollgate',
    });
    assert.deepEqual(headersFor(true, true, ['a=v1', 'b'], 'sk'), {
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
      'user-agent': 'tollgate',
      'content-type': 'application/json',
      'openai-beta': 'a=v1,b',
      authorization: 'Bearer sk',
    });
  });
});

describe('betas', () => {
  it('are all unknown, each once', () => {
    assert.deepEqual(readBetas({ 'openai-beta': 'assistants=v2, x ,,x' }), {
      known: [],
      unknown: ['assistants=v2', 'x'],
    });
    assert.deepEqual(readBetas({}), { known: [], unknown: [] });
  });
});

describe('headers back to the agent', () => {
  it('are those that clients act on; whose account it is stays here', () => {
    for (const name of [
      'content-type',
      'x-request-id',
      'retry-after',
      'retry-after-ms',
      'x-should-retry',
      'openai-processing-ms',
      'x-ratelimit-remaining-tokens',
    ]) {
      assert.equal(passesBack(name), true, name);
    }
    for (const name of [
      'openai-organization',
      'openai-project',
      'set-cookie',
      'location',
      'content-encoding',
      'content-length',
      'cf-ray',
      'x-ratelimit',
      'xcontent-type',
      'x-request-id2',
    ]) {
      assert.equal(passesBack(name), false, name);
    }
  });
});
