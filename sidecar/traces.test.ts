import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { DUMMY_KEY, PROVIDER_KEY } from '../test/support/keys.ts';
import { OtlpReceiver, type ReceivedSpan } from '../test/support/otlp-receiver.ts';
import { PLENTY, profile, provider } from '../test/support/policies.ts';
import { jsonReply, MESSAGE, RawUpstream } from '../test/support/raw-upstream.ts';
import { MODEL, startTestSidecar, type TestOptions } from '../test/support/sidecar.ts';

const CLIENT = 3;
const ERROR = 2;
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

function start(t: TestContext, endpoint: string, more: TestOptions = {}) {
  const environment = { ANTHROPIC_API_KEY: PROVIDER_KEY, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  return startTestSidecar(t, { config: { environment }, ...more });
}

const times = ({ startTimeUnixNano, endTimeUnixNano }: ReceivedSpan) =>
  [startTimeUnixNano, endTimeUnixNano].map((nano) => Number(nano) / 1e6) as [number, number];

describe('an exchange', () => {
  it('is one span, with what the conventions for GenAI and Tollgate have to say of it', async (t) => {
    const receiver = await OtlpReceiver.start(t);
    const sidecar = await start(t, receiver.url);
    const before = Date.now();
    const { id } = (await (await sidecar.ask('/tokens 50', { max_tokens: 300 })).json()) as { id: string };
    const closed = await sidecar.closed(1);
    const { opened } = sidecar.records();
    await sidecar.stop();
    const [span, ...more] = receiver.spans;
    assert.ok(span && more.length === 0);
    assert.equal(span.name, `chat ${MODEL}`);
    assert.equal(span.kind, CLIENT);
    assert.equal(span.parentSpanId, undefined);
    assert.equal(span.status.code ?? 0, 0);
    const [began, ended] = times(span);
    assert.ok(began >= before - 1 && ended >= began && ended <= Date.now() + 1);
    const url = new URL(sidecar.rehearsal.url);
    const { usage, amounts } = closed;
    assert.ok(usage && opened[0]);
    const cached = usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
    assert.deepEqual(span.attributes, {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': MODEL,
      'gen_ai.request.max_tokens': 300,
      'gen_ai.usage.input_tokens': usage.inputTokens + cached,
      'gen_ai.usage.output_tokens': 50,
      'gen_ai.usage.cache_read.input_tokens': usage.cacheReadTokens,
      'gen_ai.usage.cache_creation.input_tokens': usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      'gen_ai.response.id': id,
      'gen_ai.response.model': MODEL,
      'gen_ai.response.finish_reasons': ['end_turn'],
      'server.address': '127.0.0.1',
      'server.port': Number(url.port),
      'http.response.status_code': 200,
      'tollgate.exchange': closed.exchange,
      'tollgate.verdict': 'allow',
      'tollgate.cost_usd': amounts.usd / 1e9,
      'tollgate.reserved_usd': opened[0].reserved.usd / 1e9,
      'tollgate.attempts': 1,
      'tollgate.workload': 'local/test',
      'tollgate.session': opened[0].workload.session,
      'tollgate.agent': opened[0].agent,
      'tollgate.provider': 'anthropic',
    });
    assert.ok(amounts.usd > 0);
    assert.equal(span.resource['service.name'], 'tollgate');
    const [request] = receiver.requests;
    assert.deepEqual([request?.path, request?.headers['content-type']], ['/v1/traces', 'application/json']);
  });

  it('belongs to the trace that the agent says, and is left out where the agent samples it out', async (t) => {
    const receiver = await OtlpReceiver.start(t);
    const sidecar = await start(t, receiver.url);
    const ask = (traceparent: string) => sidecar.ask('hi', {}, { headers: { traceparent } });
    await (await ask(`00-${TRACE}-${PARENT}-01`)).text();
    await (await ask(`00-${TRACE}-${PARENT}-00`)).text();
    await (await ask('nonsense')).text();
    await sidecar.closed(3);
    await sidecar.stop();
    assert.deepEqual(
      receiver.spans.map(({ traceId, parentSpanId }) => [traceId === TRACE, parentSpanId]),
      [
        [true, PARENT],
        [false, undefined],
      ],
    );
    const sent = sidecar.rehearsal.bill();
    assert.ok(!JSON.stringify(sent).includes(TRACE), 'providers are told of no trace');
  });

  it('that is refused, or gets no good answer, is a span with the reason', async (t) => {
    const receiver = await OtlpReceiver.start(t);
    const policies = [PLENTY, profile({ models: { allow: ['claude-haiku-*'] } })];
    const sidecar = await start(t, receiver.url, { policies });
    await (await sidecar.ask('hi', { model: 'claude-opus-4-1' })).text();
    await (await sidecar.send('{')).text();
    await (await sidecar.ask('/fault http529')).text();
    await (await sidecar.ask('/fault html200')).text();
    await sidecar.closed(4);
    await sidecar.stop();
    const seen = receiver.spans.map(({ name, status, attributes }) => [
      name,
      status.code,
      attributes['error.type'],
      attributes['tollgate.verdict'],
      attributes['tollgate.code'],
      attributes['gen_ai.request.model'],
    ]);
    assert.deepEqual(seen, [
      ['chat claude-opus-4-1', ERROR, 'model_not_allowed', 'deny', 'model_not_allowed', 'claude-opus-4-1'],
      ['chat', ERROR, 'bad_body', 'deny', 'bad_body', undefined],
      [`chat ${MODEL}`, ERROR, '529', 'allow', undefined, MODEL],
      [`chat ${MODEL}`, ERROR, 'upstream_garbage', 'allow', 'upstream_garbage', MODEL],
    ]);
  });

  it('that falls back is still one span: of the last attempt, with what all of them cost', async (t) => {
    const receiver = await OtlpReceiver.start(t);
    const fallbacks = [{ model: MODEL, to: ['claude-sonnet-4-5'] }];
    const policies = [PLENTY, profile({ models: { fallbacks } })];
    const sidecar = await start(t, receiver.url, { policies });
    await (await sidecar.ask('/fault http529')).text();
    await sidecar.recorded(({ closed }) => closed.length === 2);
    await sidecar.stop();
    const [span, ...more] = receiver.spans;
    assert.deepEqual(more, []);
    assert.equal(span?.attributes['gen_ai.request.model'], 'claude-sonnet-4-5');
    assert.equal(span?.attributes['tollgate.attempts'], 2);
  });

  it('tells a trace nothing of what was said, and no key', async (t) => {
    const receiver = await OtlpReceiver.start(t);
    const SECRET = 'a-secret-that-somebody-typed';
    const sidecar = await start(t, receiver.url);
    const more = { system: SECRET, metadata: { user_id: SECRET } };
    await (await sidecar.ask(`/say ${SECRET}`, more)).text();
    await (await sidecar.ask(`/tool Bash {"command":"${SECRET}"}`, { ...more, stream: true })).text();
    await sidecar.send(`{"messages":"${SECRET}"`);
    await sidecar.closed(3);
    await sidecar.stop();
    assert.equal(receiver.spans.length, 3);
    const sent = receiver.requests.map(({ body, headers }) => body + JSON.stringify(headers)).join();
    for (const secret of [SECRET, PROVIDER_KEY, DUMMY_KEY]) assert.ok(!sent.includes(secret), secret);
  });

  it('counts cached input as input, and tells it apart', async (t) => {
    const receiver = await OtlpReceiver.start(t);
    const upstream = await RawUpstream.start(t);
    const cache_creation = { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 };
    const cached = { cache_read_input_tokens: 100, cache_creation_input_tokens: 20, cache_creation };
    const usage = { input_tokens: 10, output_tokens: 7, ...cached };
    upstream.script = () => jsonReply({ ...MESSAGE, usage });
    const sidecar = await start(t, receiver.url, { upstream: upstream.url });
    await (await sidecar.ask('hi')).text();
    await sidecar.closed(1);
    await sidecar.stop();
    const { attributes } = receiver.spans[0] as ReceivedSpan;
    const names = ['input_tokens', 'output_tokens', 'cache_read.input_tokens', 'cache_creation.input_tokens'];
    assert.deepEqual(
      names.map((name) => attributes[`gen_ai.usage.${name}`]),
      [130, 7, 100, 20],
    );
  });

  it('names providers as the convention does, and what lies behind a gateway by its price list', async (t) => {
    const receiver = await OtlpReceiver.start(t);
    const { url } = await startTestSidecar(t).then(({ rehearsal }) => rehearsal);
    const prices = [{ model: '*', input: 1, output: 1 }];
    const policies = [PLENTY, profile({}), provider(url, { priceList: 'x-ai', prices }, 'gateway')];
    const sidecar = await start(t, receiver.url, { policies, upstream: url });
    await (await sidecar.ask('hi')).text();
    await sidecar.closed(1);
    await sidecar.stop();
    const [span] = receiver.spans;
    assert.deepEqual(
      [span?.attributes['gen_ai.provider.name'], span?.attributes['tollgate.provider']],
      ['x_ai', 'gateway'],
    );
  });
});

describe('a collector', () => {
  it('that refuses, hangs or is not there delays no call, and the end by seconds only; it is said once', async (t) => {
    const refusing = await OtlpReceiver.start(t);
    refusing.answer = (response) => response.writeHead(400).end('no');
    const hanging = await OtlpReceiver.start(t);
    hanging.answer = () => undefined;
    const gone = await OtlpReceiver.start(t);
    const { url } = gone;
    gone.stop();
    for (const endpoint of [refusing.url, hanging.url, url]) {
      const sidecar = await start(t, endpoint, {
        config: {
          environment: {
            ANTHROPIC_API_KEY: PROVIDER_KEY,
            OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
            OTEL_EXPORTER_OTLP_TIMEOUT: '400',
          },
        },
      });
      for (let n = 0; n < 3; n++) await (await sidecar.ask('hi')).text();
      await sidecar.closed(3);
      const began = performance.now();
      await sidecar.stop();
      assert.ok(performance.now() - began < 30_000, endpoint);
      const lines = sidecar.logs().filter(({ msg }) => /traces cannot be sent/.test(msg));
      assert.equal(lines.length, 1, endpoint);
    }
  });

  it('that has no URL is said, and nothing is sent', async (t) => {
    const sidecar = await start(t, 'not a url/T0KEN');
    const line = await sidecar.said(/OTEL_EXPORTER_OTLP_ENDPOINT is no URL/);
    assert.ok(!JSON.stringify(line).includes('T0KEN'));
    await sidecar.assertWell();
  });
});
