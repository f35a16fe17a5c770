/**
 * An agent that hangs up, on each wire, streamed and not, in each phase of its call: what it costs is settled as it should
 * be, and nothing is left running.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Closed } from '../core/audit/entry.ts';
import { DUMMY_KEY } from '../test/support/keys.ts';
import { budget, PLENTY, profile, usd } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { LAST, stepsOf } from '../test/support/raw-replies.ts';
import { chunk, head, LAST_CHUNK, RawUpstream, SSE_HEAD } from '../test/support/raw-upstream.ts';
import { assertConsistent } from '../test/support/records.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';
import {
  FORMS,
  type Form,
  formName,
  PATHS,
  providers,
  requestOf,
  type WireName,
} from '../test/support/wires.ts';

const DRAIN = [PLENTY, profile({})];
const CANCEL = [budget({ limits: [usd('1000')], onDisconnect: 'cancel' }), profile({})];
/** What 10 tokens in and 5 out cost, nano-USD: at a dollar and 5, at 0.75 and 4.5, at 0.13 the million. */
const COST: Readonly<Record<WireName, number>> = {
  'anthropic-messages': 10 * 1000 + 5 * 5000,
  'openai-chat': 10 * 750 + 5 * 4500,
  'openai-responses': 10 * 750 + 5 * 4500,
  'openai-embeddings': 10 * 130,
};

async function asking(t: TestContext, sidecar: TestSidecar, form: Form, text = 'hi'): Promise<RawClient> {
  const body = JSON.stringify(requestOf(form, text));
  const client = await RawClient.connect(t, sidecar.port);
  const head = `POST ${PATHS[form.wire]} HTTP/1.1\r\nhost: 127.0.0.1:${sidecar.port}\r\nx-api-key: ${DUMMY_KEY}`;
  await client.send(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  return client;
}

/** A provider that answers in steps, each when it is told to; the last step is the end of its reply. */
async function stepping(t: TestContext, form: Form, policies: readonly object[]) {
  const steps = stepsOf(form);
  const [whole = ''] = steps;
  const half = whole.length >> 1;
  const pieces = form.stream
    ? [SSE_HEAD + chunk(steps[0] ?? ''), ...steps.slice(1).map(chunk), LAST_CHUNK]
    : [
        head(200, { 'content-type': 'application/json', 'content-length': String(whole.length) }) +
          whole.slice(0, half),
        whole.slice(half),
      ];
  /** Told before its step has come, it waits for it. */
  const told = pieces.map(() => Promise.withResolvers<void>());
  let next = 0;
  const upstream = await RawUpstream.start(t, async (_request, socket) => {
    for (const [n, piece] of pieces.entries()) {
      socket.write(piece);
      await told[n]?.promise;
    }
  });
  const sidecar = await startTestSidecar(t, { upstream: upstream.url, providers, policies });
  return {
    ...{ upstream, sidecar },
    next: () => told[next++]?.resolve(),
    letGo: () => {
      for (const one of told) one.resolve();
    },
  };
}

/** Its only call has ended; nothing of it is left, here or at the provider. */
async function assertOver(sidecar: TestSidecar, form: Form, how: Partial<Closed>): Promise<Closed> {
  const closed = await sidecar.closed(1);
  const seen = Object.fromEntries(Object.keys(how).map((name) => [name, closed[name as keyof Closed]]));
  assert.deepEqual(seen, how);
  const [opened] = sidecar.records().opened;
  assert.deepEqual([opened?.wire, opened?.stream], [form.wire, form.stream]);
  if (closed.outcome === 'charged') assert.deepEqual(closed.amounts, opened?.reserved);
  if (closed.outcome === 'released') assert.deepEqual(closed.amounts, { usd: 0, tokens: 0, requests: 0 });
  await sidecar.ended(1);
  while ((await sidecar.metrics()).sum('tollgate_exchanges_running') > 0) await sleep(1);
  await sidecar.stop();
  const { leases } = assertConsistent(sidecar.state);
  assert.deepEqual(
    leases.map(({ state }) => state),
    [closed.outcome],
  );
  return closed;
}

const GONE = { status: null, code: null, faults: ['client_gone'] };
const BROKEN_OFF = { ...GONE, outcome: 'charged' } as const;

for (const form of FORMS) {
  describe(`an agent on ${formName(form)} that hangs up`, { concurrency: true }, () => {
    it('while the ledger is waited for: nothing is sent, nothing charged', async (t) => {
      const sidecar = await startTestSidecar(t, { providers, policies: DRAIN });
      const db = new DatabaseSync(join(sidecar.state, 'tollgate.db'));
      db.exec('BEGIN IMMEDIATE');
      const client = await asking(t, sidecar, form);
      await sidecar.arrived(1);
      await sleep(50);
      client.reset();
      await sidecar.ended(1);
      db.close();
      await assertOver(sidecar, form, { ...GONE, outcome: 'released' });
      assert.equal(sidecar.rehearsal.requests().length, 0);
    });

    it('before its reply begins is charged what the provider bills', async (t) => {
      const sidecar = await startTestSidecar(t, { providers, policies: DRAIN });
      const client = await asking(t, sidecar, form, '/fault slow-head:150');
      while (sidecar.rehearsal.requests().length === 0) await sleep(2);
      client.reset();
      const { amounts } = await assertOver(sidecar, form, { ...GONE, outcome: 'settled' });
      const bill = sidecar.rehearsal.bill();
      assert.deepEqual([bill.length, bill[0]?.ended, bill[0]?.nanoUsd], [1, 'complete', amounts.usd]);
    });

    it('before its reply begins has it broken off where the budget says so, and is charged in full', async (t) => {
      const upstream = await RawUpstream.start(t, () => undefined);
      const sidecar = await startTestSidecar(t, { upstream: upstream.url, providers, policies: CANCEL });
      const client = await asking(t, sidecar, form);
      await upstream.received(1);
      client.reset();
      await assertOver(sidecar, form, BROKEN_OFF);
      await upstream.allClosed();
    });

    it('in the middle of its reply has it read on to its end, and is charged what was used', async (t) => {
      const { sidecar, letGo, upstream } = await stepping(t, form, DRAIN);
      const client = await asking(t, sidecar, form);
      if (form.stream) await client.untilText('one');
      else await upstream.received(1);
      client.reset();
      await sidecar.ended(1);
      letGo();
      const { amounts } = await assertOver(sidecar, form, { ...GONE, outcome: 'settled' });
      assert.equal(amounts.usd, COST[form.wire]);
      assert.equal(upstream.requests.length, 1);
    });

    it('in the middle of its reply has it broken off where the budget says so, and is charged in full', async (t) => {
      const { sidecar, upstream } = await stepping(t, form, CANCEL);
      const client = await asking(t, sidecar, form);
      if (form.stream) await client.untilText('one');
      else await upstream.received(1).then(() => sleep(30));
      client.reset();
      const faults = form.stream ? ['usage_missing', 'client_gone'] : ['client_gone'];
      await assertOver(sidecar, form, { ...BROKEN_OFF, faults });
      await upstream.allClosed();
    });

    if (form.stream && form.wire !== 'openai-embeddings') {
      const last = LAST[form.wire];
      it('after its last event has missed nothing, whatever the budget says', async (t) => {
        const { sidecar, next } = await stepping(t, form, CANCEL);
        const client = await asking(t, sidecar, form);
        await client.untilText('one');
        next();
        await client.untilText('two');
        next();
        await client.untilText(last);
        client.reset();
        await sidecar.ended(1);
        next();
        const how = { status: 200, code: null, faults: [], outcome: 'settled' } as const;
        const { amounts } = await assertOver(sidecar, form, how);
        assert.equal(amounts.usd, COST[form.wire]);
      });

      it('in the middle of a real reply is charged what the provider bills for all of it', async (t) => {
        const sidecar = await startTestSidecar(t, {
          ...{ providers, policies: DRAIN, rehearsal: { paceMs: 5 } },
        });
        const client = await asking(t, sidecar, form, '/tokens 100\n/chunk 40');
        await client.untilText('These');
        client.socket.end();
        const { amounts } = await assertOver(sidecar, form, { ...GONE, outcome: 'settled' });
        const bill = sidecar.rehearsal.bill();
        const [line] = bill;
        assert.deepEqual([bill.length, line?.ended, line?.outputTokens], [1, 'complete', 100]);
        assert.equal(amounts.usd, line?.nanoUsd);
      });
    }
  });
}
