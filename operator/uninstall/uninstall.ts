/**
 * What has to go before Tollgate does, so that nothing waits for it afterwards; `helm uninstall` runs it first.
 *
 *   webhook, admission policies   pods can be made without Tollgate, from now on
 *   the operator                  it would put the rest back
 *   finalizers of AgentRunners    nobody would take them off, and their namespaces could not be deleted
 *   fences, trust                 but not where a governed pod still runs: its network stays as closed as it is
 *
 * Manifests stay, and so does what belongs to AgentRunners: Tollgate goes on with them when it is installed again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../adapters/kube/answer.ts';
import type { KubeClient } from '../../adapters/kube/client.ts';
import { collect } from '../../adapters/kube/collect.ts';
import type { Selection } from '../../adapters/kube/list.ts';
import { type KubeObject, type Resource, resource } from '../../adapters/kube/object.ts';
import {
  FENCES,
  GOVERNED_LABEL,
  MANAGED_BY,
  OPERATOR,
  TRUST_CONFIG_MAP,
  WEBHOOK_CONFIGURATION,
} from '../../core/cluster/names.ts';
import { NETWORK_POLICIES } from '../network/policies.ts';
import { DEPLOYMENTS, FINALIZER, PODS, RUNNERS } from '../runner/kinds.ts';

const ADMISSION = 'admissionregistration.k8s.io/v1';
const WEBHOOKS = resource(
  `${ADMISSION} MutatingWebhookConfiguration`,
  'mutatingwebhookconfigurations',
  false,
);
/** A binding without its policy is in force no more, and the other way round. */
const POLICIES = [
  resource(`${ADMISSION} ValidatingAdmissionPolicyBinding`, 'validatingadmissionpolicybindings', false),
  resource(`${ADMISSION} ValidatingAdmissionPolicy`, 'validatingadmissionpolicies', false),
];
const CONFIG_MAPS = resource('v1 ConfigMap', 'configmaps');

/** As the chart labels all that is its own. */
const OURS = 'app.kubernetes.io/name=tollgate';
const PAGE = 500;
const OVER = new Set(['Succeeded', 'Failed']);

export interface UninstallOptions {
  readonly client: KubeClient;
  /** Tollgate's. */
  readonly namespace: string;
  readonly say: (line: string) => void;
  /** How long the operator's pods may take to end, ms. */
  readonly operatorMs?: number;
  readonly everyMs?: number;
}

/** Can be run again after it has failed. @throws Error with what the API server said */
export async function prepareUninstall(options: UninstallOptions): Promise<void> {
  const { say } = options;
  await endAdmission(options);
  say('The webhook and the admission policies are gone: pods are made as if Tollgate was not there.');
  await endOperator(options);
  for (const runner of await freeRunners(options))
    say(`Nobody waits for a teardown of AgentRunner ${runner} any more.`);
  for (const namespace of await endFences(options))
    say(
      `Governed pods still run in ${namespace}: their calls are refused from now on, and their network stays closed.`,
    );
}

async function endAdmission({ client }: UninstallOptions): Promise<void> {
  // The webhook first: only it needs somebody who answers.
  gone(await client.delete(WEBHOOKS, { name: WEBHOOK_CONFIGURATION }));
  for (const of of POLICIES)
    for (const { metadata } of await all(client, of, { labelSelector: OURS }))
      gone(await client.delete(of, { name: metadata.name }));
}

async function endOperator(options: UninstallOptions): Promise<void> {
  const { client, namespace, operatorMs = 120_000, everyMs = 500 } = options;
  gone(await client.delete(DEPLOYMENTS, { namespace, name: OPERATOR }));
  const labelSelector = 'app.kubernetes.io/component=operator';
  const began = performance.now();
  while ((await all(client, PODS, { namespace, labelSelector })).length > 0) {
    if (performance.now() - began > operatorMs)
      throw new Error(
        `the operator's pods have not ended after ${operatorMs / 1000} s: delete those of \`kubectl -n ${namespace} get pods -l ${labelSelector}\`, and uninstall again`,
      );
    await sleep(everyMs);
  }
}

/** @returns those that are being deleted and have waited for it */
async function freeRunners({ client }: UninstallOptions): Promise<string[]> {
  const waited: string[] = [];
  for (const { metadata } of await all(client, RUNNERS)) {
    const { namespace = '', name, uid, resourceVersion, finalizers = [], deletionTimestamp } = metadata;
    if (!finalizers.includes(FINALIZER)) continue;
    const others = finalizers.filter((one) => one !== FINALIZER);
    // With its version: a list is replaced as a whole, and others have finalizers too.
    const patch = { metadata: { uid, resourceVersion, finalizers: others } };
    gone(await client.merge(RUNNERS, { namespace, name }, patch));
    if (deletionTimestamp !== undefined) waited.push(`${namespace}/${name}`);
  }
  return waited;
}

/** @returns the namespaces in which they stay */
async function endFences({ client }: UninstallOptions): Promise<string[]> {
  const [managed] = Object.entries(MANAGED_BY).map((pair) => pair.join('='));
  const fences = await all(client, NETWORK_POLICIES, managed === undefined ? {} : { labelSelector: managed });
  const governed = await all(client, PODS, { labelSelector: `${GOVERNED_LABEL}=true` });
  const running = new Set(
    governed.flatMap(({ metadata, status }) =>
      OVER.has(status?.phase ?? '') ? [] : [metadata.namespace ?? ''],
    ),
  );
  const fenced = new Set(fences.map(({ metadata }) => metadata.namespace ?? ''));
  for (const namespace of fenced) {
    if (running.has(namespace)) continue;
    for (const name of Object.values(FENCES))
      gone(await client.delete(NETWORK_POLICIES, { namespace, name }));
    gone(await client.delete(CONFIG_MAPS, { namespace, name: TRUST_CONFIG_MAP }));
  }
  return [...fenced].filter((namespace) => running.has(namespace));
}

async function all<T extends KubeObject>(
  client: KubeClient,
  of: Resource<T>,
  selection: Selection = {},
): Promise<T[]> {
  const turn = async () => undefined;
  const answer = await collect(client, of, selection, { limit: PAGE, turn, keep: (object) => object }, {});
  if (answer.ok) return [...answer.value.objects.values()];
  // Not even their kind is there: somebody has deleted the CRD.
  if (answer.error.code === 404) return [];
  throw new Error(answer.error.message);
}

/** What is not there any more has gone. */
function gone(answer: Answer<unknown>): void {
  if (!answer.ok && answer.error.code !== 404) throw new Error(answer.error.message);
}
