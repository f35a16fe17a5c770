import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteLedger } from '../adapters/sqlite/ledger.ts';
import { heldBack } from '../test/support/held-back.ts';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { budget, PLENTY, profile, requests, usd } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { assertRefused } from '../test/support/refused.ts';
import { question, startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';
import { TIMES } from './times.ts';

const CLI = { 'user-agent': 'claude-cli/2.1.330 (external, sdk-cli)' };
const ONE_AT_A_TIME = budget({ rates: [{ name: 'pace', concurrent: 1 }] });
/** Fits one call of the tests and no second one beside it. */
const ONE_CALL = budget({ limits: [usd('0.012')], minOutputTokens: 2000 });

describe('a call that finds its budget reserved by running calls', () => {
  it('waits for them, and goes on as soon as one ends', async (t) => {
    const { upstream, letGo } = await heldBack(t);
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies: [ONE_CALL, profile({})] });
    const reserve = t.mock.method(SqliteLedger.prototype, 'reserve');
    const first = sidecar.ask('hi');
    await upstream.received(1);
    const second = sidecar.ask('hi');
    while (reserve.mock.callCount() < 2) await sleep(2);
    await sleep(50);
    assert.equal(upstream.requests.length, 1, 'the second has not been sent');
    letGo();
    assert.equal((await first).status, 200);
    await upstream.received(2);
    letGo();
    assert.equal((await second).status, 200);
    assert.ok(Number((await second).headers.get('x-tollgate-time-ms')) >= 30);
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
    await two.arrived(1);
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
    assert.ok(waited >= 200 && waited < TIMES.reserved, `${waited}`);
    letGo();
    await first;
  });

  it('is refused at once when the budget is spent, which no waiting changes', async (t) => {
    const sidecar = await startTestSidecar(t, { policies: [budget({ limits: [requests(1)] }), profile({})] });
    await sidecar.ask('/say hi');
    const reserve = t.mock.method(SqliteLedger.prototype, 'reserve');
    await assertRefused(
      await sidecar.ask('hi'),
      'budget_spent',
      /local\/test\/calls is used up: 0 of 1 request left/,
    );
    assert.equal(reserve.mock.callCount(), 1, 'it asked again');
  });
});

describe('a call that comes too fast', { concurrency: true }, () => {
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
      /allows 1 call at the same time, and waiting \d+ seconds? was not enough/,
    );
    assert.equal(cli.status, 200);
    assert.match(await cli.text(), /\[tollgate\] The rate local\/test\/pace allows 1 call /);
    letGo();
    await first;
  });
});

describe('a ledger that cannot be written', { concurrency: true }, () => {
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
    const sidecar = await startTestSidecar(t, { times: { lock: 50 } });
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
      /The ledger could not be written for \d seconds?: .*locked.*tollgate doctor/,
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
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, times: { lock: 50 } });
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

  it('because it was moved away is said to be, and nothing is sent; put back, it is used again', async (t) => {
    const sidecar = await startTestSidecar(t, { times: { ledger: 0 } });
    assert.equal((await sidecar.ask('/say hi')).status, 200);
    await sidecar.closed(1);
    const away = join(sidecar.state, 'away');
    renameSync(join(sidecar.state, 'tollgate.db'), away);
    await assertRefused(
      await sidecar.ask('hi'),
      'ledger_unavailable',
      /tollgate\.db was moved or removed while it was in use\. Put it back/,
    );
    assert.equal(sidecar.rehearsal.requests().length, 1);
    renameSync(away, join(sidecar.state, 'tollgate.db'));
    assert.equal((await sidecar.ask('/say hi')).status, 200);
    await sidecar.closed(3);
    await sidecar.assertWell();
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
    await sidecar.arrived(2);
    await sleep(50);
    const gone = performance.now();
    client.reset();
    const { code, status, outcome } = await sidecar.closed(1);
    assert.deepEqual([code, status, outcome], ['rate_limited', null, 'none']);
    assert.ok(performance.now() - gone < TIMES.rate / 2, 'it was woken');
    letGo();
    await first;
    assert.equal(upstream.requests.length, 1);
  });
});
