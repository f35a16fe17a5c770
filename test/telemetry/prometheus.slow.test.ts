/** Metrics, scraped by Prometheus itself and asked back from it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { HANG_MS } from '../support/hang.ts';
import { PROVIDER_KEY } from '../support/keys.ts';
import { outputFolder } from '../support/output.ts';
import { budget, profile, requests, usd } from '../support/policies.ts';
import { sameDay } from '../support/same-day.ts';
import { MODEL, startTestSidecar } from '../support/sidecar.ts';
import { Program, prometheus } from './tools.ts';

interface Answer {
  readonly status: string;
  readonly data: {
    readonly result: { readonly metric: Record<string, string>; readonly value: [number, string] }[];
  };
}

describe('Prometheus', () => {
  it('scrapes a sidecar, and answers what it says', async (t) => {
    const program = prometheus();
    const limits = [usd('2', { window: 'day' }), { ...requests(4), name: 'calls' }];
    const sidecar = await startTestSidecar(t, {
      policies: [budget({ limits, rates: [] }), profile({ models: { allow: ['claude-haiku-*'] } })],
      config: { environment: { ANTHROPIC_API_KEY: PROVIDER_KEY } },
    });
    await sameDay();
    for (let n = 0; n < 2; n++) await (await sidecar.ask('/tokens 100')).text();
    await (await sidecar.ask('hi', { model: 'claude-opus-4-1' })).text();
    const { closed, counters } = await sidecar.recorded((records) => records.closed.length === 3);
    const spent = closed.reduce((sum, { amounts }) => sum + amounts.usd, 0) / 1e9;

    const folder = outputFolder(t);
    const config = join(folder, 'prometheus.yml');
    const target = new URL(sidecar.running.metricsUrl ?? '').host;
    writeFileSync(
      config,
      JSON.stringify({
        scrape_configs: [
          {
            job_name: 'tollgate',
            scrape_interval: '500ms',
            scrape_timeout: '500ms',
            static_configs: [{ targets: [target] }],
          },
        ],
      }),
    );
    const port = await freePort();
    const running = new Program(t, program, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    await running.says(/Server is ready to receive web requests/);

    /** When everything was scraped: a scrape that comes too late on a slow machine takes all away again. */
    let then: number | undefined;
    const ask = async (query: string) => {
      const parameters = new URLSearchParams({
        query,
        ...(then === undefined ? {} : { time: String(then) }),
      });
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?${parameters}`);
      const { status, data } = (await response.json()) as Answer;
      assert.equal(status, 'success', query);
      return data.result.map(({ value }) => Number(value[1]));
    };
    for (const deadline = Date.now() + HANG_MS; then === undefined; await sleep(100)) {
      [then] = await ask('timestamp(up{job="tollgate"} == 1)');
      assert.ok(Date.now() < deadline, running.output.slice(-2_000));
    }

    assert.deepEqual(
      await ask(`tollgate_exchanges_total{model="${MODEL}", verdict="allow", wire="anthropic-messages"}`),
      [2],
    );
    assert.deepEqual(await ask('sum(tollgate_refusals_total{code="model_not_allowed"})'), [1]);
    assert.deepEqual(
      (await ask('sum(tollgate_spend_usd_total)')).map((x) => x.toFixed(9)),
      [spent.toFixed(9)],
    );
    assert.deepEqual(
      await ask('tollgate_budget_limit_usd{limit="local/test/all", scope="workload:local/test"}'),
      [2],
    );
    const [counter] = counters.filter(({ key }) => key.endsWith('|usd'));
    assert.deepEqual(await ask('tollgate_budget_spent_usd'), [Number(counter?.spent) / 1e9]);
    const warned =
      'tollgate_budget_warnings_total{policy="local/test", limit="local/test/calls", percent="50"}';
    assert.deepEqual(await ask(warned), [1]);
    assert.deepEqual(await ask('tollgate_added_seconds_count'), [2]);
    assert.ok(((await ask('histogram_quantile(0.5, tollgate_added_seconds_bucket)'))[0] ?? 99) < 60);
    assert.deepEqual(await ask('tollgate_exchanges_running'), [0]);
    await running.stop();
  });
});
