/**
 * The egress gateway: the only way out for governed pods.
 *
 *   sidecar ── TLS, token, CONNECT ──> narrow door ──┐                           ┌──> control
 *           ──────────────────────────> wide door ───┴── gateway ── dial ──> SNI ┼──> providers
 *   np-gate ── must not get through ──> canary                                   └──> listed hosts (wide only)
 *
 * This file wires the parts, and keeps their order: the canary listens before the doors do, and closes after them.
 */
import type { AddressInfo, Server } from 'node:net';
import { inCluster } from '../adapters/kube/access.ts';
import { KubeClient } from '../adapters/kube/client.ts';
import { Crowd } from '../adapters/net/crowd.ts';
import type { Log } from '../adapters/telemetry/log.ts';
import { createTelemetryServer } from '../adapters/telemetry/telemetry-server.ts';
import { TlsRenewal } from '../adapters/tls/renewal.ts';
import { issuerOf } from '../adapters/tokens/config.ts';
import { KeySet } from '../adapters/tokens/keys.ts';
import { VERSION } from '../core/version.ts';
import { createCanary } from './canary.ts';
import type { DirectorySource, EgressConfig } from './config.ts';
import { createDial, type Dial } from './dial.ts';
import type { PodDirectory } from './directory.ts';
import { ApiDirectory } from './directory-api.ts';
import { FileDirectory } from './directory-file.ts';
import { createDoor } from './door.ts';
import { Gateway } from './gateway.ts';
import { LoggedRecords } from './log.ts';
import { EgressMetrics } from './metrics.ts';
import type { EgressLog } from './record.ts';

export interface RunningEgress {
  readonly ports: Readonly<Record<'narrow' | 'wide' | 'canary' | 'telemetry', number>>;
  /** No new tunnels; @returns when the last has ended, or was cut after the grace, ms */
  stop(graceMs: number): Promise<void>;
}

/** How often its files are looked at, ms. */
const CERTIFICATE_LOOK_MS = 5_000;
const KEYS_REFRESH_MS = 300_000;
/** The canary's queue: a full one would look like a policy. */
const BACKLOG = 4_096;

/** What tests put in the place of the real ones. */
export interface Instead {
  readonly dial?: Dial;
  readonly directory?: PodDirectory;
  readonly records?: EgressLog;
}

/** @throws TlsError; errors of listen() */
export async function startEgressGateway(
  config: EgressConfig,
  log: Log,
  instead: Instead = {},
): Promise<RunningEgress> {
  const { limits, listen: places } = config;
  const metrics = new EgressMetrics();
  const logged = instead.records ?? new LoggedRecords(log);
  const records: EgressLog = {
    write: (record) => {
      metrics.write(record);
      logged.write(record);
    },
  };
  const keys = new KeySet(config.tokens.jwks, ({ message }) =>
    log.error({ why: message }, "the cluster's keys were not read; the last ones stay"),
  );
  const directory = instead.directory ?? (await openDirectory(config.directory, log));
  const gateway = new Gateway({
    directory,
    keys,
    issuer: issuerOf(config.tokens),
    control: config.control,
    dial: instead.dial ?? createDial(limits, config.clusterRanges, config.nameServers),
    limits,
    staleMs: config.directory.staleMs,
    encryptedHello: config.encryptedHello,
    log: records,
    onFault: (error) => log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a fault'),
  });
  const crowd = new Crowd(
    {
      most: limits.connections,
      mostPerAddress: limits.connectionsPerAddress,
      newPerSecond: limits.newConnectionsPerSecond,
    },
    () => metrics.dropped(),
  );
  const certificate = new TlsRenewal(config.tls, { onlyEcdsa: true, minVersion: 'TLSv1.3', log });
  const parts = { gateway, certificate: certificate.first, crowd, limits, log: records };
  const narrow = createDoor('narrow', parts);
  const wide = createDoor('wide', parts);
  certificate.renew(narrow, wide);
  const canary = createCanary();
  const telemetry = createTelemetryServer(metrics.registry, () => whyNotReady(gateway, keys, directory));
  metrics.watch({
    tunnels: (purpose) => gateway.tunnels.count(purpose),
    connections: () => crowd.size,
    directoryAge: () => {
      const at = directory.heardAt();
      return at === undefined ? undefined : Date.now() - at;
    },
  });
  await keys.refresh();
  const servers = [canary, telemetry, narrow, wide];
  const close = async () => {
    gateway.stop();
    keys.stop();
    certificate.stop();
    const doors = Promise.all([wide, narrow].map(closed));
    crowd.disperse();
    await doors;
    const others = Promise.all([...[telemetry, canary].map(closed), directory.stop?.()]);
    telemetry.closeAllConnections();
    await others;
    logged.flush?.();
  };
  try {
    const ports = {
      canary: await listening(canary, places.canary, places.address),
      telemetry: await listening(telemetry, places.telemetry, places.address),
      narrow: await listening(narrow, places.narrow, places.address),
      wide: await listening(wide, places.wide, places.address),
    };
    // What fails later is one connection that could not be taken; a server that stops by itself ends the process.
    for (const server of servers)
      server.on('error', (error) => log.error({ error: String(error) }, 'a port'));
    directory.start?.();
    keys.start(KEYS_REFRESH_MS);
    certificate.start(CERTIFICATE_LOOK_MS);
    log.info({ ...ports }, 'the egress gateway listens');
    return {
      ports,
      stop: async (graceMs) => {
        await gateway.drain(graceMs);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws an error for people where there is no API server to ask */
async function openDirectory(source: DirectorySource, log: Log): Promise<PodDirectory> {
  if ('file' in source)
    return new FileDirectory(source.file, ({ message }) =>
      log.error({ why: message }, 'what is known of pods stays'),
    );
  const access = await inCluster();
  const client = new KubeClient(access, `tollgate-egress-gateway/${VERSION}`);
  return new ApiDirectory(client, log, { end: () => access.close() });
}

function whyNotReady(gateway: Gateway, keys: KeySet, directory: PodDirectory): string | undefined {
  if (gateway.draining) return 'it is going down';
  if (!keys.ready) return "the cluster's keys were not read yet";
  return directory.heardAt() === undefined ? 'which pods are governed is not known yet' : undefined;
}

function listening(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
  });
}
