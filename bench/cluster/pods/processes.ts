/** Tollgate's own processes in the cluster, as this machine's /proc has them: a pod's control group names its UID. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Cluster } from '../../../test/cluster/cluster.ts';
import { NAMESPACE as SYSTEM } from '../../../test/cluster/tollgate.ts';

export interface PartPod {
  readonly name: string;
  readonly pid: number;
}

interface Pods {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[];
}

/** @param part as in app.kubernetes.io/component. @returns its pods whose program runs */
export async function processesOf(cluster: Cluster, part: string): Promise<PartPod[]> {
  const selector = ['-l', `app.kubernetes.io/component=${part}`, '--field-selector=status.phase=Running'];
  const { items } = await cluster.get<Pods>(['pods', '-n', SYSTEM, ...selector]);
  return items.flatMap(({ metadata: { name, uid } }) => {
    const pid = processOf(uid);
    return pid === undefined ? [] : [{ name, pid }];
  });
}

/** A pod's other process is its pause container. */
function processOf(uid: string): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const of = (file: string) => readFileSync(`/proc/${name}/${file}`, 'latin1');
      if (of('cgroup').includes(uid) && of('cmdline').includes('/tollgate.js')) return Number(name);
    } catch {
      // It has ended meanwhile.
    }
  }
  return undefined;
}
