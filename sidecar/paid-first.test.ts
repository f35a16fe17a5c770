import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PLENTY, profile } from '../test/support/policies.ts';
import {
  jsonReply,
  MESSAGE,
  RawUpstream,
  sseEnd,
  sseReply,
  sseStart,
  sseText,
} from '../test/support/raw-upstream.ts';
import { readRecords } from '../test/support/records.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';

describe('a call to a provider', () => {
  it('is never made before its reservation and its opened entry are committed, to the first byte', async (t) => {
    let state = '';
    /** By the output cap, which is different for each request. */
    const paid = new Map<number, 'yes' | 'no'>();
    const upstream = await RawUpstream.start(t, (request) => {
      if (request.body.length === 0) return jsonReply({ data: [] });
      const body = JSON.parse(request.body.toString()) as {
        max_tokens: number;
        model: string;
        stream?: boolean;
      };
      const mine = upstream.atFirstByte.get(request);
      paid.set(body.max_tokens, mine?.(body.max_tokens, body.model) ? 'yes' : 'no');
      if (body.model === 'claude-opus-4-1') return jsonReply({}, 529);
      return body.stream ? sseReply(sseStart() + sseText('x') + sseEnd()) : jsonReply(MESSAGE);
    });
    // What another process can read at the moment at which the first byte of a request arrives.
    upstream.onFirstByte = () => {
      const { opened, leases } = readRecords(state);
      return (cap, model) =>
        opened.some(
          (entry) =>
            entry.askedCap === cap && entry.model === model && leases.some(({ id }) => id === entry.lease),
        );
    };
    const sidecar = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [
        PLENTY,
        profile({ models: { fallbacks: [{ model: 'claude-opus-*', to: ['claude-haiku-4-5'] }] } }),
      ],
    });
    state = sidecar.state;
    const asks = Array.from({ length: 40 }, async (_, n) => {
      const model = n % 4 === 0 ? 'claude-opus-4-1' : 'claude-haiku-4-5';
      const response = await sidecar.ask('hi', { max_tokens: 1000 + n, stream: n % 2 === 1, model });
      assert.equal(response.status, 200);
      await response.text();
    });
    await Promise.all(asks);
    assert.equal(upstream.requests.length, 50);
    assert.deepEqual([...new Set(paid.values())], ['yes']);
    assert.equal(paid.size, 40);
    const counted = await sidecar.ask('hi', { max_tokens: 7 }, { path: '/v1/messages/count_tokens' });
    assert.equal(counted.status, 200);
    assert.equal(paid.get(7), 'yes');
    await sidecar.assertWell();
  });
});
