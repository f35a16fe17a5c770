/** `tollgate run`: governs one command. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { agentOfCommand, sdk } from '../core/agents/agents.ts';
import { newId } from '../sidecar/id.ts';
import { type RunningSidecar, startSidecar } from '../sidecar/main.ts';
import { bypasses, credentialProblem, hostProblem } from './credentials.ts';
import { governedEnvironment } from './environment.ts';
import { parseLogLevel } from './log-level.ts';
import { note, UsageError } from './output.ts';
import { rehearse } from './rehearse.ts';
import { type WrittenConfig, writeRunConfig } from './run-config.ts';
import { stateFlags, stateFolder } from './state-folder.ts';
import { announcements, summarize } from './summary.ts';
import { agentKind, parseAge, parseLabels, parsePort, workloadName } from './values.ts';

export interface RunOptions {
  readonly policies?: string;
  readonly profile?: string;
  readonly name?: string;
  readonly label?: readonly string[];
  readonly agent?: string;
  readonly state?: string;
  readonly keep?: string;
  readonly rehearsal?: boolean;
  readonly failOnRefusal?: boolean;
  readonly metricsPort?: string;
  readonly logLevel: string;
}

/** Exit code of --fail-on-refusal when the command itself succeeded. */
const REFUSED_EXIT = 77;

/** @returns the exit code: the command's own */
export async function run(command: readonly string[], options: RunOptions): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined)
    throw new UsageError('no command: tollgate run [options] -- command [arguments]');
  // Arguments are those of the agent's own command: a script that starts it has others.
  const named = agentOfCommand(program);
  const started = options.agent === undefined ? named : agentKind(options.agent);
  const agent = started ?? sdk;
  const around = [...bypasses(agent, process.env), named?.bypassArgument?.(args) ?? []].flat();
  if (around.length > 0) throw new UsageError(around.join('\n'));

  const key = `tollgate-${randomBytes(24).toString('hex')}`;
  const folder = stateFolder(options);
  const workload = {
    namespace: 'local',
    name: workloadName(options.name ?? basename(program)),
    labels: parseLabels(options.label ?? []),
  };
  const payer = { workload, session: newId(Date.now()) };
  const rehearsal = options.rehearsal ? await rehearse(folder) : undefined;
  let sidecar: RunningSidecar | undefined;
  let config: WrittenConfig | undefined;
  try {
    sidecar = await startSidecar({
      host: '127.0.0.1',
      port: 0,
      metricsPort:
        options.metricsPort === undefined ? undefined : parsePort(options.metricsPort, '--metrics-port'),
      stateFolder: folder,
      keepMs: options.keep === undefined ? undefined : parseAge(options.keep, '--keep'),
      key,
      ...payer,
      agent: started,
      policies: options.policies,
      profile: options.profile,
      logLevel: parseLogLevel(options.logLevel),
      graceMs: 10_000,
      // A copy: process.env asks the system at each look-up.
      environment: { ...process.env },
      instead: rehearsal && { url: rehearsal.url, key: rehearsal.key },
      command: `run ${basename(program)}`,
    });
    const { providers, budgets } = sidecar.snapshot();
    const unpaid = rehearsal
      ? undefined
      : (hostProblem(providers, process.env) ?? credentialProblem(providers, process.env));
    if (unpaid !== undefined) throw new UsageError(unpaid);
    for (const line of announcements(sidecar.snapshot(), workload)) note(line);
    if (sidecar.metricsUrl !== undefined) note(`metrics and health at ${sidecar.metricsUrl}`);
    const address = { url: sidecar.url, key };
    const env = governedEnvironment(process.env, { ...address, agent, providers, budgets });
    config = writeRunConfig(agent, address, process.env);
    const directed = [...(named?.arguments?.(address) ?? []), ...args];
    const code = await runCommand(program, directed, { ...env, ...config?.environment });
    await sidecar.stop();
    const { tally, end } = sidecar;
    const ended = { program, tally, payer, stateFolder: folder, rehearsal: rehearsal !== undefined };
    const lines = summarize({
      ...ended,
      snapshot: sidecar.snapshot(),
      end: end(),
      flags: stateFlags(options),
    });
    for (const line of lines) note(line);
    const refused = tally.refused > 0 || tally.deniedCalls > 0;
    return options.failOnRefusal && refused && code === 0 ? REFUSED_EXIT : code;
  } finally {
    config?.remove();
    await sidecar?.stop();
    await rehearsal?.close();
  }
}

/** Runs the command with our own stdin, stdout and stderr. @returns its exit code, or 128 + the signal that ended it */
function runCommand(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    // A terminal sends ^C to the command as well; sending it again would press the key twice.
    const interrupted = process.stdin.isTTY ? () => undefined : forward;
    process.on('SIGINT', interrupted);
    process.on('SIGTERM', forward);
    process.on('SIGHUP', forward);
    const done = () => {
      process.off('SIGINT', interrupted);
      process.off('SIGTERM', forward);
      process.off('SIGHUP', forward);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      done();
      const missing = error.code === 'ENOENT';
      reject(
        new UsageError(
          `${program} ${missing ? 'was not found' : `can't be run (${error.code})`}`,
          missing ? 127 : 126,
        ),
      );
    });
    child.on('exit', (code, signal) => {
      done();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
