/** Writes to the API server, one at a time. None of them touches what is not the runner's own. */
import type { Answer, ApiError } from '../../adapters/kube/answer.ts';
import type { KubeClient } from '../../adapters/kube/client.ts';
import type { KubeObject, Resource } from '../../adapters/kube/object.ts';
import type { Write } from './case.ts';
import { CLAIMS, DEPLOYMENTS, FINALIZER, JOBS, PODS, RUNNERS, type Runner, type Status } from './kinds.ts';
import { claim, deployment, job, ownerOf } from './template.ts';

/** What of the client is used. */
export type RunnerClient = Pick<
  KubeClient,
  'get' | 'list' | 'create' | 'apply' | 'applyStatus' | 'merge' | 'delete'
>;

/** @returns the same client, whose requests are broken off with the signal */
export function until(signal: AbortSignal, client: RunnerClient): RunnerClient {
  return {
    get: (of, place, options) => client.get(of, place, { ...options, signal }),
    list: (of, selection, options) => client.list(of, selection, { ...options, signal }),
    create: (of, body, options) => client.create(of, body, { ...options, signal }),
    apply: (of, intent, options) => client.apply(of, intent, { ...options, signal }),
    applyStatus: (of, object, status, options) =>
      client.applyStatus(of, object, status, { ...options, signal }),
    merge: (of, place, patch, options) => client.merge(of, place, patch, { ...options, signal }),
    delete: (of, place, options) => client.delete(of, place, { ...options, signal }),
  };
}

export const MANAGER = 'tollgate-operator';

/** What was written; the runner itself, where that was what has changed. */
export type Written = Answer<Runner | undefined>;

/** Fails with a conflict if anybody has written since: what is decided from an old state is not written over a new one. */
export function writeStatus(client: RunnerClient, runner: Runner, status: Status): Promise<Answer<Runner>> {
  const { uid, resourceVersion } = runner.metadata;
  return client.applyStatus(RUNNERS, runner, status, { manager: MANAGER, force: true, uid, resourceVersion });
}

export async function perform(client: RunnerClient, runner: Runner, write: Write): Promise<Written> {
  const { namespace = '', name, uid, resourceVersion, finalizers = [] } = runner.metadata;
  const place = { namespace };
  const at = (object: KubeObject) => ({ namespace, name: object.metadata.name });
  const options = { manager: MANAGER, force: true };
  switch (write.do) {
    case 'createClaim':
      return made(await client.create(CLAIMS, claim(runner, write.name), { place }));
    case 'ownClaim':
      return nothing(
        await client.merge(CLAIMS, at(write.claim), ownership(runner, write.claim, write.owned)),
      );
    case 'deleteClaim':
      return nothing(await client.delete(CLAIMS, at(write.claim), { uid: write.claim.metadata.uid }));
    case 'createJob': {
      const { running, seconds } = write;
      const body = job(runner, running.name, running.job, runner.status?.workspace ?? '', seconds);
      return made(await client.create(JOBS, body, { place }));
    }
    case 'deleteJob':
      return gone(client, JOBS, write.job);
    case 'applyDeployment': {
      const body = deployment(runner, runner.status?.workspace ?? '', write.replicas);
      return made(await client.apply(DEPLOYMENTS, body, options));
    }
    case 'deleteDeployment':
      return gone(client, DEPLOYMENTS, write.deployment);
    case 'deletePod':
      return nothing(
        await client.delete(PODS, at(write.pod), { uid: write.pod.metadata.uid, graceSeconds: 1 }),
      );
    case 'guard': {
      const others = finalizers.filter((one) => one !== FINALIZER);
      const wanted = write.on ? [...others, FINALIZER] : others;
      // With its version: a list is replaced as a whole, and others have finalizers too.
      const patch = { metadata: { uid, resourceVersion, finalizers: wanted } };
      return client.merge(RUNNERS, { namespace, name }, patch);
    }
    case 'deleteRunner':
      return nothing(await client.delete(RUNNERS, { namespace, name }, { uid, resourceVersion }));
  }
}

function ownership(runner: Runner, { metadata: { uid } }: KubeObject, owned: boolean): object {
  return { metadata: { uid, ownerReferences: owned ? [ownerOf(runner)] : null } };
}

/** In the foreground: it stays until its pod is gone, so that nothing begins before. */
async function gone(client: RunnerClient, of: Resource, { metadata }: KubeObject): Promise<Written> {
  const { namespace = '', name, uid } = metadata;
  return nothing(await client.delete(of, { namespace, name }, { uid, propagation: 'Foreground' }));
}

/** What is not there any more, or is another one by now, is as good as deleted. */
function nothing(answer: Answer<unknown>): Written {
  if (answer.ok || answer.error.code === 404 || answer.error.code === 409)
    return { ok: true, value: undefined };
  return answer;
}

/** What is there already was made by us before a crash, or is somebody else's: the next look tells. */
function made(answer: Answer<unknown>): Written {
  if (answer.ok || answer.error.reason === 'AlreadyExists') return { ok: true, value: undefined };
  return answer;
}

/** Whether trying again at once is no use: people have to change something. */
export function isRefusal({ kind, code }: ApiError): boolean {
  return kind === 'status' && (code === 400 || code === 403 || code === 404 || code === 422);
}

export function isTerminating({ causes }: ApiError): boolean {
  return causes.some(({ reason }) => reason === 'NamespaceTerminating');
}
