import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../adapters/telemetry/log.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { DUMMY_KEY, PROVIDER_KEY } from '../test/support/keys.ts';
import { budget, PLENTY, profile, requests, usd } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { jsonReply, MESSAGE, RawUpstream, sse, sseReply, sseStart } from '../test/support/raw-upstream.ts';
import { sameDay } from '../test/support/same-day.ts';
import { MODEL, question, startTestSidecar } from '../test/support/sidecar.ts';

describe('metrics', () => {
  it('agree with what happened, with the records and with the bill', async (t) => {
    const policies = [
      PLENTY,
      profile({ models: { allow: ['claude-haiku-*'] }, tools: { allow: [{ name: 'Read' }] } }),
    ];
    const sidecar = await startTestSidecar(t, { policies });
    await sidecar.ask('/say hi');
    await (await sidecar.ask('/tokens 50', { stream: true })).text();
    await sidecar.ask('/tool Bash {"command":"ls"}\n/also Read {}\n/also Bash {}');
    await sidecar.ask('/fault html200');
    await (await sidecar.ask('/fault cut', { stream: true })).text();
    await sidecar.ask('/fault http529');
    await sidecar.ask('hi', { model: 'claude-opus-4-1' });
    await sidecar.send('{');
    await sidecar.send('', { headers: { 'x-api-key': 'wrong' } });
    const { closed } = await sidecar.recorded((records) => records.closed.length === 8);

    const samples = await sidecar.metrics();
    const exchanges = (labels: object) => samples.sum('tollgate_exchanges_total', { ...labels });
    assert.equal(exchanges({}), 8);
    assert.equal(
      exchanges({ wire: 'anthropic-messages', provider: 'anthropic', model: MODEL, verdict: 'allow' }),
      4,
    );
    assert.equal(exchanges({ model: MODEL, verdict: 'fault' }), 2);
    assert.equal(exchanges({ model: 'none', provider: 'none', verdict: 'deny' }), 2);
    const refusals = [
      'tool_not_allowed',
      'upstream_garbage',
      'reply_cut',
      'model_not_allowed',
      'bad_body',
      'bad_key',
    ];
    assert.deepEqual(
      refusals.map((code) => samples.sum('tollgate_refusals_total', { code })),
      [2, 1, 1, 1, 1, 1],
    );
    assert.equal(samples.sum('tollgate_refusals_total'), 7);
    const spent = closed.reduce((sum, { amounts }) => sum + amounts.usd, 0);
    assert.equal(Math.round(samples.sum('tollgate_spend_usd_total') * 1e9), spent);
    assert.equal(samples.sum('tollgate_added_seconds_count'), 6, 'calls that were made');
    assert.ok(samples.sum('tollgate_added_seconds_sum') < 5);
    assert.equal(samples.sum('tollgate_exchanges_running'), 0);
    const { tally } = sidecar.running;
    assert.deepEqual(
      [tally.exchanges, tally.refused, tally.faults, tally.deniedCalls, tally.usd],
      [8, 2, 2, 2, spent],
    );
    await sidecar.assertWell();
  });

  it('say where budgets stand now, in all processes that use them', async (t) => {
    await sameDay();
    const limits = [usd('2', { window: 'day' }), { ...requests(100), name: 'calls' }];
    const policies = [budget({ limits }), profile({})];
    const sidecar = await startTestSidecar(t, { policies });
    const other = await startTestSidecar(t, { policies, state: sidecar.state });
    await (await other.ask('/tokens 100')).text();
    const running = await sidecar.ask('/pace 30\n/tokens 40\n/chunk 40', { stream: true });
    const samples = await sidecar.metrics();
    const [{ spent, reserved } = { spent: 0, reserved: 0 }] = sidecar
      .records()
      .counters.filter(({ key }) => key.endsWith('|usd'));
    assert.ok(spent > 0 && reserved > 0);
    const labels = { limit: 'local/test/all', scope: 'workload:local/test' };
    assert.deepEqual(
      ['limit', 'spent', 'reserved'].map((what) => samples.sum(`tollgate_budget_${what}_usd`, labels)),
      [2, spent / 1e9, reserved / 1e9],
    );
    assert.equal(
      samples.sum('tollgate_budget_limit_usd'),
      2,
      'limits in other units are not told in US dollars',
    );
    await running.text();
    sidecar.writePolicies([PLENTY, profile({})], sidecar.rehearsal.url);
    await sidecar.recorded(({ entries }) => entries.filter(({ kind }) => kind === 'policy').length === 3);
    assert.equal((await sidecar.metrics()).sum('tollgate_budget_limit_usd', labels), 0);
  });

  it('count what runs while it runs', async (t) => {
    const sidecar = await startTestSidecar(t);
    const response = await sidecar.ask('/pace 30\n/tokens 40\n/chunk 40', { stream: true });
    assert.equal((await sidecar.metrics()).sum('tollgate_exchanges_running'), 1);
    await response.text();
    await sidecar.closed(1);
    assert.equal((await sidecar.metrics()).sum('tollgate_exchanges_running'), 0);
  });

  it('have a bounded number of labels, whatever models are asked for', async (t) => {
    const upstream = await RawUpstream.start(t);
    const policies = [budget({ limits: [requests(1000)] }), profile({})];
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies });
    for (let n = 0; n < 70; n++) await sidecar.ask('hi', { model: `model-${n}` });
    const { all } = await sidecar.metrics();
    const models = new Set(all.map(({ labels }) => labels.model).filter((model) => model !== undefined));
    assert.ok(models.size <= 51 && models.has('other'), `${models.size}`);
    const ended = all.filter(({ name }) => name === 'tollgate_exchanges_total');
    assert.equal(
      ended.reduce((sum, { value }) => sum + value, 0),
      70,
    );
  });

  it('and health are on a port of their own, which answers nothing else', async (t) => {
    const sidecar = await startTestSidecar(t);
    const ask = (path: string, method = 'GET') => fetch(`${sidecar.running.metricsUrl}${path}`, { method });
    const metrics = await ask('/metrics');
    assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await metrics.text();
    for (const name of [
      'exchanges_total',
      'refusals_total',
      'spend_usd_total',
      'added_seconds',
      'exchanges_running',
    ]) {
      assert.match(text, new RegExp(`# HELP tollgate_${name} .+\n# TYPE tollgate_${name} `));
    }
    const health = await ask('/healthz');
    assert.deepEqual([health.status, await health.text()], [200, 'ok\n']);
    assert.equal((await ask('/v1/messages', 'POST')).status, 405);
    assert.equal((await ask('/')).status, 404);
    assert.equal((await fetch(`${sidecar.url}/healthz`)).status, 401, 'and not on the port of the agent');
    const none = await startTestSidecar(t, { config: { metricsPort: undefined } });
    assert.equal(none.running.metricsUrl, undefined);
  });

  it('are not for web pages: neither from another site nor under another name', async (t) => {
    const sidecar = await startTestSidecar(t);
    const url = `${sidecar.running.metricsUrl}/metrics`;
    const status = (headers: Record<string, string>) =>
      new Promise((resolve) => get(url, { headers }, (response) => resolve(response.resume().statusCode)));
    assert.equal(await status({}), 200);
    assert.equal(await status({ origin: 'https://evil.example' }), 403);
    assert.equal(await status({ host: 'evil.example' }), 403);
  });
});

describe('logs', () => {
  const lines = async (terminal: boolean) => {
    const written: string[] = [];
    const stream = new Writable({
      write(text, _encoding, done) {
        written.push(String(text));
        done();
      },
    });
    const log = await createLog('info', terminal, stream);
    log.debug('not shown');
    log.info({ code: 'rate_limited' }, 'refused');
    log.warn('careful');
    for (
      const deadline = Date.now() + HANG_MS;
      !written.join('').includes('careful') && Date.now() < deadline;
    )
      await sleep(2);
    return written;
  };

  it('are JSON where nobody reads along', async () => {
    const [first = '', second = '', ...more] = await lines(false);
    const { time, ...rest } = JSON.parse(first) as { time: string };
    assert.match(time, /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(rest, { level: 30, code: 'rate_limited', msg: 'refused' });
    assert.equal((JSON.parse(second) as { level: number }).level, 40);
    assert.deepEqual(more, []);
  });

  it('are for people on a terminal', async () => {
    const text = (await lines(true)).join('');
    assert.match(text, /\[\d\d:\d\d:\d\d\].*INFO.*refused.*rate_limited.*\n.*WARN.*careful/);
    assert.doesNotMatch(text, /not shown|"msg"/);
  });
});

describe('what a sidecar leaves behind', () => {
  it('holds no content of a message and no key: not in its logs, metrics or state', async (t) => {
    const SECRET = 'a-secret-that-somebody-typed';
    const upstream = await RawUpstream.start(t);
    const sidecar = await startTestSidecar(t, {
      upstream: upstream.url,
      policies: [
        PLENTY,
        profile({
          tools: { deny: [{ name: 'Bash', when: 'args.command.contains("rm")' }], allow: [{ name: 'Read' }] },
        }),
      ],
    });
    const call = { type: 'tool_use', id: 't', name: 'Bash', input: { command: `rm ${SECRET}` } };
    const replies = [
      jsonReply(MESSAGE),
      jsonReply({ ...MESSAGE, content: [{ type: 'text', text: SECRET }, call] }),
      jsonReply({ type: 'error', error: { type: 'x', message: SECRET } }, 400),
      jsonReply(Buffer.from(`<h1>${SECRET}</h1>`), 200, { 'content-type': 'text/html' }),
      jsonReply(Buffer.from(`{"${SECRET}`)),
      sseReply(
        sseStart() + sse('content_block_delta', { index: 9, delta: { type: 'text_delta', text: SECRET } }),
      ),
      Buffer.from(`${SECRET}\r\n`),
    ];
    upstream.script = () => replies.shift() ?? jsonReply(MESSAGE);
    const more = {
      system: SECRET,
      metadata: { user_id: SECRET },
      stop_sequences: [SECRET],
      tools: [{ name: 'Bash', description: SECRET, input_schema: { type: 'object' } }],
    };
    const headers = { 'x-secret': SECRET, cookie: SECRET };
    for (let n = 0; n < 7; n++)
      await (await sidecar.ask(SECRET, { ...more, stream: n >= 5 }, { headers })).text();
    await sidecar.send(`{"messages":"${SECRET}"`);
    await sidecar.send(JSON.stringify(question(SECRET, { [SECRET.slice(0, 5)]: SECRET })));
    await sidecar.send(JSON.stringify(question(SECRET, { messages: SECRET })));
    await sidecar.send(SECRET, { headers: { 'x-api-key': SECRET } });
    const client = await RawClient.connect(t, sidecar.port);
    await client.send(`POST /v1/messages HTTP/1.1\r\nx: ${SECRET}\0\r\n\r\n`);
    await client.untilClosed();
    await sidecar.assertWell();

    const folder = join(sidecar.policies, '..');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    assert.ok(files.length >= 5, files.map(({ name }) => name).join());
    for (const { parentPath, name } of files) {
      const text = readFileSync(join(parentPath, name), 'latin1');
      for (const secret of [SECRET, PROVIDER_KEY, DUMMY_KEY])
        assert.ok(!text.includes(secret), `${name} holds ${secret}`);
    }
    assert.ok(
      upstream.requests.every(({ bytes }) => bytes.includes(PROVIDER_KEY) && !bytes.includes(DUMMY_KEY)),
    );
  });
});
