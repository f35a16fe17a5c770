/** What becomes of AgentRunners, waited for and read. */
import type { Cluster } from '../cluster.ts';
import { until } from '../commands.ts';
import { TEAM } from './site.ts';

export interface Runner {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly phase?: string;
    readonly phases?: readonly {
      readonly name: string;
      readonly attempt: number;
      readonly exitCode?: number;
      readonly message?: string;
    }[];
    readonly spend?: {
      readonly usd: string;
      readonly left?: string;
      readonly exchanges: number;
      readonly refused?: number;
      readonly lastRefusal?: string;
    };
    readonly conditions?: readonly {
      readonly type: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

export function getRunner(cluster: Cluster, name: string): Promise<Runner> {
  return cluster.get<Runner>(['agentrunner', name, '-n', TEAM]);
}

/** @returns it, once it is so; @throws Error with all that it says of itself */
export async function whenRunner(
  cluster: Cluster,
  name: string,
  what: string,
  isSo: (runner: Runner) => boolean,
): Promise<Runner> {
  let now: Runner | undefined;
  await until(
    () => `${name} ${what}: ${JSON.stringify(now?.status)}`,
    async () => {
      now = await getRunner(cluster, name);
      return isSo(now);
    },
    { timeout: 480_000, every: 1_000 },
  );
  return now as Runner;
}

const ENDS = ['Succeeded', 'Failed', 'Refused'];

/** @returns it, once it has ended and so many exchanges are in its status */
export function ended(cluster: Cluster, name: string, exchanges: number): Promise<Runner> {
  return whenRunner(
    cluster,
    name,
    `has ended after ${exchanges} exchanges`,
    ({ status }) => ENDS.includes(status?.phase ?? '') && (status?.spend?.exchanges ?? 0) >= exchanges,
  );
}

/** @returns its tries in order: the phase, which try of it, and how it ended */
export function tries({ status }: Runner): (readonly [string, number, number | undefined])[] {
  return (status?.phases ?? []).map(({ name, attempt, exitCode }) => [name, attempt, exitCode]);
}

/** @returns what the agents of all its pods have written, of one phase or of all */
export function logsOf(cluster: Cluster, name: string, phase?: string, container = 'agent'): Promise<string> {
  const of = phase === undefined ? '' : `,tollgate.dev/phase=${phase}`;
  const selector = `tollgate.dev/runner=${name}${of}`;
  return cluster.kubectl(['logs', '-n', TEAM, '-l', selector, '-c', container, '--tail=-1'], {
    timeout: 120_000,
  });
}
