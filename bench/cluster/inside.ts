/**
 * Programs in the cluster's network, where its API server can be asked: one is given its orders as an argument and writes
 * what it found as one line of JSON.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Access } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { fromKubeconfig } from '../../adapters/kube/kubeconfig.ts';
import type { Cluster } from '../../test/cluster/cluster.ts';

interface Given<Orders> {
  readonly kubeconfig: string;
  readonly orders: Orders;
}

/** @returns what the program wrote; @throws Error when it failed, which it has said itself */
export async function askInside<Orders, Found>(
  cluster: Cluster,
  program: string,
  orders: Orders,
): Promise<Found> {
  const given: Given<Orders> = { kubeconfig: cluster.kubeconfig, orders };
  const [command = '', ...args] = [...cluster.enter, process.execPath, program, JSON.stringify(given)];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [written, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return JSON.parse(written) as Found;
}

export interface Inside {
  /** Of whoever may do everything. */
  readonly access: Access;
  readonly client: KubeClient;
}

/** What such a program does. */
export async function inside<Orders, Found>(
  work: (inside: Inside, orders: Orders) => Promise<Found>,
): Promise<void> {
  const { kubeconfig, orders } = JSON.parse(process.argv[2] ?? '') as Given<Orders>;
  const access = await fromKubeconfig(kubeconfig);
  const found = await work({ access, client: new KubeClient(access, 'tollgate-bench') }, orders);
  console.log(JSON.stringify(found));
  await access.close();
}
