/** For tests with a real API server: all of Tollgate's kinds, and a client with just the rights that the chart gives. */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, parseAllDocuments } from 'yaml';
import type { Access } from '../../adapters/kube/access.ts';
import type { KubeClient } from '../../adapters/kube/client.ts';
import { fromKubeconfig } from '../../adapters/kube/kubeconfig.ts';
import { resource } from '../../adapters/kube/object.ts';
import type { RealApi } from '../../adapters/kube/testing-real-api.ts';

const ROOT = join(import.meta.dirname, '../..');
const DEFINITIONS = resource(
  'apiextensions.k8s.io/v1 CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
const RBAC = 'rbac.authorization.k8s.io/v1';
const NAMESPACES = resource('v1 Namespace', 'namespaces', false);
const ACCOUNTS = resource('v1 ServiceAccount', 'serviceaccounts');
export const SYSTEM = 'tollgate-system';

/** @returns when all kinds can be used */
export async function installCrds(client: KubeClient): Promise<void> {
  const files = globSync('crds/*.yaml', { cwd: ROOT });
  const definitions = files.map((file) => parse(readFileSync(join(ROOT, file), 'utf8')));
  for (const definition of definitions) {
    const made = await client.create(DEFINITIONS, definition);
    assert.ok(made.ok, made.ok ? '' : made.error.message);
  }
  for (const { metadata } of definitions) {
    while (!(await isEstablished(client, metadata.name))) await sleep(50);
  }
}

/** A namespace in which pods can be made. */
export async function makeNamespace(client: KubeClient, name: string): Promise<void> {
  assert.ok((await client.create(NAMESPACES, { metadata: { name } })).ok);
  const place = { namespace: name };
  assert.ok((await client.create(ACCOUNTS, { metadata: { name: 'default', ...place } }, { place })).ok);
}

/** @returns the API server for another user, whom the admin of the test stands in for; they have no rights by that */
export async function accessAs(api: RealApi, user: string): Promise<{ access: Access; kubeconfig: string }> {
  await (await api.access()).close();
  const config = JSON.parse(readFileSync(join(api.folder, 'kubeconfig'), 'utf8'));
  config.users[0].user.as = user;
  const kubeconfig = join(api.folder, `kubeconfig-${user.replaceAll(':', '-')}`);
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  return { access: await fromKubeconfig(kubeconfig), kubeconfig };
}

/** Gives a ServiceAccount of control's name what the chart's template does. @returns its user */
export async function grantControl(client: KubeClient): Promise<string> {
  const template = readFileSync(join(ROOT, 'charts/tollgate/templates/control/rights.yaml'), 'utf8');
  const text = template
    .replaceAll('{{ .Release.Namespace }}', SYSTEM)
    .split('\n')
    .filter((line) => !line.includes('{{'))
    .join('\n');
  const plurals: Readonly<Record<string, string>> = {
    ClusterRole: 'clusterroles',
    ClusterRoleBinding: 'clusterrolebindings',
    Role: 'roles',
    RoleBinding: 'rolebindings',
  };
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as { kind: string; metadata: { namespace?: string; labels: unknown } };
    object.metadata.labels = {};
    const { kind, metadata } = object;
    const of = resource(`${RBAC} ${kind}`, plurals[kind] ?? '', metadata.namespace !== undefined);
    const place = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
    const made = await client.create(of, object, { place });
    assert.ok(made.ok, made.ok ? '' : made.error.message);
  }
  return `system:serviceaccount:${SYSTEM}:tollgate-control`;
}

/** @returns the table that kubectl prints: heads of the columns of priority 0, and a row for each object */
export async function tableOf(access: Access, path: string): Promise<string[][]> {
  const { dispatcher, headers } = await access.way();
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const origin = access.server.origin;
  const answer = await dispatcher.request({ origin, path, method: 'GET', headers: { ...headers, accept } });
  const table = (await answer.body.json()) as {
    columnDefinitions: { name: string; priority: number }[];
    rows: { cells: unknown[] }[];
  };
  const shown = table.columnDefinitions.flatMap(({ priority }, i) => (priority === 0 ? [i] : []));
  const texts = (cells: readonly unknown[]) => shown.map((i) => String(cells[i] ?? ''));
  return [
    texts(table.columnDefinitions.map(({ name }) => name)),
    ...table.rows.map(({ cells }) => texts(cells)),
  ];
}

async function isEstablished(client: KubeClient, name: string): Promise<boolean> {
  const found = await client.get(DEFINITIONS, { name });
  if (!found.ok) return false;
  const { status } = found.value as {
    status?: { conditions?: readonly { type: string; status: string; message: string }[] };
  };
  const wrong = status?.conditions?.find(
    (one) => one.type === 'NonStructuralSchema' && one.status === 'True',
  );
  if (wrong !== undefined) throw new Error(wrong.message);
  return status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') ?? false;
}
