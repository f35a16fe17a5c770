/** What a sidecar loads: OpenTelemetry's SDK costs start time, and is for those who name an endpoint. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { outputFolder } from '../test/support/output.ts';

/** Starts a sidecar, stops it, and prints the URL of every module that was loaded. */
const PROGRAM = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
const { startSidecar } = await import(process.argv[1]);
const running = await startSidecar({
  host: '127.0.0.1', port: 0, metricsPort: 0, stateFolder: process.argv[2], key: 'k', session: 's', agent: undefined,
  workload: { namespace: 'local', name: 'x', labels: {} }, policies: undefined, profile: undefined,
  logLevel: 'silent', graceMs: 100, environment: { ...process.env }, instead: undefined, command: 'test',
});
await running.stop();
console.log(JSON.stringify(loaded));
`;

function loadedBy(t: TestContext, env: Record<string, string>): string[] {
  const main = join(import.meta.dirname, 'main.ts');
  const args = ['--input-type=module', '-e', PROGRAM, main, join(outputFolder(t), 'state')];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as string[];
}

describe('a sidecar', () => {
  it('loads nothing of OpenTelemetry’s SDK unless an endpoint for traces is named', (t) => {
    // What prom-client loads by itself is the API, which is small and does nothing.
    const ofSdk = (urls: string[]) => urls.filter((url) => /@opentelemetry\/(?!api\/)|trace-otlp/.test(url));
    const plain = loadedBy(t, {});
    assert.ok(plain.length > 100);
    assert.deepEqual(ofSdk(plain), []);
    const traced = loadedBy(t, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    assert.ok(ofSdk(traced).length > 10);
  });
});
