/**
 * What control finds where 1,000 governed pods run: a real API server with them in it, Redis, a MongoDB server, and for
 * each pod a token as its kubelet would have got it. On a bare API server nothing refuses to give such tokens.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { KubeClient } from '../../../adapters/kube/client.ts';
import { type KubeObject, type Resource, resource } from '../../../adapters/kube/object.ts';
import type { Place } from '../../../adapters/kube/paths.ts';
import { RealApi } from '../../../adapters/kube/testing-real-api.ts';
import { startTestMongo } from '../../../adapters/mongo/testing.ts';
import { TestRedis } from '../../../adapters/redis/testing-server.ts';
import { AUDIENCES, GOVERNED_LABEL, NETWORK_LABEL } from '../../../core/cluster/names.ts';
import { SYSTEM_NAMESPACE } from '../../../core/policy/snapshot.ts';
import { fencesOf, NETWORK_POLICIES } from '../../../operator/network/policies.ts';
import { binary } from '../../../test/cluster/binaries.ts';
import { each } from '../each.ts';

export const root = join(import.meta.dirname, '../../..');

export const BUDGETS = resource('tollgate.dev/v1alpha1 BudgetPolicy', 'budgetpolicies');
export const DEPLOYMENTS = resource('apps/v1 Deployment', 'deployments');
const NAMESPACES = resource('v1 Namespace', 'namespaces', false);
const ACCOUNTS = resource('v1 ServiceAccount', 'serviceaccounts');
const PODS = resource('v1 Pod', 'pods');
const DEFINITIONS = resource(
  'apiextensions.k8s.io/v1 CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
const POLICIES: Readonly<Record<string, Resource>> = {
  BudgetPolicy: BUDGETS,
  ToolProfile: resource('tollgate.dev/v1alpha1 ToolProfile', 'toolprofiles'),
  Provider: resource('tollgate.dev/v1alpha1 Provider', 'providers', false),
};

/** Requests to the API server under way at once. */
const AT_ONCE = 12;

/** A pod's sidecar: who it is for control. */
export interface Identity {
  readonly namespace: string;
  readonly pod: string;
  readonly deployment: string;
  readonly token: string;
}

export interface World {
  readonly api: RealApi;
  readonly client: KubeClient;
  readonly redis: TestRedis;
  readonly mongoUrl: string;
  /** Of whoever may do everything. */
  readonly token: string;
  stop(): Promise<void>;
}

/** @returns stores, and an API server that knows Tollgate's kinds and has policies of every kind for the whole cluster */
export async function startWorld(): Promise<World> {
  const undo: (() => unknown)[] = [];
  const stop = async () => {
    for (const next of undo.splice(0).toReversed()) await next();
  };
  try {
    const api = await RealApi.start();
    undo.push(() => api.stop());
    const redis = await TestRedis.start({ after: (end) => undo.push(end) });
    const mongo = await startTestMongo(await binary('ferretdb'));
    undo.push(() => mongo.close());
    const access = await api.access();
    undo.push(() => access.close());
    const client = new KubeClient(access, 'tollgate-bench');
    const { authorization = '' } = (await access.way()).headers;
    const token = authorization.replace('Bearer ', '');
    await addDefinitions(client);
    await create(client, NAMESPACES, {}, { metadata: { name: SYSTEM_NAMESPACE } });
    await addPolicies(client);
    return { api, client, redis, mongoUrl: mongo.url, token, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param workloads Deployments over which the pods are spread; with one, all pods share its policy
 * @returns the identities of as many sidecars, in ten namespaces with policies of their own
 */
export async function addPods(
  { client }: World,
  name: string,
  pods: number,
  workloads: number,
): Promise<Identity[]> {
  const namespaces = Array.from({ length: Math.min(10, workloads) }, (_, n) => `${name}-${n}`);
  for (const namespace of namespaces) {
    await create(client, NAMESPACES, {}, { metadata: { name: namespace } });
    await create(client, ACCOUNTS, { namespace }, { metadata: { name: 'default' } });
    await create(client, BUDGETS, { namespace }, budget('own', 1_000));
    // Without its fence a pod is stopped like by the kill switch.
    for (const fence of fencesOf(namespace)) await create(client, NETWORK_POLICIES, { namespace }, fence);
  }
  const owners = await each(AT_ONCE, workloads, async (n) => {
    const namespace = namespaces[n % namespaces.length] ?? '';
    return create(client, DEPLOYMENTS, { namespace }, deployment(`agent-${n}`));
  });
  return each(AT_ONCE, pods, async (n) => {
    const owner = owners[n % owners.length] as KubeObject;
    const { namespace = '', name: deployment } = owner.metadata;
    const made = await create(client, PODS, { namespace }, podOf(owner, n));
    const pod = made.metadata.name;
    return { namespace, pod, deployment, token: await tokenFor(client, made) };
  });
}

/** @param usd what distinguishes one version of it from the next */
export function budget(name: string, usd: number) {
  return { metadata: { name }, spec: { limits: [{ name: 'all', per: 'namespace', window: 'day', usd }] } };
}

export async function create(
  client: KubeClient,
  of: Resource,
  place: Place,
  body: object,
): Promise<KubeObject> {
  const answer = await client.create(of, body, { place });
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
}

async function addDefinitions(client: KubeClient): Promise<void> {
  const folder = join(root, 'crds');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml')))
    await create(client, DEFINITIONS, {}, parse(readFileSync(join(folder, file), 'utf8')));
}

async function addPolicies(client: KubeClient): Promise<void> {
  const folder = join(root, 'bench/policies');
  for (const file of readdirSync(folder))
    for (const document of parseAllDocuments(readFileSync(join(folder, file), 'utf8'))) {
      const { kind, metadata, spec } = document.toJS() as { kind: string; metadata: object; spec: object };
      const of = POLICIES[kind];
      if (of === undefined) throw new Error(`${file} has a ${kind}`);
      const place = of.namespaced ? { namespace: SYSTEM_NAMESPACE } : {};
      await served(() => create(client, of, place, { metadata, spec }));
    }
  await create(client, BUDGETS, { namespace: SYSTEM_NAMESPACE }, budget('everyone', 1));
}

/** A kind is served a moment after its definition is there. */
async function served(make: () => Promise<unknown>): Promise<void> {
  for (let n = 0; ; n++) {
    try {
      await make();
      return;
    } catch (error) {
      if (n === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function deployment(name: string): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'agent', image: 'agent' }] } };
  return { metadata: { name, labels }, spec: { replicas: 0, selector: { matchLabels: labels }, template } };
}

function podOf({ metadata: { name, uid } }: KubeObject, n: number): object {
  return {
    metadata: {
      name: `${name}-${n}`,
      labels: { app: name, [GOVERNED_LABEL]: 'true', [NETWORK_LABEL]: 'narrow' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true }],
    },
    spec: { nodeName: 'no-node', containers: [{ name: 'agent', image: 'agent' }] },
  };
}

async function tokenFor(
  client: KubeClient,
  { metadata: { name, namespace, uid } }: KubeObject,
): Promise<string> {
  const answer = await client.create<KubeObject, { status: { token: string } }>(
    ACCOUNTS,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: [AUDIENCES.control],
        expirationSeconds: 86_400,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    },
    { place: { namespace, name: 'default', subresource: 'token' } },
  );
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value.status.token;
}
