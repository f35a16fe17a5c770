/** What each caller of `serve` may do: its own policies, its own budgets, and those that it shares. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Entry, PolicyInForce } from '../core/audit/entry.ts';
import {
  type GatewayOptions,
  startTestGateway,
  type TestGateway,
  TestKeys,
} from '../test/support/gateway.ts';
import { outputFolder } from '../test/support/output.ts';
import { budget, PLENTY, policyText, profile, requests, usd } from '../test/support/policies.ts';
import { assertConsistent } from '../test/support/records.ts';
import { assertRefused } from '../test/support/refused.ts';

async function start(t: TestContext, options: GatewayOptions = {}): Promise<[TestGateway, TestKeys]> {
  const gateway = await startTestGateway(t, options);
  return [gateway, new TestKeys(gateway.state)];
}

const inNamespace = (namespace: string, manifest: { metadata: object }) => ({
  ...manifest,
  metadata: { ...manifest.metadata, namespace },
});
const calls = (most: number, more: Readonly<Record<string, unknown>> = {}) => ({
  limits: [requests(most, more)],
});
const policiesOf = (gateway: TestGateway) =>
  gateway.records().entries.filter((entry): entry is Entry & PolicyInForce => entry.kind === 'policy');

/** Calls until one is refused. @returns how many were not */
async function untilRefused(gateway: TestGateway, token: string): Promise<number> {
  for (let made = 0; made < 20; made++) {
    const response = await gateway.askAs(token);
    if (response.status === 200) await response.arrayBuffer();
    else {
      await assertRefused(response, 'budget_spent');
      return made;
    }
  }
  return Number.POSITIVE_INFINITY;
}

describe('callers of one gateway', { concurrency: true }, () => {
  it('have the budgets of their names and labels, and share those of all', async (t) => {
    const [gateway, keys] = await start(t, {
      policies: [
        profile({}),
        budget({ ...calls(2), selector: { workloads: ['ci'] } }, 'of-ci'),
        budget({ ...calls(3), selector: { labels: { team: 'web' } } }, 'of-web'),
        budget(calls(7, { per: 'namespace' }), 'of-all'),
      ],
    });
    const ci = await keys.create('ci');
    const web = await keys.create('web', { labels: { team: 'web' } });
    const free = await keys.create('free');
    assert.equal(await untilRefused(gateway, ci), 2);
    assert.equal(await untilRefused(gateway, web), 3);
    assert.equal(await untilRefused(gateway, free), 2, 'what is left for all');
    await gateway.stop();
    const { counters } = assertConsistent(gateway.state);
    assert.deepEqual(
      counters.map(({ key, spent }) => [key, spent]),
      [
        ['local/of-all/calls|namespace:local|lifetime|requests', 7],
        ['local/of-ci/calls|workload:local/ci|lifetime|requests', 2],
        ['local/of-web/calls|workload:local/web|lifetime|requests', 3],
      ],
    );
  });

  it('have a session each: it outlives a rotation and the process, and ends with the key', async (t) => {
    const policies = [profile({}), budget(calls(2, { per: 'session' }))];
    const [first, keys] = await start(t, { policies });
    const one = await keys.create('one');
    assert.equal((await first.askAs(one)).status, 200);
    await first.stop();
    const [gateway] = await start(t, { policies, state: first.state });
    const rotated = await keys.rotate('one', { graceMs: 0 });
    assert.equal(await untilRefused(gateway, rotated), 1);
    assert.equal(await untilRefused(gateway, await keys.create('two')), 2);
    await keys.revoke('one');
    assert.equal(await untilRefused(gateway, await keys.create('one')), 2);
  });

  it('have the ToolProfile that their key names, else that of their namespace', async (t) => {
    const models = (allow: string) => ({ models: { allow: [allow] } });
    const [gateway, keys] = await start(t, {
      policies: [
        PLENTY,
        inNamespace('local', profile(models('claude-haiku-*'), 'default')),
        inNamespace('local', profile(models('claude-opus-*'), 'strong')),
        inNamespace('other', profile(models('claude-sonnet-*'), 'only')),
      ],
    });
    const status = async (token: string, model: string) =>
      (await gateway.askAs(token, '/say hi', { model })).status;
    for (const [token, model] of [
      [await keys.create('a'), 'claude-haiku-4-5'],
      [await keys.create('b', { profile: 'strong' }), 'claude-opus-5-5'],
      [await keys.create('c', { namespace: 'other' }), 'claude-sonnet-4-5'],
    ] as const) {
      for (const asked of ['claude-haiku-4-5', 'claude-opus-5-5', 'claude-sonnet-4-5'])
        assert.equal(await status(token, asked), asked === model ? 200 : 403, `${model}: ${asked}`);
    }
  });

  it('for whom no policy is made are refused, and told why; others go on', async (t) => {
    const [gateway, keys] = await start(t);
    const lost = await keys.create('lost', { profile: 'strict' });
    const good = await keys.create('good');
    const refused = await gateway.askAs(lost);
    await assertRefused(refused, 'not_ready', /no policy fits its workload \(.*no ToolProfile strict.*test/);
    await assertRefused(await gateway.askAs(lost), 'not_ready');
    assert.equal((await gateway.askAs(good)).status, 200);
    const said = gateway.logs().filter(({ msg }) => /no policy fits local\/lost, so all its calls/.test(msg));
    assert.equal(said.length, 1, 'it is said once');
    gateway.writePolicies([PLENTY, profile({}, 'default'), profile({}, 'strict')], gateway.rehearsal.url);
    await gateway.said(/changed policies are in force/);
    assert.equal((await gateway.askAs(lost)).status, 200);
  });

  it('get another policy with another key of the same name', async (t) => {
    const [gateway, keys] = await start(t, {
      policies: [
        PLENTY,
        profile({ models: { allow: [] } }, 'default'),
        profile({}, 'open'),
        budget({ ...calls(0), selector: { labels: { paid: 'no' } } }, 'unpaid'),
      ],
    });
    for (const [more, status] of [
      [{}, 403],
      [{ profile: 'open' }, 200],
      [{ profile: 'open', labels: { paid: 'no' } }, 403],
      [{ profile: 'open', labels: { paid: 'yes' } }, 200],
    ] as const) {
      const token = await keys.create('same', more);
      assert.equal((await gateway.askAs(token)).status, status, JSON.stringify(more));
      await keys.revoke('same');
    }
  });

  it('are the kind of agent that their key says, whatever they call themselves', async (t) => {
    const [gateway, keys] = await start(t, { policies: [budget(calls(0)), profile({})] });
    const named = await keys.create('named', { agent: 'claude-code' });
    const sdk = await keys.create('sdk', { agent: 'sdk' });
    const agent = { headers: { 'user-agent': 'claude-cli/2.1.330 (external, cli)' } };
    assert.equal((await gateway.askAs(named)).status, 200, 'a refusal that Claude Code shows');
    assert.equal((await gateway.askAs(sdk, 'hi', {}, agent)).status, 403);
    assert.equal((await gateway.askAs(await keys.create('open'), 'hi', {}, agent)).status, 200);
  });
});

describe('policies of a gateway', { concurrency: true }, () => {
  it('are in force for all callers when they change, and recorded for each', async (t) => {
    const [gateway, keys] = await start(t, { policies: [profile({}), budget(calls(100))] });
    const tokens = [await keys.create('one'), await keys.create('two')];
    for (const token of tokens) assert.equal((await gateway.askAs(token)).status, 200);
    gateway.writePolicies([profile({}), budget(calls(0))], gateway.rehearsal.url);
    await gateway.said(/changed policies are in force/);
    for (const token of tokens) await assertRefused(await gateway.askAs(token), 'budget_spent');
    await gateway.stop();
    const policies = policiesOf(gateway);
    assert.deepEqual(policies.map(({ workload }) => workload).sort(), [
      'local/one',
      'local/one',
      'local/two',
      'local/two',
    ]);
    assert.equal(new Set(policies.map(({ snapshot }) => snapshot)).size, 4);
    const { opened, closed } = gateway.records();
    const known = new Set(policies.map(({ snapshot }) => snapshot));
    for (const { snapshot } of opened) assert.ok(known.has(snapshot));
    for (const { asked } of closed.filter(({ code }) => code === 'budget_spent'))
      assert.ok(known.has(asked?.snapshot ?? ''));
  });

  it('that no longer fit a caller leave its last good ones in force, and say so', async (t) => {
    const [gateway, keys] = await start(t, {
      policies: [PLENTY, profile({}, 'default'), profile({}, 'strict')],
    });
    const [strict, plain] = [await keys.create('a', { profile: 'strict' }), await keys.create('b')];
    for (const token of [strict, plain]) assert.equal((await gateway.askAs(token)).status, 200);
    const none = profile({ models: { allow: [] } }, 'default');
    gateway.writePolicies([PLENTY, none], gateway.rehearsal.url);
    const { msg } = await gateway.said(/the last good ones stay in force/);
    assert.match(msg, /no ToolProfile strict \(there are default\)/);
    assert.equal((await gateway.askAs(strict)).status, 200);
    await assertRefused(await gateway.askAs(plain), 'model_not_allowed');
  });

  it('are recorded at the start for all who have a key, and read anew when asked', async (t) => {
    const state = join(outputFolder(t), 'state');
    const keys = new TestKeys(state);
    await keys.create('one');
    await keys.create('gone');
    await keys.revoke('gone');
    const [gateway] = await start(t, { state, times: { policies: 1e6 } });
    assert.deepEqual(
      policiesOf(gateway).map(({ workload }) => workload),
      ['local/one'],
    );
    gateway.writePolicies(policyText([PLENTY, profile({ models: { allow: [] } })]));
    gateway.gateway.reload();
    await gateway.said(/changed policies are in force/);
    assert.equal(policiesOf(gateway).length, 2);
  });
});

describe('metrics of a gateway', () => {
  it('have the budgets of all who have a key, each once, and no key', async (t) => {
    const [gateway, keys] = await start(t, {
      policies: [
        profile({}),
        budget({ limits: [usd('1', { per: 'session', name: 'own' }), usd('9', { per: 'namespace' })] }),
      ],
    });
    const tokens = [await keys.create('one'), await keys.create('two'), await keys.create('gone')];
    await keys.revoke('gone');
    for (const token of tokens) await (await gateway.askAs(token)).text();
    await gateway.recorded(({ closed }) => closed.length === 2);
    const metrics = await gateway.metrics();
    const limits = metrics.all.filter(({ name }) => name === 'tollgate_budget_limit_usd');
    assert.deepEqual(
      limits.map(({ labels }) => labels.scope).sort(),
      ['namespace:local', ...tokens.slice(0, 2).map((token) => `session:${token.split('_')[1]}`)].sort(),
    );
    const spent = (scope: string) => metrics.sum('tollgate_budget_spent_usd', { scope });
    assert.ok(spent('namespace:local') > 0);
    const sum = tokens.reduce((all, token) => all + spent(`session:${token.split('_')[1]}`), 0);
    assert.ok(Math.abs(sum - spent('namespace:local')) < 1e-9);
    for (const token of tokens) assert.ok(!JSON.stringify(metrics.all).includes(token.slice(12)));
  });
});
