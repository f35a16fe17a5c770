import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { heldBack } from '../test/support/held-back.ts';
import { budget, PLENTY, profile } from '../test/support/policies.ts';
import {
  jsonReply,
  MESSAGE,
  RawUpstream,
  sseEnd,
  sseReply,
  sseStart,
  sseText,
} from '../test/support/raw-upstream.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';

const CLI = { 'user-agent': 'claude-cli/2.1.330 (external, sdk-cli)' };
const PING = 'event: ping\ndata: {"type":"ping"}\n\n';
const ONE_AT_A_TIME = budget({ rates: [{ name: 'pace', concurrent: 1 }] });

describe('an agent that waits for its stream', { concurrency: true }, () => {
  const times = { keepAliveAfter: 60, keepAliveEvery: 60, rate: 1500 };
  /** For those who get their turn, however busy the machine is. */
  const patient = { times: { ...times, rate: 30_000 } };

  async function waitingClient(t: TestContext, more: object = {}) {
    const { upstream, letGo } = await heldBack(t);
    const sidecar = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [PLENTY, ONE_AT_A_TIME, profile({})],
      times,
      ...more,
    });
    const first = sidecar.ask('hi');
    await upstream.received(1);
    return { upstream, letGo, sidecar, first };
  }

  it('is kept awake by events that mean nothing, and then gets it', async (t) => {
    const { letGo, sidecar, first, upstream } = await waitingClient(t, patient);
    const response = await sidecar.ask('hi', { stream: true }, { headers: CLI });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    let text = '';
    const events = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
    for await (const piece of events) {
      const before = text.split(PING).length;
      text += piece;
      if (before > 2 || text.split(PING).length <= 2) continue;
      letGo();
      await first;
      await upstream.received(2);
      letGo();
    }
    const pings = text.split(PING).length - 1;
    assert.ok(pings >= 2, text);
    assert.equal(text, PING.repeat(pings) + sseStart() + sseText('hello') + sseEnd());
    const { faults, status, outcome } = await sidecar.closed(2);
    assert.deepEqual([faults, status, outcome], [[], 200, 'settled']);
  });

  it('gets a refusal as the rest of its stream', async (t) => {
    const { sidecar, letGo } = await waitingClient(t);
    const response = await sidecar.ask('hi', { stream: true }, { headers: CLI });
    const text = await response.text();
    assert.ok(text.startsWith(PING));
    assert.match(
      text,
      /event: message_start.*\[tollgate\] The rate.*"stop_reason":"end_turn".*event: message_stop/s,
    );
    letGo();
  });

  it('gets an error event where words would break what reads them, or where something broke', async (t) => {
    const format = { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } };
    const refusing = await waitingClient(t);
    const structured = await refusing.sidecar.ask('hi', { stream: true, ...format }, { headers: CLI });
    assert.match(await structured.text(), /^(event: ping\ndata: .*\n\n)+event: error\ndata: .*rate_limited/);
    refusing.letGo();

    const { sidecar, letGo, first, upstream } = await waitingClient(t, patient);
    const broken = await sidecar.ask('hi', { stream: true }, { headers: CLI });
    letGo();
    await first;
    await upstream.received(2);
    upstream.close();
    assert.match(
      await broken.text(),
      /^(event: ping\ndata: .*\n\n)+event: error\ndata: .*upstream_unreachable/,
    );
  });

  it('gets the error of a provider as an event', async (t) => {
    const { sidecar, letGo, first, upstream } = await waitingClient(t, patient);
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const replies = [
      jsonReply(Buffer.from(JSON.stringify(error, null, 2)), 529),
      jsonReply(Buffer.from('<h1>no</h1>'), 500),
      jsonReply(MESSAGE),
    ];
    upstream.script = () => replies.shift();
    const waiting = [
      await sidecar.ask('hi', { stream: true }, { headers: CLI }),
      await sidecar.ask('hi', { stream: true }, { headers: CLI }),
      await sidecar.ask('hi', { stream: true }, { headers: CLI }),
    ];
    letGo();
    await first;
    const texts = await Promise.all(waiting.map((response) => response.text()));
    const ends = texts.map((text) => text.split(PING).at(-1)).sort();
    assert.equal(ends[2], `event: error\ndata: ${JSON.stringify(error)}\n\n`);
    assert.match(ends[0] ?? '', /^event: error\ndata: .*\[tollgate\].*a body that was not asked for/);
    assert.match(ends[1] ?? '', /^event: error\ndata: .*\[tollgate\].*status 500.*upstream_error_withheld/);
  });

  it('that is an SDK is left waiting for a plain status', async (t) => {
    const { sidecar, letGo } = await waitingClient(t);
    const response = await sidecar.ask('hi', { stream: true });
    assert.equal(response.status, 429);
    letGo();
  });

  it('is kept awake while a long tool call is held to be judged', async (t) => {
    const upstream = await RawUpstream.start(t, async (_request, socket) => {
      const part = (partial_json: string) =>
        `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json } })}\n\n`;
      const call = { type: 'tool_use', id: 't', name: 'Bash', input: {} };
      const start = `event: content_block_start\ndata: ${JSON.stringify({ type: 'content_block_start', index: 0, content_block: call })}\n\n`;
      const reply = sseReply('').toString().split('0\r\n')[0] ?? '';
      socket.write(reply);
      const pieces = [sseStart() + start, '{"command":"', ...Array.from({ length: 12 }, () => 'x'), '"}'];
      for (const [n, piece] of pieces.entries()) {
        const text = n === 0 ? piece : part(piece);
        socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
        await sleep(20);
      }
      const stop = `event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n${sseEnd()}`;
      socket.write(`${stop.length.toString(16)}\r\n${stop}\r\n0\r\n\r\n`);
    });
    const rule = { name: 'Bash', when: 'args.command.contains("rm")' };
    const sidecar = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [PLENTY, profile({ tools: { deny: [rule], allow: [{ name: 'Bash' }] } })],
      times,
    });
    const text = await (await sidecar.ask('hi', { stream: true })).text();
    const [before = '', after = ''] = text.split('event: content_block_start');
    assert.ok(before.split(PING).length > 2, 'there were pings before the call was let go');
    assert.ok(!after.includes('ping'), 'and none inside of it');
    assert.match(after, /partial_json":"x"/);
  });
});
