/** Runs a real client under `tollgate run --rehearsal`, as its user would, and looks at what came of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '..', '..');
const command = join(root, 'cli', 'tollgate.ts');

export interface Governed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BillLine {
  readonly model: string;
  readonly nanoUsd: number;
  readonly outputTokens: number;
  readonly ended: string;
}

export interface ExchangeLine {
  readonly exchange: string;
  readonly status: string;
  readonly verdict: string;
  readonly code: string | null;
  readonly agent: string;
  readonly model: string | null;
  readonly faults: readonly string[];
  readonly charged: { readonly nanoUsd: number };
}

/** One user of a client: a home, a working folder and a state folder of their own. */
export class Machine {
  readonly home: string;
  readonly folder: string;
  readonly state: string;
  readonly #policies: string | undefined;

  constructor(name: string, policies?: string) {
    const output = process.env.TOLLGATE_TEST_OUTPUT ?? tmpdir();
    mkdirSync(output, { recursive: true });
    const base = mkdtempSync(join(output, `${name}-`));
    this.home = join(base, 'home');
    this.folder = join(base, 'work');
    this.state = join(base, 'state');
    mkdirSync(this.home);
    mkdirSync(this.folder);
    this.#policies = policies;
  }

  /** `tollgate run --rehearsal … -- client`; input is its standard input. */
  run(
    client: readonly string[],
    flags: readonly string[] = [],
    env: Record<string, string> = {},
    input?: string,
  ): Promise<Governed> {
    return this.#start(this.#runArgs(client, flags), env, input).ended;
  }

  /** As run(), but its user presses ^C as soon as the provider has been asked; the prompt makes that a long answer. */
  async leave(
    client: readonly string[],
    flags: readonly string[] = [],
    env: Record<string, string> = {},
    input?: string,
  ): Promise<Governed> {
    const metered = [...flags, '--metrics-port', '0'];
    const { child, ended } = this.#start(this.#runArgs(client, metered), env, input);
    let url: string | undefined;
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
      url ??= /metrics and health at (http:\S+)\s/.exec(said)?.[1];
    });
    // Seen twice: what is judged at the first look has been sent at the second.
    for (let seen = 0; seen < 2 && child.exitCode === null; await sleep(50))
      seen = url !== undefined && (await isAsking(url)) ? seen + 1 : 0;
    child.kill('SIGINT');
    return ended;
  }

  /** Any command of Tollgate on this machine's state. */
  tollgate(args: readonly string[], env: Record<string, string> = {}): Promise<Governed> {
    return this.#start(args, env).ended;
  }

  #runArgs(client: readonly string[], flags: readonly string[]): string[] {
    const policies = this.#policies === undefined ? [] : ['--policies', this.#policies];
    return ['run', '--rehearsal', ...policies, '--state', this.state, ...flags, '--', ...client];
  }

  #start(args: readonly string[], env: Record<string, string>, input = '') {
    const child = spawn(process.execPath, [command, ...args], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: this.home, TMPDIR: tmpdir(), IS_SANDBOX: '1', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A client that does not read its input may be gone before it is written.
    child.stdin.on('error', () => undefined).end(input);
    return { child, ended: outcome(child) };
  }

  /** Rehearsals are kept apart. */
  get billFile(): string {
    return join(this.state, 'rehearsal', 'bill.ndjson');
  }

  /** What the provider says it billed. */
  bill(): BillLine[] {
    const lines = readFileSync(this.billFile, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as BillLine);
  }

  /** The audit log's exchanges, oldest first. */
  async exchanges(): Promise<ExchangeLine[]> {
    const { stdout } = await this.tollgate([
      'audit',
      'list',
      '--limit',
      '1000',
      '--rehearsal',
      '--state',
      this.state,
      '--json',
    ]);
    return (JSON.parse(stdout) as ExchangeLine[]).reverse();
  }

  /** nano-USD, from the ledger. */
  async spent(): Promise<number> {
    const { stdout } = await this.tollgate(['spend', '--rehearsal', '--state', this.state, '--json']);
    return (JSON.parse(stdout) as { total: { charged: { nanoUsd: number } } }).total.charged.nanoUsd;
  }

  async verifies(): Promise<boolean> {
    return (await this.tollgate(['audit', 'verify', '--rehearsal', '--state', this.state])).code === 0;
  }
}

/** @param url of the metrics: starting a program to look takes longer than some answers */
async function isAsking(url: string): Promise<boolean> {
  const metrics = await fetch(new URL('/metrics', url)).then(
    (response) => response.text(),
    () => '',
  );
  // Paid for, and so read whole: what has only begun to come might never be sent on.
  const isPaid = /^tollgate_budget_reserved_usd\{.*\} (?!0$)/m.test(metrics);
  return isPaid && /^tollgate_exchanges_running [1-9]/m.test(metrics);
}

async function outcome(child: ChildProcess): Promise<Governed> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}

export function sum(lines: readonly BillLine[]): number {
  return lines.reduce((total, { nanoUsd }) => total + nanoUsd, 0);
}
