/** What an AgentRunner owns, and what fences pods, as a real API server guards it by the chart's policies. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import type { Access } from '../../adapters/kube/access.ts';
import type { Answer } from '../../adapters/kube/answer.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, type Resource, resource } from '../../adapters/kube/object.ts';
import { RealApi } from '../../adapters/kube/testing-real-api.ts';
import { rendered } from './testing-chart.ts';

const namespace = 'team-a';
const place = { namespace };
const OPERATOR = 'system:serviceaccount:tollgate-system:tollgate-operator';
const CONTROLLER = 'system:serviceaccount:kube-system:job-controller';
const SERVICE_ACCOUNTS = resource('v1 ServiceAccount', 'serviceaccounts');
const NAMESPACES = resource('v1 Namespace', 'namespaces', false);
const BINDINGS = resource('rbac.authorization.k8s.io/v1 ClusterRoleBinding', 'clusterrolebindings', false);
const [POLICIES, POLICY_BINDINGS] = ['Policy', 'PolicyBinding'].map((kind) =>
  resource(
    `admissionregistration.k8s.io/v1 ValidatingAdmission${kind}`,
    `validatingadmission${kind === 'Policy' ? 'policies' : 'policybindings'}`,
    false,
  ),
) as [Resource, Resource];
const PODS = resource('v1 Pod', 'pods');
const CLAIMS = resource('v1 PersistentVolumeClaim', 'persistentvolumeclaims');
const JOBS = resource('batch/v1 Job', 'jobs');
const DEPLOYMENTS = resource('apps/v1 Deployment', 'deployments');
const NETWORK_POLICIES = resource('networking.k8s.io/v1 NetworkPolicy', 'networkpolicies');
const CONFIG_MAPS = resource('v1 ConfigMap', 'configmaps');

const OWNER = {
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'AgentRunner',
  name: 'nightly',
  uid: 'u-1',
  controller: true,
};
const LABELS = { 'tollgate.dev/runner': 'nightly', 'tollgate.dev/runner-uid': 'u-1' };
const podSpec = { restartPolicy: 'Never', containers: [{ name: 'agent', image: 'a:1' }] };
const template = { metadata: { labels: { app: 'x' } }, spec: podSpec };
/** The smallest of each kind that an AgentRunner may own. */
const KINDS: readonly (readonly [Resource, object])[] = [
  [PODS, { spec: podSpec }],
  [CLAIMS, { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } } }],
  [JOBS, { spec: { template } }],
  [
    DEPLOYMENTS,
    {
      spec: {
        selector: { matchLabels: { app: 'x' } },
        template: { ...template, spec: { containers: podSpec.containers } },
      },
    },
  ],
];

describe('what is of an AgentRunner', { timeout: 1_200_000 }, () => {
  let api: RealApi;
  let access: Access;
  let admin: KubeClient;
  /** Has all rights that there are, and is neither the operator nor a controller. */
  let joe: KubeClient;

  before(async () => {
    api = await RealApi.start();
    access = await api.access();
    admin = new KubeClient(access, 'test');
    joe = as('joe');
    await made(
      admin.create(NAMESPACES, { metadata: { name: namespace, labels: { 'tollgate.dev/enabled': 'true' } } }),
    );
    await made(admin.create(SERVICE_ACCOUNTS, { metadata: { name: 'default' } }, { place }));
    for (const user of ['joe', OPERATOR, CONTROLLER])
      await made(
        admin.create(BINDINGS, {
          metadata: { name: user.replaceAll(':', '-') },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
          subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
        }),
      );
    for (const object of [
      ...(await rendered('admission/owners.yaml')),
      ...(await rendered('admission/own.yaml')),
    ])
      await made(admin.create(object.kind?.endsWith('Binding') ? POLICY_BINDINGS : POLICIES, object));
    // Policies are in force a little after they were written.
    const probe = { metadata: { name: 'probe', labels: LABELS }, spec: podSpec };
    while ((await joe.create(PODS, probe as never, { place })).ok) {
      await as(OPERATOR).delete(PODS, { namespace, name: 'probe' });
      await sleep(100);
    }
    const fence = { metadata: { name: 'tollgate-wide' }, spec: { podSelector: {} } };
    while ((await joe.create(NETWORK_POLICIES, fence as never, { place })).ok) {
      await as(OPERATOR).delete(NETWORK_POLICIES, { namespace, name: 'tollgate-wide' });
      await sleep(100);
    }
  });
  after(async () => {
    await access?.close();
    await api?.stop();
  });

  function as(user: string): KubeClient {
    const other: Access = {
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
    return new KubeClient(other, 'test');
  }

  async function made<T>(written: Promise<Answer<T>>): Promise<T> {
    const answer = await written;
    assert.ok(answer.ok, answer.ok ? '' : answer.error.message);
    return answer.value;
  }

  /** @returns what the server has against it; nothing: '' */
  const against = async (written: Promise<Answer<unknown>>) => {
    const answer = await written;
    return answer.ok ? '' : answer.error.message;
  };

  for (const [kind, body] of KINDS) {
    const object = (name: string, metadata: object = {}) =>
      ({ ...body, metadata: { name, ...metadata } }) as unknown as KubeObject;
    const of = { namespace, name: 'owned' };

    it(`is made by the operator and by controllers alone (${kind.plural})`, async () => {
      for (const metadata of [
        { ownerReferences: [OWNER] },
        { labels: LABELS },
        { labels: { 'tollgate.dev/runner-uid': 'u-1' } },
      ])
        assert.match(
          await against(joe.create(kind, object('forged', metadata), { place })),
          /Create an AgentRunner instead/,
        );
      const owned = { ownerReferences: [OWNER], labels: LABELS };
      assert.equal(await against(as(CONTROLLER).create(kind, object('copied', owned), { place })), '');
      await made(as(OPERATOR).create(kind, object('owned', owned), { place }));
      assert.equal(await against(joe.create(kind, object('joes', { labels: { a: 'b' } }), { place })), '');
    });

    it(`keeps its owner and its labels, whatever else is changed of it (${kind.plural})`, async () => {
      for (const metadata of [
        { ownerReferences: null },
        { labels: { 'tollgate.dev/runner': null } },
        { labels: { 'tollgate.dev/runner-uid': 'u-2' } },
      ])
        assert.match(
          await against(joe.merge(kind, of, { metadata })),
          /Tollgate's operator alone/,
          JSON.stringify(metadata),
        );
      assert.equal(await against(joe.merge(kind, of, { metadata: { labels: { a: 'b' } } })), '');
      assert.match(
        await against(
          joe.merge(kind, { namespace, name: 'joes' }, { metadata: { ownerReferences: [OWNER] } }),
        ),
        /Create an AgentRunner instead/,
      );
      assert.match(
        await against(joe.merge(kind, { namespace, name: 'joes' }, { metadata: { labels: LABELS } })),
        /Create an AgentRunner instead/,
      );
      assert.equal(
        await against(as(CONTROLLER).merge(kind, of, { metadata: { ownerReferences: null } })),
        '',
      );
    });
  }

  it('is fenced by what nobody deletes, not by its name and not with all others at once', async () => {
    const fence = { metadata: { name: 'tollgate-narrow' }, spec: { podSelector: {} } };
    await made(as(OPERATOR).create(NETWORK_POLICIES, fence as never, { place }));
    await made(as(OPERATOR).create(CONFIG_MAPS, { metadata: { name: 'tollgate-trust' } }, { place }));
    await made(joe.create(CONFIG_MAPS, { metadata: { name: 'joes' } }, { place }));
    const { dispatcher, headers } = await access.way();
    const base = `${access.server}`;
    for (const path of [
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
      `/api/v1/namespaces/${namespace}/configmaps`,
    ]) {
      const { statusCode, body } = await request(`${base.replace(/\/$/, '')}${path}`, {
        method: 'DELETE',
        headers: { ...headers, 'impersonate-user': 'joe' },
        dispatcher,
      });
      assert.equal(statusCode, 403, await body.text());
    }
    assert.match(
      await against(joe.delete(NETWORK_POLICIES, { namespace, name: 'tollgate-narrow' })),
      /operator alone/,
    );
    assert.equal(await against(admin.get(CONFIG_MAPS, { namespace, name: 'tollgate-trust' })), '');
    assert.equal(await against(admin.get(NETWORK_POLICIES, { namespace, name: 'tollgate-narrow' })), '');
    assert.equal(await against(joe.create(CONFIG_MAPS, { metadata: { name: 'more' } }, { place })), '');
  });
});
