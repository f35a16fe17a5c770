import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { budget, PLENTY, profile, requests, usd } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import {
  jsonReply,
  MESSAGE,
  RawUpstream,
  sseEnd,
  sseReply,
  sseStart,
  sseText,
} from '../test/support/raw-upstream.ts';
import { assertRefused } from '../test/support/refused.ts';
import { question, startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

const CLI = { 'user-agent': 'claude-cli/2.1.330 (external, sdk-cli)' };
const PING = 'event: ping\ndata: {"type":"ping"}\n\n';
const ONE_AT_A_TIME = budget({ rates: [{ name: 'pace', concurrent: 1 }] });
/** Fits one call of the tests and no second one beside it. */
const ONE_CALL = budget({ limits: [usd('0.012')], minOutputTokens: 2000 });

/** A provider whose replies are let go by hand, one after the other. */
async function heldBack(t: TestContext) {
  const waiting: (() => void)[] = [];
  const upstream = await RawUpstream.start(t, async (request) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return request.body.includes('"stream":true')
      ? sseReply(sseStart() + sseText('hello') + sseEnd())
      : jsonReply(MESSAGE);
  });
  return { upstream, letGo: () => waiting.shift()?.() };
}

describe('a call that finds its budget reserved by running calls', () => {
  it('waits for them, and goes on as soon as one ends', async (t) => {
    const { upstream, letGo } = await heldBack(t);
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies: [ONE_CALL, profile({})] });
    const first = sidecar.ask('hi');
    await upstream.received(1);
    const second = sidecar.ask('hi');
    await sleep(50);
    assert.equal(upstream.requests.length, 1, 'the second has not been sent');
    letGo();
    assert.equal((await first).status, 200);
    await upstream.received(2);
    letGo();
    assert.equal((await second).status, 200);
    assert.ok(Number((await second).headers.get('x-tollgate-time-ms')) >= 50);
  });

  it('goes on when a call of another process ends', async (t) => {
    const { upstream, letGo } = await heldBack(t);
    const one = await startTestSidecar(t, { upstream: upstream.url, policies: [ONE_CALL, profile({})] });
    const two = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [ONE_CALL, profile({})],
      state: one.state,
    });
    const first = one.ask('hi');
    await upstream.received(1);
    const second = two.ask('hi');
    await sleep(20);
    letGo();
    await first;
    await upstream.received(2);
    letGo();
    assert.equal((await second).status, 200);
  });

  it('is refused when they take too long, and says that trying again may help', async (t) => {
    const { upstream, letGo } = await heldBack(t);
    const sidecar = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [ONE_CALL, profile({})],
      times: { reserved: 200 },
    });
    const first = sidecar.ask('hi');
    await upstream.received(1);
    const started = performance.now();
    await assertRefused(
      await sidecar.ask('hi'),
      'budget_reserved',
      /is reserved by calls that are still running.*Try again/,
    );
    const waited = performance.now() - started;
    assert.ok(waited >= 200 && waited < 1500, `${waited}`);
    letGo();
    await first;
  });

  it('is refused at once when the budget is spent, which no waiting changes', async (t) => {
    const sidecar = await startTestSidecar(t, { policies: [budget({ limits: [requests(1)] }), profile({})] });
    await sidecar.ask('/say hi');
    const started = performance.now();
    await assertRefused(
      await sidecar.ask('hi'),
      'budget_spent',
      /local\/test\/calls is used up: 0 requests of 1 requests is left/,
    );
    assert.ok(performance.now() - started < 1000);
  });
});

describe('a call that comes too fast', () => {
  it('waits for its turn among running calls', async (t) => {
    const { upstream, letGo } = await heldBack(t);
    const sidecar = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [PLENTY, ONE_AT_A_TIME, profile({})],
    });
    const calls = [sidecar.ask('1'), sidecar.ask('2'), sidecar.ask('3')];
    for (let n = 1; n <= 3; n++) {
      await upstream.received(n);
      await sleep(10);
      assert.equal(upstream.requests.length, n);
      letGo();
    }
    assert.deepEqual(await Promise.all(calls.map(async (call) => (await call).status)), [200, 200, 200]);
  });

  it('is refused when its turn does not come: a status and Retry-After, or a message', async (t) => {
    const { upstream, letGo } = await heldBack(t);
    const sidecar = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [PLENTY, ONE_AT_A_TIME, profile({})],
      times: { rate: 1100 },
    });
    const first = sidecar.ask('hi');
    await upstream.received(1);
    const [sdk, cli] = await Promise.all([sidecar.ask('hi'), sidecar.ask('hi', {}, { headers: CLI })]);
    assert.equal(sdk.headers.get('retry-after'), '1');
    await assertRefused(
      sdk,
      'rate_limited',
      /allows 1 calls at the same time, and waiting 1 seconds was not enough/,
    );
    assert.equal(cli.status, 200);
    assert.match(await cli.text(), /\[tollgate\] The rate local\/test\/pace allows 1 calls/);
    letGo();
    await first;
  });
});

describe('an agent that waits for its stream', () => {
  const times = { keepAliveAfter: 60, keepAliveEvery: 60, rate: 1500 };

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
    const { letGo, sidecar, first, upstream } = await waitingClient(t);
    const response = await sidecar.ask('hi', { stream: true }, { headers: CLI });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    await sleep(200);
    letGo();
    await first;
    await upstream.received(2);
    letGo();
    const text = await response.text();
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
    const { sidecar, letGo, first, upstream } = await waitingClient(t);
    const structured = await sidecar.ask('hi', { stream: true, ...format }, { headers: CLI });
    assert.match(await structured.text(), /^(event: ping\ndata: .*\n\n)+event: error\ndata: .*rate_limited/);

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
    const { sidecar, letGo, first, upstream } = await waitingClient(t);
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
    assert.match(ends[0] ?? '', /^event: error\ndata: .*<h1>no<\/h1>/);
    assert.match(ends[1] ?? '', /^event: error\ndata: .*\[tollgate\].*a body that was not asked for/);
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

describe('a ledger that cannot be written', () => {
  /** Another process that holds the database. */
  function lock(sidecar: TestSidecar, t: TestContext): () => void {
    const db = new DatabaseSync(join(sidecar.state, 'tollgate.db'));
    db.exec('BEGIN IMMEDIATE');
    let open = true;
    const unlock = () => {
      if (open) db.close();
      open = false;
    };
    t.after(unlock);
    return unlock;
  }

  it('is waited for, and the call goes on', async (t) => {
    const sidecar = await startTestSidecar(t);
    const unlock = lock(sidecar, t);
    const asked = sidecar.ask('/say hi');
    await sleep(200);
    assert.equal(sidecar.rehearsal.requests().length, 0, 'it was not sent without a reservation');
    unlock();
    assert.equal((await asked).status, 200);
    await sidecar.assertWell();
  });

  it('for too long makes calls be refused, which say so; they are recorded when it can be written again', async (t) => {
    const sidecar = await startTestSidecar(t, { times: { ledger: 0, lock: 100 } });
    const unlock = lock(sidecar, t);
    const [sdk, cli] = await Promise.all([sidecar.ask('hi'), sidecar.ask('hi', {}, { headers: CLI })]);
    await assertRefused(
      sdk,
      'ledger_unavailable',
      /The ledger could not be written for \d seconds: .*locked.*tollgate doctor/,
    );
    assert.match(await cli.text(), /\[tollgate\] The ledger could not be written/);
    assert.equal(sidecar.rehearsal.requests().length, 0);
    unlock();
    const { closed } = await sidecar.recorded((records) => records.closed.length === 2);
    assert.deepEqual(
      closed.map(({ code }) => code),
      ['ledger_unavailable', 'ledger_unavailable'],
    );
    await sidecar.assertWell();
  });

  it('when a call ends, is tried until it can be: what it cost is not lost', async (t) => {
    const { upstream, letGo } = await heldBack(t);
    const sidecar = await startTestSidecar(t, { upstream: upstream.url });
    const asked = sidecar.ask('hi');
    await upstream.received(1);
    const unlock = lock(sidecar, t);
    letGo();
    assert.equal((await asked).status, 200, 'the agent has its reply all the same');
    await sleep(100);
    assert.equal(sidecar.records().leases[0]?.state, 'open');
    unlock();
    await sidecar.recorded(({ leases }) => leases[0]?.state === 'settled');
  });
});

describe('an agent that hangs up while it waits', () => {
  it('is not waited for, and nothing is sent for it', async (t) => {
    const { upstream, letGo } = await heldBack(t);
    const sidecar = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [PLENTY, ONE_AT_A_TIME, profile({})],
    });
    const first = sidecar.ask('hi');
    await upstream.received(1);
    const client = await RawClient.connect(t, sidecar.port);
    const body = JSON.stringify(question('hi'));
    await client.send(
      `POST /v1/messages HTTP/1.1\r\nhost: localhost:${sidecar.port}\r\nx-api-key: ${DUMMY_KEY}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await sleep(50);
    const gone = performance.now();
    client.reset();
    const { code, status, outcome } = await sidecar.closed(1);
    assert.deepEqual([code, status, outcome], ['rate_limited', null, 'none']);
    assert.ok(performance.now() - gone < 500, 'it was woken');
    letGo();
    await first;
    assert.equal(upstream.requests.length, 1);
  });
});
