/** A cluster as the directory sees it: governed pods, who owns them, and policies, on a fake API server. */
import { putFences } from '../adapters/cluster/testing-fences.ts';
import { openAccess } from '../adapters/kube/access.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import { FakeApi, type FakeOptions } from '../adapters/kube/testing-api.ts';
import { createLog } from '../adapters/telemetry/log.ts';
import { GOVERNED_LABEL, NETWORK_LABEL, PHASE_LABEL, TOOL_PROFILE } from '../core/cluster/names.ts';
import { atEnd, type Scope } from '../test/support/output.ts';
import { ApiDirectory } from './directory-api.ts';

export const NAMESPACE = 'agents';
const GROUP = 'tollgate.dev/v1alpha1';
/** Far less patient than in a cluster. */
const TIMES = { baseMs: 10, capMs: 50, calmMs: 0, burst: 1_000, perSecond: 1_000 };

export interface PodOptions {
  readonly phase?: string;
  readonly door?: string;
  readonly profile?: string;
  readonly status?: string;
  /** Those of the callers in tests, if nothing is said. */
  readonly addresses?: readonly string[];
  /** Kind, name and UID of what controls it. */
  readonly owner?: readonly [apiVersion: string, kind: string, name: string, uid: string];
  readonly labels?: Readonly<Record<string, string>>;
}

export class FakeCluster {
  readonly api: FakeApi;
  readonly directory: ApiDirectory;

  private constructor(api: FakeApi, directory: ApiDirectory) {
    this.api = api;
    this.directory = directory;
  }

  static async start(t: Scope, options: FakeOptions = {}): Promise<FakeCluster> {
    const api = await FakeApi.start({ bookmarkMs: 30, ...options });
    atEnd(t, () => api.close());
    putFences(api, NAMESPACE);
    const access = openAccess(api.url);
    const client = new KubeClient(access, 'test');
    const log = await createLog('silent', false);
    const directory = new ApiDirectory(client, log, { times: TIMES, end: () => access.close() });
    atEnd(t, () => directory.stop());
    return new FakeCluster(api, directory);
  }

  /** @returns its UID */
  pod(
    name: string,
    {
      phase = 'work',
      door = 'wide',
      profile,
      status = 'Running',
      owner,
      labels,
      addresses = ['127.0.0.1'],
    }: PodOptions = {},
  ): string {
    const own = { [GOVERNED_LABEL]: 'true', [PHASE_LABEL]: phase, [NETWORK_LABEL]: door };
    return this.api.store.put('/pods', {
      metadata: {
        name,
        namespace: NAMESPACE,
        labels: { ...labels, ...own },
        annotations: { note: 'n'.repeat(100), ...(profile === undefined ? {} : { [TOOL_PROFILE]: profile }) },
        ...(owner === undefined ? {} : { ownerReferences: [refOf(owner)] }),
      },
      spec: { serviceAccountName: 'runner', containers: [{ name: 'agent', image: 'x' }] },
      status: {
        phase: status,
        podIPs: addresses.map((ip) => ({ ip })),
      },
    }).metadata.uid;
  }

  /** @returns its UID */
  job(name: string, owner?: PodOptions['owner']): string {
    return this.api.store.put('batch/jobs', {
      metadata: {
        name,
        namespace: NAMESPACE,
        ...(owner === undefined ? {} : { ownerReferences: [refOf(owner)] }),
      },
      spec: { selector: { matchLabels: { 'job-name': name } } },
    }).metadata.uid;
  }

  /** @returns its UID */
  runner(name: string, kill?: string): string {
    return this.api.store.put('tollgate.dev/agentrunners', {
      metadata: { name, namespace: NAMESPACE },
      spec: kill === undefined ? {} : { kill },
    }).metadata.uid;
  }

  /** A ToolProfile whose phases all have this network, unless the spec says more. */
  profile(
    name: string,
    access: string,
    hosts: readonly string[] = [],
    more: object = {},
    namespace = NAMESPACE,
  ): void {
    const network = { access, hosts };
    this.api.store.put('tollgate.dev/toolprofiles', {
      apiVersion: GROUP,
      kind: 'ToolProfile',
      metadata: { name, namespace },
      spec: {
        enforce: true,
        tier: 'full_vm_tools',
        network: { setup: network, work: network, teardown: network },
        ...more,
      },
    });
  }

  provider(name: string, spec: object): void {
    this.api.store.put('tollgate.dev/providers', {
      apiVersion: GROUP,
      kind: 'Provider',
      metadata: { name },
      spec: { wires: ['anthropic-messages'], ...spec },
    });
  }

  delete(collection: string, name: string, namespace: string | undefined = NAMESPACE): void {
    this.api.store.delete(collection, name, namespace);
  }
}

function refOf([apiVersion, kind, name, uid]: NonNullable<PodOptions['owner']>) {
  return { apiVersion, kind, name, uid, controller: true };
}
