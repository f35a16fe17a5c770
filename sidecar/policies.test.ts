import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runner } from '../core/policy/testing-runner.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { outputFolder } from '../test/support/output.ts';
import { PLENTY, policyText, profile, provider } from '../test/support/policies.ts';
import { startTestSidecar, type TestSidecar } from '../test/support/sidecar.ts';
import { loadSnapshot, PolicyError, PolicyWatch } from './policies.ts';
import { TIMES } from './times.ts';

const LOOK_MS = 30;
const IN_FORCE = /^changed policies are in force$/;
const WORKLOAD = { namespace: 'local', name: 'test', labels: {} };
const allowing = (model: string, more: object = {}) => profile({ models: { allow: [model] }, ...more });

const start = (t: TestContext, policies: readonly object[], every = LOOK_MS) =>
  startTestSidecar(t, { policies, times: { policies: every } });

/** Waits until calls get this status. */
async function until(sidecar: TestSidecar, status: number): Promise<void> {
  const started = performance.now();
  for (;;) {
    const response = await sidecar.ask('/say hi');
    await response.arrayBuffer();
    const took = performance.now() - started;
    if (response.status === status) return;
    assert.ok(took < HANG_MS, `still ${response.status}`);
    await sleep(10);
  }
}

describe('policies that are changed while a sidecar runs', { concurrency: true }, () => {
  it('are in force within a second, for the next call', async (t) => {
    // They are looked at so often; on a machine that is busy nobody gets an answer within a second.
    assert.ok(TIMES.policies < 1_000);
    // As everybody has it, so that what is promised holds for them.
    const sidecar = await start(t, [PLENTY, allowing('claude-haiku-*')], TIMES.policies);
    assert.equal((await sidecar.ask('/say hi')).status, 200);
    const { url } = sidecar.rehearsal;
    sidecar.writePolicies([PLENTY, allowing('claude-opus-*')], url);
    await until(sidecar, 403);
    sidecar.writePolicies([PLENTY, allowing('claude-opus-*', { enforce: false })], url);
    await until(sidecar, 200);
    const { entries } = sidecar.records();
    const policies = entries.filter(({ kind }) => kind === 'policy');
    assert.equal(policies.length, 3, 'each is recorded');
    const inForce = sidecar.running.snapshot().hash;
    assert.equal(entries.findLast((entry) => entry.kind === 'policy')?.snapshot, inForce);
    assert.equal(sidecar.records().opened.at(-1)?.snapshot, inForce);
    assert.equal(sidecar.logs().filter(({ msg }) => msg === 'changed policies are in force').length, 2);
  });

  it('and are broken leave the last good ones in force, and say file, line, field and what is wrong', async (t) => {
    const sidecar = await start(t, [PLENTY, allowing('claude-haiku-*')]);
    const { url } = sidecar.rehearsal;
    const good = policyText([PLENTY, allowing('claude-opus-*'), provider(url)]);
    const file = join(sidecar.policies, 'test.yaml');
    const cases: [text: string, says: RegExp][] = [
      [
        good.replace('"tier": "full_vm_tools"', '"tier": "everything"'),
        /test\.yaml:\d+: .*spec\.tier: .*full_vm_tools/s,
      ],
      [
        good.replace('"window": "lifetime"', '"window": "lifetime", "usdd": 5'),
        /test\.yaml:\d+: .*spec\.limits\[0\].*usdd/s,
      ],
      [good.slice(0, 300), /test\.yaml:\d+/],
      ['# nothing', /no policies of Tollgate in it/],
      [good.replace('ToolProfile', 'ToolProfiles'), /test\.yaml:\d+.*ToolProfiles/s],
    ];
    for (const [text, says] of cases) {
      const before = sidecar.logs().length;
      writeFileSync(file, text);
      const { msg } = await sidecar.said(/broken/, before);
      assert.match(msg, /changed policies are broken; the last good ones stay in force/);
      assert.match(msg, says);
      assert.equal((await sidecar.ask('/say hi')).status, 200);
    }
    writeFileSync(file, policyText([PLENTY, allowing('claude-haiku-*'), provider(url)]));
    await sidecar.said(IN_FORCE);
    writeFileSync(file, good);
    // Others come into force again.
    await until(sidecar, 403);
  });

  it('and removed, file or folder, leave the last good ones in force', async (t) => {
    const sidecar = await start(t, [PLENTY, allowing('claude-haiku-*')]);
    rmSync(sidecar.policies, { recursive: true });
    await sidecar.said(/broken.*can't be read \(ENOENT\)/s);
    assert.equal((await sidecar.ask('/say hi')).status, 200);
    mkdirSync(sidecar.policies);
    await sidecar.said(/no policies of Tollgate in it/);
    assert.equal((await sidecar.ask('/say hi')).status, 200);
    sidecar.writePolicies([PLENTY, allowing('claude-opus-*')], sidecar.rehearsal.url);
    await until(sidecar, 403);
  });

  it('are not said to be changed when a file was only touched, or holds the same in other words', async (t) => {
    const sidecar = await start(t, [PLENTY, allowing('claude-haiku-*')]);
    const file = join(sidecar.policies, 'test.yaml');
    utimesSync(file, new Date(), new Date(Date.now() + 5000));
    await sleep(LOOK_MS * 3);
    writeFileSync(
      file,
      `# a comment\n${policyText([PLENTY, allowing('claude-haiku-*'), provider(sidecar.rehearsal.url)])}`,
    );
    await sleep(LOOK_MS * 3);
    assert.deepEqual(
      sidecar.logs().filter(({ msg }) => msg.includes('changed')),
      [],
    );
    assert.equal(sidecar.records().entries.filter(({ kind }) => kind === 'policy').length, 1);
  });

  it('are seen through the links by which Kubernetes swaps a ConfigMap', async (t) => {
    const folder = join(outputFolder(t), 'mount');
    const version = (name: string, model: string, url: string) => {
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(
        join(folder, name, 'policies.yaml'),
        policyText([PLENTY, allowing(model), provider(url)]),
      );
    };
    const other = await startTestSidecar(t);
    const { url } = other.rehearsal;
    version('..2026_11_22', 'claude-haiku-*', url);
    symlinkSync('..2026_11_22', join(folder, '..data'));
    symlinkSync(join('..data', 'policies.yaml'), join(folder, 'policies.yaml'));
    const sidecar = await startTestSidecar(t, {
      upstream: url,
      times: { policies: TIMES.policies },
      config: { policies: folder },
    });
    assert.equal((await sidecar.ask('/say hi')).status, 200);
    version('..2026_11_23', 'claude-opus-*', url);
    symlinkSync('..2026_11_23', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    rmSync(join(folder, '..2026_11_22'), { recursive: true });
    await until(sidecar, 403);
  });

  it('keep a call that is running under those with which it began', async (t) => {
    const sidecar = await start(t, [PLENTY, profile({ tools: { allow: [{ name: 'Bash' }] } })]);
    const { url } = sidecar.rehearsal;
    const running = sidecar.ask('/pace 60\n/chunk 8\n/tool Bash {"command":"ls"}', { stream: true });
    await sidecar.recorded(({ opened }) => opened.length === 1);
    sidecar.writePolicies([PLENTY, profile({ tools: { deny: [{ name: 'Bash' }] } })], url);
    await sidecar.said(IN_FORCE);
    assert.match(await (await running).text(), /"tool_use"/);
    assert.doesNotMatch(await (await sidecar.ask('/tool Bash {"command":"ls"}')).text(), /"tool_use"/);
  });

  it('are seen when they change between their first reading and the beginning of the watch', async (t) => {
    const folder = outputFolder(t);
    const file = join(folder, 'p.yaml');
    writeFileSync(file, policyText([PLENTY, allowing('claude-haiku-*')]));
    const watch = new PolicyWatch(file);
    writeFileSync(file, policyText([PLENTY, allowing('claude-opus-4-*')]));
    const seen: string[] = [];
    const look = () => {
      const { profiles } = watch.snapshotFor({ profile: undefined, workload: WORKLOAD });
      seen.push(profiles[0]?.models?.patterns[0] ?? '');
    };
    watch.start(5, look, assert.fail);
    t.after(() => watch.stop());
    while (seen.length === 0) await sleep(5);
    assert.deepEqual(seen, ['claude-opus-4-*']);
  });
});

describe('a folder of policies', () => {
  it('is read as kubectl apply -f does: its YAML and JSON files, without hidden ones and subfolders', (t) => {
    const folder = outputFolder(t);
    mkdirSync(join(folder, 'sub.yaml'));
    writeFileSync(join(folder, 'a.yaml'), policyText([PLENTY]));
    writeFileSync(join(folder, 'b.json'), JSON.stringify(profile({})));
    writeFileSync(join(folder, '.hidden.yaml'), '{');
    writeFileSync(join(folder, 'readme.md'), '{');
    writeFileSync(join(folder, 'a.yaml~'), '{');
    const load = () => loadSnapshot({ path: folder, profile: undefined, workload: WORKLOAD });
    const snapshot = load();
    assert.deepEqual(
      snapshot.budgets.map(({ name }) => name),
      ['local/plenty'],
    );
    rmSync(join(folder, 'a.yaml'));
    rmSync(join(folder, 'b.json'));
    const refuses = (error: unknown) =>
      error instanceof PolicyError && /no policies of Tollgate/.test(error.message);
    assert.throws(load, refuses);
    writeFileSync(join(folder, 'runner.yaml'), runner());
    assert.throws(load, refuses, 'what runs is no policy');
  });
});
