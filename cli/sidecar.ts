/** `tollgate sidecar`: the sidecar alone, until a signal ends it. */
import { newId } from '../sidecar/id.ts';
import { startSidecar } from '../sidecar/main.ts';
import { loadProviders } from '../sidecar/policies.ts';
import { hostProblem } from './credentials.ts';
import { parseLogLevel } from './log-level.ts';
import { print, UsageError } from './output.ts';
import { stateFolder } from './state-folder.ts';
import { parseAge, parsePort, workloadName } from './values.ts';

export interface SidecarOptions {
  readonly policies?: string;
  readonly profile?: string;
  readonly name: string;
  readonly port: string;
  readonly metricsPort?: string;
  readonly logLevel: string;
  readonly state?: string;
  readonly keep?: string;
}

/** @returns the exit code, once a signal has ended it; @throws UsageError for flags, PolicyError, and what startSidecar does */
export async function sidecar(options: SidecarOptions): Promise<number> {
  const key = process.env.TOLLGATE_KEY;
  if (!key) throw new UsageError('set TOLLGATE_KEY to the key that callers have to show');
  const wrong = hostProblem(loadProviders(options.policies), process.env);
  if (wrong !== undefined) throw new UsageError(wrong);
  const running = await startSidecar({
    host: '127.0.0.1',
    port: parsePort(options.port, '--port'),
    metricsPort:
      options.metricsPort === undefined ? undefined : parsePort(options.metricsPort, '--metrics-port'),
    stateFolder: stateFolder(options),
    keepMs: options.keep === undefined ? undefined : parseAge(options.keep, '--keep'),
    key,
    workload: { namespace: 'local', name: workloadName(options.name), labels: {} },
    session: newId(Date.now()),
    agent: undefined,
    policies: options.policies,
    profile: options.profile,
    logLevel: parseLogLevel(options.logLevel),
    graceMs: 25_000,
    // A copy: process.env asks the system at each look-up.
    environment: { ...process.env },
    instead: undefined,
    command: 'sidecar',
  });
  print(JSON.stringify({ url: running.url, metricsUrl: running.metricsUrl, pid: process.pid }));
  await new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  await running.stop();
  return 0;
}
