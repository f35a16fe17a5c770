/**
 * Control: what sidecars talk to. Any replica serves any sidecar; what they share is in Redis and MongoDB.
 *
 *   sidecar ── HTTPS, token ──> server ──┬── hello, events ── cluster (pods, owners, policies, Secrets)
 *                                        ├── reserve, extend ──> ledger (Redis)
 *                                        └── entries ──> ledger, then audit log (MongoDB)
 *   housekeeping ── expired leases; orphaned entries, by the replica that leads
 *   status ── what was spent ──> API server, by the replica that leads
 *   warnings ── limits that are nearly spent ──> log, metric, Event, webhook
 *
 * It can't create pods, and writes no spec. This file wires the parts together.
 */
import { createServer } from 'node:https';
import { hostname } from 'node:os';
import type { SidecarCaller } from '../adapters/cluster/caller.ts';
import { Cluster } from '../adapters/cluster/cluster.ts';
import { ClusterPolicies } from '../adapters/cluster/policies.ts';
import { readWrappingKey } from '../adapters/contents/wrapping-key.ts';
import { inCluster } from '../adapters/kube/access.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import { EventRecorder } from '../adapters/kube/events.ts';
import type { Resource } from '../adapters/kube/object.ts';
import type { ReflectorHooks } from '../adapters/kube/reflector-options.ts';
import { listen } from '../adapters/net/listen.ts';
import { RedisLedger } from '../adapters/redis/ledger.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createTelemetryServer } from '../adapters/telemetry/telemetry-server.ts';
import { TlsRenewal } from '../adapters/tls/renewal.ts';
import { issuerOf } from '../adapters/tokens/config.ts';
import { KeySet } from '../adapters/tokens/keys.ts';
import { readToken } from '../adapters/tokens/tokens.ts';
import { VerifiedTokens } from '../adapters/tokens/verified.ts';
import { namedSecrets } from '../core/cluster/credentials.ts';
import { AUDIENCES, SERVICES } from '../core/cluster/names.ts';
import { VERSION } from '../core/version.ts';
import { sidecarApi, streamState } from './api.ts';
import type { ControlConfig } from './config.ts';
import { Credentials } from './credentials.ts';
import { Freshness } from './freshness.ts';
import { Housekeeping } from './housekeeping.ts';
import { Leader } from './leader.ts';
import { ControlMetrics } from './metrics.ts';
import { OwnChain } from './own-chain.ts';
import { Proofs } from './proofs.ts';
import { sidecarApp } from './server.ts';
import { Serving } from './serving.ts';
import { openSpending } from './spending.ts';
import { StatusWriter } from './status/writer.ts';
import { openAudit, redisConfig } from './stores.ts';
import { SidecarStreams } from './streams.ts';
import { WebhookSecrets } from './warnings/secrets.ts';
import { WarningTeller } from './warnings/teller.ts';

const KEYS_REFRESH_MS = 300_000;
/** So long the first keys of providers are waited for: a sidecar that is told of none refuses calls. */
const SECRETS_MS = 15_000;
const HOUSEKEEPING_MS = 10_000;
const STATUS_MS = 10_000;
const CERTIFICATE_LOOK_MS = 5_000;
/** Longer than a lease lives: a sidecar that is only away for a while brings its entries itself. */
const PATIENCE_MS = 300_000;
/** A sidecar that could not bring its entries tries again within ten seconds, and one try takes some more. */
const BRING_MS = 13_000;

export interface RunningControl {
  readonly port: number;
  stop(graceMs: number): Promise<void>;
}

/** @throws LedgerUnavailable when Redis or MongoDB can't be reached; ConfigError for their URLs; errors of listen() */
export async function startControl(config: ControlConfig, log: Log, chain: string): Promise<RunningControl> {
  const access = await inCluster();
  const client = new KubeClient(access, `tollgate-control/${VERSION}`);
  const keys = new KeySet(config.tokens.jwks, ({ message }) =>
    log.error({ why: message }, "the cluster's keys were not read"),
  );
  const audit = await openAudit(config.mongodb);
  const contentKey = config.contents && readWrappingKey(config.contents.keyFile);
  const proofs = await Proofs.open(audit.proofs);
  const ledger = await RedisLedger.open({ config: redisConfig(config.redis), chain });

  const policies = new ClusterPolicies();
  const changed = (namespace?: string) => void streams.changed(namespace);
  const secrets = { client, namespace: config.namespace, hooks: hooksFor(log, 'secrets') };
  const credentials = new Credentials({ ...secrets, onChange: () => changed() });
  const webhookSecrets = new WebhookSecrets(secrets);
  const cluster = new Cluster({
    client,
    hooks: ({ plural }: Resource) => hooksFor(log, plural),
    onPolicies: (objects) => {
      policies.replace(objects);
      const named = namedSecrets(objects);
      credentials.watch(named.credentials);
      webhookSecrets.watch(named.webhooks);
      changed();
    },
    onChange: changed,
    onOwners: changed,
  });
  const freshness = new Freshness({
    heardAt: () => cluster.heardAt(),
    staleMs: config.staleMs,
    log,
  });
  const streams = new SidecarStreams<SidecarCaller>({
    state: (caller) => streamState(caller, { cluster, policies, credentials, log }),
    namespaceOf: ({ pod }) => pod.namespace,
  });

  const leader = new Leader({
    ...{ client, log, namespace: config.namespace, name: SERVICES.control },
    identity: `${process.env.POD_NAME ?? hostname()}_${chain}`,
  });
  const status = new StatusWriter({
    client,
    hooks: hooksFor(log, 'agentrunners'),
    policies: () => cluster.policies(),
    sources: { ledger, sessions: audit.sessions, policies },
    keepsContents: contentKey !== undefined,
    leads: () => leader.leads,
    log,
    everyMs: STATUS_MS,
  });
  const metrics = new ControlMetrics({ sidecars: () => streams.size, budgets: () => status.figures });

  const tokens = new VerifiedTokens((token) =>
    readToken(token, keys, { issuer: issuerOf(config.tokens), audience: AUDIENCES.control }),
  );
  const events = new EventRecorder(client, {
    controller: 'tollgate.dev/control',
    instance: process.env.POD_NAME ?? hostname(),
    dropped: (error) =>
      log.warn({ why: error?.message ?? 'there were too many' }, 'an event was not written'),
  });
  const warnings = new WarningTeller({
    ...{ secrets: webhookSecrets, events, metrics, log },
    outbox: ledger.outbox,
    policies: () => cluster.policies(),
  });

  const api = sidecarApi({
    cluster,
    policies,
    credentials,
    ledger,
    audit,
    log,
    contentKey,
    proofs,
    onEnded: (by, closed, opened) => metrics.ended(by, closed, opened),
    onGit: (by, request) => metrics.git(by, request),
    streams: () => streams,
    stale: () => freshness.problem(),
    read: (token) => tokens.read(token),
  });

  await Promise.all([keys.refresh(), cluster.start()]);
  await Promise.all([credentials.synced(SECRETS_MS), webhookSecrets.synced(SECRETS_MS)]);
  keys.start(KEYS_REFRESH_MS);
  const own = new OwnChain({ audit, chain, version: VERSION, command: 'control', log });
  await own.begin();
  const housekeeping = new Housekeeping({
    ledger,
    audit,
    chain: own,
    log,
    openSpending: () => openSpending({ ledger, audit, log, bringMs: BRING_MS }),
    leads: () => leader.leads,
    everyMs: HOUSEKEEPING_MS,
    patienceMs: PATIENCE_MS,
  });
  housekeeping.start();
  leader.start();
  status.start();
  warnings.start();

  const serving = new Serving();
  const whyNotReady = () => {
    if (serving.closing) return 'it is being stopped';
    return keys.ready ? freshness.problem() : "the cluster's keys were not read yet";
  };
  const app = sidecarApp(api, {
    whyNotReady,
    closing: () => serving.closing,
    onFault: (error) =>
      log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a request failed'),
  });
  const certificate = new TlsRenewal(config.tls, { minVersion: 'TLSv1.2', log });
  const server = createServer(certificate.first, app);
  certificate.renew(server);
  const port = await listen(server, config.listen.port, config.listen.address);
  const telemetry = createTelemetryServer(metrics.registry, whyNotReady);
  await listen(telemetry, config.listen.metrics, config.listen.address);
  certificate.start(CERTIFICATE_LOOK_MS);
  log.info({ port }, 'control listens');
  return {
    port,
    async stop(graceMs) {
      await serving.stop({ server, endStreams: () => streams.close() }, graceMs);
      await Promise.all([status.stop(), warnings.stop()]);
      await events.stop();
      // While it is writing, no other replica may begin to.
      await housekeeping.stop();
      await leader.stop();
      await own.record([{ kind: 'stopped', at: Date.now() }]).catch(() => undefined);
      certificate.stop();
      keys.stop();
      telemetry.close();
      telemetry.closeAllConnections();
      await Promise.all([cluster.stop(), credentials.stop(), webhookSecrets.stop()]);
      ledger.stop();
      await audit.close();
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
