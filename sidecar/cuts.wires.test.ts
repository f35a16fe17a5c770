/** What ends a reply before its time, on each wire, streamed and not: what it costs is never less than what is billed. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Closed } from '../core/audit/entry.ts';
import { PROVIDER_KEY } from '../test/support/keys.ts';
import { budget, PLENTY, profile, usd } from '../test/support/policies.ts';
import { stepsOf } from '../test/support/raw-replies.ts';
import { jsonReply, RawUpstream, sseReply } from '../test/support/raw-upstream.ts';
import { assertConsistent } from '../test/support/records.ts';
import { startTestSidecar, type TestOptions, type TestSidecar } from '../test/support/sidecar.ts';
import {
  FORMS,
  type Form,
  formName,
  PATHS,
  providers,
  requestOf,
  type Wanted,
  type WireName,
} from '../test/support/wires.ts';

/** A call as each wire has it, which nobody has judged. */
const CHAT_CALL = '{"tool_calls":[{"id":"c","type":"function","function":{"name":"rm","arguments":"{}"}}]}';
const CALLS: Readonly<Record<WireName, string>> = {
  'anthropic-messages': '{"type":"tool_use","id":"t","name":"rm","input":{}}',
  'openai-chat': CHAT_CALL,
  'openai-responses': '{"type":"function_call","id":"f","call_id":"c","name":"rm","arguments":"{}"}',
  'openai-embeddings': CHAT_CALL,
};

const sidecarOf = (t: TestContext, more: TestOptions = {}) =>
  startTestSidecar(t, { providers, policies: [PLENTY, profile({})], ...more });

const ask = (sidecar: TestSidecar, form: Form, text: string, wanted: Wanted = {}) =>
  sidecar.send(JSON.stringify(requestOf(form, text, wanted)), { path: PATHS[form.wire] });

/** @returns how its only call ended, once all is written down and adds up, and what the provider billed */
async function ended(sidecar: TestSidecar): Promise<{ closed: Closed; billed: number; left: boolean }> {
  const closed = await sidecar.closed(1);
  while (sidecar.rehearsal.bill().length === 0) await sleep(5);
  await sidecar.stop();
  assertConsistent(sidecar.state);
  const [line] = sidecar.rehearsal.bill();
  return { closed, billed: Number(line?.nanoUsd), left: line?.ended === 'client_gone' };
}

for (const form of FORMS) {
  const words = form.wire !== 'openai-embeddings';
  describe(`a provider on ${formName(form)}`, { concurrency: true }, () => {
    if (words) {
      it('that goes on after the output cap is cut, or charged what it bills where nothing streams', async (t) => {
        const sidecar = await sidecarOf(t);
        const response = await ask(sidecar, form, '/ignore-cap 5000\n/chunk 200', { cap: 100 });
        const text = await response.text();
        assert.equal(response.status, 200, text);
        const opened = sidecar.records().opened[0];
        const { closed, billed, left } = await ended(sidecar);
        const { outcome, code, faults, amounts } = closed;
        if (form.stream) {
          assert.match(text, /\[tollgate\] The reply was cut off: the provider went on after its output cap/);
          assert.deepEqual([outcome, code, left], ['charged', 'reply_over_cap', true]);
          assert.deepEqual(faults, ['usage_missing', 'bound_fault']);
          assert.deepEqual(amounts, opened?.reserved);
        } else {
          assert.deepEqual([outcome, code, faults], ['settled', null, ['bound_fault']]);
          assert.equal(amounts.usd, billed);
          assert.ok(billed > Number(opened?.reserved.usd));
        }
      });

      it('that says as many tokens as it may is not cut', async (t) => {
        const sidecar = await sidecarOf(t);
        await (await ask(sidecar, form, '/tokens 900', { cap: 900 })).text();
        const { closed, billed } = await ended(sidecar);
        assert.deepEqual([closed.outcome, closed.code, closed.faults], ['settled', null, []]);
        assert.equal(closed.amounts.usd, billed);
      });

      it('that is in the middle of its reply when Tollgate stops is broken off, and charged in full', async (t) => {
        const sidecar = await sidecarOf(t, { config: { graceMs: 100 } });
        const asked = ask(sidecar, form, '/pace 100\n/tokens 1500\n/chunk 40').then((response) =>
          response.text(),
        );
        const told = asked.catch(String);
        await sidecar.recorded(({ opened }) => opened.length === 1);
        while (sidecar.rehearsal.requests().length === 0) await sleep(2);
        await sidecar.running.stop();
        assert.match(await told, /\[tollgate\]|terminated|fetch failed/);
        const { closed, leases } = assertConsistent(sidecar.state);
        assert.deepEqual([closed[0]?.outcome, leases[0]?.state], ['charged', 'charged']);
      });
    }

    it('that bills more input than was reserved for is believed, and closes the budget', async (t) => {
      const policies = [budget({ limits: [usd('0.5')] }), profile({})];
      const sidecar = await sidecarOf(t, { policies });
      const response = await ask(sidecar, form, '/bill input=9000000 output=1\n/say hi', { cap: 100 });
      await response.text();
      const { faults, amounts } = await sidecar.closed(1);
      assert.ok(faults.includes('bound_fault'), faults.join());
      const next = await ask(sidecar, form, '/say hi', { cap: 100 });
      assert.match(await next.text(), /budget_spent/);
      const { billed } = await ended(sidecar);
      assert.equal(amounts.usd, billed);
      assert.equal(sidecar.rehearsal.requests().length, 1);
    });

    it('that repeats the key it was sent does not get it through', async (t) => {
      // In what is said; vectors have nothing but the name of their model.
      const place = words ? /"(one|two|hello| two|one two)"/g : /"text-embedding-3-large"/g;
      const upstream = await RawUpstream.start(t);
      const sidecar = await sidecarOf(t, { upstream: upstream.url });
      for (const key of [PROVIDER_KEY, Buffer.from(PROVIDER_KEY).toString('base64')]) {
        const text = stepsOf(form).join('').replace(place, JSON.stringify(key));
        assert.ok(text.includes(key));
        upstream.script = () => (form.stream ? sseReply(text) : jsonReply(Buffer.from(text)));
        const response = await ask(sidecar, form, 'hi');
        const got = await response.text();
        assert.ok(!got.includes(key), got);
        assert.match(got, /it repeats the API key/);
        upstream.script = () => jsonReply({ error: { message: key, type: 'x' }, type: 'error' }, 401);
        const error = await (await ask(sidecar, form, 'hi')).text();
        assert.ok(!error.includes(key), error);
        assert.match(error, /it repeats the API key/);
      }
      await sidecar.closed(4);
      const outcomes = sidecar.records().closed.map(({ outcome }) => outcome);
      // Of a stream that came in one piece, it is known what it cost.
      const paid = form.stream ? 'settled' : 'charged';
      assert.deepEqual(outcomes, [paid, 'released', paid, 'released']);
      await sidecar.stop();
      assertConsistent(sidecar.state);
    });

    it('that puts a tool call where none is known to stand does not get it through', async (t) => {
      const call = CALLS[form.wire];
      const upstream = await RawUpstream.start(t);
      const sidecar = await sidecarOf(t, { upstream: upstream.url });
      upstream.script = () =>
        jsonReply(Buffer.from(`{"type":"error","error":{"message":"m","type":"x"},"x":${call}}`), 400);
      const error = await (await ask(sidecar, form, 'hi')).text();
      assert.doesNotMatch(error, /"rm"/);
      assert.match(error, /upstream_error_withheld/);
      const text = stepsOf(form).join('');
      const smuggled = text.replace('"model":', `"x":${call},"model":`);
      assert.notEqual(smuggled, text);
      upstream.script = () => (form.stream ? sseReply(smuggled) : jsonReply(Buffer.from(smuggled)));
      const got = await (await ask(sidecar, form, 'hi')).text();
      assert.doesNotMatch(got, /"rm"/);
      assert.match(got, /upstream_garbage|reply_garbage/);
      const { outcome } = await sidecar.closed(2);
      assert.notEqual(outcome, 'released');
    });
  });
}
