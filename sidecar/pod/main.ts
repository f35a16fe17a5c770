/**
 * The sidecar of a pod: the same exchange as everywhere, with control in the place of the state folder.
 *
 *   agent ── 127.0.0.1 ──> door ── exchange ──┬── reserve, entries ──> gateway ──> control
 *     │                                       └── calls ─────────────> gateway ──> providers
 *     ├── CONNECT ──> agent proxy ── as the phase allows ───────────> gateway ──> listed hosts
 *     └── git ──────> git route ──── in setup and teardown ─────────> gateway ──> repositories
 *
 *   control ── stream ──> policy, credentials, kill switch
 */
import { setMaxListeners } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ControlConnection,
  ControlRefused,
  tunnelOptions,
} from '../../adapters/control-client/connection.ts';
import { RemoteLedger } from '../../adapters/control-client/ledger.ts';
import { Reports } from '../../adapters/control-client/reports.ts';
import { Spool } from '../../adapters/control-client/spool.ts';
import { ControlStream } from '../../adapters/control-client/stream.ts';
import { listen } from '../../adapters/net/listen.ts';
import { createLog, type Log, type LogLevel } from '../../adapters/telemetry/log.ts';
import { Metrics } from '../../adapters/telemetry/metrics.ts';
import type {
  CredentialsEvent,
  KillEvent,
  PolicyEvent,
  ProblemEvent,
  ReportMessage,
  Welcome,
} from '../../control-api/messages.ts';
import { PATHS, PROTOCOL } from '../../control-api/messages.ts';
import { agentNamed } from '../../core/agents/agents.ts';
import { DUMMY_KEY, EXTRA_TRUST_KEY, PROXY_PORT, SIDECAR_PORT } from '../../core/cluster/names.ts';
import { VERSION } from '../../core/version.ts';
import { OneCaller } from '../callers.ts';
import { OpenContents } from '../contents.ts';
import { GitRoute } from '../git/route.ts';
import { newId } from '../id.ts';
import { RunningLeases } from '../leases.ts';
import { Places } from '../places.ts';
import { createDoor } from '../server.ts';
import type { Sidecar } from '../sidecar.ts';
import { Tally } from '../tally.ts';
import { TIMES } from '../times.ts';
import { Upstreams } from '../upstream/upstreams.ts';
import { startAdmin } from './admin.ts';
import { writeAgentFiles } from './agent-files.ts';
import { createAgentProxy } from './agent-proxy.ts';
import { gatewayAt, type PodConfig } from './config.ts';
import { PodPolicy, workloadOf } from './policy.ts';
import { believeExtra } from './trust.ts';
import { freshTunnel } from './tunnel.ts';

/** Records that wait for control; more, and calls are refused. */
const SPOOL_BYTES = 128 * 1024 * 1024;
const LOOPBACK = '127.0.0.1';
const HELLO_AGAIN_MS = 1_000;

export interface RunningPodSidecar {
  /** Lets running replies end, at most for `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** @returns once calls can be judged, or at the latest when `signal` is aborted */
export async function startPodSidecar(
  config: PodConfig,
  logLevel: LogLevel,
  signal: AbortSignal,
): Promise<RunningPodSidecar> {
  const log = await createLog(logLevel);
  writeAgentFiles(config.agentFiles, { url: `http://${LOOPBACK}:${SIDECAR_PORT}`, key: DUMMY_KEY });
  const metrics = new Metrics(() => []);
  let notReady: string | undefined = 'control has not been reached';
  let closing = false;
  const admin = await startAdmin(config.adminSocket, {
    notReady: () => (closing ? 'it is being stopped' : notReady),
    registry: metrics.registry,
  });

  const disbelieve = believeExtra(join(dirname(config.trustFile), EXTRA_TRUST_KEY), log);
  const gateway = gatewayAt(config.narrow, config);
  const connection = new ControlConnection({
    url: config.controlUrl,
    caFile: config.trustFile,
    tokenFile: join(config.tokensFolder, 'control'),
    gateway,
  });
  const chain = newId(Date.now());
  const welcome = await hello(connection, chain, log, signal);
  const spool = new Spool(config.spoolFolder, SPOOL_BYTES);
  const ledger = new RemoteLedger({
    connection,
    spool,
    chain,
    clock: Date.now,
    onRefused: (error) => log.error({ code: error.code }, `records are kept here: ${error.message}`),
  });
  ledger.start({ version: VERSION, command: 'sidecar', predecessor: welcome.predecessor });

  const upstreams = new Upstreams(
    TIMES,
    freshTunnel(() => tunnelOptions(gateway, 'provider')),
  );
  const reports = new Reports({
    connection,
    onFailed: (error) => log.warn({ error: String(error) }, 'control was not told which policy is in force'),
  });
  const report = (message: ReportMessage) => {
    if (message.problem !== null) log.error(message.problem);
    reports.report(message);
  };
  const policy = new PodPolicy({
    onSnapshot: (snapshot, entry) => {
      log.info({ snapshot: snapshot.hash.slice(0, 12) }, 'the policy is in force');
      ledger
        .record(entry)
        .catch((error: unknown) => log.error({ error: String(error) }, 'a policy change was not recorded'));
    },
    onReport: report,
    onKill: (reason) => {
      log.warn({ reason }, 'the kill switch is on');
      upstreams.cut().catch(() => undefined);
    },
  });
  const explain = ({ problem }: ProblemEvent) => {
    if (problem !== null) log.warn({ problem }, 'no policy fits this pod: its calls are refused');
    policy.explain(problem);
  };
  let credentials: CredentialsEvent['credentials'] = {};
  const stream = new ControlStream({
    connection,
    onEvent: (name, event) => {
      if (name === 'policy') policy.take(event as PolicyEvent);
      else if (name === 'problem') explain(event as ProblemEvent);
      else if (name === 'kill') policy.kill(event as KillEvent);
      else if (name === 'credentials') ({ credentials } = event as CredentialsEvent);
      notReady = policy.problem;
    },
    onConnected: () => log.info('connected to control'),
    onLost: (why) => log.warn({ why }, 'the stream from control is lost; what was said last stays in force'),
  });

  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  const sidecar: Sidecar = {
    ledger,
    contents: new OpenContents(ledger),
    upstreams,
    leases: new RunningLeases(ledger, TIMES.leaseRenew),
    places: new Places(),
    clock: Date.now,
    log,
    metrics,
    tally: new Tally(),
    traces: undefined,
    times: TIMES,
    stopped: stopped.signal,
    credentialOf: ({ name, auth }) => (auth.type === 'none' ? undefined : credentials[name]),
    credentialVariable: ({ name }) => `the Secret of Provider ${name}`,
  };
  const payer = { workload: workloadOf(welcome.workload), session: welcome.session };
  const agent = welcome.agent === null ? undefined : agentNamed(welcome.agent);
  const running = new Set<Promise<unknown>>();
  const git = new GitRoute({
    phase: config.phase,
    repositories: config.repositories,
    credentials: config.gitCredentials,
    gateway: gatewayAt(config.agent, config),
    ledger,
    workload: { ...payer.workload, session: welcome.session },
    clock: Date.now,
    log,
    stopped: stopped.signal,
    closing: () => closing,
  });
  const door = createDoor(
    sidecar,
    {
      callers: new OneCaller(DUMMY_KEY, { payer, agent }),
      snapshots: policy,
      names: new Set(),
      tls: undefined,
      closing: () => closing,
      git,
    },
    running,
  );
  const proxy = createAgentProxy(gatewayAt(config.agent, config), log);
  await listen(door, SIDECAR_PORT, LOOPBACK);
  await listen(proxy, PROXY_PORT, LOOPBACK);
  while (policy.problem !== undefined && !signal.aborted) await sleep(50);

  return {
    async stop(graceMs) {
      closing = true;
      proxy.close();
      await Promise.race([Promise.all(running), sleep(graceMs, undefined, { ref: false })]);
      stopped.abort();
      await upstreams.close();
      door.close();
      door.closeAllConnections();
      proxy.closeAllConnections();
      await Promise.all(running);
      sidecar.leases.stop();
      await stream.stop();
      reports.stop();
      await ledger.stop(graceMs);
      spool.close();
      await connection.close();
      admin.close();
      disbelieve();
    },
  };
}

/** @returns what control says, however long it takes to be there */
async function hello(
  connection: ControlConnection,
  chain: string,
  log: Log,
  signal: AbortSignal,
): Promise<Welcome> {
  let said = '';
  for (;;) {
    try {
      return (await connection.post(PATHS.hello, { protocol: PROTOCOL, version: VERSION, chain })) as Welcome;
    } catch (error) {
      signal.throwIfAborted();
      const why = (error as Error).message;
      if (why !== said)
        log[error instanceof ControlRefused ? 'error' : 'warn']({ why }, 'waiting for control');
      said = why;
      await sleep(HELLO_AGAIN_MS, undefined, { signal });
    }
  }
}
