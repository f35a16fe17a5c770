/**
 * An operator's certificates and webhook on a real API server, under a ServiceAccount that has exactly the rights that
 * both need, and what the chart would have made.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { type Access, inCluster } from '../../adapters/kube/access.ts';
import type { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import type { RealApi } from '../../adapters/kube/testing-real-api.ts';

export const SYSTEM = 'tollgate-system';
const NAME = 'tollgate-operator';
const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';
export const VALIDATING = 'tollgate-check';
const SECRETS = ['tollgate-ca', 'tollgate-control-tls', 'tollgate-gateway-tls', 'tollgate-operator-tls'];

const rule = (apiGroups: string, resources: string, verbs: string, resourceNames?: readonly string[]) => ({
  apiGroups: [apiGroups],
  resources: [resources],
  verbs: verbs.split(' '),
  ...(resourceNames === undefined ? {} : { resourceNames }),
});

/** In Tollgate's namespace. */
const OWN_RULES = [rule('', 'secrets', 'get list watch patch', SECRETS)];
/** In the cluster. */
const RULES = [
  rule('', 'namespaces', 'list watch'),
  rule('', 'configmaps', 'list watch create patch', ['tollgate-trust']),
  rule(ADMISSION, 'mutatingwebhookconfigurations', 'list watch patch', ['tollgate']),
  rule(ADMISSION, 'validatingwebhookconfigurations', 'list watch patch', [VALIDATING]),
  rule('events.k8s.io', 'events', 'create patch'),
];

export const of = (kind: string, plural: string, namespaced = true) =>
  resource<KubeObject & Record<string, never>>(kind, plural, namespaced);
const NAMESPACES = of('v1 Namespace', 'namespaces', false);
const ACCOUNTS = of('v1 ServiceAccount', 'serviceaccounts');
const SERVICES = of('v1 Service', 'services');
export const MUTATING = of(
  `${ADMISSION}/v1 MutatingWebhookConfiguration`,
  'mutatingwebhookconfigurations',
  false,
);
export const VALIDATORS = of(
  `${ADMISSION}/v1 ValidatingWebhookConfiguration`,
  'validatingwebhookconfigurations',
  false,
);

/** What the chart makes, and a namespace that is enabled. @param port of the webhook on this machine */
export async function install(admin: KubeClient, port: number): Promise<void> {
  const make = async (kind: ReturnType<typeof of>, name: string, body: object, namespace?: string) => {
    const place = namespace === undefined ? {} : { namespace };
    const metadata = { name, ...place, ...('labels' in body ? { labels: body.labels } : {}) };
    const { labels: _, ...rest } = body as { labels?: object };
    const made = await admin.create(kind, { ...rest, metadata }, { place });
    if (!made.ok) throw new Error(made.error.message);
  };
  await make(NAMESPACES, SYSTEM, {});
  await make(NAMESPACES, 'team-a', { labels: { 'tollgate.dev/enabled': 'true' } });
  // There is no controller that makes it.
  await make(ACCOUNTS, 'default', {}, 'team-a');
  await make(ACCOUNTS, NAME, {}, SYSTEM);
  for (const secret of SECRETS) await make(of('v1 Secret', 'secrets'), secret, { type: 'Opaque' }, SYSTEM);
  const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
  await make(of('v1 ConfigMap', 'configmaps'), 'tollgate-trust', { labels }, SYSTEM);
  // Leads the API server to this machine, under the Service's own name.
  await make(SERVICES, NAME, { spec: { type: 'ExternalName', externalName: '127.0.0.1' } }, SYSTEM);
  const subjects = [{ kind: 'ServiceAccount', name: NAME, namespace: SYSTEM }];
  const ref = (kind: string) => ({ roleRef: { apiGroup: RBAC, kind, name: NAME }, subjects });
  await make(of(`${RBAC}/v1 Role`, 'roles'), NAME, { rules: OWN_RULES }, SYSTEM);
  await make(of(`${RBAC}/v1 RoleBinding`, 'rolebindings'), NAME, ref('Role'), SYSTEM);
  await make(of(`${RBAC}/v1 ClusterRole`, 'clusterroles', false), NAME, { rules: RULES });
  await make(of(`${RBAC}/v1 ClusterRoleBinding`, 'clusterrolebindings', false), NAME, ref('ClusterRole'));
  const webhook = (name: string, more: object) => ({
    name,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Fail',
    timeoutSeconds: 5,
    clientConfig: { service: { namespace: SYSTEM, name: NAME, port, path: '/pods' } },
    namespaceSelector: {
      matchExpressions: [{ key: 'tollgate.dev/enabled', operator: 'In', values: ['true', 'enforce'] }],
    },
    rules: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: ['pods'],
        operations: ['CREATE'],
        scope: 'Namespaced',
      },
    ],
    ...more,
  });
  const asks = {
    name: 'asks-to-be-governed',
    expression:
      "has(object.metadata.annotations) && 'tollgate.dev/inject' in object.metadata.annotations && object.metadata.annotations['tollgate.dev/inject'] == 'true'",
  };
  const never = { matchConditions: [{ name: 'never', expression: 'false' }] };
  const webhooks = [
    webhook('pods.tollgate.dev', { matchConditions: [asks], reinvocationPolicy: 'IfNeeded' }),
    webhook('other.tollgate.dev', never),
  ];
  await make(MUTATING, 'tollgate', { webhooks });
  await make(VALIDATORS, VALIDATING, { webhooks: [webhook('check.tollgate.dev', never)] });
}

/** The operator's own way in, as in its pod. */
export async function operatorAccess(api: RealApi, admin: KubeClient): Promise<Access> {
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: ['https://real.test'] },
  };
  const place = { namespace: SYSTEM, name: NAME, subresource: 'token' };
  const token = await admin.create<KubeObject, { status: { token: string } }>(ACCOUNTS, body, { place });
  if (!token.ok) throw new Error(token.error.message);
  const mount = join(api.folder, 'operator');
  mkdirSync(mount);
  writeFileSync(join(mount, 'token'), token.value.status.token);
  writeFileSync(join(mount, 'namespace'), SYSTEM);
  writeFileSync(join(mount, 'ca.crt'), readFileSync(api.ca));
  return inCluster(
    { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(api.port) },
    mount,
  );
}

/** What a webhook needs beside its reviews. */
export const webhookParts = () => ({
  listen: { address: '127.0.0.1', port: 0 },
  registry: new Registry(),
  whyNotReady: () => undefined,
});

/** The next call of it is a new connection, and so a handshake. */
export async function forgetConnections(server: Server): Promise<void> {
  server.closeIdleConnections();
  await new Promise((resolve) => setTimeout(resolve, 30));
}
