/**
 * The machine that the cluster runs on: namespaces of their own for mounts, network, processes, host name, IPC.
 *
 *   unshare ── init (process 1: waits and reaps)          /run      its own, in memory
 *                ├─ etcd, API server, containerd, …       /var/lib, /var/log   in the state folder
 *                ├─ pods                                  network   see network.ts
 *                └─ outside (a second network)
 *
 * All that the cluster starts, mounts and configures is in them, so that it ends with process 1, whatever happened
 * before: nothing of this is seen, or left, outside. What they can't hold is the control groups; see cgroups.ts.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunOptions, run, tail, until } from './commands.ts';
import { built, id, state } from './places.ts';
import { childOf, innerProcess, isAlive, kill, type Process, processOf } from './processes.ts';

/** The node's name, and the machine's. */
export const NODE = 'tollgate-node';

/** Where the machine has the state folder, the built programs, and containerd's socket. */
export const INSIDE = {
  state: '/run/tollgate',
  built: '/run/programs',
  containerd: '/run/containerd/containerd.sock',
} as const;

/**
 * Settings of the whole kernel that the kubelet wants so, and would write. It sees them as it wants them, in files laid
 * over them, and the real ones stay (kubelet, setupKernelTunables).
 */
const TUNABLES = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
} as const;

/** Programs for root are not in everyone's PATH. */
const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin` };

interface Recorded {
  readonly unshare: Process;
  readonly init: Process;
  /** By name. */
  readonly parts: Readonly<Record<string, Process>>;
}

export class Machine {
  #recorded: Recorded;

  private constructor(recorded: Recorded) {
    this.#recorded = recorded;
  }

  /** @returns the one that runs, if there is one */
  static find(): Machine | undefined {
    const recorded = readRecord();
    return recorded !== undefined && isAlive(recorded.init) ? new Machine(recorded) : undefined;
  }

  /** Starts one; there must not be one already. */
  static async start(): Promise<Machine> {
    for (const folder of ['logs', 'node/lib', 'node/log', 'node/tunables'])
      mkdirSync(join(state, folder), { recursive: true });
    const log = openSync(join(state, 'logs', 'machine.log'), 'a');
    const kinds = ['--mount', '--net', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--mount-proc'];
    const wait = 'while :; do sleep 3600; done';
    const unshare = spawn('unshare', [...kinds, 'sh', '-c', wait, id], {
      detached: true,
      env,
      stdio: ['ignore', log, log],
    });
    unshare.unref();
    const outer = processOf(unshare.pid ?? 0);
    if (outer === undefined) throw new Error(`unshare could not be started: ${said('machine')}`);
    let init: Process | undefined;
    await until('the machine has a first process', () => {
      init = childOf(outer.pid);
      if (!isAlive(outer)) throw new Error(`the machine could not be started: ${said('machine')}`);
      return init !== undefined && isReaper(init.pid);
    });
    if (init === undefined) throw new Error('unreachable: it was waited for');
    const machine = new Machine({ unshare: outer, init, parts: {} });
    machine.#write();
    await machine.#mount();
    return machine;
  }

  /** Its process 1. */
  get init(): Process {
    return this.#recorded.init;
  }

  /** Enters the machine whole. */
  get enter(): readonly string[] {
    return this.#enterWith(this.#recorded.init);
  }

  #enterWith(network: Process): readonly string[] {
    const target = String(this.#recorded.init.pid);
    const net = `--net=/proc/${network.pid}/ns/net`;
    return ['nsenter', '--target', target, '--mount', '--pid', '--ipc', '--uts', net, '--'];
  }

  /** Enters the machine's network alone: files and processes stay those of the caller. */
  get enterNetwork(): readonly string[] {
    return networkOf(this.#recorded.init);
  }

  /** Enters the network of one of its parts, if that has its own. */
  enterNetworkOf(part: string): readonly string[] {
    return networkOf(this.part(part));
  }

  /** Whether there is a part of this name, running or ended. */
  has(name: string): boolean {
    return name in this.#recorded.parts;
  }

  /** @throws Error when there is none of this name */
  part(name: string): Process {
    const part = this.#recorded.parts[name];
    if (part === undefined) throw new Error(`the cluster has no part named ${name}`);
    return part;
  }

  /** Names of parts that have ended. */
  get ended(): string[] {
    const parts = Object.entries(this.#recorded.parts);
    return parts.filter(([, process_]) => !isAlive(process_)).map(([name]) => name);
  }

  /** Runs a command in it to its end. @throws Error if that is not 0 */
  run(command: readonly string[], options: Pick<RunOptions, 'input' | 'timeout'> = {}): Promise<string> {
    return run([...this.enter, ...command], { ...options, env });
  }

  /**
   * Starts a program in it that stays; what it writes is in logs/<name>.log of the state folder.
   *
   * @param options.network  the part whose network it has; the cluster's if nothing is said
   */
  async spawn(
    name: string,
    command: readonly string[],
    { network }: { readonly network?: string } = {},
  ): Promise<Process> {
    const log = `${INSIDE.state}/logs/${name}.log`;
    const script = 'log=$1; shift; setsid "$@" >>"$log" 2>&1 </dev/null & echo $!';
    const enter = network === undefined ? this.enter : this.#enterWith(this.part(network));
    const inner = await run([...enter, 'sh', '-c', script, 'sh', log, ...command], { env });
    const started = innerProcess(this.#recorded.init.pid, Number(inner));
    if (started === undefined) throw new Error(`${name} ended at once: ${said(name)}`);
    this.#change((parts) => ({ ...parts, [name]: started }));
    return started;
  }

  /** Ends a part, and waits until it is gone. */
  async end(name: string): Promise<void> {
    const part = this.part(name);
    kill(part);
    await until(`${name} has ended`, () => !isAlive(part));
    this.#change(({ [name]: _, ...others }) => others);
  }

  /** Ends it, and with it all that runs in it. */
  static async stop(): Promise<void> {
    const recorded = readRecord();
    if (recorded === undefined) return;
    const all = [recorded.init, ...Object.values(recorded.parts), recorded.unshare];
    // With process 1 of a namespace all others of it end (pid_namespaces(7)).
    kill(recorded.init);
    await until('all of the cluster has ended', () => !all.some(isAlive));
    rmSync(record, { force: true });
  }

  async #mount(): Promise<void> {
    for (const [name, value] of Object.entries(TUNABLES))
      writeFileSync(join(state, 'node', 'tunables', name.replaceAll('/', '.')), `${value}\n`);
    const tunables = Object.keys(TUNABLES).map(
      (name) => `mount --bind ${INSIDE.state}/node/tunables/${name.replaceAll('/', '.')} /proc/sys/${name}`,
    );
    const script = [
      // The kubelet passes mounts on to pods.
      'mount --make-rshared /',
      'mount -t tmpfs -o mode=755 run /run',
      `mkdir -p ${INSIDE.state} ${INSIDE.built} /run/lock`,
      `mount --bind "$1" ${INSIDE.state}`,
      `mount --bind "$2" ${INSIDE.built}`,
      `mount --bind ${INSIDE.state}/node/lib /var/lib`,
      `mount --bind ${INSIDE.state}/node/log /var/log`,
      ...tunables,
      `hostname ${NODE}`,
    ];
    await this.run(['sh', '-ec', script.join('\n'), 'sh', state, built]);
  }

  /** Another process may have started parts meanwhile. */
  #change(change: (parts: Recorded['parts']) => Recorded['parts']): void {
    const { parts } = readRecord() ?? this.#recorded;
    this.#recorded = { ...this.#recorded, parts: change(parts) };
    this.#write();
  }

  #write(): void {
    writeFileSync(record, `${JSON.stringify(this.#recorded, null, 2)}\n`);
  }
}

const record = join(state, 'processes.json');

function readRecord(): Recorded | undefined {
  try {
    return JSON.parse(readFileSync(record, 'utf8')) as Recorded;
  } catch {
    return undefined;
  }
}

/** Once it is the shell, its namespaces are made, and /proc is mounted. */
function isReaper(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] === 'sh';
}

function networkOf({ pid }: Process): readonly string[] {
  return ['nsenter', `--net=/proc/${pid}/ns/net`, '--'];
}

/** @returns the end of what a part has written */
export function said(name: string): string {
  try {
    return tail(readFileSync(join(state, 'logs', `${name}.log`), 'utf8').trim());
  } catch {
    return '(it wrote nothing)';
  }
}
