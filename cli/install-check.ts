/**
 * `tollgate install-check`: does Tollgate hold in this cluster? `helm test` runs it, in a pod that nobody governs.
 *
 *   makes a pod that asks to be governed ──> was it let in? ──> was it injected? ──> what did its containers find?
 *
 * Helm shows what this command says and nothing else of the pod, so each way to fail has a sentence here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../adapters/kube/access.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import { resource } from '../adapters/kube/object.ts';
import { VERSION } from '../core/version.ts';
import { type CheckedPod, refused, tooLate, type Verdict, verdictOf } from './install-verdict.ts';
import { print, UsageError } from './output.ts';

export interface Patience {
  /** A namespace that was just made takes no pods at first: it has no ServiceAccount yet. */
  readonly madeMs: number;
  readonly endedMs: number;
  readonly everyMs: number;
}

const PATIENCE: Patience = { madeMs: 20_000, endedMs: 200_000, everyMs: 1_000 };
const PODS = resource<CheckedPod>('v1 Pod', 'pods');

interface Place {
  readonly name: string;
  readonly namespace: string;
}

/**
 * @param manifest  of the pod, as JSON, with name and namespace; its first container says what it finds by its exit code
 * @returns the exit code: 0 when it holds
 * @throws UsageError for no manifest
 */
export async function installCheck(
  manifest: string,
  access: Access,
  say: (line: string) => void = print,
  patience: Patience = PATIENCE,
): Promise<number> {
  const { place, pod } = readManifest(manifest);
  const client = new KubeClient(access, `tollgate-install-check/${VERSION}`);
  try {
    const verdict = await check(client, place, pod, patience);
    for (const line of verdict.says) say(line);
    return verdict.holds ? 0 : 1;
  } finally {
    await client.delete(PODS, place, { graceSeconds: 0 });
    await access.close();
  }
}

async function check(client: KubeClient, place: Place, pod: object, patience: Patience): Promise<Verdict> {
  const { madeMs, endedMs, everyMs } = patience;
  const began = performance.now();
  const passed = () => performance.now() - began;
  let made = await client.create(PODS, pod, { place: { namespace: place.namespace } });
  while (!made.ok) {
    if (passed() > madeMs) return refused(made.error.message);
    await sleep(everyMs);
    made = await client.create(PODS, pod, { place: { namespace: place.namespace } });
  }
  for (let now = made.value; ; ) {
    const verdict = verdictOf(now);
    if (verdict !== undefined) return verdict;
    if (passed() > endedMs) return tooLate(now, Math.round(passed() / 1000));
    await sleep(everyMs);
    const read = await client.get(PODS, place);
    if (read.ok) now = read.value;
    else if (read.error.code === 404)
      return { holds: false, says: ['Somebody has deleted the pod that was checked.'] };
  }
}

function readManifest(manifest: string): { place: Place; pod: object } {
  try {
    const pod = JSON.parse(manifest) as { metadata: Place };
    const { name, namespace } = pod.metadata;
    if (typeof name === 'string' && typeof namespace === 'string') return { place: { name, namespace }, pod };
  } catch {
    // Said below.
  }
  throw new UsageError(
    '--pod takes the manifest of a pod as JSON, with metadata.name and metadata.namespace',
  );
}
