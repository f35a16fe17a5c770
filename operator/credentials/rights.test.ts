import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Access, openAccess } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import { FakeApi } from '../../adapters/kube/testing-api.ts';
import { eventually } from '../../adapters/kube/testing-oracle.ts';
import { CREDENTIALS_ROLE } from '../../core/cluster/names.ts';
import { CredentialRights, rulesFor } from './rights.ts';

const PROVIDERS = resource<KubeObject>('tollgate.dev/v1alpha1 Provider', 'providers', false);
const BUDGETS = resource<KubeObject>('tollgate.dev/v1alpha1 BudgetPolicy', 'budgetpolicies');
const ROLES = 'rbac.authorization.k8s.io/roles';
const NAMESPACE = 'tollgate-system';

describe("control's right to Secrets", { timeout: 300_000 }, () => {
  let api: FakeApi;
  let access: Access;
  let stop: () => Promise<void>;
  let said: string[];

  beforeEach(async () => {
    api = await FakeApi.start();
    access = openAccess(api.url);
    const client = new KubeClient(access, 'test');
    const manifests = [new Reflector(client, PROVIDERS, {}), new Reflector(client, BUDGETS, {})];
    said = [];
    const error = (about: object) => void said.push(JSON.stringify(about));
    const options = {
      client,
      namespace: NAMESPACE,
      manifests,
      log: { error },
      hooks: () => ({}),
      queueHooks: {},
    };
    const rights = new CredentialRights(options);
    for (const reflector of manifests) reflector.start();
    await Promise.all(manifests.map((reflector) => reflector.synced()));
    rights.start();
    stop = async () => {
      await rights.stop(1000);
      await Promise.all(manifests.map((reflector) => reflector.stop()));
    };
  });
  afterEach(async () => {
    await stop();
    await access.close();
    await api.close();
  });

  const role = (rules?: object) =>
    api.store.put(ROLES, {
      metadata: { name: CREDENTIALS_ROLE, namespace: NAMESPACE },
      ...(rules === undefined ? {} : { rules }),
    } as never);
  const provider = (name: string, secret: string) =>
    api.store.put('tollgate.dev/providers', {
      kind: 'Provider',
      metadata: { name },
      spec: { auth: { type: 'key', secretRef: { name: secret, key: 'key' } } },
    } as never);
  const rules = () =>
    (api.store.get(ROLES, CREDENTIALS_ROLE, NAMESPACE) as { rules?: unknown } | undefined)?.rules;
  const become = (names: readonly string[]) =>
    eventually(
      () => JSON.stringify(rules()) === JSON.stringify(rulesFor(names)),
      10_000,
      () => JSON.stringify(rules()),
    );

  it('is for the Secrets that Providers name, by their names, and follows them', async () => {
    role();
    provider('b', 'two');
    await become(['two']);
    provider('a', 'one');
    await become(['one', 'two']);
    provider('b', 'one');
    await become(['one']);
    assert.deepEqual(rules(), [
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['one'], verbs: ['list', 'watch'] },
    ]);
  });

  it('is for none where no Provider names any: a rule without names would be for all', async () => {
    role([{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] }]);
    await become([]);
    assert.deepEqual(rules(), []);
  });

  it('is put right when somebody changes it', async () => {
    role();
    provider('a', 'one');
    await become(['one']);
    role([{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]);
    await become(['one']);
  });

  it("is not for Tollgate's own authority, and that is said once", async () => {
    role();
    provider('bad', 'tollgate-ca');
    provider('a', 'one');
    await become(['one']);
    provider('b', 'two');
    await become(['one', 'two']);
    assert.deepEqual(said, ['{"manifests":"Provider bad: tollgate-ca"}']);
  });

  it('is for what BudgetPolicies sign their warnings with', async () => {
    role();
    provider('a', 'one');
    api.store.put('tollgate.dev/budgetpolicies', {
      kind: 'BudgetPolicy',
      metadata: { name: 'team', namespace: 'team-a' },
      spec: { warnings: { webhook: { secretRef: { name: 'signing', key: 'key' } } } },
    } as never);
    await become(['one', 'signing']);
  });

  it('is written as soon as there is a Role to write it into', async () => {
    provider('a', 'one');
    role();
    await become(['one']);
  });
});
