import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics } from '../adapters/telemetry/metrics.ts';
import { closedDraft, requestFor } from '../adapters/testing-drafts.ts';
import type { Closed, GitRequest, Opened } from '../core/audit/entry.ts';
import type { Settlement } from '../core/ports.ts';
import { ControlMetrics } from './metrics.ts';
import { caller } from './testing.ts';

const settled: Settlement = { outcome: 'settled', amounts: { usd: 250_000_000, tokens: 7, requests: 1 } };
const closed = (more: Partial<Closed> = {}): Closed => ({
  ...(closedDraft({ lease: 'l' }, settled) as Closed),
  verdict: 'allow',
  code: null,
  calls: [],
  ...more,
});
const opened = (more: Partial<Opened> = {}): Opened => {
  const request = requestFor({ lease: 'l' });
  const grant = { lease: 'l', cap: 1, amounts: { usd: 0, tokens: 0, requests: 1 }, over: [] };
  const draft = { ...request.opened(grant), at: 1, counters: [], rates: [] };
  return { ...draft, wire: 'openai-chat', provider: 'groq', model: 'llama', ...more };
};
const by = (namespace = 'team-a') => {
  const one = caller('deployment/triage', 'pod');
  return { ...one, payer: { ...one.payer, workload: { ...one.payer.workload, namespace } } };
};

const figures = [{ id: 'team-a/team/day', scope: 'cluster', amount: 5e9, spent: 1e9, reserved: 2e8 }];
const make = (budgets = () => figures) => new ControlMetrics({ sidecars: () => 3, budgets });
const lines = async (metrics: ControlMetrics): Promise<string[]> =>
  (await metrics.registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('the metrics of control', () => {
  it('count exchanges, what they cost, and why they were refused, by namespace', async () => {
    const metrics = make();
    metrics.ended(by(), closed(), opened());
    metrics.ended(
      by(),
      closed({ calls: [{ name: 'x', class: 'shell', verdict: 'deny', code: 'tool_not_allowed' }] }),
      opened(),
    );
    const denied = { verdict: 'deny', amounts: { usd: 0, tokens: 0, requests: 0 } } as const;
    metrics.ended(by('team-b'), closed({ ...denied, code: 'budget_spent', lease: null }), undefined);
    metrics.ended(by('team-b'), closed({ ...denied, faults: ['internal_error'] }), undefined);
    metrics.ended(by('team-b'), closed({ ...denied, code: 'made up' }), undefined);
    const all = await lines(metrics);
    for (const line of [
      'tollgate_exchanges_total{namespace="team-a",wire="openai-chat",provider="groq",model="llama",verdict="allow"} 2',
      'tollgate_exchanges_total{namespace="team-b",wire="none",provider="none",model="none",verdict="fault"} 1',
      'tollgate_exchanges_total{namespace="team-b",wire="none",provider="none",model="none",verdict="deny"} 2',
      'tollgate_spend_usd_total{namespace="team-a",provider="groq",model="llama"} 0.5',
      'tollgate_refusals_total{namespace="team-a",code="tool_not_allowed"} 1',
      'tollgate_refusals_total{namespace="team-b",code="budget_spent"} 1',
      'tollgate_refusals_total{namespace="team-b",code="other"} 1',
      'tollgate_sidecars_connected 3',
      'tollgate_budget_limit_usd{limit="team-a/team/day",scope="cluster"} 5',
      'tollgate_budget_spent_usd{limit="team-a/team/day",scope="cluster"} 1',
      'tollgate_budget_reserved_usd{limit="team-a/team/day",scope="cluster"} 0.2',
    ])
      assert.ok(all.includes(line), `${line} is not in\n${all.join('\n')}`);
  });

  it('have as many namespaces, models and limits as they are allowed, and no limit that has gone', async () => {
    const [first] = figures;
    assert.ok(first);
    let many = Array.from({ length: 600 }, (_, i) => ({ ...first, id: `l${i}` }));
    const metrics = make(() => many);
    for (let i = 0; i < 120; i++) metrics.ended(by(`n${i}`), closed(), opened({ model: `m${i}` }));
    const all = await lines(metrics);
    const spend = all.filter((line) => line.startsWith('tollgate_spend_usd_total'));
    assert.equal(spend.length, 51);
    assert.ok(
      spend.includes('tollgate_spend_usd_total{namespace="other",provider="groq",model="other"} 17.5'),
    );
    const limits = (of: readonly string[]) =>
      of.filter((line) => line.startsWith('tollgate_budget_limit_usd{'));
    assert.equal(limits(all).length, 500);
    many = [];
    assert.equal(limits(await lines(metrics)).length, 0);
  });

  it('say of themselves what those of local mode do', async () => {
    const local = await new Metrics(() => []).registry.getMetricsAsJSON();
    const own = await make().registry.getMetricsAsJSON();
    const shared = own.filter(({ name }) => local.some((other) => other.name === name));
    assert.equal(shared.length, 7);
    for (const { name, help } of shared)
      assert.equal(help, local.find((other) => other.name === name)?.help, name);
  });

  it('count warnings by policy, limit and percent, and of too many limits the rest as others', async () => {
    const metrics = make();
    for (let i = 0; i < 2; i++) metrics.warned({ policy: 'a/team', limit: 'a/team/day', percent: 80 });
    for (let i = 0; i < 600; i++) metrics.warned({ policy: 'b/x', limit: `b/x/${i}`, percent: 50 });
    const told = (await lines(metrics)).filter((line) => line.startsWith('tollgate_budget_warnings_total'));
    assert.ok(
      told.includes('tollgate_budget_warnings_total{policy="a/team",limit="a/team/day",percent="80"} 2'),
    );
    assert.ok(told.includes('tollgate_budget_warnings_total{policy="other",limit="other",percent="50"} 101'));
    assert.equal(told.length, 501);
  });

  it('count requests for repositories by service, verdict and code, none of which anybody can make up', async () => {
    const metrics = make();
    const git = (more: object) =>
      metrics.git(by(), { service: 'git-upload-pack', verdict: 'allow', code: null, ...more } as GitRequest);
    git({});
    git({});
    git({ service: 'git-receive-pack', verdict: 'deny', code: 'branch' });
    for (const odd of ['constructor', 'x'.repeat(500)]) git({ service: odd, verdict: odd, code: odd });
    const told = (await lines(metrics)).filter((line) => line.startsWith('tollgate_git_requests_total'));
    const labels = (service: string, verdict: string, code: string) =>
      `tollgate_git_requests_total{namespace="team-a",service="${service}",verdict="${verdict}",code="${code}"}`;
    assert.deepEqual(told, [
      `${labels('git-upload-pack', 'allow', 'none')} 2`,
      `${labels('git-receive-pack', 'deny', 'branch')} 1`,
      `${labels('other', 'deny', 'other')} 2`,
    ]);
  });
});
