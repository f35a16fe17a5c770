/**
 * The sidecar: the proxy between one agent, or several, and the providers.
 *
 *   agent ── HTTP ──> door ── exchange ──┬── ledger and audit log (state folder)
 *                                        └── providers
 *
 * `run` starts it beside the command that it governs; `serve` starts it for whoever has a key. This file wires the parts
 * together.
 */
import { setMaxListeners } from 'node:events';
import { Server as NetServer } from 'node:net';
import type { DatabaseSync } from 'node:sqlite';
import { listen, urlOf } from '../adapters/net/listen.ts';
import { KeyLookup } from '../adapters/sqlite/keys-lookup.ts';
import { SqliteLedger } from '../adapters/sqlite/ledger.ts';
import { Retention } from '../adapters/sqlite/retention.ts';
import { openState, type StatePaths } from '../adapters/sqlite/state.ts';
import { WarningOutbox } from '../adapters/sqlite/warning-outbox.ts';
import type { Recorded } from '../adapters/sqlite/warnings.ts';
import { createLog, type Log } from '../adapters/telemetry/log.ts';
import { Metrics } from '../adapters/telemetry/metrics.ts';
import { startTraces } from '../adapters/telemetry/trace.ts';
import { TlsRenewal } from '../adapters/tls/renewal.ts';
import type { ChainEnd } from '../core/audit/entry.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import type { Snapshot } from '../core/policy/snapshot.ts';
import { VERSION } from '../core/version.ts';
import { type Callers, OneCaller } from './callers.ts';
import { KeyCallers } from './callers-keys.ts';
import { type CommonConfig, credentialVariable, type GatewayConfig, type SidecarConfig } from './config.ts';
import { OpenContents } from './contents.ts';
import { budgetFigures, budgetsInForce } from './figures.ts';
import { newId } from './id.ts';
import { RunningLeases } from './leases.ts';
import { Places } from './places.ts';
import { PoliciesInForce } from './policies-in-force.ts';
import { createDoor } from './server.ts';
import type { Identity, Sidecar } from './sidecar.ts';
import { Tally } from './tally.ts';
import { TIMES, type Times } from './times.ts';
import { ExchangeTraces } from './traces.ts';
import { Upstreams } from './upstream/upstreams.ts';
import { BudgetWarnings } from './warnings/warnings.ts';

const LOOPBACK = '127.0.0.1';

/** What runs, whoever calls it. */
export interface Running {
  /** Base URL for callers, without /v1. */
  readonly url: string;
  readonly port: number;
  readonly metricsUrl: string | undefined;
  readonly tally: Tally;
  /** The end of this process' chain in the audit log. */
  readonly end: () => ChainEnd;
  /** Looks at policies now, and reads certificate and key. */
  reload(): void;
  /** Lets running replies end, at most for the grace period; then settles, records and closes everything. */
  stop(): Promise<void>;
}

export interface RunningSidecar extends Running {
  readonly snapshot: () => Snapshot;
}

export interface RunningGateway extends Running {
  /** Who has an active key now. */
  readonly known: () => readonly Identity[];
  /** @returns the policy in force for a caller; undefined when there is none */
  readonly snapshotOf: (identity: Identity) => Snapshot | undefined;
}

/** What startSidecar() and startGateway() have in common. */
interface Parts {
  readonly policies: PoliciesInForce;
  readonly callers: (state: State, times: Times) => Callers;
  readonly log: Log;
}

/**
 * For one agent.
 * @throws StateError, PolicyError, LedgerUnavailable, or an error of listen(); then nothing is left running
 */
export async function startSidecar(config: SidecarConfig): Promise<RunningSidecar> {
  const { key, workload, session, agent } = config;
  const identity: Identity = { payer: { workload, session }, agent };
  const log = config.log ?? (await createLog(config.logLevel));
  const policies = new PoliciesInForce(config, log);
  policies.snapshotOf(identity);
  const parts = { policies, log, callers: () => new OneCaller(key, identity) };
  const running = await start({ ...config, allowedHosts: [], tls: undefined }, parts);
  return { ...running, snapshot: () => policies.snapshotOf(identity) };
}

/**
 * For everybody who has a key of the state folder.
 * @throws as startSidecar(), and TlsError
 */
export async function startGateway(config: GatewayConfig): Promise<RunningGateway> {
  const log = config.log ?? (await createLog(config.logLevel));
  const policies = new PoliciesInForce(config, log);
  let callers: Callers | undefined;
  const running = await start(config, {
    policies,
    log,
    callers: ({ db, ledger }) => {
      callers = new KeyCallers(new KeyLookup(db, ledger), Date.now);
      return callers;
    },
  });
  return {
    ...running,
    known: () => callers?.known(Number.MAX_SAFE_INTEGER) ?? [],
    snapshotOf: (identity) => {
      const snapshot = policies.of(identity);
      return 'code' in snapshot ? undefined : snapshot;
    },
  };
}

async function start(config: GatewayConfig, { policies, callers: callersOf, log }: Parts): Promise<Running> {
  const times = { ...TIMES, ...config.times };
  const tls =
    config.tls &&
    new TlsRenewal(config.tls, {
      names: { cert: '--tls-cert', key: '--tls-key' },
      minVersion: 'TLSv1.2',
      log,
    });
  const warnings = new BudgetWarnings({ log, clock: Date.now, times, environment: config.environment });
  const state = await startLedger(config, times, warnings.recorded);
  const { ledger } = state;
  const callers = callersOf(state, times);
  const traces = await startTraces(config.environment, log);
  const stopped = new AbortController();
  // One listener for each exchange that waits for the ledger.
  setMaxListeners(0, stopped.signal);

  const sidecar: Sidecar = {
    ledger,
    contents: new OpenContents(ledger),
    upstreams: new Upstreams(times),
    leases: new RunningLeases(ledger, times.leaseRenew),
    places: new Places(),
    clock: Date.now,
    log,
    metrics: new Metrics(() => budgetFigures(callers, policies, ledger)),
    tally: new Tally(),
    traces: traces && new ExchangeTraces(traces),
    times,
    stopped: stopped.signal,
    credentialOf: (provider) => credentialOf(config, provider),
    credentialVariable,
  };
  const running = new Set<Promise<unknown>>();
  let closing = false;
  const names = new Set(config.allowedHosts);
  const door = { callers, snapshots: policies, names, tls: tls?.first, closing: () => closing };
  const server = createDoor(sidecar, door, running);
  if ('setSecureContext' in server) tls?.renew(server);
  let telemetry: { url: string; close(): void } | undefined;
  let retention: Retention | undefined;

  const stop = async () => {
    closing = true;
    policies.stop();
    tls?.stop();
    // Not yet its own close(): that would cut off replies that have ended here and are still on their way.
    NetServer.prototype.close.call(server);
    await within(config.graceMs, running);
    // Whatever still runs now is broken off, and with that charged as reserved and recorded.
    stopped.abort();
    await sidecar.upstreams.close();
    server.close();
    server.closeAllConnections();
    await Promise.all(running);
    sidecar.leases.stop();
    telemetry?.close();
    await Promise.all([warnings.stop(), traces?.stop()]);
    await retention?.stop();
    await ledger.stop();
  };
  let stopping: Promise<void> | undefined;

  try {
    await policies.start(ledger, callers, times.policies);
    // What a rehearsal spends is not spent: nobody outside is told of it.
    const budgets = () => (config.instead ? [] : budgetsInForce(callers, policies));
    warnings.start({ outbox: new WarningOutbox(state), metrics: sidecar.metrics, budgets });
    const port = await listen(server, config.port, config.host);
    if (config.metricsPort !== undefined) telemetry = await serveMetrics(sidecar, config);
    tls?.start(times.policies);
    if (config.keepMs !== undefined) retention = startRetention(state, config.keepMs, log);
    const url = urlOf(tls ? 'https' : 'http', config.host, port);
    log.info({ url }, 'listening');
    return {
      url,
      port,
      metricsUrl: telemetry?.url,
      tally: sidecar.tally,
      end: () => ledger.end,
      reload: () => {
        policies.reload();
        tls?.reload();
      },
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

interface State {
  readonly db: DatabaseSync;
  readonly paths: StatePaths;
  readonly ledger: SqliteLedger;
}

async function startLedger(
  { stateFolder, command }: CommonConfig,
  times: Times,
  onWarnings: (recorded: readonly Recorded[]) => void,
): Promise<State> {
  const { db, paths } = openState(stateFolder);
  const ledger = new SqliteLedger({
    db,
    paths,
    chain: newId(Date.now()),
    leaseTtlMs: times.leaseTtl,
    patienceMs: times.lock,
    onWarnings,
  });
  try {
    await ledger.start({ version: VERSION, command });
    return { db, paths, ledger };
  } catch (error) {
    await ledger.stop().catch(() => undefined);
    throw error;
  }
}

function startRetention(state: State, keepMs: number, log: Log): Retention {
  return new Retention({
    ...state,
    keepMs,
    onPruned: ({ kept, ...removed }) => {
      log.info(removed, 'removed what was too old');
      for (const sentence of kept) log.error(sentence);
    },
    onError: (error) => log.error({ error: String(error) }, 'what is too old could not be removed'),
  });
}

/** Kept from a provider that takes none: it would get another provider's. */
function credentialOf({ instead: other, environment }: CommonConfig, provider: ProviderSpec) {
  if (other) return other.key;
  if (provider.auth.type === 'none') return undefined;
  return environment[credentialVariable(provider)]?.trim() || undefined;
}

/** Loaded only where it is asked for: a laptop run has no use for it. On this machine alone, wherever calls come from. */
async function serveMetrics(sidecar: Sidecar, config: CommonConfig): Promise<{ url: string; close(): void }> {
  const { createTelemetryServer } = await import('./telemetry-server.ts');
  const server = createTelemetryServer(sidecar);
  const port = await listen(server, config.metricsPort ?? 0, LOOPBACK);
  return { url: urlOf('http', LOOPBACK, port), close: () => server.close().closeAllConnections() };
}

/** @returns when all have ended, or after `ms` */
async function within(ms: number, running: ReadonlySet<Promise<unknown>>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.all(running), enough]);
  clearTimeout(timer);
}
