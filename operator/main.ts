/**
 * The operator: makes what agents run in, and lets no pod be governed by halves. It holds no provider's key and no ledger.
 *
 *   API server ── a pod is created ──> webhook (every replica) ──> injected, or a sentence that says why not
 *   API server ── watch ──> leader ──┬── certificates: authority, servers, trust bundles
 *                                    ├── fences: NetworkPolicies of enabled namespaces; whether others widen them
 *                                    ├── credentials: which Secrets control may read
 *                                    └── runners: phases, one after the other
 *
 * This file wires the parts together.
 */
import { Registry } from 'prom-client';
import { Widenings } from '../adapters/cluster/fences.ts';
import { ClusterProfiles } from '../adapters/cluster/profiles.ts';
import { inCluster } from '../adapters/kube/access.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import { EventRecorder } from '../adapters/kube/events.ts';
import { Election } from '../adapters/kube/lease.ts';
import type { Resource } from '../adapters/kube/object.ts';
import type { QueueHooks } from '../adapters/kube/queue.ts';
import type { ReflectorHooks } from '../adapters/kube/reflector-options.ts';
import { listen } from '../adapters/net/listen.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createTelemetryServer } from '../adapters/telemetry/telemetry-server.ts';
import { agentNamed } from '../core/agents/agents.ts';
import { OPERATOR, TLS_SECRETS } from '../core/cluster/names.ts';
import type { PolicyObject } from '../core/policy/objects.ts';
import { VERSION } from '../core/version.ts';
import { profileFor } from './admission/profile-for.ts';
import { startWebhook } from './admission/webhook.ts';
import { Certificates } from './certificates/certificates.ts';
import { ServingCertificate } from './certificates/serving.ts';
import type { OperatorConfig } from './config.ts';
import { CredentialRights } from './credentials/rights.ts';
import { installationOf } from './installation.ts';
import { Fences } from './network/fences.ts';
import { WidenedWatch } from './network/widened.ts';
import { RunnerController } from './runner/controller.ts';
import { Stores } from './stores.ts';

/** Controllers of Kubernetes that make pods of templates; who may write such templates, an admission policy says. */
const CONTROLLERS: ReadonlySet<string> = new Set([
  'system:serviceaccount:kube-system:job-controller',
  'system:serviceaccount:kube-system:replicaset-controller',
  'system:kube-controller-manager',
]);

export interface RunningOperator {
  /** Why it can't go on: another may lead since. The process has to exit. */
  readonly lost: Promise<string>;
  stop(graceMs: number): Promise<void>;
}

/**
 * @param identity of this process alone, also after a restart
 * @throws errors of files and listen(), and what the API server says of the gateway's Service
 */
export async function startOperator(
  config: OperatorConfig,
  log: Log,
  identity: string,
): Promise<RunningOperator> {
  const { namespace, clusterDomain } = config;
  const access = await inCluster();
  const client = new KubeClient(access, `${OPERATOR}/${VERSION}`);
  // For what only the leader may write: of those who wait for their turn none writes once another may lead.
  const leader = new KubeClient(access, `${OPERATOR}/${VERSION}`, () => election.leads);
  const registry = new Registry();
  const events = new EventRecorder(leader, { controller: 'tollgate.dev/operator', instance: identity });
  const hooks = ({ plural }: Resource) => hooksFor(log, plural);
  const stores = new Stores(client, hooks);
  const widenings = new Widenings(stores.networkPolicies);
  const profiles = new ClusterProfiles();
  const profilesChanged = () =>
    profiles.replace([...stores.toolProfiles.store.list()] as unknown as PolicyObject[]);

  let whyNotReady: string | undefined = 'policies have not been read';
  const serving = new ServingCertificate({ client, namespace, name: TLS_SECRETS.operator, log, hooks });
  serving.start();
  const webhook = await startWebhook({
    listen: { address: config.listen.address, port: config.listen.webhook },
    certificate: serving,
    review: {
      installation: await installationOf(config, client, process.env),
      agentKind: agentNamed,
      profileFor: profileFor(profiles),
      mayNamePhase: (username) => CONTROLLERS.has(username),
      widened: (of, labels) => widenings.of(of, labels),
    },
    whyNotReady: () => whyNotReady,
    registry,
    log,
  });
  const telemetry = createTelemetryServer(registry, webhook.whyNotReady);
  await listen(telemetry, config.listen.metrics, config.listen.address);

  await stores.start();
  profilesChanged();
  stores.toolProfiles.on({ add: profilesChanged, update: profilesChanged, delete: profilesChanged });
  whyNotReady = undefined;

  const certificates = new Certificates({
    ...{ client: leader, namespace, clusterDomain, mode: config.certificates },
    extraTrust: config.extraTrust,
    namespaces: stores.namespaces,
    ...{ events, log, hooks, registry },
    queueHooks: queueHooks(log, 'certificates'),
    leads: () => election.leads,
  });
  const fences = new Fences({
    client: leader,
    namespaces: stores.namespaces,
    policies: stores.networkPolicies,
    hooks: queueHooks(log, 'fences'),
  });

  const credentials = new CredentialRights({
    ...{ client: leader, namespace, log, hooks },
    manifests: [stores.providers, stores.budgetPolicies],
    queueHooks: queueHooks(log, 'credentials'),
  });

  const lost = Promise.withResolvers<string>();
  const runners = new RunnerController({
    ...{ client: leader, events, hooks },
    namespaces: stores.namespaces,
    networkPolicies: stores.networkPolicies,
    queueHooks: queueHooks(log, 'runners'),
  });
  const widenedWatch = new WidenedWatch({
    ...{ client: leader, events, log, registry },
    policies: stores.networkPolicies,
    podHooks: hooksFor(log, 'pods'),
    queueHooks: queueHooks(log, 'widened networks'),
  });
  const election = new Election(client, {
    ...{ namespace, name: OPERATOR, identity },
    elected: () => {
      log.info('this replica leads');
      certificates.start();
      fences.start();
      credentials.start();
      void runners.start();
      void widenedWatch.start();
    },
    lost: lost.resolve,
    failed: ({ message }) => log.warn({ why: message }, 'the Lease was not written'),
  });
  election.start();

  return {
    lost: lost.promise,
    async stop(graceMs) {
      const controllers = [certificates, fences, credentials, runners, widenedWatch].map((one) =>
        one.stop(graceMs),
      );
      await Promise.all([webhook.stop(graceMs), ...controllers]);
      await events.stop();
      // Another leads once nothing is under way here.
      await election.stop();
      await Promise.all([serving.stop(), stores.stop()]);
      telemetry.close();
      telemetry.closeAllConnections();
      await access.close();
    },
  };
}

function hooksFor(log: Log, what: string): ReflectorHooks {
  return {
    failed: ({ message }) => log.warn({ what, why: message }, 'the API server was not heard'),
    handlerFailed: (error) => log.error({ what, error: String(error) }, 'a change was not handled'),
  };
}

function queueHooks(log: Log, what: string): QueueHooks {
  return {
    failed: (key, error, failures) =>
      log.warn({ what, key, why: String(error), failures }, 'it is tried again'),
  };
}
