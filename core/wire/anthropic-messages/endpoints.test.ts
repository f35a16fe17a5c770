import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuMs } from '../../testing-cpu.ts';
import fc from '../../testing-fast-check.ts';
import { matchEndpoint } from './endpoints.ts';

/** @returns the request line at the provider; what is wrong with the query; or undefined where nothing matches */
function at(method: string, target: string): string | undefined {
  const match = matchEndpoint(method, target, { 'anthropic-version': '2023-06-01' });
  if (match === undefined) return undefined;
  if ('badQuery' in match) return `bad ${match.badQuery}`;
  return `${match.method} ${match.path}${match.query === '' ? '' : `?${match.query}`}${match.billed ? ' billed' : ''}`;
}

describe('the endpoints of the wire', () => {
  it('are known with any prefix, with and without /v1, and go out by their own path', () => {
    const table: readonly [string, string, string][] = [
      ['POST', '/v1/messages', 'POST /messages billed'],
      ['POST', '/messages', 'POST /messages billed'],
      ['POST', '/a/agent-7/v1/messages?beta=true', 'POST /messages?beta=true billed'],
      ['POST', '/a/b_c/messages', 'POST /messages billed'],
      ['POST', '/v1/v1/messages', 'POST /messages billed'],
      ['POST', '/v1/messages/count_tokens', 'POST /messages/count_tokens'],
      ['POST', '/x/messages/count_tokens?beta=true', 'POST /messages/count_tokens?beta=true'],
      ['GET', '/v1/models', 'GET /models'],
      ['GET', '/models?limit=20&after_id=claude-x_1', 'GET /models?limit=20&after_id=claude-x_1'],
      ['GET', '/v1/models/claude-opus-4-5@20251101', 'GET /models/claude-opus-4-5@20251101'],
      ['GET', '/p/models/a.b:c?beta=true', 'GET /models/a.b:c?beta=true'],
    ];
    for (const [method, target, expected] of table) assert.equal(at(method, target), expected, target);
  });

  it('are nothing else: no other method, no path that a server might read as another', () => {
    for (const [method, target] of [
      ['GET', '/v1/messages'],
      ['post', '/v1/messages'],
      ['PUT', '/v1/messages'],
      ['DELETE', '/v1/models/x'],
      ['POST', '/v1/models'],
      ['HEAD', '/v1/models'],
      ...[
        ...['', '/', '*', 'messages', 'v1/messages', '/v1/messages/', '/v1//messages', '//v1/messages'],
        ...['/v1/messages/batches', '/v1/messagesx', '/v1/Messages', '/V1/MESSAGES', '/v1/messages;x=1'],
        ...['/v1/../v1/messages', '/./v1/messages', '/a.b/v1/messages', '/v1/%6dessages', '/v1%2fmessages'],
        ...['/%2e%2e/v1/messages', '/v1/messages%00', '/v1/messages\n', '/v1/messages\0', '/v1\\messages'],
        ...[
          'http://evil.example/v1/messages',
          '//evil.example/messages',
          '/v1/messages#x',
          '/v1/messages/count_tokens/',
        ],
        ...['/v1/complete', '/v1/files', '/api/hello', '/v1/messages count_tokens', '/ /v1/messages'],
      ].map((target) => ['POST', target]),
      ...[
        ...[
          '/v1/models/',
          '/v1/models/..',
          '/v1/models/.x',
          '/v1/models/a/b',
          '/v1/models/a%2fb',
          '/v1/models/-x',
        ],
        ...[`/v1/models/${'x'.repeat(200)}`, '/v1/models/a b', '/v1/models/a?b/../c'],
      ].map((target) => ['GET', target]),
    ] as [string, string][]) {
      const match = at(method, target);
      assert.ok(
        match === undefined || match.startsWith('bad '),
        `${method} ${JSON.stringify(target)}: ${match}`,
      );
    }
  });

  it('say what stood before the path, but for the version, and list models only for those who mean this wire', () => {
    const prefixOf = (target: string, headers = {}) => {
      const match = matchEndpoint(target.includes('models') ? 'GET' : 'POST', target, headers);
      return match === undefined || 'badQuery' in match ? undefined : match.prefix;
    };
    assert.deepEqual(prefixOf('/v1/messages'), []);
    assert.deepEqual(prefixOf('/messages'), []);
    assert.deepEqual(prefixOf('/v1/team-a/messages/count_tokens'), ['v1', 'team-a']);
    assert.deepEqual(prefixOf('/anthropic/v1/messages'), ['anthropic']);
    assert.equal(prefixOf('/v1/models'), undefined);
    assert.equal(prefixOf('/v1/models/x', { authorization: 'Bearer x' }), undefined);
    assert.deepEqual(prefixOf('/v1/models', { 'x-api-key': 'x' }), []);
    assert.deepEqual(prefixOf('/v1/models', { 'anthropic-version': '2023-06-01' }), []);
    assert.deepEqual(prefixOf('/v1/anthropic/models'), ['v1', 'anthropic']);
  });

  it('take known query parameters only, and each of them once', () => {
    const table: readonly [string, string, string][] = [
      ['POST', '/v1/messages?', 'POST /messages billed'],
      ['POST', '/v1/messages?beta=true&beta=true', 'POST /messages?beta=true billed'],
      ['POST', '/v1/messages?b%65ta=tru%65', 'POST /messages?beta=true billed'],
      ['POST', '/v1/messages?beta=false', 'bad beta'],
      ['POST', '/v1/messages?beta=true&beta=false', 'bad beta'],
      ['POST', '/v1/messages?beta', 'bad beta'],
      ['POST', '/v1/messages?Beta=true', 'bad Beta'],
      ['POST', '/v1/messages?beta=true?x', 'bad beta'],
      ['POST', '/v1/messages?beta=true#x', 'bad beta'],
      ['POST', '/v1/messages?limit=1', 'bad limit'],
      ['POST', '/v1/messages?x=1&beta=true', 'bad x'],
      ['GET', '/v1/models?limit=1&limit=2', 'GET /models?limit=2'],
      ['GET', '/v1/models?limit=1%262', 'bad limit'],
      ['GET', '/v1/models?before_id=%0d%0aHost:x', 'bad before_id'],
      ['GET', '/v1/models?q=1', 'bad q'],
      ['GET', '/v1/models/x?limit=1', 'bad limit'],
    ];
    for (const [method, target, expected] of table) assert.equal(at(method, target), expected, target);
  });

  it('never let a part of the agent’s path or an unknown query out, whatever is asked for', () => {
    const known =
      /^(?:POST \/messages(?:\/count_tokens)?(?:\?beta=true)?(?: billed)?|GET \/models(?:\/[A-Za-z0-9][A-Za-z0-9._:@-]*)?(?:\?[\w=&-]+)?|bad .*)$/s;
    const piece = fc.oneof(
      fc.constantFrom(
        '/v1',
        '/messages',
        '/models',
        '/count_tokens',
        '/x',
        '?',
        'beta=true',
        '&',
        '..',
        '%2e',
        '//',
        '.',
        'limit=1',
        'claude-x',
      ),
      fc.string({ maxLength: 3 }),
    );
    let matched = 0;
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST'), fc.array(piece, { maxLength: 6 }), (method, pieces) => {
        const result = at(method, pieces.join(''));
        if (result === undefined) return;
        matched++;
        assert.match(result, known);
      }),
      { numRuns: 20_000 },
    );
    assert.ok(matched > 80, `only ${matched} matched`);
  });

  it('answer a very long path at once', () => {
    const ms = cpuMs(() => {
      assert.equal(at('POST', `${'/a'.repeat(50_000)}/messagez`), undefined);
      assert.equal(at('POST', `${'/v1'.repeat(50_000)}/messages/`), undefined);
    });
    assert.ok(ms < 500, `${ms} ms`);
  });
});
