/** For tests: the parts of Kubernetes that act on what the operator makes. Each call is one thing that one of them does. */
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import type { Json } from '../../adapters/kube/object.ts';
import { GOVERNED_LABEL } from '../../core/cluster/names.ts';
import type { Deployment, Job, Pod } from './kinds.ts';
import { endOf, isGoing, isOver } from './seen.ts';
import { type Any, type Cluster, FOREGROUND } from './testing-cluster.ts';

export interface Ending {
  readonly exitCode: number;
  readonly message?: string;
  readonly reason?: string;
  /** The node is lost, or someone evicts the pod. */
  readonly disrupted?: boolean;
}

type JobSpec = { readonly template: Json<V1PodTemplateSpec>; readonly activeDeadlineSeconds?: number };

/** What a pod of this phase does. */
export type Program = (pod: Pod) => Ending | 'runs';

/** @returns whether anything was done */
export function act(cluster: Cluster, program: Program): boolean {
  const steps = [
    ...cluster.all<Job>('jobs').map((job) => () => jobController(cluster, job)),
    ...cluster.all<Deployment>('deployments').map((one) => () => deploymentController(cluster, one)),
    ...cluster.all<Pod>('pods').map((pod) => () => kubelet(cluster, pod, program)),
    () => collector(cluster),
  ];
  return steps.map((step) => step()).some((done) => done);
}

const podsOf = (cluster: Cluster, uid: string) =>
  cluster
    .all<Pod>('pods')
    .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));

function jobController(cluster: Cluster, job: Job): boolean {
  if (cluster.find('jobs', job.metadata.name)?.metadata.uid !== job.metadata.uid) return false;
  if (endOf(job) !== undefined || isGoing(job)) return false;
  const pods = podsOf(cluster, job.metadata.uid);
  const { template, activeDeadlineSeconds } = job.spec as unknown as JobSpec;
  const made = Date.parse(job.metadata.creationTimestamp ?? '');
  if (activeDeadlineSeconds !== undefined && cluster.now >= made + activeDeadlineSeconds * 1000) {
    const live = pods.filter((pod) => !isOver(pod));
    for (const pod of live) cluster.remove('pods', pod.metadata.name);
    finish(cluster, job, 'Failed', 'DeadlineExceeded');
    return true;
  }
  const [pod] = pods;
  if (pod === undefined) {
    if (job.status?.startTime !== undefined) finish(cluster, job, 'Failed', 'BackoffLimitExceeded');
    else makePod(cluster, job, template, 'Job');
    return true;
  }
  if (!isOver(pod)) return false;
  const lost = pod.status?.conditions?.some(({ type }) => type === 'DisruptionTarget');
  if (pod.status?.phase === 'Succeeded') finish(cluster, job, 'Complete', 'CompletionsReached');
  else finish(cluster, job, 'Failed', lost ? 'PodFailurePolicy' : 'BackoffLimitExceeded');
  return true;
}

function finish(cluster: Cluster, job: Job, type: string, reason: string): void {
  const now = cluster.find<Job>('jobs', job.metadata.name);
  if (now === undefined) return;
  const conditions = [{ type, status: 'True', reason, lastTransitionTime: cluster.time }];
  cluster.put('jobs', { ...now, status: { ...now.status, conditions } as never });
}

function makePod(cluster: Cluster, owner: Any, template: Json<V1PodTemplateSpec>, kind: string): void {
  const { metadata, spec } = template;
  cluster.create('pods', {
    metadata: {
      name: `${owner.metadata.name}-${cluster.number()}`,
      labels: { ...metadata?.labels, [GOVERNED_LABEL]: 'true' },
      ownerReferences: [
        { apiVersion: 'v1', kind, name: owner.metadata.name, uid: owner.metadata.uid, controller: true },
      ],
    },
    spec,
    status: { phase: 'Pending' },
  } as never);
  const now = cluster.find<Job>('jobs', owner.metadata.name);
  if (kind === 'Job' && now !== undefined)
    cluster.put('jobs', { ...now, status: { ...now.status, startTime: cluster.time } as never });
}

function deploymentController(cluster: Cluster, deployment: Deployment): boolean {
  const { name, uid } = deployment.metadata;
  if (cluster.find('deployments', name)?.metadata.uid !== uid || isGoing(deployment)) return false;
  const pods = podsOf(cluster, uid);
  const { replicas, template } = deployment.spec as unknown as {
    replicas: number;
    template: Json<V1PodTemplateSpec>;
  };
  if (template === undefined) return false;
  if (replicas === 0) {
    for (const pod of pods.filter((one) => !isGoing(one)))
      cluster.remove('pods', pod.metadata.name, 'Foreground');
    return pods.some((one) => !isGoing(one));
  }
  if (pods.some((pod) => !isOver(pod))) return false;
  makePod(cluster, deployment, template, 'ReplicaSet');
  return true;
}

function kubelet(cluster: Cluster, pod: Pod, program: Program): boolean {
  const now = cluster.find<Pod>('pods', pod.metadata.name);
  if (now === undefined) return false;
  if (isGoing(now)) {
    if (cluster.nodeLost) return false;
    cluster.put('pods', { ...now, metadata: { ...now.metadata, finalizers: [] } });
    return true;
  }
  if (isOver(now)) return false;
  if (now.status?.phase === 'Pending') {
    const running = { name: 'agent', state: { running: { startedAt: cluster.time } } };
    const conditions = [{ type: 'Ready', status: 'True' }];
    cluster.put('pods', {
      ...now,
      status: { phase: 'Running', containerStatuses: [running], conditions } as never,
    });
    return true;
  }
  const ending = program(now);
  if (ending === 'runs') return false;
  // What a Deployment runs is started again in its place.
  if (now.metadata.ownerReferences?.[0]?.kind === 'ReplicaSet' && !ending.disrupted) return false;
  const { exitCode, message, reason = exitCode === 0 ? 'Completed' : 'Error', disrupted } = ending;
  const terminated = {
    exitCode,
    reason,
    finishedAt: cluster.time,
    ...(message === undefined ? {} : { message }),
  };
  const conditions = disrupted ? [{ type: 'DisruptionTarget', status: 'True' }] : [];
  const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
  const containerStatuses = disrupted ? [] : [{ name: 'agent', state: { terminated } }];
  cluster.put('pods', { ...now, status: { phase, containerStatuses, conditions } as never });
  return true;
}

/** Deletes what has lost its owner, and what of a foreground deletion is done. */
function collector(cluster: Cluster): boolean {
  const kinds = ['agentrunners', 'jobs', 'deployments', 'pods', 'persistentvolumeclaims'];
  const all = kinds.flatMap((plural) => cluster.all(plural).map((object) => ({ plural, object })));
  const owners = new Map(all.map(({ object }) => [object.metadata.uid, object]));
  let done = false;
  for (const { plural, object } of all) {
    const refs = object.metadata.ownerReferences ?? [];
    const going = (uid: string) => owners.get(uid)?.metadata.finalizers?.includes(FOREGROUND) ?? false;
    if (refs.length > 0 && !isGoing(object) && refs.every(({ uid }) => !owners.has(uid) || going(uid))) {
      // A deletion in the foreground waits for what the kubelet has to end.
      cluster.remove(plural, object.metadata.name, 'Foreground');
      done = true;
    }
  }
  for (const { plural, object } of all) {
    const now = cluster.find(plural, object.metadata.name);
    if (plural === 'pods' || now === undefined || !now.metadata.finalizers?.includes(FOREGROUND)) continue;
    const dependents = kinds
      .flatMap((kind) => cluster.all(kind))
      .filter((one) => one.metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid));
    if (dependents.length > 0 || isInUse(cluster, plural, object.metadata.name)) continue;
    const finalizers = now.metadata.finalizers.filter((one) => one !== FOREGROUND);
    cluster.put(plural, { ...now, metadata: { ...now.metadata, finalizers } });
    done = true;
  }
  return done;
}

/** A claim goes when no pod that runs has it. */
function isInUse(cluster: Cluster, plural: string, name: string): boolean {
  if (plural !== 'persistentvolumeclaims') return false;
  return cluster
    .all<Pod>('pods')
    .some((pod) => !isOver(pod) && JSON.stringify(pod.spec ?? {}).includes(`"${name}"`));
}
