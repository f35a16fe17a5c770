/**
 * The sidecar: the proxy between one agent, or several, and the providers.
 *
 *   agent ── HTTP, loopback ──> door ── exchange ──┬── ledger and audit log (state folder)
 *                                                  └── providers
 *
 * `run` starts it beside the command that it governs; `sidecar` starts it alone. This file wires the parts together.
 */
import { setMaxListeners } from 'node:events';
import { type AddressInfo, Server as NetServer } from 'node:net';
import type { DatabaseSync } from 'node:sqlite';
import { SqliteLedger } from '../adapters/sqlite/ledger.ts';
import { Retention } from '../adapters/sqlite/retention.ts';
import { openState, type StatePaths } from '../adapters/sqlite/state.ts';
import { createLog, type Log } from '../adapters/telemetry/log.ts';
import { type BudgetFigures, Metrics } from '../adapters/telemetry/metrics.ts';
import type { ChainEnd } from '../core/audit/entry.ts';
import { limitCheck, type Payer, scopeOf } from '../core/ledger/checks.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import type { Snapshot } from '../core/policy/snapshot.ts';
import { VERSION } from '../core/version.ts';
import { credentialVariable, type SidecarConfig } from './config.ts';
import { OpenContents } from './contents.ts';
import { newId } from './id.ts';
import { RunningLeases } from './leases.ts';
import { PolicyWatch } from './policies.ts';
import { createDoor } from './server.ts';
import type { Sidecar } from './sidecar.ts';
import { Tally } from './tally.ts';
import { TIMES, type Times } from './times.ts';
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

/** @throws StateError, PolicyError, LedgerUnavailable, or an error of listen(); then nothing is left running */
export async function startSidecar(config: SidecarConfig): Promise<RunningSidecar> {
  const { policies: path, profile, workload } = config;
  const watch = new PolicyWatch({ path, profile, workload });
  let snapshot = instead(config, watch.first);
  const log = config.log ?? (await createLog(config.logLevel));
  const times = { ...TIMES, ...config.times };
  const state = await startLedger(config, times);
  const { ledger } = state;
  const stopped = new AbortController();
  // One listener for each exchange that waits for the ledger.
  setMaxListeners(0, stopped.signal);

  const payer = { workload, session: config.session };
  const sidecar: Sidecar = {
    ledger,
    contents: new OpenContents(ledger),
    upstreams: new Upstreams(times),
    leases: new RunningLeases(ledger, times.leaseRenew),
    clock: Date.now,
    log,
    metrics: new Metrics(() => budgetFigures(snapshot, payer, ledger)),
    tally: new Tally(),
    times,
    stopped: stopped.signal,
    snapshot: () => snapshot,
    credentialOf: (provider) => credentialOf(config, provider),
    credentialVariable,
  };
  const running = new Set<Promise<unknown>>();
  let closing = false;
  const caller = { payer, agent: config.agent };
  const server = createDoor(sidecar, { key: config.key, caller, closing: () => closing }, running);
  let telemetry: { url: string; close(): void } | undefined;
  let retention: Retention | undefined;

  const stop = async () => {
    closing = true;
    watch.stop();
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
    await retention?.stop();
    await ledger.stop();
  };
  let stopping: Promise<void> | undefined;

  try {
    await ledger.record(policyEntry(config, snapshot));
    const port = await listen(server, config.port, config.host);
    if (config.metricsPort !== undefined) telemetry = await serveMetrics(sidecar, config);
    watch.start(times.policies, change, ({ problems }) => {
      log.error(`changed policies are broken; the last good ones stay in force:\n  ${problems.join('\n  ')}`);
    });
    if (config.keepMs !== undefined) retention = startRetention(state, config.keepMs, log);
    const url = `http://${config.host}:${port}`;
    log.info({ url }, 'listening');
    return {
      url,
      port,
      metricsUrl: telemetry?.url,
      tally: sidecar.tally,
      snapshot: () => snapshot,
      end: () => ledger.end,
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }

  function change(changed: Snapshot): void {
    snapshot = instead(config, changed);
    log.info({ snapshot: snapshot.hash.slice(0, 12) }, 'changed policies are in force');
    ledger
      .record(policyEntry(config, snapshot))
      .catch((error: unknown) => log.error({ error: String(error) }, 'a policy change was not recorded'));
  }
}

interface State {
  readonly db: DatabaseSync;
  readonly paths: StatePaths;
  readonly ledger: SqliteLedger;
}

async function startLedger({ stateFolder, command }: SidecarConfig, times: Times): Promise<State> {
  const { db, paths } = openState(stateFolder);
  const ledger = new SqliteLedger({
    db,
    paths,
    chain: newId(Date.now()),
    leaseTtlMs: times.leaseTtl,
    patienceMs: times.lock,
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
function credentialOf({ instead: other, environment }: SidecarConfig, provider: ProviderSpec) {
  if (other) return other.key;
  if (provider.auth.type === 'none') return undefined;
  return environment[credentialVariable(provider)]?.trim() || undefined;
}

/** In a rehearsal the providers stay what they are in name and price; only who answers is another. */
function instead({ instead: other }: SidecarConfig, snapshot: Snapshot): Snapshot {
  if (!other) return snapshot;
  const url = new URL(other.url);
  const rehearsed = (provider: ProviderSpec): ProviderSpec => {
    const { proxy: _, ...rest } = provider;
    return { ...rest, origin: url.origin, basePath: '/v1', privateAddresses: true, auth: { type: 'key' } };
  };
  return { ...snapshot, providers: snapshot.providers.map(rehearsed) };
}

function budgetFigures({ budgets }: Snapshot, payer: Payer, ledger: SqliteLedger): BudgetFigures[] {
  const limits = budgets.flatMap((budget) => budget.limits.filter(({ unit }) => unit === 'usd'));
  return limits.flatMap((limit) => {
    const { id, amount, counter } = limitCheck(limit, payer, Date.now());
    // A limit per request counts nothing.
    if (counter === undefined) return [];
    return [{ id, scope: scopeOf(limit.per, payer), amount, ...ledger.counter(counter) }];
  });
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
      // What fails later is one connection that could not be taken.
      server.on('error', () => undefined);
      resolve((server.address() as AddressInfo).port);
    });
  });
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
