/** Where and with what was measured. */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, type as system, totalmem } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly nginx: string;
  readonly wrk: string;
  /** Load average of a minute before the run. */
  readonly load: number;
}

/** @param root of the repository; what a missing program would tell is `unknown` */
export function describeMachine(root: string): Machine {
  const commit = output('git', ['-C', root, 'rev-parse', '--short', 'HEAD']).trim();
  const changed = output('git', ['-C', root, 'status', '--porcelain', '--untracked-files=no']) !== '';
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit === '' ? 'unknown' : `${commit}${changed ? ' with changes' : ''}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${system()} ${release()}`,
    node: process.versions.node,
    nginx: version('nginx', ['-v']),
    wrk: version('wrk', ['-v']),
    load: loadavg()[0] ?? 0,
  };
}

/** @returns one line: what was measured, and on which machine */
export function describeHost({ commit, cpu, cores, memoryGb, system, node, load }: Machine): string {
  return `commit ${commit}: ${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}; load before ${load.toFixed(1)}`;
}

function version(program: string, args: string[]): string {
  return /\d+\.\d+\.\d+/.exec(output(program, args))?.[0] ?? 'unknown';
}

/** @returns what it prints, on either channel */
function output(program: string, args: string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`;
}
