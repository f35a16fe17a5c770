/**
 * `tollgate sidecar --is-ready`: a pod's startup probe. It starts while the sidecar does, on the same cores, so that it
 * loads as little as it can.
 */
import { waitReady } from '../sidecar/pod/admin.ts';
import { note } from './output.ts';

/** Less than the timeout of the probe that runs it (operator/admission/inject.ts). */
const READY_WAIT_MS = 5_000;

/** @returns the exit code: 0 when the sidecar of this pod is ready */
export async function isPodSidecarReady(): Promise<number> {
  const why = await waitReady(process.env.TOLLGATE_ADMIN ?? '', READY_WAIT_MS);
  if (why !== undefined) note(why);
  return why === undefined ? 0 : 1;
}
