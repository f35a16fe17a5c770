/**
 * From nothing to a Ready node: which part is started after which.
 *
 *   machine ── network ──┬─ etcd ── API server ──┬─ controllers, scheduler, kube-proxy
 *           certificates │                       ├─ kubelet ── Node ── kube-router ──┐
 *                        └─ containerd ── images ┘                                   ├─ Ready
 *                                                └─ CoreDNS, StorageClass ───────────┘
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { makeCertificates } from './certificates.ts';
import { makeCgroups } from './cgroups.ts';
import { until } from './commands.ts';
import { ESSENTIAL, loadImages } from './images.ts';
import { INSIDE, Machine, NODE, said } from './machine.ts';
import { connect, loadModules } from './network.ts';
import { apiserver } from './parts/apiserver.ts';
import { containerd } from './parts/containerd.ts';
import { controllerManager } from './parts/controller-manager.ts';
import { dns, writeOutsideNames } from './parts/dns.ts';
import { etcd } from './parts/etcd.ts';
import { kubeProxy } from './parts/kube-proxy.ts';
import { kubeRouter } from './parts/kube-router.ts';
import { kubelet } from './parts/kubelet.ts';
import type { Part, Setting } from './parts/part.ts';
import { scheduler } from './parts/scheduler.ts';
import { storage, storageClass } from './parts/storage.ts';
import { built, state } from './places.ts';
import { kubectl } from './tools.ts';

/** Is there once a start has come to its end. */
export const COMPLETE = join(state, 'complete');

/** @throws Error with the end of what the part wrote that did not come up */
export async function startMachine(binaries: Binaries): Promise<Machine> {
  await loadModules();
  const machine = await Machine.start();
  makeCgroups();
  writeOutsideNames(new Map());
  await Promise.all([connect(machine), makeCertificates()]);

  const setting = settingOf(machine, binaries);
  const start = (part: Part) => startPart(setting, part);
  const apply = (items: readonly object[]) =>
    setting.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));

  await Promise.all([
    start(etcd).then(() => start(apiserver)),
    start(containerd).then(() => loadImages(machine, binaries, ESSENTIAL)),
  ]);
  const node = start(kubelet);
  await Promise.all([
    node,
    start(controllerManager),
    start(scheduler),
    start(kubeProxy),
    apply([...dns, ...storageClass]).then(() => start(storage)),
    exists(setting, ['node', NODE]).then(() => start(kubeRouter)),
  ]);
  await dnsAnswers(setting);
  writeFileSync(COMPLETE, '');
  return machine;
}

/** Parts that a test may end and start again; what they know is kept by etcd, the kernel and containerd. */
const RESTARTABLE = [apiserver, controllerManager, scheduler, kubeProxy, kubeRouter, storage];
export type PartName =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kube-proxy'
  | 'kube-router'
  | 'local-path-provisioner';

/** Starts a part again that was ended, or has ended by itself. @throws as startMachine() */
export async function restartPart(machine: Machine, binaries: Binaries, name: PartName): Promise<void> {
  const part = RESTARTABLE.find((one) => one.name === name);
  if (part === undefined) throw new Error(`${name} is no part that can be started again`);
  await startPart(settingOf(machine, binaries), part);
}

function settingOf(machine: Machine, binaries: Binaries): Setting {
  return {
    machine,
    program: (name) => binaries(name).replace(built, INSIDE.built),
    kubectl: (args, input = '') => kubectl(machine, binaries, args, { input }),
  };
}

async function startPart(setting: Setting, part: Part): Promise<void> {
  const { machine } = setting;
  await machine.spawn(part.name, part.command(setting));
  let answer = '';
  const notes = () => `${answer}\n${join(state, 'logs', `${part.name}.log`)} ends with:\n${said(part.name)}`;
  await until(
    () => `${part.name} is ready. ${notes()}`,
    async () => {
      if (machine.ended.includes(part.name)) throw new Error(`${part.name} has ended. ${notes()}`);
      return part.isReady(setting).catch((error: Error) => {
        answer = error.message;
        return false;
      });
    },
  );
}

async function dnsAnswers({ kubectl }: Setting): Promise<void> {
  const system = ['--namespace', 'kube-system'];
  try {
    await kubectl(['wait', ...system, 'deployment/coredns', '--for=condition=Available', '--timeout=50s']);
  } catch (error) {
    const logs = await kubectl(['logs', ...system, 'deployment/coredns', '--tail=10']).catch(String);
    throw new Error(`CoreDNS does not run: ${logs}`, { cause: error });
  }
}

function exists({ kubectl }: Setting, what: readonly string[]): Promise<void> {
  return until(`there is ${what.join(' ')}`, () =>
    kubectl(['get', ...what]).then(
      () => true,
      () => false,
    ),
  );
}
