/** What the author of an AgentRunner has to have the right to, as a real API server judges it by the chart's policy. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../../adapters/kube/access.ts';
import type { Answer } from '../../adapters/kube/answer.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import { RealApi } from '../../adapters/kube/testing-real-api.ts';
import { runner } from '../../core/policy/testing-runner.ts';
import { installRunners } from '../runner/testing-crd.ts';
import { rendered } from './testing-chart.ts';

const namespace = 'default';
type Runner = KubeObject & { readonly spec: Record<string, unknown> };
const RUNNERS = resource<Runner>('tollgate.dev/v1alpha1 AgentRunner', 'agentrunners');
const ROLES = resource('rbac.authorization.k8s.io/v1 Role', 'roles');
const BINDINGS = resource('rbac.authorization.k8s.io/v1 RoleBinding', 'rolebindings');
const POLICIES = resource(
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy',
  'validatingadmissionpolicies',
  false,
);
const POLICY_BINDINGS = resource(
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding',
  'validatingadmissionpolicybindings',
  false,
);

const env = (...secrets: string[]) =>
  secrets.map((name, i) => ({ name: `V${i}`, secret: { name, key: 'k' } }));
const repository = (name: string, secret?: string, url = 'https://git.example.com/a/b.git') => ({
  name,
  url,
  ...(secret === undefined ? {} : { secret: { name: secret, key: 'token' } }),
});
const work = (...secrets: string[]) => ({ command: ['a'], env: env(...secrets) });

describe('the author of an AgentRunner', { timeout: 1_200_000 }, () => {
  let api: RealApi;
  let access: Access;
  let admin: KubeClient;
  /** Has all rights to AgentRunners, gets the Secrets mine-0 to mine-15, and uses the ToolProfile mine. */
  let alice: KubeClient;

  before(async () => {
    api = await RealApi.start();
    access = await api.access();
    admin = new KubeClient(access, 'test');
    alice = new KubeClient(as('alice'), 'test');
    const namespaces = resource('v1 Namespace', 'namespaces', false);
    while (!(await admin.get(namespaces, { name: namespace })).ok) await sleep(50);
    await installRunners(admin);
    const [policy, binding] = await rendered('admission/runners.yaml');
    assert.ok(policy && binding);
    await made(admin.create(POLICIES, policy));
    await made(admin.create(POLICY_BINDINGS, binding));
    const mine = Array.from({ length: 16 }, (_, i) => `mine-${i}`);
    await made(
      admin.create(
        ROLES,
        {
          metadata: { name: 'alice' },
          rules: [
            { apiGroups: ['tollgate.dev'], resources: ['agentrunners'], verbs: ['*'] },
            { apiGroups: [''], resources: ['secrets'], resourceNames: mine, verbs: ['get'] },
            {
              apiGroups: ['tollgate.dev'],
              resources: ['toolprofiles'],
              resourceNames: ['mine'],
              verbs: ['use'],
            },
          ],
        },
        { place: { namespace } },
      ),
    );
    await made(
      admin.create(
        BINDINGS,
        {
          metadata: { name: 'alice' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'alice' },
          subjects: [{ kind: 'User', name: 'alice', apiGroup: 'rbac.authorization.k8s.io' }],
        },
        { place: { namespace } },
      ),
    );
    // Policies and rights are in force a little after they were written.
    while (!(await attempt({ toolProfile: 'other' })).includes('may not use')) await sleep(100);
    while ((await attempt({ toolProfile: 'mine' })) !== '') await sleep(100);
  });
  after(async () => {
    await access?.close();
    await api?.stop();
  });

  function as(user: string): Access {
    return {
      ...access,
      server: access.server,
      namespace,
      forget: () => access.forget(),
      close: async () => undefined,
      way: async () => {
        const { dispatcher, headers } = await access.way();
        return { dispatcher, headers: { ...headers, 'impersonate-user': user } };
      },
    };
  }

  async function made<T>(written: Promise<Answer<T>>): Promise<T> {
    const answer = await written;
    assert.ok(answer.ok, answer.ok ? '' : answer.error.message);
    return answer.value;
  }

  /** @returns what the server has against it that alice creates it; nothing: '' */
  async function attempt(spec: object): Promise<string> {
    const answer = await alice.create(RUNNERS, JSON.parse(runner(spec)), { place: { namespace } });
    if (!answer.ok) return answer.error.message;
    await admin.delete(RUNNERS, { namespace, name: answer.value.metadata.name });
    return '';
  }

  /** An administrator makes it so, and alice changes it. */
  async function change(from: object, to: object, who = alice): Promise<string> {
    const before = await made(admin.create(RUNNERS, JSON.parse(runner(from)), { place: { namespace } }));
    const next = { ...(JSON.parse(runner(to)) as Runner), metadata: before.metadata };
    const answer = await who.replace(RUNNERS, next);
    await admin.delete(RUNNERS, { namespace, name: before.metadata.name });
    return answer.ok ? '' : answer.error.message;
  }

  it('names Secrets of her own, in each place, and a ToolProfile that she may use', async () => {
    const spec = {
      setup: { command: ['a'], env: env('mine-0') },
      work: work('mine-1', 'mine-1'),
      teardown: { command: ['a'], env: env('mine-2') },
      git: [repository('a', 'mine-3'), repository('b')],
      toolProfile: 'mine',
    };
    assert.equal(await attempt(spec), '');
    assert.equal(await attempt({}), '');
  });

  for (const [place, spec] of [
    ['setup', { setup: { command: ['a'], env: env('theirs') } }],
    ['work', { work: work('mine-0', 'theirs') }],
    ['teardown', { teardown: { command: ['a'], env: env('theirs') } }],
    ['git', { git: [repository('a', 'mine-0'), repository('b', 'theirs')] }],
  ] as const)
    it(`is told that she may not get a Secret that ${place} names, and which Role would allow it`, async () => {
      const said = await attempt(spec);
      assert.match(
        said,
        /alice may not get the Secret theirs of the namespace default, which this AgentRunner names/,
      );
      assert.match(
        said,
        /A Role with apiGroups \[""\], resources \[secrets\], resourceNames \[theirs\], verbs \[get\]/,
      );
    });

  it('names up to twelve different Secrets, each as often as she likes', async () => {
    const twelve = Array.from({ length: 12 }, (_, i) => `mine-${i}`);
    const often = Array.from({ length: 64 }, (_, i) => `mine-${i % 12}`);
    const phase = { command: ['a'], env: env(...often) };
    const git = Array.from({ length: 8 }, (_, i) => repository(`r${i}`, `mine-${i}`));
    assert.equal(
      await attempt({ setup: phase, work: work(...often), teardown: phase, git, toolProfile: 'mine' }),
      '',
    );
    assert.match(await attempt({ work: work(...twelve.slice(1), 'theirs') }), /the Secret theirs of/);
    assert.match(await attempt({ work: work(...twelve, 'mine-12') }), /at most 12 different Secrets/);
    assert.match(await attempt({ work: work(...twelve, 'theirs') }), /at most 12 different Secrets/);
  });

  it('is told that she may not use a ToolProfile, and which Role would allow it', async () => {
    const said = await attempt({ toolProfile: 'theirs' });
    assert.match(said, /alice may not use the ToolProfile theirs of the namespace default/);
    assert.match(said, /resources \[toolprofiles\], resourceNames \[theirs\], verbs \[use\]/);
  });

  it('who changes what would get the value of a Secret has to have the right to it too', async () => {
    const service = (spec: object) => ({ mode: 'service', work: work('theirs'), ...spec });
    const git = (spec: object) => ({ git: [{ ...repository('a', 'theirs'), ...spec }] });
    assert.match(
      await attempt({ imagePullSecrets: [{ name: 'theirs' }] }),
      /the Secret theirs of .* imagePullSecrets/,
    );
    for (const [from, to] of [
      [service({}), service({ image: 'mine:1' })],
      [service({}), service({ work: { ...work('theirs'), command: ['env'] } })],
      [git({}), git({ url: 'https://mine.example.com/a.git' })],
      [git({}), git({ push: { branches: ['*'] } })],
      [{ toolProfile: 'theirs' }, { toolProfile: 'theirs', deadlineSeconds: 5 }],
      [{ toolProfile: 'mine' }, { toolProfile: 'theirs' }],
      [git({}), { ...git({}), toolProfile: 'mine' }],
    ] as const)
      assert.match(await change(from, to), /alice may not (get|use) the \w+ theirs/, JSON.stringify(to));
    assert.equal(await change(git({}), { git: [] }), '', 'what names it no more');
    assert.equal(await change(git({}), git({ url: 'https://mine.example.com/a.git' }), admin), '');
  });

  it('who has no right to its Secrets can stop it all the same, and label it', async () => {
    const spec = { git: [repository('a', 'theirs')], toolProfile: 'theirs' };
    assert.equal(await change(spec, { ...spec, kill: 'stop' }), '');
    assert.equal(await change({ ...spec, suspend: true }, spec), '');
    const before = await made(admin.create(RUNNERS, JSON.parse(runner(spec)), { place: { namespace } }));
    const { name } = before.metadata;
    const merged = await alice.merge(RUNNERS, { namespace, name }, { metadata: { labels: { a: 'b' } } });
    assert.ok(merged.ok);
    assert.ok((await alice.delete(RUNNERS, { namespace, name })).ok);
  });
});
