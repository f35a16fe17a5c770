import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchEndpoint } from './endpoints.ts';

/** @returns the request line at the provider; what is wrong with the query; or undefined where nothing matches */
function at(method: string, target: string): string | undefined {
  const match = matchEndpoint(method, target, {});
  if (match === undefined) return undefined;
  if ('badQuery' in match) return `bad ${match.badQuery}`;
  return `${match.name}: ${match.method} ${match.path}${match.billed ? ' billed' : ''}`;
}

describe('the endpoints of the wire', () => {
  it('are known with any prefix, with and without /v1, and go out by their own path', () => {
    for (const [target, expected] of [
      ['/v1/responses', 'responses: POST /responses billed'],
      ['/responses', 'responses: POST /responses billed'],
      ['/a/agent-7/v1/responses', 'responses: POST /responses billed'],
      ['/v1/responses/input_tokens', 'input_tokens: POST /responses/input_tokens'],
      ['/x/responses/input_tokens', 'input_tokens: POST /responses/input_tokens'],
    ] as const) {
      assert.equal(at('POST', target), expected, target);
    }
    const match = matchEndpoint('POST', '/v1/team-a/responses', {});
    assert.ok(match !== undefined && 'prefix' in match);
    assert.deepEqual([match.prefix, match.wire], [['v1', 'team-a'], 'openai-responses']);
  });

  it('are nothing that reads or changes what the provider keeps', () => {
    for (const [method, target] of [
      ['GET', '/v1/responses'],
      ['GET', '/v1/responses/resp_1'],
      ['GET', '/v1/responses/resp_1?stream=true'],
      ['DELETE', '/v1/responses/resp_1'],
      ['POST', '/v1/responses/resp_1'],
      ['POST', '/v1/responses/resp_1/cancel'],
      ['POST', '/v1/responses/compact'],
      ['GET', '/v1/responses/resp_1/input_items'],
      ['POST', '/v1/conversations'],
      ['GET', '/v1/responses/input_tokens'],
      ['POST', '/v1/responses/'],
      ['POST', '/v1/Responses'],
      ['POST', '/v1/responses/../responses/compact'],
    ] as const) {
      assert.equal(at(method, target), undefined, `${method} ${target}`);
    }
  });

  it('take no query', () => {
    assert.equal(at('POST', '/v1/responses?api-version=1'), 'bad api-version');
    assert.equal(at('POST', '/v1/responses?'), 'responses: POST /responses billed');
  });
});
