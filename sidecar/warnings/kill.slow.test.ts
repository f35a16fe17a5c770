/** Warnings of real sidecars, several on one state folder, with a real receiver; some of them are killed (kill -9). */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRehearsal } from '../../rehearsal/server.ts';
import { freePort } from '../../test/support/free-port.ts';
import { HANG_MS } from '../../test/support/hang.ts';
import { DUMMY_KEY, PROVIDER_KEY } from '../../test/support/keys.ts';
import { atEnd, outputFolder } from '../../test/support/output.ts';
import { budget, policyText, profile, provider, requests } from '../../test/support/policies.ts';
import { assertConsistent } from '../../test/support/records.ts';
import { question } from '../../test/support/sidecar.ts';
import { SidecarProcess } from '../../test/support/sidecar-process.ts';
import { WebhookReceiver } from '../../test/support/webhook-receiver.ts';

const TIMES = { webhookClaim: 1_000, webhookPoll: 50, leaseTtl: 500, leaseRenew: 100 };

/** A state folder, and a budget of so many requests whose warnings go to the receiver. */
async function setUp(t: TestContext, receiver: WebhookReceiver, amount: number) {
  const rehearsal = await startRehearsal({ paceMs: 0, apiKey: PROVIDER_KEY });
  atEnd(t, () => rehearsal.close());
  const folder = outputFolder(t);
  const policies = join(folder, 'policies');
  mkdirSync(policies);
  const webhook = { url: receiver.url, secretEnv: 'HOOK_SECRET', privateAddresses: true };
  const limited = budget({ limits: [requests(amount)], warnings: { webhook } });
  writeFileSync(join(policies, 'p.yaml'), policyText([limited, profile({}), provider(rehearsal.url)]));
  const state = join(folder, 'state');
  let n = 0;
  const start = async (times: Partial<typeof TIMES> = {}) => {
    const process = await SidecarProcess.fork(t);
    const log = join(folder, `${n++}.ndjson`);
    await process.start({ state, policies, log, times: { ...TIMES, ...times } });
    return process;
  };
  return { state, start };
}

async function ask({ url }: SidecarProcess, text = '/say hi', more: object = {}): Promise<Response> {
  return fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': DUMMY_KEY },
    body: JSON.stringify(question(text, more)),
  });
}

async function calls(process: SidecarProcess, count: number): Promise<void> {
  const all = Array.from({ length: count }, async () => (await ask(process)).text());
  await Promise.all(all);
}

/** @returns [percent, state] of each row, once `done` holds of them */
async function rowsWhen(
  state: string,
  done: (rows: [number, string][]) => boolean,
): Promise<[number, string][]> {
  const db = new DatabaseSync(join(state, 'tollgate.db'), { readOnly: true, timeout: 5_000 });
  try {
    for (const deadline = Date.now() + HANG_MS; ; await sleep(5)) {
      const all = db.prepare('SELECT percent, state FROM warnings ORDER BY percent').all();
      const found = all.map(({ percent, state }) => [percent, state] as [number, string]);
      if (done(found)) return found;
      assert.ok(Date.now() < deadline, JSON.stringify(found));
    }
  } finally {
    db.close();
  }
}

const delivered = (rows: [number, string][]) =>
  rows.length > 0 && rows.every(([, state]) => state === 'delivered');

async function end(...processes: SidecarProcess[]): Promise<void> {
  for (const process of processes) {
    await process.stop();
    await process.end();
  }
}

describe('warnings of several sidecars', () => {
  it('are one row and one webhook each, however many calls cross at once', async (t) => {
    for (let round = 0; round < 3; round++) {
      const receiver = await WebhookReceiver.start(t);
      const { state, start } = await setUp(t, receiver, 60);
      // Nobody dies: who has it is waited for, however slow the machine is.
      const patient = { webhookClaim: 600_000 };
      const all = await Promise.all([start(patient), start(patient), start(patient)]);
      await Promise.all(all.map((process) => calls(process, 20)));
      const rows = await rowsWhen(state, (found) => found.length === 3 && delivered(found));
      await sleep(200);
      assert.deepEqual(
        rows.map(([percent]) => percent),
        [50, 80, 95],
      );
      assert.deepEqual(receiver.percents.toSorted(), [50, 80, 95]);
      assert.equal(new Set(receiver.received.map(({ event }) => event.id)).size, 3);
      assert.ok(receiver.received.every(({ genuine }) => genuine));
      await end(...all);
      assertConsistent(state);
    }
  });
});

describe('a sidecar killed with kill -9', () => {
  it('between sending a warning and writing that it was taken leaves it to the next, with the same id', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const { state, start } = await setUp(t, receiver, 4);
    const victim = await start();
    let kill: Promise<void> | undefined;
    receiver.answer = (n) => {
      if (n > 0) return undefined;
      kill = victim.kill();
      // The receiver has it, and says so to nobody.
      return () => undefined;
    };
    await calls(victim, 2).catch(() => undefined);
    await receiver.got(1);
    await kill;
    assert.deepEqual(await rowsWhen(state, (found) => found.length === 1), [[50, 'pending']]);
    const heir = await start();
    const [first, second] = await receiver.got(2);
    await rowsWhen(state, delivered);
    assert.equal(first?.event.id, second?.event.id);
    assert.equal(first?.body, second?.body);
    assert.ok(second?.genuine);
    await sleep(200);
    assert.equal(receiver.received.length, 2);
    await end(heir);
    assertConsistent(state);
  });

  it('before a warning could be sent leaves it to the next', async (t) => {
    const port = await freePort();
    const { state, start } = await setUp(t, { url: `http://127.0.0.1:${port}/x` } as WebhookReceiver, 4);
    const victim = await start();
    await calls(victim, 2);
    await rowsWhen(state, (found) => found.length === 1);
    await victim.kill();
    const later = await WebhookReceiver.start(t, port);
    const heir = await start();
    await later.got(1);
    await rowsWhen(state, delivered);
    assert.deepEqual(later.percents, [50]);
    await end(heir);
    assertConsistent(state);
  });

  it('with a call under way leaves the warning of what that is charged to whoever charges it', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const { state, start } = await setUp(t, receiver, 2);
    const victim = await start();
    const stream = await ask(victim, '/pace 100\n/tokens 400\n/chunk 4', { stream: true });
    assert.equal(stream.status, 200);
    await victim.kill();
    await stream.text().catch(() => undefined);
    await sleep(TIMES.leaseTtl);
    const heir = await start();
    await receiver.got(1);
    assert.deepEqual(receiver.percents, [50]);
    await rowsWhen(state, delivered);
    await end(heir);
    assertConsistent(state);
  });

  it('at any moment of many calls leaves each warning told at least once, and each with one id', async (t) => {
    const receiver = await WebhookReceiver.start(t);
    const { state, start } = await setUp(t, receiver, 200);
    for (let round = 0; round < 5; round++) {
      const victim = await start();
      const running = calls(victim, 40).catch(() => undefined);
      await sleep(60 + 40 * round);
      await victim.kill();
      await running;
    }
    await sleep(TIMES.leaseTtl);
    const heir = await start();
    for (let n = 0; n < 5; n++) await calls(heir, 40).catch(() => undefined);
    await rowsWhen(state, (found) => found.length === 3 && found.every(([, how]) => how !== 'pending'));
    const ids = Map.groupBy(receiver.received, ({ event }) => event.data.percent);
    for (const [percent, got] of ids)
      assert.equal(new Set(got.map(({ event }) => event.id)).size, 1, `${percent}`);
    const told = await rowsWhen(state, () => true);
    assert.deepEqual(
      told.filter(([, how]) => how === 'delivered').map(([percent]) => percent),
      [...ids.keys()].toSorted((a, b) => a - b),
    );
    t.diagnostic(`received: ${receiver.percents}; rows: ${JSON.stringify(told)}`);
    await end(heir);
    assertConsistent(state);
  });
});
