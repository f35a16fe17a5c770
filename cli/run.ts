/** `tollgate run`: governs one command. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { makeFolder } from '../adapters/sqlite/state.ts';
import { LOG_LEVELS, type LogLevel } from '../adapters/telemetry/log.ts';
import { agentOfCommand, sdk } from '../core/agents/agents.ts';
import { newId } from '../sidecar/id.ts';
import { type RunningSidecar, startSidecar } from '../sidecar/main.ts';
import { bypasses, credentialProblem } from './credentials.ts';
import { governedEnvironment } from './environment.ts';
import { note, UsageError } from './output.ts';
import { stateFolder } from './state-folder.ts';
import { summarize } from './summary.ts';
import { parseAge, parseLabels, parsePort, workloadName } from './values.ts';

export interface RunOptions {
  readonly policies?: string;
  readonly profile?: string;
  readonly name?: string;
  readonly label?: readonly string[];
  readonly state?: string;
  readonly keep?: string;
  readonly rehearsal?: boolean;
  readonly failOnRefusal?: boolean;
  readonly metricsPort?: string;
  readonly logLevel?: string;
}

/** Exit code of --fail-on-refusal when the command itself succeeded. */
export const REFUSED_EXIT = 77;

/** @returns the exit code: the command's own */
export async function run(command: readonly string[], options: RunOptions): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined)
    throw new UsageError('no command: tollgate run [options] -- command [arguments]');
  const agent = agentOfCommand(program) ?? sdk;
  const around = bypasses(agent, process.env);
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
  try {
    sidecar = await startSidecar({
      host: '127.0.0.1',
      port: 0,
      metricsPort: options.metricsPort === undefined ? undefined : parsePort(options.metricsPort),
      stateFolder: folder,
      keepMs: options.keep === undefined ? undefined : parseAge(options.keep),
      key,
      ...payer,
      agent: agent === sdk ? undefined : agent,
      policies: options.policies,
      profile: options.profile,
      logLevel: parseLogLevel(options.logLevel),
      graceMs: 10_000,
      // A copy: process.env asks the system at each look-up.
      environment: { ...process.env },
      instead: rehearsal && { url: rehearsal.url, key: rehearsal.key },
      command: `run ${basename(program)}`,
    });
    const { providers } = sidecar.snapshot();
    const unpaid = rehearsal ? undefined : credentialProblem(providers, process.env);
    if (unpaid !== undefined) throw new UsageError(unpaid);
    announce(sidecar);
    const env = governedEnvironment(process.env, { url: sidecar.url, key, agent, providers });
    const code = await runCommand(program, args, env);
    await sidecar.stop();
    const { tally, end } = sidecar;
    const ended = { program, rehearsal: rehearsal !== undefined, tally, payer, stateFolder: folder };
    for (const line of summarize({ ...ended, snapshot: sidecar.snapshot(), end: end() })) note(line);
    const refused = tally.refused > 0 || tally.deniedCalls > 0;
    return options.failOnRefusal && refused && code === 0 ? REFUSED_EXIT : code;
  } finally {
    await sidecar?.stop();
    await rehearsal?.close();
  }
}

/** A provider that needs no key and costs nothing, in the place of every provider; it keeps its bill in the state folder. */
async function rehearse(folder: string): Promise<{ url: string; key: string; close(): Promise<void> }> {
  const { startRehearsal } = await import('../rehearsal/server.ts');
  const key = randomBytes(16).toString('hex');
  makeFolder(folder);
  const server = await startRehearsal({ apiKey: key, billFile: join(folder, 'bill.ndjson') });
  return { url: server.url, key, close: () => server.close() };
}

/** What the policies ask for and nothing here honours is said before anything runs. */
function announce(sidecar: RunningSidecar): void {
  for (const { sentence, place } of sidecar.snapshot().notInForce) {
    note(`not in force: ${sentence}${place === undefined ? '' : ` (${place})`}`);
  }
  if (sidecar.metricsUrl !== undefined) note(`metrics and health at ${sidecar.metricsUrl}`);
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
      resolve(code ?? 128 + signalNumber(signal));
    });
  });
}

/** signal(7) */
const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

function signalNumber(signal: NodeJS.Signals | null): number {
  return SIGNALS[signal ?? ''] ?? 0;
}

function parseLogLevel(level = 'warn'): LogLevel {
  const known = LOG_LEVELS.find((name) => name === level);
  if (!known) throw new UsageError(`--log-level must be one of ${LOG_LEVELS.join(', ')}, not ${level}`);
  return known;
}
