import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { budget, PLENTY, profile, usd } from '../test/support/policies.ts';
import {
  chunk,
  jsonReply,
  MESSAGE,
  RawUpstream,
  type Script,
  SSE_HEAD,
  sseStart,
} from '../test/support/raw-upstream.ts';
import { startTestSidecar, type TestOptions } from '../test/support/sidecar.ts';

const FALLBACKS = profile({
  models: { fallbacks: [{ model: 'claude-haiku-*', to: ['claude-sonnet-4-5', 'claude-opus-4-1'] }] },
});

/** A provider that answers each model in its own way. */
async function answering(t: TestContext, scripts: Record<string, Script>, options: TestOptions = {}) {
  const upstream = await RawUpstream.start(t, (request, socket) => {
    const { model } = JSON.parse(request.body.toString()) as { model: string };
    return scripts[model]?.(request, socket);
  });
  const sidecar = await startTestSidecar(t, {
    upstream: upstream.url,
    policies: [PLENTY, FALLBACKS],
    ...options,
  });
  return { upstream, sidecar };
}

const error =
  (status: number): Script =>
  () =>
    jsonReply({ type: 'error', error: { type: 'x', message: String(status) } }, status);
const good: Script = () => jsonReply(MESSAGE);
const hangUp: Script = (_request, socket) => {
  socket.destroy();
};
const models = ({ requests }: RawUpstream) =>
  requests.map(({ body }) => (JSON.parse(body.toString()) as { model: string }).model);

describe('a model that has others to fall back to', () => {
  for (const status of [429, 500, 502, 503, 504, 529]) {
    it(`is replaced by the next when the provider answers ${status}, at its own reservation and price`, async (t) => {
      const { upstream, sidecar } = await answering(t, {
        'claude-haiku-4-5': error(status),
        'claude-sonnet-4-5': good,
      });
      assert.equal((await sidecar.ask('hi')).status, 200);
      assert.deepEqual(models(upstream), ['claude-haiku-4-5', 'claude-sonnet-4-5']);
      await sidecar.closed(2);
      const { opened, closed, leases } = sidecar.records();
      assert.equal(new Set(opened.map(({ exchange }) => exchange)).size, 1, 'it is one exchange');
      assert.deepEqual(
        closed.map(({ outcome, faults }) => [outcome, faults]),
        [
          ['released', [`upstream_${status}`]],
          ['settled', []],
        ],
      );
      assert.ok(Number(opened[1]?.reserved.usd) > 2 * Number(opened[0]?.reserved.usd));
      assert.deepEqual(
        leases.map(({ charged_usd }) => charged_usd),
        [0, 10 * 3000 + 5 * 15_000],
      );
      await sidecar.stop();
    });
  }

  it('is not replaced for an error that is about the request itself', async (t) => {
    for (const status of [400, 401, 403, 404, 413]) {
      const { upstream, sidecar } = await answering(t, { 'claude-haiku-4-5': error(status) });
      assert.equal((await sidecar.ask('hi')).status, status);
      assert.equal(upstream.requests.length, 1);
    }
  });

  it('is charged when it may have been heard, and replaced all the same', async (t) => {
    const { upstream, sidecar } = await answering(t, {
      'claude-haiku-4-5': hangUp,
      'claude-sonnet-4-5': good,
    });
    assert.equal((await sidecar.ask('hi')).status, 200);
    assert.equal(upstream.requests.length, 2);
    await sidecar.closed(2);
    const { closed } = sidecar.records();
    assert.deepEqual(
      closed.map(({ outcome, code }) => [outcome, code]),
      [
        ['charged', 'upstream_unreachable'],
        ['settled', null],
      ],
    );
  });

  it('passes on the last error when all of them fail', async (t) => {
    const { upstream, sidecar } = await answering(t, {
      'claude-haiku-4-5': error(500),
      'claude-sonnet-4-5': hangUp,
      'claude-opus-4-1': error(529),
    });
    const response = await sidecar.ask('hi');
    assert.equal(response.status, 529);
    assert.equal(models(upstream).length, 3);
    await sidecar.closed(3);
    const { closed, leases } = sidecar.records();
    assert.deepEqual(
      closed.map(({ outcome }) => outcome),
      ['released', 'charged', 'released'],
    );
    assert.equal(leases.length, 3);
  });

  it('is not replaced once a reply has begun', async (t) => {
    const { upstream, sidecar } = await answering(t, {
      'claude-haiku-4-5': (_request, socket) => {
        socket.end(Buffer.concat([Buffer.from(SSE_HEAD), chunk(sseStart())]));
      },
      'claude-sonnet-4-5': good,
    });
    assert.match(await (await sidecar.ask('hi', { stream: true })).text(), /reply_cut/);
    assert.equal(upstream.requests.length, 1);
  });

  it('is not replaced by what the budget does not cover, or for an agent that has gone', async (t) => {
    const small = [budget({ limits: [usd('0.015')], minOutputTokens: 2000 }), FALLBACKS];
    const one = await answering(
      t,
      { 'claude-haiku-4-5': error(500), 'claude-sonnet-4-5': good },
      { policies: small },
    );
    assert.match(await (await one.sidecar.ask('hi')).text(), /budget_spent/);
    assert.equal(one.upstream.requests.length, 1);
    const { closed, leases } = await one.sidecar.recorded((records) => records.closed.length === 2);
    assert.deepEqual(
      closed.map(({ outcome }) => outcome),
      ['released', 'none'],
    );
    assert.equal(leases.length, 1);

    let answer: () => void = () => undefined;
    const two = await answering(t, {
      'claude-haiku-4-5': async () => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return jsonReply({}, 500);
      },
      'claude-sonnet-4-5': good,
    });
    const leaving = new AbortController();
    const asked = two.sidecar.ask('hi', {}, { signal: leaving.signal }).catch(() => 'left');
    await two.upstream.received(1);
    leaving.abort();
    assert.equal(await asked, 'left');
    await two.sidecar.ended(1);
    answer();
    const { faults } = await two.sidecar.closed(1);
    assert.deepEqual(faults, ['upstream_500', 'client_gone']);
    assert.equal(two.upstream.requests.length, 1);
  });
});
