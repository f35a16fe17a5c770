import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { pino } from 'pino';
import { HANG_MS } from '../../test/support/hang.ts';
import { OtlpReceiver } from '../../test/support/otlp-receiver.ts';
import { endpointOf, startTraces, type TracedExchange } from './trace.ts';

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES_ENDPOINT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';

function logTo(lines: string[]) {
  const stream = new Writable({
    write(text, _encoding, done) {
      lines.push(String(text));
      done();
    },
  });
  return pino(stream);
}

const exchange = (more: Partial<TracedExchange> = {}): TracedExchange => ({
  name: 'chat',
  startedAt: Date.now() - 1_500,
  endedAt: Date.now(),
  headers: {},
  error: undefined,
  attributes: {},
  ...more,
});

/** Records exchanges and stops. */
async function trace(t: TestContext, env: Record<string, string>, ...exchanges: TracedExchange[]) {
  const receiver = await OtlpReceiver.start(t);
  const lines: string[] = [];
  const traces = await startTraces({ [ENDPOINT]: receiver.url, ...env }, logTo(lines));
  for (const one of exchanges) traces?.record(one);
  await traces?.stop();
  return { receiver, lines, traces };
}

describe('the endpoint of traces', () => {
  it('is the one for traces as it is, or the one for everything with its path for traces', () => {
    assert.equal(endpointOf({ [ENDPOINT]: 'http://a:4318' }), 'http://a:4318/v1/traces');
    assert.equal(endpointOf({ [ENDPOINT]: ' http://a:4318/base/ ' }), 'http://a:4318/base/v1/traces');
    const own = { [ENDPOINT]: 'http://a:4318', [TRACES_ENDPOINT]: 'http://b/x' };
    assert.equal(endpointOf(own), 'http://b/x');
  });

  it('is none where none is named, or tracing is switched off', () => {
    const named = { [ENDPOINT]: 'http://a:4318' };
    for (const env of [
      {},
      { [ENDPOINT]: '', [TRACES_ENDPOINT]: ' ' },
      { ...named, OTEL_SDK_DISABLED: 'TRUE' },
      { ...named, OTEL_TRACES_EXPORTER: 'none' },
    ])
      assert.equal(endpointOf(env), undefined);
  });
});

describe('a span', () => {
  it('lasts as long as its exchange, also where the clock was set back to before this process began', async (t) => {
    const [startedAt, endedAt] = [1_000_000.25, 1_000_750.5];
    const backwards = { startedAt: 2_000_000, endedAt: 1_999_000 };
    const { receiver } = await trace(t, {}, exchange({ startedAt, endedAt }), exchange(backwards));
    assert.deepEqual(
      receiver.spans.map(({ startTimeUnixNano, endTimeUnixNano }) =>
        [startTimeUnixNano, endTimeUnixNano].map(Number),
      ),
      [
        [1_000_000e6, 1_000_750e6],
        [2_000_000e6, 2_000_000e6],
      ],
    );
  });

  it('has a name and attributes of all kinds, cut to a bounded length, and none without a value', async (t) => {
    const attributes = { a: 'x'.repeat(9_999), b: 1.5, c: ['y', 'z'], d: undefined, e: 0 };
    const { receiver } = await trace(t, {}, exchange({ name: 'n'.repeat(9_999), attributes }));
    const { a, ...rest } = receiver.spans[0]?.attributes ?? {};
    assert.equal(String(a).length, 512);
    assert.equal(receiver.spans[0]?.name.length, 512);
    assert.deepEqual(rest, { b: 1.5, c: ['y', 'z'], e: 0 });
  });

  it('is sampled as OTEL_TRACES_SAMPLER says', async (t) => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const both = [exchange(), exchange({ headers: { traceparent } })];
    const count = async (name: string, arg = '1') => {
      const env = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: arg };
      return (await trace(t, env, ...both)).receiver.spans.length;
    };
    assert.deepEqual(
      await Promise.all([
        count('always_on'),
        count('always_off'),
        count('parentbased_always_off'),
        count('traceidratio', '0'),
        count('parentbased_traceidratio', '0'),
        count('unheard_of'),
      ]),
      [2, 0, 1, 0, 1, 2],
    );
  });

  it('is sent in JSON, which is said where another protocol is asked for', async (t) => {
    const { receiver, lines } = await trace(t, { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, exchange());
    assert.equal(receiver.requests[0]?.headers['content-type'], 'application/json');
    assert.match(lines.join(), /"protocol":"grpc".*sent as http\/json/);
    const quiet = await trace(t, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, exchange());
    assert.equal(quiet.lines.length, 0);
  });
});

describe('a collector that comes back', () => {
  it('is said to, and gets what comes from then on', async (t) => {
    const receiver = await OtlpReceiver.start(t);
    const lines: string[] = [];
    const log = logTo(lines);
    const env = { [ENDPOINT]: receiver.url, OTEL_EXPORTER_OTLP_TIMEOUT: '300' };
    receiver.answer = (response) => response.writeHead(400).end();
    const traces = await startTraces(env, log);
    // More than fit one batch, so that they are sent before the end.
    for (let n = 0; n < 600; n++) traces?.record(exchange());
    for (const deadline = Date.now() + HANG_MS; lines.length === 0; ) {
      assert.ok(Date.now() < deadline);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    receiver.answer = undefined;
    await traces?.stop();
    assert.equal(receiver.spans.length, 88);
    assert.match(lines.join(), /traces cannot be sent.*traces are sent again/s);
  });
});
