/** Traces, sent to the OpenTelemetry Collector itself, which prints what it understood of them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { DUMMY_KEY, PROVIDER_KEY } from '../support/keys.ts';
import { outputFolder } from '../support/output.ts';
import { MODEL, startTestSidecar } from '../support/sidecar.ts';
import { collector, Program } from './tools.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const SECRET = 'a-secret-that-somebody-typed';

describe('the OpenTelemetry Collector', () => {
  it('takes a span for each exchange, and understands it', async (t) => {
    const built = collector();
    const folder = outputFolder(t);
    const port = await freePort();
    const config = join(folder, 'collector.yaml');
    writeFileSync(
      config,
      JSON.stringify({
        receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
        exporters: { debug: { verbosity: 'detailed' } },
        service: {
          pipelines: { traces: { receivers: ['otlp'], exporters: ['debug'] } },
          telemetry: { metrics: { level: 'none' } },
        },
      }),
    );
    const running = new Program(t, built, ['--config', `file:${config}`]);
    await running.says(/Everything is ready/);
    const environment = {
      ANTHROPIC_API_KEY: PROVIDER_KEY,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    };
    const sidecar = await startTestSidecar(t, { config: { environment } });
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
    await (await sidecar.ask(`/say ${SECRET}`, { max_tokens: 300 }, { headers })).text();
    await (await sidecar.ask('/fault http529')).text();
    await (await sidecar.ask('/tokens 20', { stream: true })).text();
    const { exchange, amounts } = await sidecar.closed(1);
    await sidecar.closed(3);
    await sidecar.stop();
    await running.says(/Span #2/);
    await running.stop();

    const { output } = running;
    const has = (name: string, value: string) => {
      const line = `-> ${name}: ${value}`;
      assert.ok(output.includes(line), `${line} is not in\n${output}`);
    };
    assert.match(output, new RegExp(`Trace ID +: ${TRACE}\\s+Parent ID +: ${PARENT}`));
    assert.match(output, new RegExp(`Name +: chat ${MODEL}\\s+Kind +: Client`));
    has('service.name', 'Str(tollgate)');
    has('gen_ai.operation.name', 'Str(chat)');
    has('gen_ai.provider.name', 'Str(anthropic)');
    has('gen_ai.request.model', `Str(${MODEL})`);
    has('gen_ai.request.max_tokens', 'Int(300)');
    has('gen_ai.usage.output_tokens', 'Int(20)');
    has('server.address', 'Str(127.0.0.1)');
    has('tollgate.exchange', `Str(${exchange})`);
    has('tollgate.cost_usd', `Double(${amounts.usd / 1e9})`);
    has('tollgate.workload', 'Str(local/test)');
    has('error.type', 'Str(529)');
    assert.match(output, /Status code +: Error/);
    for (const secret of [SECRET, PROVIDER_KEY, DUMMY_KEY]) assert.ok(!output.includes(secret));
  });
});
