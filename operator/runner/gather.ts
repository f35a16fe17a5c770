/**
 * Everything that a decision about one runner needs.
 *
 * Stores lag behind. What is there may be a little old, which does no harm: there will be news. That something is not
 * there is believed only of the API server itself, since what follows from it is that it is made, or given up as lost.
 */
import type { Answer } from '../../adapters/kube/answer.ts';
import { controllerOf, type KubeObject, type Resource, resource } from '../../adapters/kube/object.ts';
import { GOVERNED_LABEL } from '../../core/cluster/names.ts';
import {
  CLAIMS,
  type Claim,
  DEPLOYMENTS,
  type Deployment,
  JOBS,
  type Job,
  type Pod,
  type Runner,
} from './kinds.ts';
import { deploymentName } from './names.ts';
import { POD_MS } from './run.ts';
import { endOf, isOver, isOwn, isOwnClaim, isOwnPod, type Refusal, type Seen } from './seen.ts';
import { BY_RUNNER, type RunnerViews } from './stores.ts';
import type { RunnerClient } from './write.ts';

type CoreEvent = KubeObject & { readonly message?: string; readonly reason?: string };
const EVENTS = resource<CoreEvent>('v1 Event', 'events');

export interface Gathering {
  readonly client: RunnerClient;
  readonly stores: RunnerViews;
  isEnabled(namespace: string): boolean;
  /** @returns why the network of a pod with these labels is wider than its fence, in a sentence */
  widened(namespace: string, labels: Readonly<Record<string, string>>): string | undefined;
}

/** @throws Error when the API server can't be asked: it is tried again */
export async function gather(
  { client, stores, isEnabled, widened }: Gathering,
  runner: Runner,
  refused: Refusal | undefined,
  now: number,
): Promise<Seen> {
  const { namespace = '', name } = runner.metadata;
  const key = `${namespace}/${name}`;
  const { running, workspace } = runner.status ?? {};
  const service = runner.spec.mode === 'service';
  const jobs = stores.jobs.store.find(BY_RUNNER, key).filter((job) => isOwn(job, runner));
  const claims = stores.claims.store.find(BY_RUNNER, key).filter((claim) => isOwnClaim(claim, runner));
  const live = <T extends KubeObject>(of: Resource<T>, wanted: string | undefined) =>
    wanted === undefined ? undefined : find(client, of, namespace, wanted);
  const jobWanted = running === undefined || (service && running.name === 'work') ? undefined : running.job;
  const job: Job | undefined =
    stores.jobs.store.get(`${namespace}/${jobWanted}`) ?? (await live(JOBS, jobWanted));
  const claim: Claim | undefined =
    stores.claims.store.get(`${namespace}/${workspace}`) ?? (await live(CLAIMS, workspace));
  const deployment: Deployment | undefined = service
    ? (stores.deployments.store.get(`${namespace}/${deploymentName(runner)}`) ??
      (await live(DEPLOYMENTS, running?.name === 'work' ? deploymentName(runner) : undefined)))
    : undefined;
  const pods = stores.pods.store.find(BY_RUNNER, key).filter((pod) => isOwnPod(pod, runner));
  const denied = isLate(job, pods, now) ? await denialOf(client, namespace, job) : undefined;
  return {
    runner,
    enabled: isEnabled(namespace),
    jobs,
    job,
    claims,
    claim,
    deployment,
    pods,
    denied,
    widened: pods
      .filter((pod) => !isOver(pod) && pod.metadata.labels?.[GOVERNED_LABEL] === 'true')
      .map(({ metadata: { labels = {} } }) => widened(namespace, labels))
      .find((why) => why !== undefined),
    refused,
  };
}

async function find<T extends KubeObject>(
  client: RunnerClient,
  of: Resource<T>,
  namespace: string,
  name: string,
): Promise<T | undefined> {
  return found(await client.get(of, { namespace, name }));
}

/** @returns undefined where there is none; @throws Error for every other answer */
export function found<T>(answer: Answer<T>): T | undefined {
  if (answer.ok) return answer.value;
  if (answer.error.code === 404) return undefined;
  throw new Error(answer.error.message);
}

function isLate(job: Job | undefined, pods: readonly Pod[], now: number): job is Job {
  if (job === undefined || endOf(job) !== undefined) return false;
  if (pods.some((pod) => controllerOf(pod)?.uid === job.metadata.uid)) return false;
  return now >= Date.parse(job.metadata.creationTimestamp ?? '') + POD_MS;
}

/** A Job itself doesn't say why it has no pod; its controller tells it in events. */
async function denialOf(client: RunnerClient, namespace: string, job: Job): Promise<string | undefined> {
  const fieldSelector = `involvedObject.uid=${job.metadata.uid},reason=FailedCreate`;
  const events = await client.list(EVENTS, { namespace, fieldSelector, limit: 50 });
  // It is help for people; without the right to read events they read them themselves.
  if (!events.ok) return undefined;
  const last = events.value.items.reduce<CoreEvent | undefined>(
    (newest, one) =>
      newest === undefined || Number(one.metadata.resourceVersion) > Number(newest.metadata.resourceVersion)
        ? one
        : newest,
    undefined,
  );
  return last?.message?.replace(/^Error creating: /, '');
}
