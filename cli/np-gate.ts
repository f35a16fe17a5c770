/** `tollgate np-gate`: is this pod's network closed? */
import { type GateResult, runGate } from '../egress/np-gate/main.ts';
import { type Place, type Plan, readPlace } from '../egress/np-gate/targets.ts';
import { print, UsageError } from './output.ts';
import { parseCount, parseSpan } from './values.ts';

export interface NpGateOptions {
  readonly gateway: readonly string[];
  readonly canary?: string;
  readonly closed: readonly string[];
  readonly dns: readonly string[];
  readonly warn: readonly string[];
  readonly link?: boolean;
  readonly rounds: string;
  readonly deadline: string;
  readonly json?: boolean;
}

const EVERY_MS = 200;
/** Of each try. Engines that drop say nothing; what is near answers in a few milliseconds. */
const TRY_MS = 500;
const ENVIRONMENT = {
  gateway: 'TOLLGATE_GATE_GATEWAY',
  canary: 'TOLLGATE_GATE_CANARY',
  closed: 'TOLLGATE_GATE_CLOSED',
  dns: 'TOLLGATE_GATE_DNS',
  warn: 'TOLLGATE_GATE_WARN',
} as const;

/** @returns 0: it is closed; 1: it is not proved. @throws UsageError */
export async function npGate(options: NpGateOptions): Promise<number> {
  const plan = planOf(options, process.env);
  let said = '';
  const result = await runGate(plan, ({ problems }, round) => {
    // Five rounds a second: what is as it was is not said again.
    if (problems.join() === said) return;
    said = problems.join();
    if (options.json) print(JSON.stringify({ round, problems }));
    else print(`np-gate: round ${round}: ${problems.join('; ')}`);
  });
  if (options.json) print(JSON.stringify(result));
  else for (const line of lines(result, plan)) print(line);
  return result.closed ? 0 : 1;
}

function lines({ closed, rounds, ms, problems, warnings }: GateResult, { rounds: wanted }: Plan): string[] {
  const warned = warnings.map((warning) => `np-gate: warning: ${warning}`);
  if (closed) return [...warned, `np-gate: the network is closed: ${wanted} rounds in a row, after ${ms} ms`];
  const why = problems.length === 0 ? `there were no ${wanted} good rounds in a row` : problems.join('; ');
  return [
    ...warned,
    `np-gate: the network is NOT proved to be closed after ${rounds} rounds and ${ms} ms, so this pod does not start: ${why}`,
  ];
}

type Environment = Readonly<Record<string, string | undefined>>;

function planOf(options: NpGateOptions, environment: Environment): Plan {
  const read = (name: Exclude<keyof typeof ENVIRONMENT, 'canary'>) =>
    placesOf(options[name], name, environment);
  const gateway = read('gateway');
  const [canary] = placesOf(options.canary === undefined ? [] : [options.canary], 'canary', environment);
  if (gateway.length === 0 || canary === undefined)
    throw new UsageError('give --gateway and --canary: without both nothing can be proved');
  // At another address its silence would say nothing about a policy.
  if (!gateway.some(({ address }) => address === canary.address))
    throw new UsageError('--canary has to be a port of the address of a --gateway');
  if (gateway.some(({ address, port }) => address === canary.address && port === canary.port))
    throw new UsageError('--canary has to be another port than those of --gateway');
  return {
    gateway,
    canary,
    closed: read('closed'),
    dns: read('dns'),
    warn: read('warn'),
    link: options.link ?? false,
    rounds: parseCount(options.rounds, '--rounds'),
    everyMs: EVERY_MS,
    tryMs: TRY_MS,
    deadlineMs: parseSpan(options.deadline, '--deadline'),
  };
}

/** Flags count; without any, what the environment lists, with spaces or commas between. */
function placesOf(
  flags: readonly string[],
  name: keyof typeof ENVIRONMENT,
  environment: Environment,
): Place[] {
  const listed = environment[ENVIRONMENT[name]] ?? '';
  const texts = flags.length > 0 ? flags : listed.split(/[\s,]+/).filter(Boolean);
  return texts.map((text) => {
    const place = readPlace(text);
    if (place !== undefined) return place;
    throw new UsageError(
      `--${name} takes an address with its port, such as 10.96.0.20:8443 or [fd00::1]:8443, not ${JSON.stringify(text)}`,
    );
  });
}
