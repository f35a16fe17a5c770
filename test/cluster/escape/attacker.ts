/**
 * Somebody with more rights than a pod has: its ServiceAccount, with the role `admin` of its namespace and what that
 * leaves out for pods.
 *
 * The control is a namespace that is enabled as well, and that Tollgate's admission policies are told to leave alone.
 */
import assert from 'node:assert/strict';
import { type RunOptions, until } from '../commands.ts';
import { governed, start, type Yard } from './set-up.ts';

export const SIDECAR = 'tollgate-sidecar';
export const ACCOUNT = 'agent';
/** Namespaces with it are left alone. */
const UNHELD = 'escape.tollgate.test/unheld';
const POLICIES = ['pods', 'pod-changes', 'owners', 'exec', 'tokens', 'fences', 'templates'].map(
  (name) => `tollgate-${name}`,
);

export const DRY = '--dry-run=server';
export const CREATE = ['create', '-f', '-', DRY];

export interface Attacker {
  /** Where admission policies are not in force. */
  readonly open: string;
  /** Runs kubectl as a pod's own ServiceAccount. */
  as(namespace: string, args: readonly string[], options?: RunOptions): Promise<Said>;
  /**
   * Does it where the policies are in force, and where they are not, and there it has to work.
   *
   * @param why  said where they are
   */
  isRefused(
    args: readonly string[],
    why: RegExp,
    input?: (namespace: string) => object | Promise<object>,
  ): Promise<void>;
  close(): Promise<void>;
}

export interface Said {
  readonly ok: boolean;
  /** What it wrote, or why it failed. */
  readonly text: string;
}

/** Has a governed pod `agent` in both namespaces. */
export async function attackerOf(yard: Yard): Promise<Attacker> {
  const { cluster, held } = yard;
  const open = `${held}-unheld`;
  const gone = () => cluster.kubectl(['delete', 'namespace', open, '--ignore-not-found', '--timeout=50s']);
  await gone();
  const labels = { 'tollgate.dev/enabled': 'true', [UNHELD]: 'true' };
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: open, labels } });
  const selector = { matchExpressions: [{ key: UNHELD, operator: 'DoesNotExist' }] };
  await bind(yard, { matchResources: { namespaceSelector: selector } });
  for (const namespace of [held, open]) {
    await until(`${namespace} has its fences`, async () => {
      const { items } = await cluster.get<{ items: object[] }>(['networkpolicies', '-n', namespace]);
      return items.length === 2;
    });
    await cluster.apply([
      ...rights(namespace),
      profile(namespace, 'default', 'locked'),
      profile(namespace, 'loose', 'full_vm_tools'),
    ]);
    await start(cluster, governed(namespace, 'agent', { spec: { serviceAccountName: ACCOUNT } }));
  }
  const as: Attacker['as'] = (namespace, args, options) => {
    const who = ['-n', namespace, '--as', `system:serviceaccount:${namespace}:${ACCOUNT}`];
    return cluster.kubectl([...who, ...args], options).then(
      (text) => ({ ok: true, text }),
      ({ message }: Error) => ({ ok: false, text: message }),
    );
  };
  // What is seen by the API server a little later than it was written.
  const edit = ['label', 'pod', 'agent', 'tollgate.dev/phase=setup', '--overwrite', DRY];
  await until('the control is left alone', async () => (await as(open, edit)).ok);
  return {
    open,
    as,
    async isRefused(args, why, input) {
      const given = async (namespace: string) =>
        input === undefined ? {} : { input: JSON.stringify(await input(namespace)) };
      const free = await as(open, args, await given(open));
      assert.ok(free.ok, `without a fence: ${free.text}`);
      const { ok, text } = await as(held, args, await given(held));
      assert.match(text, why);
      assert.ok(!ok);
    },
    async close() {
      await bind(yard, { matchResources: null });
      await gone();
    },
  };
}

/** Changes what the policies are bound to; for every other namespace it stays the same. */
async function bind({ cluster }: Yard, spec: object): Promise<void> {
  const change = JSON.stringify({ spec });
  for (const name of POLICIES)
    await cluster.kubectl(['patch', 'validatingadmissionpolicybinding', name, '--type=merge', '-p', change]);
}

function rights(namespace: string): readonly object[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name: ACCOUNT, namespace };
  const subjects = [{ kind: 'ServiceAccount', name: ACCOUNT }];
  const apiGroup = 'rbac.authorization.k8s.io';
  const bound = (kind: string, role: string, name: string) => ({
    ...{ apiVersion, kind: 'RoleBinding', metadata: { name, namespace }, subjects },
    roleRef: { apiGroup, kind, name: role },
  });
  const verbs = ['*'];
  const resources = ['pods/status', 'pods/ephemeralcontainers', 'pods/resize', 'serviceaccounts/token'];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion, kind: 'Role', metadata, rules: [{ apiGroups: [''], resources, verbs }] },
    bound('ClusterRole', 'admin', 'admin'),
    bound('Role', ACCOUNT, ACCOUNT),
  ];
}

function profile(namespace: string, name: string, tier: string): object {
  return {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'ToolProfile',
    metadata: { name, namespace },
    spec: { tier },
  };
}
