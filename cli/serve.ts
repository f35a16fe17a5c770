/** `tollgate serve`: a gateway for everybody who has a key of its state folder, until a signal ends it. */
import { isIP } from 'node:net';
import { TlsError, type TlsPaths } from '../adapters/tls/files.ts';
import { boundNames } from '../core/audit/bounded.ts';
import { NOT_BUILT } from '../core/policy/tiers.ts';
import { credentialVariable } from '../sidecar/config.ts';
import { type RunningGateway, startGateway } from '../sidecar/main.ts';
import { loadProviders } from '../sidecar/policies.ts';
import { hostProblem } from './credentials.ts';
import { parseLogLevel } from './log-level.ts';
import { note, UsageError } from './output.ts';
import { type Rehearsing, rehearse } from './rehearse.ts';
import { stateFlags, stateFolder } from './state-folder.ts';
import { spendIsUnlimited } from './unlimited.ts';
import { parseAge, parsePort, parseSpan } from './values.ts';

export interface ServeOptions {
  readonly policies?: string;
  readonly profile?: string;
  readonly rehearsal?: boolean;
  readonly port: string;
  readonly host: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecureHttp?: boolean;
  readonly allowedHost: readonly string[];
  readonly metricsPort?: string;
  readonly state?: string;
  readonly keep?: string;
  readonly grace: string;
  readonly logLevel: string;
}

/** Timers of Node go no further: 24 days. */
const MOST_GRACE_MS = 2 ** 31 - 1;

/** @returns the exit code, once a signal has ended it; @throws UsageError for flags, and what startGateway does */
export async function serve(options: ServeOptions): Promise<number> {
  const tls = tlsPaths(options);
  const host = bindAddress(options, tls !== undefined);
  // A copy: process.env asks the system at each look-up.
  const environment = { ...process.env };
  if (options.rehearsal !== true) checkProviders(options, environment);
  // From the beginning: a signal must not find a process that does not know it yet.
  const signals = new Signals();
  const rehearsal = options.rehearsal ? await rehearse(stateFolder(options)) : undefined;
  try {
    return await serveUntil(signals, { host, environment, tls, rehearsal }, options);
  } finally {
    await rehearsal?.close();
  }
}

interface Prepared {
  readonly host: string;
  readonly environment: Environment;
  readonly tls: TlsPaths | undefined;
  readonly rehearsal: Rehearsing | undefined;
}

async function serveUntil(
  signals: Signals,
  { host, environment, tls, rehearsal }: Prepared,
  options: ServeOptions,
): Promise<number> {
  const running = await startGateway({
    host,
    port: parsePort(options.port, '--port'),
    metricsPort:
      options.metricsPort === undefined ? undefined : parsePort(options.metricsPort, '--metrics-port'),
    stateFolder: stateFolder(options),
    keepMs: options.keep === undefined ? undefined : parseAge(options.keep, '--keep'),
    policies: options.policies,
    profile: options.profile,
    logLevel: parseLogLevel(options.logLevel),
    graceMs: Math.min(parseSpan(options.grace, '--grace'), MOST_GRACE_MS),
    environment,
    instead: rehearsal && { url: rehearsal.url, key: rehearsal.key },
    command: 'serve',
    allowedHosts: options.allowedHost.map(hostName),
    tls,
  }).catch(asUsage);
  try {
    signals.reload = () => running.reload();
    announce(running, options);
    await signals.ended;
    return 0;
  } finally {
    await running.stop();
  }
}

class Signals {
  /** SIGHUP: reads anew what can change. A terminal that is closed is no reason to stop serving. */
  reload: () => void = () => undefined;
  /** SIGTERM or SIGINT; a second one ends the process at once. */
  readonly ended: Promise<unknown>;

  constructor() {
    process.on('SIGHUP', () => this.reload());
    this.ended = new Promise((resolve) => {
      process.once('SIGTERM', resolve);
      process.once('SIGINT', resolve);
    });
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws UsageError when the keys here may be another host's; PolicyError */
function checkProviders({ policies }: ServeOptions, environment: Environment): void {
  const providers = loadProviders(policies);
  const wrong = hostProblem(providers, environment);
  if (wrong !== undefined) throw new UsageError(wrong);
  const keyed = providers.filter(({ auth }) => auth.type === 'key');
  if (keyed.length < providers.length || keyed.some((provider) => environment[credentialVariable(provider)]))
    return;
  const variables = [...new Set(keyed.map(credentialVariable))].join(' or ');
  note(`there is no API key for any provider, so all calls will be refused: set ${variables}`);
}

/** Nobody should rely on what is not there. */
function announce(running: RunningGateway, options: ServeOptions): void {
  const known = running.known();
  const flags = stateFlags(options);
  if (options.rehearsal)
    note(
      'REHEARSAL: every provider is a built-in one that makes its answers up. No model is called, and nothing is really spent',
    );
  note(
    `not in force in this release: ${NOT_BUILT.map(({ what }) => what).join(', ')} (tollgate check says more)`,
  );
  if (known.length === 0)
    note(
      `nobody has a key yet, so all calls are refused. Make one: tollgate keys create --name NAME${flags}`,
    );
  const unlimited = known.filter((identity) => {
    const snapshot = running.snapshotOf(identity);
    return snapshot !== undefined && spendIsUnlimited(snapshot, identity.payer.workload) !== undefined;
  });
  if (unlimited.length > 0) {
    const names = unlimited.map(({ payer: { workload } }) => `${workload.namespace}/${workload.name}`);
    note(`no budget: what these may spend is not limited: ${boundNames(names).join(', ')}`);
  }
  if (running.metricsUrl !== undefined) note(`metrics and health at ${running.metricsUrl}`);
}

function tlsPaths({ tlsCert, tlsKey }: ServeOptions): TlsPaths | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert !== undefined && tlsKey !== undefined) return { cert: tlsCert, key: tlsKey };
  throw new UsageError('--tls-cert and --tls-key belong together: give both');
}

/** Keys must not go over a network in the clear by an oversight. */
function bindAddress({ host, insecureHttp }: ServeOptions, encrypted: boolean): string {
  if (host === 'localhost') return '127.0.0.1';
  if (isIP(host) === 0)
    throw new UsageError(
      `--host takes an address of this machine, such as 0.0.0.0, not ${JSON.stringify(host)}`,
    );
  if (encrypted || host === '::1' || host.startsWith('127.')) return host;
  if (insecureHttp !== true) {
    throw new UsageError(
      `--host ${host} would send keys, and what is said, over the network in the clear: give --tls-cert and --tls-key, or --insecure-http where something else encrypts`,
    );
  }
  note(`WARNING: keys, and what is said, go to ${host} in the clear (--insecure-http)`);
  return host;
}

function hostName(text: string): string {
  if (/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text)) return text.toLowerCase();
  throw new UsageError(`--allowed-host takes a name without scheme and port, not ${JSON.stringify(text)}`);
}

function asUsage(error: unknown): never {
  if (error instanceof TlsError) throw new UsageError(error.message);
  throw error;
}
