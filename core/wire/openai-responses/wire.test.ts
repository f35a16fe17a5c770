import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isProblem, readJson } from '../../json/read.ts';
import { TestJudge } from '../testing.ts';
import { end, START, stream } from './testing.ts';
import { openaiResponses } from './wire.ts';

const { matchEndpoint, readRequest } = openaiResponses;

describe('the wire', () => {
  it('takes a request from its path to what is sent, and a reply to what it cost', () => {
    const endpoint = matchEndpoint('POST', '/v1/responses', {});
    assert.ok(endpoint && !('badQuery' in endpoint) && endpoint.wire === openaiResponses.id);
    const document = readJson(Buffer.from('{"model":"gpt-5.4","input":"x","stream":true}'));
    assert.ok(!isProblem(document));
    const view = readRequest(endpoint, document, {});
    assert.ok(!('bad' in view));
    assert.ok((openaiResponses.inputBound(view.size, 'gpt-5.4', undefined) ?? 0) > 45);
    const made = { model: 'gpt-5.4', cap: 700, capField: 'max_tokens', keepNothing: true } as const;
    assert.deepEqual(JSON.parse(openaiResponses.bodyFor(view, made)?.toString() ?? ''), {
      model: 'gpt-5.4',
      input: 'x',
      stream: true,
      max_output_tokens: 700,
      store: false,
    });
    const headers = openaiResponses.upstreamHeaders({ view, agent: {}, betas: [], key: 'sk' });
    assert.ok(headers.includes('Bearer sk') && headers.includes('text/event-stream'));
    const guard = openaiResponses.guardStream({
      judge: new TestJudge(),
      view,
      cap: made.cap,
      outruns: () => false,
    });
    const reply = stream(START, end());
    assert.equal(Buffer.concat(guard.push(Buffer.from(reply))).toString(), reply);
    assert.ok(guard.ended && guard.facts().usage?.outputTokens === 5);
  });

  it('passes an error of its provider, and nothing that is more than one', () => {
    const error = { error: { message: 'x', type: 'invalid_request_error', param: null, code: null } };
    assert.deepEqual(openaiResponses.guardError(Buffer.from(JSON.stringify(error))), error);
    for (const more of [{ output: [] }, { response: {} }, { x: { type: 'function_call' } }])
      assert.throws(() => openaiResponses.guardError(Buffer.from(JSON.stringify({ ...error, ...more }))));
  });
});
