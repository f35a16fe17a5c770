import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { FakeApi } from '../adapters/kube/testing-api.ts';
import { GOVERNED_LABEL, KILL, RUNNER_LABEL } from '../core/cluster/names.ts';
import { atEnd } from '../test/support/output.ts';
import { SELF_SIGNED } from '../test/support/tls.ts';
import { type KillOptions, kill } from './kill.ts';

const namespace = 'team-a';

interface World {
  readonly api: FakeApi;
  /** As a person would type it; @returns what was printed and noted */
  run(
    workload: string | undefined,
    options?: KillOptions,
  ): Promise<{ code: number; out: string; notes: string }>;
}

async function world(t: TestContext): Promise<World> {
  const api = await FakeApi.start({ tls: SELF_SIGNED });
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-kill-'));
  atEnd(t, async () => {
    await api.close();
    rmSync(folder, { recursive: true });
  });
  const kubeconfig = join(folder, 'config');
  const name = 'fake';
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [
        { name, cluster: { server: api.url, 'certificate-authority-data': btoa(SELF_SIGNED.cert) } },
      ],
      users: [{ name, user: {} }],
      contexts: [{ name, context: { cluster: name, user: name, namespace } }],
      'current-context': name,
    }),
  );
  const run = async (workload: string | undefined, options: KillOptions = {}) => {
    const [out, notes]: string[][] = [[], []];
    const say = { print: (line: string) => out?.push(line), note: (line: string) => notes?.push(line) };
    const code = await kill(workload, { kubeconfig, ...options }, say);
    return { code, out: out?.join('\n') ?? '', notes: notes?.join('\n') ?? '' };
  };
  return { api, run };
}

const owned = (kind: string, name: string) => [
  { apiVersion: 'batch/v1', kind, name, uid: 'u', controller: true },
];

describe('tollgate kill', () => {
  it('writes the field of an AgentRunner, and takes it off again', async (t) => {
    const { api, run } = await world(t);
    const spec = { agent: 'codex', image: 'x' };
    api.store.put('tollgate.dev/agentrunners', { metadata: { name: 'nightly', namespace }, spec });
    const killed = await run('agentrunner/nightly', { reason: 'it loops' });
    assert.match(killed.out, /agentrunner\/nightly in namespace team-a is killed/);
    assert.match(killed.notes, /no governed pod of agentrunner\/nightly .* runs/);
    const stored = () => api.store.get('tollgate.dev/agentrunners', 'nightly', namespace);
    assert.deepEqual(stored()?.spec, { ...spec, kill: 'it loops' });
    const { out } = await run('runner/nightly', { undo: true });
    assert.match(out, /may make model calls again. It was killed: it loops/);
    assert.deepEqual(stored()?.spec, spec);
    const nothing = await run('runners/nightly', { undo: true });
    assert.deepEqual([nothing.code, nothing.out], [0, '']);
    assert.match(nothing.notes, /was not killed; nothing has changed/);
  });

  it('writes an annotation on others, beside those that there are, and says which governed pods it stops', async (t) => {
    const { api, run } = await world(t);
    const labels = { [GOVERNED_LABEL]: 'true', app: 'triage' };
    api.store.put('apps/deployments', {
      metadata: { name: 'triage', namespace, annotations: { mine: '1' } },
      spec: { selector: { matchLabels: { app: 'triage' } } },
    });
    // The fake one knows no selector of several terms.
    const item = api.store.put('/pods', { metadata: { name: 'a', namespace, labels } });
    api.answer = ({ url }) =>
      url.pathname.endsWith('/pods')
        ? { code: 200, body: { kind: 'PodList', metadata: { resourceVersion: '1' }, items: [item] } }
        : undefined;
    const { notes } = await run('deploy/triage', { reason: 'it loops' });
    assert.match(notes, /1 governed pod of it runs/);
    const asked = api.seen.find(({ url }) => url.pathname.endsWith('/pods'))?.url.searchParams;
    assert.equal(asked?.get('labelSelector'), `${GOVERNED_LABEL}=true,app=triage`);
    const stored = () => api.store.get('apps/deployments', 'triage', namespace)?.metadata.annotations;
    assert.deepEqual(stored(), { mine: '1', [KILL]: 'it loops' });
    await run('deployments/triage', { undo: true });
    assert.deepEqual(stored(), { mine: '1' });
  });

  it('finds the pods of a selector as its owner does, and those of a runner by its name', async (t) => {
    const { api, run } = await world(t);
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'old', operator: 'DoesNotExist' },
      { key: 'app', operator: 'Exists' },
      { key: 'zone', operator: 'NotIn', values: ['c'] },
    ];
    api.store.put('apps/statefulsets', {
      metadata: { name: 's', namespace },
      spec: { selector: { matchExpressions } },
    });
    api.store.put('tollgate.dev/agentrunners', { metadata: { name: 'r', namespace }, spec: {} });
    await run('sts/s');
    await run('agentrunner/r');
    const selectors = api.seen
      .filter(({ url }) => url.pathname.endsWith('/pods'))
      .map(({ url }) => url.searchParams.get('labelSelector'));
    assert.deepEqual(selectors, [
      `${GOVERNED_LABEL}=true,tier in (a,b),!old,app,zone notin (c)`,
      `${GOVERNED_LABEL}=true,${RUNNER_LABEL}=r`,
    ]);
  });

  it('says of one that belongs to another that there may be more, and of a pod that is not governed that it goes on', async (t) => {
    const { api, run } = await world(t);
    api.store.put('batch/jobs', {
      metadata: { name: 'n-1', namespace, ownerReferences: owned('CronJob', 'n') },
    });
    api.store.put('/pods', { metadata: { name: 'bare', namespace } });
    assert.match((await run('job/n-1')).notes, /belongs to cronjob\/n, which may make others like it/);
    assert.match(
      (await run('job/n-1', { undo: true })).notes,
      /belongs to cronjob\/n; where that is killed, it stays so/,
    );
    assert.match((await run('pod/bare')).notes, /is not governed, so nothing of it is stopped by this/);
    assert.deepEqual(api.store.get('/pods', 'bare', namespace)?.metadata.annotations, {
      [KILL]: 'somebody stopped it with tollgate kill',
    });
  });

  it('lists what is killed, in one namespace or all, and goes on where a kind may not be listed', async (t) => {
    const { api, run } = await world(t);
    const put = (collection: string, name: string, of: string, reason: string) =>
      api.store.put(collection, { metadata: { name, namespace: of, annotations: { [KILL]: reason } } });
    assert.match((await run(undefined, { list: true })).out, /Nothing is killed/);
    put('apps/deployments', 'triage', namespace, 'it loops');
    put('apps/deployments', 'fine', namespace, '');
    put('batch/cronjobs', 'nightly', 'team-b', 'too dear');
    api.store.put('tollgate.dev/agentrunners', {
      metadata: { name: 'r', namespace: 'team-b' },
      spec: { kill: 'no more' },
    });
    api.store.put('tollgate.dev/agentrunners', {
      metadata: { name: 'fine', namespace: 'team-b' },
      spec: { kill: '' },
    });
    const here = await run(undefined, { list: true });
    assert.equal(here.code, 0);
    assert.deepEqual(here.out.trimEnd().split('\n'), [
      'namespace  workload           reason',
      'team-a     deployment/triage  it loops',
    ]);
    const all = await run(undefined, { list: true, allNamespaces: true, json: true });
    assert.deepEqual(JSON.parse(all.out), {
      killed: [
        { namespace: 'team-b', workload: 'agentrunner/r', reason: 'no more' },
        { namespace, workload: 'deployment/triage', reason: 'it loops' },
        { namespace: 'team-b', workload: 'cronjob/nightly', reason: 'too dear' },
      ],
    });
    api.answer = ({ url }) =>
      url.pathname.endsWith('/jobs')
        ? {
            code: 403,
            body: { kind: 'Status', code: 403, reason: 'Forbidden', message: 'jobs is forbidden' },
          }
        : undefined;
    const some = await run(undefined, { list: true });
    assert.equal(some.code, 1);
    assert.match(some.out, /deployment\/triage/);
    assert.match(some.notes, /jobs could not be listed: .*jobs is forbidden/);
  });

  it('reads lists page by page', async (t) => {
    const { api, run } = await world(t);
    for (let i = 0; i < 1_001; i++)
      api.store.put('/pods', { metadata: { name: `p${i}`, namespace, annotations: { [KILL]: 'x' } } });
    const { out } = await run(undefined, { list: true, json: true });
    assert.equal((JSON.parse(out) as { killed: unknown[] }).killed.length, 1_001);
  });

  const answers = (code: number, reason: string, message: string) => ({
    code,
    body: { kind: 'Status', code, reason, message },
  });
  for (const [what, method, answer, expected] of [
    [
      'there is no such workload',
      'GET',
      answers(404, 'NotFound', 'deployments.apps "x" not found'),
      /^there is no deployment\/x in namespace team-a$/,
    ],
    [
      'the user may not look',
      'GET',
      answers(403, 'Forbidden', 'User "bob" cannot get'),
      /you may not change deployment\/x .* verbs get and patch on deployments .*bob/,
    ],
    [
      'the user may not change it',
      'PATCH',
      answers(403, 'Forbidden', 'User "bob" cannot patch'),
      /you may not change deployment\/x .*cannot patch/,
    ],
    [
      'the user is not known',
      'GET',
      answers(401, 'Unauthorized', 'Unauthorized'),
      /does not know you: log in again/,
    ],
    [
      'another one took its place',
      'PATCH',
      answers(409, 'Conflict', 'uid'),
      /has just been replaced; try again/,
    ],
    ['the API server is broken', 'PATCH', answers(500, 'InternalError', 'oh'), /was not changed: .*oh/],
  ] as const)
    it(`says when ${what}`, async (t) => {
      const { api, run } = await world(t);
      api.store.put('apps/deployments', { metadata: { name: 'x', namespace } });
      api.answer = (seen) => (seen.method === method ? answer : undefined);
      await assert.rejects(run('deployment/x'), { name: 'UsageError', message: expected, exitCode: 1 });
    });

  it('says when Tollgate is not installed', async (t) => {
    const { api, run } = await world(t);
    api.answer = () => answers(404, 'NotFound', 'the server could not find the requested resource');
    await assert.rejects(run('agentrunner/x'), { message: /knows no AgentRunners/ });
  });

  it('takes no flags that make no sense together, and no workload that is none', async (t) => {
    const { api, run } = await world(t);
    for (const [workload, options] of [
      [undefined, {}],
      ['deployment/x', { list: true }],
      ['deployment/x', { undo: true, reason: 'x' }],
      ['deployment/x', { allNamespaces: true }],
      ['deployment/x', { reason: ' ' }],
      ['deployment/x', { reason: 'x'.repeat(513) }],
      ['service/x', {}],
      ['deployment', {}],
      ['deployment/', {}],
      ['deployment/x/y', {}],
      ['deployment/../x', {}],
      ['deployment/X', {}],
    ] as const)
      await assert.rejects(run(workload, options), { name: 'UsageError', exitCode: 2 }, `${workload}`);
    assert.deepEqual(api.seen, []);
    await assert.rejects(run('deployment/x', { kubeconfig: '/nowhere/at/all' }), { name: 'UsageError' });
  });
});
