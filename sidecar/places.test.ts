/** How much one key may do at the same time, and how much it may send. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { claudeCode } from '../core/agents/claude-code.ts';
import { startTestGateway, TestKeys } from '../test/support/gateway.ts';
import { assertConsistent } from '../test/support/records.ts';
import { assertRefused } from '../test/support/refused.ts';
import { question } from '../test/support/sidecar.ts';
import { Places } from './places.ts';

/** Somebody who waits until told to hang up. */
function somebody() {
  let hangUp: () => void = () => undefined;
  const who = {
    whenGone: (callback: () => void) => {
      hangUp = callback;
    },
  };
  return { who, hangUp: () => hangUp() };
}

describe('places', { timeout: 300_000 }, () => {
  it('are as many as there are, each caller’s own', async () => {
    const places = new Places();
    const { who } = somebody();
    const taken = [await places.take('a', 2, 10, who), await places.take('a', 2, 10, who)];
    assert.ok(taken.every((leave) => leave !== undefined));
    assert.equal(await places.take('a', 2, 10, who), undefined);
    assert.ok(await places.take('b', 2, 10, who));
    taken[0]?.();
    assert.ok(await places.take('a', 2, 10, who));
    assert.equal(await places.take('a', 2, 10, who), undefined);
  });

  it('go to who has waited longest, and nobody gets in between', async () => {
    const places = new Places();
    const { who } = somebody();
    const order: string[] = [];
    const leave = await places.take('a', 1, 60_000, who);
    const waiting = ['first', 'second'].map(async (name) => {
      const left = await places.take('a', 1, 60_000, who);
      order.push(name);
      return left;
    });
    leave?.();
    const late = places.take('a', 1, 60_000, who).then((left) => {
      order.push('late');
      return left;
    });
    (await waiting[0])?.();
    (await waiting[1])?.();
    assert.ok(await late);
    assert.deepEqual(order, ['first', 'second', 'late']);
    assert.equal(await places.take('a', 1, 20, who), undefined, 'no place was made up');
  });

  it('are not waited for by those who have gone, or no longer than they may', async () => {
    const places = new Places();
    const { who } = somebody();
    const leave = await places.take('a', 1, 1_000, who);
    const gone = somebody();
    const waits = places.take('a', 1, 60_000, gone.who);
    const started = performance.now();
    gone.hangUp();
    assert.equal(await waits, undefined);
    assert.ok(performance.now() - started < 30_000);
    assert.equal(await places.take('a', 1, 50, who), undefined);
    assert.ok(performance.now() - started >= 45);
    leave?.();
    gone.hangUp();
    assert.ok(await places.take('a', 1, 0, who), 'none of them has taken the place');
  });
});

const SLOW = '/pace 40\n/chunk 4\n/say this takes a while, because it comes in many small pieces';

async function start(t: TestContext, place: number) {
  const gateway = await startTestGateway(t, { times: { place } });
  return { gateway, keys: new TestKeys(gateway.state) };
}

describe('a key that may make one call at a time', { concurrency: true, timeout: 300_000 }, () => {
  it('has its next call wait for the end of the one before', async (t) => {
    const { gateway, keys } = await start(t, 20_000);
    const token = await keys.create('one', { maxConcurrent: 1 });
    const other = await keys.create('other', { maxConcurrent: 1 });
    const slow = gateway.askAs(token, SLOW, { stream: true });
    await gateway.recorded(({ opened }) => opened.length === 1);
    const next = gateway.askAs(token).then((response) => response.text());
    assert.equal((await gateway.askAs(other)).status, 200, 'others have places of their own');
    assert.match(await (await slow).text(), /message_stop/);
    assert.match(await next, /\[rehearsal\] hi/);
    await gateway.stop();
    const { entries } = assertConsistent(gateway.state);
    const one = entries.filter((entry) => 'exchange' in entry && !JSON.stringify(entry).includes('"other"'));
    const kinds = one.map(({ kind }) => kind).filter((kind) => kind === 'opened' || kind === 'closed');
    assert.deepEqual(kinds.slice(0, 2), ['opened', 'closed']);
  });

  it('has one that waited in vain refused as a rate limit is, and recorded', async (t) => {
    const { gateway, keys } = await start(t, 100);
    const token = await keys.create('one', { maxConcurrent: 1 });
    const slow = gateway.askAs(token, SLOW, { stream: true });
    await gateway.recorded(({ opened }) => opened.length === 1);
    const refused = await gateway.askAs(token);
    assert.equal(refused.headers.get('retry-after'), '1');
    await assertRefused(
      refused,
      'rate_limited',
      /The rate max-concurrent of the key one allows 1 call at the same time, and waiting \d+ seconds? was not enough/,
    );
    await (await slow).text();
    assert.equal((await gateway.askAs(token)).status, 200);
    await gateway.stop();
    const { closed } = assertConsistent(gateway.state);
    const record = closed.find(({ code }) => code === 'rate_limited');
    assert.deepEqual(
      [record?.status, record?.outcome, record?.asked?.endpoint, record?.asked?.workload.name],
      [429, 'none', 'messages', 'one'],
    );
  });

  it('leaves no place taken by a caller that hung up while it waited, or while it was answered', async (t) => {
    const { gateway, keys } = await start(t, 20_000);
    const token = await keys.create('one', { maxConcurrent: 1 });
    const slow = gateway.askAs(token, SLOW, { stream: true });
    await gateway.recorded(({ opened }) => opened.length === 1);
    const gone = new AbortController();
    const waits = gateway.askAs(token, '/say never', {}, { signal: gone.signal });
    await gateway.arrived(2);
    await sleep(50);
    gone.abort();
    await assert.rejects(waits);
    await (await slow).text();
    const drops = new AbortController();
    await gateway.askAs(token, SLOW, { stream: true }, { signal: drops.signal });
    drops.abort();
    assert.equal((await gateway.askAs(token)).status, 200);
    await gateway.stop();
    const { leases, closed } = assertConsistent(gateway.state);
    assert.equal(leases.length, 3);
    assert.deepEqual([...new Set(closed.map(({ code }) => code))], [null], 'nobody was refused');
  });

  it('makes no more in all processes together', async (t) => {
    const { gateway: first, keys } = await start(t, 20_000);
    const second = await startTestGateway(t, { state: first.state, times: { rate: 0 } });
    const token = await keys.create('one', { maxConcurrent: 1 });
    const slow = first.askAs(token, SLOW, { stream: true });
    await first.recorded(({ opened }) => opened.length === 1);
    await assertRefused(await second.askAs(token), 'rate_limited', /max-concurrent of the key one/);
    await (await slow).text();
    await first.recorded(({ closed }) => closed.some(({ outcome }) => outcome === 'settled'));
    assert.equal((await second.askAs(token)).status, 200);
    await Promise.all([first.stop(), second.stop()]);
    assertConsistent(first.state);
  });
});

describe('a key that may send so much at a time', () => {
  it('is refused what is larger, as sent and as decoded; other keys are not', async (t) => {
    const { gateway, keys } = await start(t, 20_000);
    const body = JSON.stringify(question(`/say hi\n${'x'.repeat(5_000)}`));
    const exact = await keys.create('exact', { maxRequestBytes: body.length });
    const small = await keys.create('small', { maxRequestBytes: body.length - 1 });
    const open = await keys.create('open');
    const send = (token: string, bytes: string | Buffer, headers = {}) =>
      gateway.send(bytes, { headers: { 'x-api-key': token, ...headers } });
    assert.equal((await send(exact, body)).status, 200);
    assert.equal((await send(open, body)).status, 200);
    const says = new RegExp(`larger than ${body.length - 1} bytes, the limit of its key`);
    await assertRefused(await send(small, body), 'too_large', says);
    const packed = gzipSync(body);
    assert.ok(packed.length < 200);
    const encoded = { 'content-encoding': 'gzip' };
    await assertRefused(
      await send(small, packed, encoded),
      'too_large',
      /when decoded, the limit of its key/,
    );
    assert.equal((await send(exact, packed, encoded)).status, 200);
    const agent = { 'user-agent': 'claude-cli/2.1.330 (external, cli)' };
    assert.ok(claudeCode.userAgent.test(agent['user-agent']));
    await assertRefused(await send(small, body, agent), 'too_large');
  });
});
