/** AgentRunners of the proof, and waiting for what becomes of them. */
import type { Cluster } from '../cluster.ts';
import { until } from '../commands.ts';
import { SECRETS, TEAM } from './site.ts';

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

export function runner(name: string, spec: object): object {
  return {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'AgentRunner',
    metadata: { name, namespace: TEAM },
    spec: { labels: { app: name }, ...spec },
  };
}

export const shell = (script: string) => ({ command: ['sh', '-euc', script] });

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

const DECOY = 'decoy-in-plain-sight';

/** In front of a command that searches: what is found then shows that the search finds. */
export const WITH_DECOY = ['env', `DECOY=${DECOY}`];

/**
 * A script that looks for credentials in the environment and command lines of all processes, and in all files but those
 * of the image, with regular expressions that do not match themselves. It writes two lines: where the decoy is, and
 * where a credential is.
 */
export const SEARCH = `
  look() {
    for file in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do
      if tr '\\0' '\\n' 2>/dev/null < "$file" | grep -qE "$1"; then echo "$file"; fi
    done
    for folder in /*; do
      case $folder in /proc|/sys|/dev|/usr|/bin|/lib*) continue ;; esac
      grep -rlsE "$1" "$folder" || true
    done
  }
  echo "$DECOY" > /tmp/decoy
  echo decoy: $(look '${hidden(DECOY)}')
  echo credentials: $(look '${Object.values(SECRETS).map(hidden).join('|')}')`;

/** @returns whether what a searching script wrote says that it finds, and found nothing */
export function foundNothing(written: string): boolean {
  return (
    /^decoy:.* \/proc\/\d+\/environ.* \/tmp\/decoy$/m.test(written) && /^credentials:\s*$/m.test(written)
  );
}

function hidden(text: string): string {
  return `${text.slice(0, -1)}[${text.slice(-1)}]`;
}
