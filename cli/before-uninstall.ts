/** `tollgate before-uninstall`: what `helm uninstall` runs in a pod, before it takes Tollgate away. */
import { inCluster } from '../adapters/kube/access.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import { VERSION } from '../core/version.ts';
import { prepareUninstall } from '../operator/uninstall/uninstall.ts';
import { note, print } from './output.ts';

/** @returns the exit code: 0 when nothing waits for Tollgate any more */
export async function beforeUninstall(): Promise<number> {
  const access = await inCluster();
  try {
    const client = new KubeClient(access, `tollgate-before-uninstall/${VERSION}`);
    await prepareUninstall({ client, namespace: access.namespace ?? '', say: print });
    return 0;
  } catch (error) {
    note(
      `${error instanceof Error ? error.message : error}. \`helm uninstall --no-hooks\` goes on without this.`,
    );
    return 1;
  } finally {
    await access.close();
  }
}
