/** `tollgate serve` in a process of its own, as a user would start it. For tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRehearsal } from '../rehearsal/server.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { PROVIDER_KEY } from '../test/support/keys.ts';
import { policyText, provider } from '../test/support/policies.ts';
import { compiled, entry, runCli, scratch } from './testing.ts';

export class ServeProcess {
  readonly #child: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, [entry, 'serve', ...args], {
      env: {
        PATH: process.env.PATH,
        HOME: scratch('home'),
        XDG_CACHE_HOME: compiled,
        ANTHROPIC_API_KEY: PROVIDER_KEY,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 4 * HANG_MS,
      killSignal: 'SIGKILL',
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk;
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
    });
  }

  /** Waits until it listens. @returns its URL */
  async url(): Promise<string> {
    const [, url = ''] = await this.said(/"url":"([^"]+)","msg":"listening"/);
    return url;
  }

  /** Waits until it has said something on stderr. */
  async said(what: RegExp, ms = HANG_MS): Promise<RegExpExecArray> {
    const deadline = Date.now() + ms;
    for (;;) {
      const found = what.exec(this.stderr);
      if (found) return found;
      if (Date.now() > deadline || this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`it did not say ${what}: ${this.stderr}${this.stdout}`);
      await sleep(5);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** @returns the exit code, once it has ended, or the signal that ended it */
  async ended(): Promise<number | NodeJS.Signals | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  /** @returns the exit code */
  async stop(): Promise<number | NodeJS.Signals | null> {
    this.signal('SIGTERM');
    return this.ended();
  }
}

/** A team's gateway: a provider, policies, and a state folder that processes and commands share. */
export class Team {
  readonly state: string = scratch('team');
  readonly policies: string = join(this.state, 'policies');
  #upstream = '';
  #processes: ServeProcess[] = [];

  /** @param manifests a Provider for the rehearsal is added */
  static async start(t: { after(undo: () => unknown): void }, manifests: readonly object[]): Promise<Team> {
    const team = new Team();
    const rehearsal = await startRehearsal({ apiKey: PROVIDER_KEY, paceMs: 0 });
    team.#upstream = rehearsal.url;
    mkdirSync(team.policies);
    team.write(manifests);
    t.after(async () => {
      for (const process of team.#processes) process.signal('SIGKILL');
      await rehearsal.close();
    });
    return team;
  }

  write(manifests: readonly object[]): void {
    writeFileSync(join(this.policies, 'team.yaml'), policyText([...manifests, provider(this.#upstream)]));
  }

  serve(...args: string[]): ServeProcess {
    const process = new ServeProcess([
      '--policies',
      this.policies,
      '--state',
      this.state,
      '--port',
      '0',
      ...args,
    ]);
    this.#processes.push(process);
    return process;
  }

  /** Runs a command on the state folder; it has to succeed. @returns what it printed */
  async tollgate(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runCli([...args, '--state', this.state]);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
    return stdout;
  }

  /** @returns the new key */
  async key(name: string, ...flags: string[]): Promise<string> {
    return (await this.tollgate('keys', 'create', '--name', name, ...flags)).trim();
  }
}

/** Asks a gateway as a program on plain HTTP does. */
export function ask(url: string, token: string, text = '/say hi', more: object = {}): Promise<Response> {
  const body = {
    model: 'claude-haiku-4-5',
    max_tokens: 50,
    messages: [{ role: 'user', content: text }],
    ...more,
  };
  return fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
