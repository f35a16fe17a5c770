/**
 * The sidecar: the proxy between one agent, or several, and the providers.
 *
 *   agent ── HTTP, loopback ──> door ── exchange ──┬── ledger and audit log (state folder)
 *                                                  └── providers
 *
 * `run` starts it beside the command that it governs; `sidecar` starts it alone. This file wires the parts together.
 */
import type { AddressInfo } from 'node:net';
import { SqliteLedger } from '../adapters/sqlite/ledger.ts';
import { openState } from '../adapters/sqlite/state.ts';
import { createLog } from '../adapters/telemetry/log.ts';
import { Metrics } from '../adapters/telemetry/metrics.ts';
import type { ChainEnd } from '../core/audit/entry.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import type { Snapshot } from '../core/policy/snapshot.ts';
import { VERSION } from '../core/version.ts';
import { credentialVariable, type SidecarConfig } from './config.ts';
import { newId } from './id.ts';
import { RunningLeases } from './leases.ts';
import { loadSnapshot, watchPolicies } from './policies.ts';
import { createDoor } from './server.ts';
import type { Sidecar } from './sidecar.ts';
import { Tally } from './tally.ts';
import { Upstreams } from './upstream/upstreams.ts';

export interface RunningSidecar {
  /** Base URL for the agent, without /v1. */
  readonly url: string;
  readonly port: number;
  readonly metricsUrl: string | undefined;
  readonly tally: Tally;
  readonly snapshot: () => Snapshot;
  /** The end of this process' chain in the audit log. */
  readonly end: () => ChainEnd;
  /** Lets running replies end, at most for the grace period; then settles, records and closes everything. */
  stop(): Promise<void>;
}

/** @throws StateError, PolicyError, or an error of listen() */
export async function startSidecar(config: SidecarConfig): Promise<RunningSidecar> {
  const source = { path: config.policies, profile: config.profile, workload: config.workload };
  let snapshot = instead(config, loadSnapshot(source));
  const log = await createLog(config.logLevel);
  const { db, paths } = openState(config.stateFolder);
  const ledger = new SqliteLedger({ db, paths, chain: newId(Date.now()) });
  await ledger.start({ version: VERSION, command: config.command });
  const recordPolicy = () => ledger.record(policyEntry(config, snapshot));
  await recordPolicy();

  const sidecar: Sidecar = {
    ledger,
    upstreams: new Upstreams(),
    leases: new RunningLeases(ledger),
    clock: Date.now,
    log,
    metrics: new Metrics(),
    tally: new Tally(),
    snapshot: () => snapshot,
    credentialOf: (provider) =>
      config.instead?.key ?? (config.environment[credentialVariable(provider)] || undefined),
    credentialVariable,
  };
  const unwatch = watchPolicies(
    source,
    (changed) => {
      snapshot = instead(config, changed);
      log.info({ snapshot: snapshot.hash.slice(0, 12) }, 'changed policies are in force');
      recordPolicy().catch((error: unknown) =>
        log.error({ error: String(error) }, 'a policy change was not recorded'),
      );
    },
    ({ problems }) => {
      log.error(`changed policies are broken; the last good ones stay in force:\n  ${problems.join('\n  ')}`);
    },
  );

  const running = new Set<Promise<void>>();
  let closing = false;
  const caller = { payer: { workload: config.workload, session: config.session }, agent: config.agent };
  const server = createDoor(sidecar, { key: config.key, caller, closing: () => closing }, running);
  const port = await listen(server, config.port, config.host);
  const telemetry = config.metricsPort === undefined ? undefined : await serveMetrics(sidecar, config);
  log.info({ url: `http://${config.host}:${port}` }, 'listening');

  return {
    url: `http://${config.host}:${port}`,
    port,
    metricsUrl: telemetry?.url,
    tally: sidecar.tally,
    snapshot: () => snapshot,
    end: () => ledger.end,
    async stop() {
      closing = true;
      unwatch();
      server.close();
      server.closeIdleConnections();
      await within(config.graceMs, running);
      // Whatever still runs now is broken off, and with that charged as reserved and recorded.
      await sidecar.upstreams.close();
      server.closeAllConnections();
      await Promise.all(running);
      sidecar.leases.stop();
      telemetry?.close();
      await ledger.stop();
    },
  };
}

/** In a rehearsal the providers stay what they are in name and price; only who answers is another. */
function instead({ instead: other }: SidecarConfig, snapshot: Snapshot): Snapshot {
  if (!other) return snapshot;
  const url = new URL(other.url);
  const rehearsed = (provider: ProviderSpec): ProviderSpec => {
    const { proxy: _, ...rest } = provider;
    return { ...rest, origin: url.origin, basePath: '', privateAddresses: true, auth: { type: 'key' } };
  };
  return { ...snapshot, providers: snapshot.providers.map(rehearsed) };
}

function policyEntry(config: SidecarConfig, snapshot: Snapshot) {
  return {
    kind: 'policy',
    at: Date.now(),
    snapshot: snapshot.hash,
    policies: [
      ...snapshot.budgets.map(({ name }) => `BudgetPolicy/${name}`),
      ...snapshot.profiles.map(({ name }) => `ToolProfile/${name}`),
      ...snapshot.providers.map(({ name }) => `Provider/${name}${config.instead ? ' (rehearsal)' : ''}`),
    ],
    notInForce: snapshot.notInForce.map(({ code }) => code),
  } as const;
}

/** Loaded only where it is asked for: a laptop run has no use for it. */
async function serveMetrics(
  sidecar: Sidecar,
  config: SidecarConfig,
): Promise<{ url: string; close(): void }> {
  const { createTelemetryServer } = await import('./telemetry-server.ts');
  const server = createTelemetryServer(sidecar);
  const port = await listen(server, config.metricsPort ?? 0, config.host);
  return { url: `http://${config.host}:${port}`, close: () => server.close().closeAllConnections() };
}

function listen(server: import('node:http').Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** @returns when all have ended, or after `ms` */
async function within(ms: number, running: ReadonlySet<Promise<void>>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.all(running), enough]);
  clearTimeout(timer);
}
