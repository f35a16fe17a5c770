/** What agents and providers call things stands in entries for ever: it must not be a place where anything is kept. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { claudeCode } from '../core/agents/claude-code.ts';
import { budget, requests as callsLimit, PLENTY, profile } from '../test/support/policies.ts';
import { jsonReply, MESSAGE, RawUpstream } from '../test/support/raw-upstream.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';

/** It begins where names are cut. */
const SECRET = 'hunter2';
const LONG = `${'x'.repeat(128)}${SECRET.repeat(50_000)}`;
/** Requests are all that is limited: then a model need not be known. */
const CALLS = budget({ limits: [callsLimit(100)] });

/** Nothing that lasts has more of a name than its beginning. */
function assertBounded(sidecar: TestSidecar, mostCharacters = 30_000): void {
  for (const entry of sidecar.records().entries) {
    const text = JSON.stringify(entry);
    assert.ok(!text.includes(SECRET), `${entry.kind}: ${text.slice(0, 2_000)}`);
    assert.ok(text.length < mostCharacters, `${entry.kind} has ${text.length} characters`);
  }
  for (const { model } of sidecar.records().leases as unknown as { model: string }[])
    assert.ok(model.length < 140);
  for (const line of sidecar.logs()) {
    assert.ok(
      !JSON.stringify({ ...line, detail: '', why: '' }).includes(SECRET),
      JSON.stringify(line).slice(0, 2_000),
    );
    assert.ok(JSON.stringify(line).length < 6_000);
  }
}

describe('names from outside', () => {
  it('of fields, parts and tools of a request are cut, whether it is refused or not', async (t) => {
    const upstream = await RawUpstream.start(t, () => jsonReply(MESSAGE));
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies: [CALLS, profile({})] });
    const odd = {
      [LONG]: 1,
      tools: [{ type: LONG, name: 'y' }],
      messages: [{ role: 'user', content: [{ type: LONG }], [LONG]: 1 }],
    };
    await (await sidecar.ask('x', odd)).text();
    const strict = await startTestSidecar(t, { upstream: upstream.url, policies: [PLENTY, profile({})] });
    await (await strict.ask('x', odd)).text();
    for (const each of [sidecar, strict]) {
      await each.closed(1);
      assertBounded(each);
    }
    const findings = sidecar.records().opened.flatMap((entry) => entry.findings);
    assert.ok(
      findings.some((finding) => /^unknown_field x{128}…[0-9a-f]{8} at x{128}…/.test(finding)),
      `${findings}`,
    );
  });

  it('are a hundred of each kind in one entry', async (t) => {
    const call = (n: number) => ({
      type: 'tool_use',
      id: `t${n}`,
      name: n === 149 ? 'Bash' : 'Read',
      input: {},
    });
    const content = Array.from({ length: 150 }, (_, n) => call(n));
    const upstream = await RawUpstream.start(t, () => jsonReply({ ...MESSAGE, content }));
    const tools = { tools: { deny: [{ name: 'Bash' }], allow: [{ name: '*' }] } };
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies: [CALLS, profile(tools)] });
    const fields = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`field_${n}`, 1]));
    await (await sidecar.ask('x', fields)).text();
    const { calls } = await sidecar.closed(1);
    assert.equal(calls.length, 101);
    assert.deepEqual(calls[100], {
      name: 'and 50 more',
      class: 'other',
      verdict: 'deny',
      code: 'tool_not_allowed',
    });
    const { findings } = sidecar.records().opened[0] ?? {};
    assert.equal(findings?.length, 101);
    assert.equal(findings?.[100], 'and 50 more');
    assert.equal((await sidecar.metrics()).sum('tollgate_refusals_total'), 1, 'metrics count all of them');
  });

  it('of tools in a reply are cut', async (t) => {
    const content = [{ type: 'tool_use', id: 'x', name: LONG, input: {} }];
    const upstream = await RawUpstream.start(t, () => jsonReply({ ...MESSAGE, content }));
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies: [CALLS, profile({})] });
    assert.ok((await (await sidecar.ask('x')).text()).length < 3_000, 'also where its denial is said');
    const { calls } = await sidecar.closed(1);
    assert.match(calls[0]?.name ?? '', /^x{128}…[0-9a-f]{8}$/);
    assertBounded(sidecar);
  });

  it('of sessions and betas are cut; a model has no such name', async (t) => {
    const upstream = await RawUpstream.start(t, () => jsonReply(MESSAGE));
    const policies = [CALLS, profile({})];
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, policies, agent: claudeCode });
    const header = LONG.slice(0, 4_000);
    const betas = Array.from({ length: 120 }, (_, n) => `beta-${n}`).join(',');
    const headers = { 'anthropic-beta': `${header},${betas}`, 'x-claude-code-session-id': header };
    await (await sidecar.ask('x', {}, { headers })).text();
    assert.equal((await sidecar.ask('x', { model: LONG.slice(0, 129) }, { headers })).status, 400);
    await sidecar.closed(2);
    assertBounded(sidecar);
    const [opened] = sidecar.records().opened;
    assert.equal(opened?.removedBetas.length, 101);
    assert.match(opened?.clientSession ?? '', /^x{128}…[0-9a-f]{8}$/);
  });
});
