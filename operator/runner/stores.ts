/**
 * What is watched for runners, each found by its runner.
 *
 *   runners, Jobs, pods, claims, Deployments ── labels ──> "namespace/runner"
 */
import type { KubeClient } from '../../adapters/kube/client.ts';
import type { KubeObject, Resource } from '../../adapters/kube/object.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import type { ReflectorHooks } from '../../adapters/kube/reflector-options.ts';
import type { View } from '../../adapters/kube/store.ts';
import { RUNNER_LABEL } from '../../core/cluster/names.ts';
import {
  CLAIMS,
  type Claim,
  DEPLOYMENTS,
  type Deployment,
  JOBS,
  type Job,
  PODS,
  type Pod,
  RUNNERS,
  type Runner,
  slimClaim,
  slimDeployment,
  slimJob,
  slimPod,
} from './kinds.ts';

/** By the runner that they are labelled with. */
export const BY_RUNNER = 'runner';

type Viewed<T extends KubeObject> = { readonly store: Pick<View<T>, 'get' | 'find'> };

/** What is read of them. */
export interface RunnerViews {
  readonly runners: Viewed<Runner>;
  readonly jobs: Viewed<Job>;
  readonly pods: Viewed<Pod>;
  readonly claims: Viewed<Claim>;
  readonly deployments: Viewed<Deployment>;
}

export interface RunnerStoresOptions {
  readonly client: KubeClient;
  /** Undefined: all namespaces. */
  readonly namespace?: string | undefined;
  readonly hooks?: (of: Resource) => ReflectorHooks;
}

export class RunnerStores implements RunnerViews {
  readonly runners: Reflector<Runner>;
  readonly jobs: Reflector<Job>;
  readonly pods: Reflector<Pod>;
  readonly claims: Reflector<Claim>;
  readonly deployments: Reflector<Deployment>;

  constructor({ client, namespace, hooks = () => ({}) }: RunnerStoresOptions) {
    const labelled = <T extends KubeObject>(of: Resource<T>, slim: (object: T) => T) =>
      new Reflector(client, of, {
        namespace,
        labelSelector: RUNNER_LABEL,
        indexers: { [BY_RUNNER]: runnerOf },
        slim,
        hooks: hooks(of),
      });
    this.runners = new Reflector(client, RUNNERS, { namespace, hooks: hooks(RUNNERS) });
    this.jobs = labelled(JOBS, slimJob);
    this.pods = labelled(PODS, slimPod);
    this.claims = labelled(CLAIMS, slimClaim);
    this.deployments = labelled(DEPLOYMENTS, slimDeployment);
  }

  /** @param changed told of each runner of which something has changed, as "namespace/name" */
  on(changed: (runner: string) => void): void {
    const own = ({ metadata: { namespace, name } }: KubeObject) => changed(`${namespace}/${name}`);
    this.runners.on({ add: own, update: own, delete: own });
    const others = (object: KubeObject) => runnerOf(object).forEach(changed);
    const handler = { add: others, update: others, delete: others };
    this.jobs.on(handler);
    this.pods.on(handler);
    this.claims.on(handler);
    this.deployments.on(handler);
  }

  /** @returns true when each has been read once */
  async start(): Promise<boolean> {
    for (const reflector of this.#all) reflector.start();
    const synced = await Promise.all(this.#all.map((reflector) => reflector.synced()));
    return synced.every((done) => done);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((reflector) => reflector.stop()));
  }

  get #all(): readonly Pick<Reflector<Runner>, 'start' | 'synced' | 'stop'>[] {
    return [this.runners, this.jobs, this.pods, this.claims, this.deployments];
  }
}

function runnerOf({ metadata: { namespace, labels } }: KubeObject): string[] {
  const name = labels?.[RUNNER_LABEL];
  return name === undefined ? [] : [`${namespace}/${name}`];
}
