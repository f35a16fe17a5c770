/** Breaking parts of a cluster, on purpose and by name. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster.ts';
import { NAMESPACE } from '../tollgate.ts';

const system = ['-n', NAMESPACE];
const NOW = ['--force', '--grace-period=0', '--wait=false'];

/** Kills the operator that leads, or all where nobody says who. @returns whom, '' while the API server can't be asked */
export async function killLeader(cluster: Cluster): Promise<string> {
  const holder = ['get', 'lease', ...system, 'tollgate-operator', '-o', 'jsonpath={.spec.holderIdentity}'];
  const [pod = ''] = (await cluster.kubectl(holder).catch(() => '')).split('_');
  if (pod === '') return '';
  await cluster.kubectl(['delete', 'pod', ...system, pod, ...NOW]).catch(() => undefined);
  return pod;
}

/** Kills one pod of a part of Tollgate, as the loss of its node would. */
export async function killOne(cluster: Cluster, part: string): Promise<void> {
  const pods = ['get', 'pods', ...system, '-l', `app.kubernetes.io/component=${part}`, '-o', 'name'];
  const [pod = ''] = (await cluster.kubectl(pods)).split('\n');
  await cluster.kubectl(['delete', ...system, pod, ...NOW]);
}

/** Kills all pods of a part of Tollgate at once, as the loss of their nodes would. */
export async function killAll(cluster: Cluster, part: string): Promise<void> {
  const selector = `app.kubernetes.io/component=${part}`;
  await cluster.kubectl(['delete', 'pods', ...system, '-l', selector, ...NOW]);
}

/** Replaces the pods of Deployments, one after the other, as an upgrade does. @returns when all are */
export async function roll(cluster: Cluster, ...parts: readonly string[]): Promise<void> {
  const names = parts.map((part) => `deployment/tollgate-${part}`);
  await cluster.kubectl(['rollout', 'restart', ...system, ...names]);
  for (const name of names)
    await cluster.kubectl(['rollout', 'status', ...system, name, '--timeout=600s'], { timeout: 610_000 });
}

/** To nothing it is like a crash of all of them: nobody gets the time to say goodbye. */
export async function scale(cluster: Cluster, part: string, replicas: number): Promise<void> {
  const uids = replicas > 0 ? [] : await uidsOf(cluster, part);
  await cluster.kubectl(['scale', ...system, `deployment/tollgate-${part}`, `--replicas=${replicas}`]);
  if (replicas > 0)
    await cluster.kubectl(['rollout', 'status', ...system, `deployment/tollgate-${part}`, '--timeout=600s'], {
      timeout: 610_000,
    });
  else {
    await killAll(cluster, part);
    for (const uid of uids) await endPrograms(cluster, uid, part);
  }
}

async function uidsOf(cluster: Cluster, part: string): Promise<readonly string[]> {
  const selector = `app.kubernetes.io/component=${part}`;
  const path = 'jsonpath={.items[*].metadata.uid}';
  return (await cluster.kubectl(['get', 'pods', ...system, '-l', selector, '-o', path]))
    .split(' ')
    .filter(Boolean);
}

/** @returns when no program of a pod runs any longer; a pod that is deleted by force may go on serving for seconds */
async function endPrograms(cluster: Cluster, uid: string, word: string): Promise<void> {
  for (const last = Date.now() + 60_000; Date.now() < last; await sleep(50)) {
    try {
      cluster.signal(uid, word, 'SIGKILL');
    } catch (error) {
      // One that has just ended; the next round looks at the others.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') return;
    }
  }
  throw new Error(`programs of pod ${uid} go on running`);
}

/** The API server crashes, and is away for so long. */
export async function withoutApiServer(cluster: Cluster, ms: number): Promise<void> {
  await cluster.endPart('kube-apiserver');
  try {
    await sleep(ms);
  } finally {
    await cluster.startParts('kube-apiserver');
    // They may have given up without it, as they do anywhere; there a kubelet starts them again.
    await cluster.startParts('kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kube-router');
    await cluster.startParts('local-path-provisioner');
  }
}

/** @returns the UID of the one pod of a StatefulSet of Tollgate */
export function uidOf(cluster: Cluster, pod: string, namespace = NAMESPACE): Promise<string> {
  return cluster.kubectl(['get', 'pod', '-n', namespace, pod, '-o', 'jsonpath={.metadata.uid}']);
}
