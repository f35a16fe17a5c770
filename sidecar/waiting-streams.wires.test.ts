/** What waiting-streams.test.ts shows of Anthropic's Messages, for the wires of OpenAI that stream; embeddings do not. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { budget, PLENTY, profile } from '../test/support/policies.ts';
import { formAsked, rawReply, readOf } from '../test/support/raw-replies.ts';
import { jsonReply, RawUpstream } from '../test/support/raw-upstream.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';
import { type Form, formName, PATHS, providers, requestOf } from '../test/support/wires.ts';

const CLI = {
  'user-agent': 'codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm-256color (codex_exec; 0.169.0)',
};
const ONE_AT_A_TIME = budget({ rates: [{ name: 'pace', concurrent: 1 }] });
const times = { keepAliveAfter: 60, keepAliveEvery: 60, rate: 1500 };
/** For those who get their turn, however busy the machine is. */
const patient = { times: { ...times, rate: 30_000 } };
const SCHEMA = { type: 'json_schema', name: 's', schema: { type: 'object' } };

/** How each wire says: nothing, a refusal in words, an error; and how it asks for structured output. */
const STREAMS = [
  {
    form: { wire: 'openai-chat', stream: true },
    ping: /data: \{"id":"chatcmpl-tollgate","created":0,"model":"","object":"chat\.completion\.chunk","choices":\[\{"index":0,"delta":\{\},"finish_reason":null\}\]\}\n\n/g,
    words: /"delta":\{[^}]*\[tollgate\] The rate.*"finish_reason":"stop".*data: \[DONE\]\n\n$/s,
    error: /^data: \{"error":\{"message":/,
    structured: { response_format: { type: 'json_schema', json_schema: SCHEMA } },
  },
  {
    form: { wire: 'openai-responses', stream: true },
    ping: /event: keepalive\ndata: \{"type":"keepalive","sequence_number":0\}\n\n/g,
    words: /event: response\.created.*\[tollgate\] The rate.*event: response\.completed\ndata: .*\n\n$/s,
    error: /event: response\.failed\ndata: \{"type":"response\.failed"/,
    structured: { text: { format: SCHEMA } },
  },
] as const;

/** One call runs and is held back, so that the next have to wait. */
async function waitingClient(t: TestContext, form: Form, more: object = {}) {
  const waiting: (() => void)[] = [];
  const upstream = await RawUpstream.start(t, async ({ line, body }) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return rawReply(formAsked(line, body));
  });
  const policies = [PLENTY, ONE_AT_A_TIME, profile({})];
  const sidecar = await startTestSidecar(t, { upstream: upstream.url, providers, policies, times, ...more });
  const ask = (headers: Record<string, string> = CLI, fields: object = {}, as: Form = form) =>
    sidecar.send(JSON.stringify(requestOf(as, 'hi', { more: fields })), { path: PATHS[as.wire], headers });
  const first = ask({}, {}, { ...form, stream: false });
  await upstream.received(1);
  return { upstream, letGo: () => waiting.shift()?.(), sidecar, first, ask };
}

for (const { form, ping, words, error, structured } of STREAMS) {
  /** @returns how many events meant nothing, and what came after them */
  const split = (text: string) => {
    const rest = text.replace(ping, '');
    assert.ok(text.endsWith(rest), 'all of them came first');
    return { pings: text.match(ping)?.length ?? 0, rest };
  };

  describe(`an agent that waits for its stream on ${formName(form)}`, { concurrency: true }, () => {
    it('is kept awake by events that mean nothing, and then gets it as it came', async (t) => {
      const { letGo, sidecar, first, upstream, ask } = await waitingClient(t, form, patient);
      const response = await ask();
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'text/event-stream');
      let text = '';
      let isLetGo = false;
      for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += piece;
        if (isLetGo || (text.match(ping)?.length ?? 0) < 2) continue;
        isLetGo = true;
        letGo();
        await first;
        await upstream.received(2);
        letGo();
      }
      const { pings, rest } = split(text);
      assert.ok(pings >= 2, text);
      assert.equal(rest, readOf(form));
      const { faults, status, outcome } = await sidecar.closed(2);
      assert.deepEqual([faults, status, outcome], [[], 200, 'settled']);
    });

    it('gets a refusal as the rest of its stream', async (t) => {
      const { letGo, ask, sidecar } = await waitingClient(t, form);
      const { pings, rest } = split(await (await ask()).text());
      assert.ok(pings > 0);
      assert.match(rest, words);
      letGo();
      const { verdict, outcome } = await sidecar.closed(1);
      assert.deepEqual([verdict, outcome], ['deny', 'none']);
    });

    it('gets an error event where words would break what reads them, or where something broke', async (t) => {
      const { letGo, first, upstream, ask } = await waitingClient(t, form);
      const refused = split(await (await ask(CLI, structured)).text());
      assert.ok(refused.pings > 0);
      assert.match(refused.rest, error);
      assert.match(refused.rest, /rate_limited/);

      const waiting = await ask();
      letGo();
      await first;
      await upstream.received(2);
      upstream.close();
      const broken = split(await waiting.text());
      assert.ok(broken.pings > 0);
      assert.match(broken.rest, error);
      assert.match(broken.rest, /upstream_unreachable/);
    });

    it('gets the error of a provider as an event', async (t) => {
      const { letGo, first, upstream, ask, sidecar } = await waitingClient(t, form, patient);
      const busy = { error: { message: 'Overloaded', type: 'server_error', param: null, code: 'busy' } };
      const replies = [jsonReply(Buffer.from(JSON.stringify(busy, null, 2)), 503), jsonReply({}, 500)];
      upstream.script = () => replies.shift();
      const waiting = [await ask(), await ask()];
      letGo();
      await first;
      const texts = await Promise.all(waiting.map((response) => response.text()));
      const ends = texts.map((text) => split(text).rest);
      for (const end of ends) assert.match(end, error);
      assert.equal(ends.filter((end) => /Overloaded/.test(end)).length, 1, 'its own words');
      assert.equal(ends.filter((end) => /\[tollgate\].*upstream_error_withheld/.test(end)).length, 1);
      const { closed } = await sidecar.recorded((records) => records.closed.length === 3);
      assert.equal(closed.filter(({ outcome }) => outcome === 'released').length, 2);
    });

    it('that is an SDK, or does not stream, is left waiting for a plain status', async (t) => {
      const { letGo, ask } = await waitingClient(t, form);
      const plain = await Promise.all([ask({}), ask({}, {}, { ...form, stream: false })]);
      for (const { status, headers } of plain) {
        assert.equal(status, 429);
        assert.equal(headers.get('content-type'), 'application/json');
      }
      letGo();
    });

    it('is kept awake while a long tool call is held to be judged, and never in the middle of it', async (t) => {
      const rule = { name: 'look', when: 'args.q.contains("rm")' };
      const sidecar = await startTestSidecar(t, {
        ...{ providers, times },
        policies: [PLENTY, profile({ tools: { deny: [rule], allow: [{ name: 'look' }] } })],
      });
      const args = { q: 'x'.repeat(20) };
      const text = `/tool look ${JSON.stringify(args)}\n/pace 20\n/chunk 1`;
      const response = await sidecar.send(JSON.stringify(requestOf(form, text)), { path: PATHS[form.wire] });
      const got = await response.text();
      const [before = '', ...inside] = got.split('"look"');
      assert.ok((before.match(ping)?.length ?? 0) >= 2, got);
      assert.ok(inside.length > 0 && inside.every((part) => part.match(ping) === null), got);
      const { calls, outcome } = await sidecar.closed(1);
      assert.deepEqual(
        [calls.map(({ name, verdict }) => [name, verdict]), outcome],
        [[['look', 'allow']], 'settled'],
      );
    });
  });
}

describe('an agent that waits for embeddings', () => {
  const form: Form = { wire: 'openai-embeddings', stream: false };

  it('gets them when its turn comes, without an event before', async (t) => {
    const { letGo, ask, first, upstream, sidecar } = await waitingClient(t, form, patient);
    const second = ask();
    await sidecar.arrived(2);
    letGo();
    await first;
    await upstream.received(2);
    letGo();
    assert.equal(await (await second).text(), readOf(form));
  });

  it('gets a plain status when its turn does not come', async (t) => {
    const { letGo, ask } = await waitingClient(t, form);
    const refused = await ask();
    assert.deepEqual([refused.status, refused.headers.get('content-type')], [429, 'application/json']);
    const { error } = (await refused.json()) as { error: { code: string } };
    assert.equal(error.code, 'rate_limited');
    letGo();
  });
});
