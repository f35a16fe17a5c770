import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { budget, profile, usd } from '../test/support/policies.ts';
import {
  chunk,
  RawUpstream,
  type Script,
  SSE_HEAD,
  sse,
  sseEnd,
  sseReply,
  sseStart,
  sseText,
} from '../test/support/raw-upstream.ts';
import { assertConsistent } from '../test/support/records.ts';
import { MODEL, startTestSidecar } from '../test/support/sidecar.ts';

describe('a provider that goes on after the output cap', () => {
  it('is cut in its stream, which ends for the agent as if the model had; the call is charged in full', async (t) => {
    const sidecar = await startTestSidecar(t);
    const client = new Anthropic({ apiKey: DUMMY_KEY, baseURL: sidecar.url, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: '/ignore-cap 5000\n/chunk 200' }];
    const stream = client.messages.stream({ model: MODEL, max_tokens: 100, messages });
    const message = await stream.finalMessage();
    assert.equal(message.stop_reason, 'max_tokens');
    const said = JSON.stringify(message.content);
    assert.match(
      said,
      /These words are only here.*\[tollgate\] The reply was cut off: the provider went on after its output cap/,
    );
    const { outcome, code, faults, amounts, status } = await sidecar.closed(1);
    assert.deepEqual([status, outcome, code], [200, 'charged', 'reply_over_cap']);
    assert.deepEqual(faults, ['usage_missing', 'bound_fault']);
    assert.deepEqual(amounts, sidecar.records().opened[0]?.reserved);
    while (sidecar.rehearsal.bill().length === 0) await sleep(5);
    assert.equal(sidecar.rehearsal.bill()[0]?.ended, 'client_gone', 'the provider was stopped');
    await sidecar.assertWell();
  });

  it('is charged what it bills where it does not stream, and recorded as a fault of the bound', async (t) => {
    const sidecar = await startTestSidecar(t);
    const response = await sidecar.ask('/ignore-cap 5000', { max_tokens: 100 });
    const [line] = sidecar.rehearsal.bill();
    assert.equal(Number(response.headers.get('x-tollgate-cost-usd')), Number(line?.nanoUsd) / 1e9);
    assert.ok(Number(response.headers.get('x-tollgate-reserved-usd')) < Number(line?.nanoUsd) / 1e9);
    const { outcome, code, faults, amounts } = await sidecar.closed(1);
    assert.deepEqual([outcome, code, faults, amounts.usd], ['settled', null, ['bound_fault'], line?.nanoUsd]);
    await sidecar.assertWell();
  });

  it('is not cut for what an honest reply of that many tokens may say', async (t) => {
    const sidecar = await startTestSidecar(t);
    const text = await (await sidecar.ask('/tokens 900', { max_tokens: 900, stream: true })).text();
    assert.match(text, /message_stop/);
    assert.deepEqual([(await sidecar.closed(1)).code, (await sidecar.closed(1)).outcome], [null, 'settled']);
  });
});

describe('a provider that reports more input than was reserved for', () => {
  it('is cut at the beginning of its stream', async (t) => {
    const sidecar = await startTestSidecar(t);
    const text = await (await sidecar.ask('/bill input=9000000 output=1\n/say hi', { stream: true })).text();
    assert.match(
      text,
      /message_start.*reports more input than was reserved for.*"stop_reason":"max_tokens".*message_stop/s,
    );
    assert.doesNotMatch(text, /\[rehearsal\] hi/);
    const { outcome, code, faults, amounts, usage } = await sidecar.closed(1);
    assert.deepEqual(
      [outcome, code, faults],
      ['settled', 'reply_over_cap', ['usage_missing', 'bound_fault']],
    );
    // What the provider reported by then: 9,000,000 tokens in at $1 the million, one token out at $5.
    assert.deepEqual([amounts.usd, amounts.tokens, usage], [9_000_000_000 + 5000, 9_000_001, null]);
    await sidecar.assertWell();
  });

  it('closes the budget with the first such stream, as it would without streaming', async (t) => {
    const upstream = await RawUpstream.start(t, () => sseReply(sseStart(900_000) + sseText('x') + sseEnd()));
    const policies = [budget({ limits: [usd('0.5')] }), profile({})];
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies });
    await (await sidecar.ask('hi', { stream: true, max_tokens: 10 })).text();
    assert.equal((await sidecar.closed(1)).amounts.usd, 900_000 * 1000 + 5000);
    const next = await sidecar.ask('hi', { stream: true, max_tokens: 10 });
    assert.deepEqual([next.status, upstream.requests.length], [403, 1]);
    assert.match(await next.text(), /budget_spent/);
    await sidecar.stop();
    assertConsistent(sidecar.state);
  });

  it('is charged what it had used by then, where its stream breaks off or ends with what is impossible', async (t) => {
    const start = sse('message_start', {
      message: { content: [], usage: { input_tokens: 10, output_tokens: 60_000 } },
    });
    const late = sse('message_delta', { usage: { input_tokens: 12_000_000 } });
    for (const [rest, fault, code] of [
      ['', 'usage_missing', 'reply_cut'],
      [
        sse('message_delta', { usage: { output_tokens: -1 } }) + sse('message_stop'),
        'usage_impossible',
        null,
      ],
      [sse('message_delta', { delta: {} }) + sse('message_stop'), 'usage_missing', null],
    ] as const) {
      const upstream = await RawUpstream.start(t, () => sseReply(start + rest));
      const sidecar = await startTestSidecar(t, { upstream: upstream.url });
      // As much input as is reserved for is not known to be used: it is charged all the same.
      await (await sidecar.ask('hi', { stream: true, max_tokens: 64_000 })).text();
      const { outcome, faults, amounts, ...closed } = await sidecar.closed(1);
      assert.deepEqual([outcome, closed.code, faults], ['charged', code, [fault]]);
      assert.deepEqual(amounts, sidecar.records().opened[0]?.reserved);
      // With a dearer input than was thought of, it is more than was reserved.
      upstream.script = () => sseReply(start.replace('60000', '5000') + late + rest);
      await (await sidecar.ask('hi', { stream: true, max_tokens: 64_000 })).text();
      const more = await sidecar.closed(2);
      assert.deepEqual([more.outcome, more.code, more.faults], ['settled', code, [fault, 'bound_fault']]);
      assert.deepEqual([more.amounts.usd, more.usage], [12_000_000 * 1000 + 5000 * 5000, null]);
      await sidecar.stop();
      assertConsistent(sidecar.state);
    }
  });

  it('is charged what it had used by then beside what has no price', async (t) => {
    const usage = { input_tokens: 9_000_000, output_tokens: 1, server_tool_use: { web_search_requests: 1 } };
    const start = sse('message_start', { message: { content: [], usage } });
    const upstream = await RawUpstream.start(t, () => sseReply(start + sseEnd()));
    const sidecar = await startTestSidecar(t, { upstream: upstream.url });
    await (await sidecar.ask('hi', { stream: true, max_tokens: 10 })).text();
    const { outcome, amounts } = await sidecar.closed(1);
    assert.deepEqual([outcome, amounts.usd], ['settled', 9_000_000 * 1000 + 5000]);
  });

  it('is charged each amount at its highest, where one was reserved and the other is known to be more', async (t) => {
    // Of cached input a token costs a tenth: more tokens than were reserved, for less money.
    const usage = { input_tokens: 1, cache_read_input_tokens: 5000, output_tokens: 1 };
    const start = sse('message_start', { message: { content: [], usage } });
    const upstream = await RawUpstream.start(t, () => sseReply(start));
    const sidecar = await startTestSidecar(t, { upstream: upstream.url });
    await (await sidecar.ask('hi', { stream: true, max_tokens: 1000 })).text();
    const { outcome, faults, amounts } = await sidecar.closed(1);
    assert.deepEqual([outcome, faults], ['settled', ['usage_missing', 'bound_fault']]);
    assert.deepEqual([amounts.usd, amounts.tokens], [sidecar.records().opened[0]?.reserved.usd, 5002]);
    await sidecar.stop();
    assertConsistent(sidecar.state);
  });

  it('is charged what it bills where it does not stream: the budget is overdrawn by it, and closed', async (t) => {
    const sidecar = await startTestSidecar(t, { policies: [budget({ limits: [usd('5')] }), profile({})] });
    await sidecar.ask('/bill input=9000000 output=1');
    const { faults, amounts } = await sidecar.closed(1);
    assert.deepEqual([faults, amounts.usd], [['bound_fault'], 9_000_000 * 1000 + 5000]);
    const next = await sidecar.ask('/say hi');
    assert.equal(next.status, 403);
    assert.match(await next.text(), /budget_spent/);
  });

  it('is charged in full where it reports what is impossible', async (t) => {
    for (const usage of [
      { input_tokens: -5, output_tokens: 1 },
      { input_tokens: 1.5, output_tokens: 1 },
      { input_tokens: 1e15, output_tokens: 1 },
      { input_tokens: '7', output_tokens: 1 },
    ]) {
      const upstream = await RawUpstream.start(t, () =>
        sseReply(sse('message_start', { message: { content: [], usage } }) + sseText('x') + sseEnd()),
      );
      const sidecar = await startTestSidecar(t, { upstream: upstream.url });
      await (await sidecar.ask('hi', { stream: true })).text();
      const { outcome, faults } = await sidecar.closed(1);
      assert.deepEqual([outcome, faults], ['charged', ['usage_impossible']]);
    }
  });
});

describe('a stream without end', () => {
  async function sidecarTo(t: TestContext, script: Script, times = {}) {
    const upstream = await RawUpstream.start(t, script);
    return { upstream, sidecar: await startTestSidecar(t, { upstream: upstream.url, times }) };
  }

  const forever =
    (text: string): Script =>
    async (_request, socket) => {
      socket.write(SSE_HEAD);
      socket.write(
        chunk(
          sseStart() + sse('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
        ),
      );
      while (!socket.destroyed) {
        socket.write(chunk(text));
        await sleep(2);
      }
    };

  it('of words is cut at the output cap', async (t) => {
    const words = sse('content_block_delta', {
      index: 0,
      delta: { type: 'text_delta', text: 'word '.repeat(50) },
    });
    const { sidecar, upstream } = await sidecarTo(t, forever(words));
    const text = await (await sidecar.ask('hi', { stream: true })).text();
    assert.match(text, /went on after its output cap/);
    await upstream.allClosed();
    assert.equal((await sidecar.closed(1)).code, 'reply_over_cap');
  });

  it('of pings is not read for ever when nobody waits for it', async (t) => {
    const { sidecar, upstream } = await sidecarTo(t, forever(sse('ping')), { drain: 150 });
    const leaving = new AbortController();
    const response = await sidecar.ask('hi', { stream: true }, { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    const { outcome, faults, code } = await sidecar.closed(1);
    assert.deepEqual([outcome, code, faults], ['charged', null, ['usage_missing', 'client_gone']]);
    await upstream.allClosed();
  });
});
