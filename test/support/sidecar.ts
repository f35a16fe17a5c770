/** A sidecar in this process, with a provider behind it, and everything that it leaves behind at hand. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { type LogLevel, logOptions } from '../../adapters/telemetry/log.ts';
import type { AgentKind } from '../../core/agents/agent.ts';
import type { Closed } from '../../core/audit/entry.ts';
import { type Rehearsal, type RehearsalOptions, startRehearsal } from '../../rehearsal/server.ts';
import type { SidecarConfig } from '../../sidecar/config.ts';
import { type RunningSidecar, startSidecar } from '../../sidecar/main.ts';
import type { Times } from '../../sidecar/times.ts';
import { HANG_MS } from './hang.ts';
import { DUMMY_KEY, PROVIDER_KEY } from './keys.ts';
import { readMetrics, type Samples } from './metrics.ts';
import { atEnd, outputFolder, type Scope } from './output.ts';
import { PLENTY, policyText, profile, provider } from './policies.ts';
import { assertConsistent, type Records, readRecords } from './records.ts';

export interface TestOptions {
  /** Manifests, or their text; a Provider for the upstream is added to manifests. Left out: everything is allowed. */
  readonly policies?: readonly object[] | string;
  /** Base URL of the provider; left out: a rehearsal. */
  readonly upstream?: string;
  /** The Providers at that URL, where policies have none; left out: that of Anthropic's wire. */
  readonly providers?: (url: string) => readonly object[];
  readonly rehearsal?: RehearsalOptions;
  readonly agent?: AgentKind;
  /** A folder that another sidecar has used or uses. */
  readonly state?: string;
  readonly times?: Partial<Times>;
  readonly config?: Partial<SidecarConfig>;
  /** What is started instead of a sidecar. */
  readonly start?: (config: SidecarConfig) => Promise<RunningSidecar>;
  readonly logLevel?: LogLevel;
}

export interface Ask {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };

/** Cheap, and its price is known to both sides. */
export const MODEL = 'claude-haiku-4-5';

export class TestSidecar {
  readonly running: RunningSidecar;
  readonly state: string;
  /** The folder of its policies. */
  readonly policies: string;
  readonly #rehearsal: Rehearsal | undefined;
  readonly #logFile: string;
  #metrics = '';
  #arrived = 0;
  #ended = 0;
  /** Set by tests in which its end is meant to fail. */
  stopsBadly = false;

  constructor(running: RunningSidecar, folder: string, state: string, rehearsal: Rehearsal | undefined) {
    this.running = running;
    this.state = state;
    this.policies = join(folder, 'policies');
    this.#rehearsal = rehearsal;
    this.#logFile = join(folder, 'log.ndjson');
  }

  /** Notices what comes to its port: Node says so of every server in this process. */
  readonly onRequest = (message: unknown): void => {
    const { response, socket } = message as { response: ServerResponse; socket: Socket };
    if (socket.localPort !== this.port) return;
    this.#arrived++;
    response.on('close', () => this.#ended++);
  };

  get rehearsal(): Rehearsal {
    if (!this.#rehearsal) throw new Error('this sidecar has another provider');
    return this.#rehearsal;
  }

  get url(): string {
    return this.running.url;
  }

  get port(): number {
    return this.running.port;
  }

  /** Sends a body as it is. */
  send(body: string | Buffer | undefined, ask: Ask = {}): Promise<Response> {
    return fetch(`${this.url}${ask.path ?? '/v1/messages'}`, {
      method: ask.method ?? 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': DUMMY_KEY, ...ask.headers },
      ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body as string)) }),
      ...(ask.signal ? { signal: ask.signal } : {}),
    });
  }

  /** Sends a message with one text, which may hold directives for the rehearsal. */
  ask(text: string, more: object = {}, ask: Ask = {}): Promise<Response> {
    return this.send(JSON.stringify(question(text, more)), ask);
  }

  records(): Records {
    return readRecords(this.state);
  }

  /** Waits until what is recorded makes `done` true: an entry may be written after the reply has arrived. */
  async recorded(done: (records: Records) => boolean, ms = HANG_MS): Promise<Records> {
    const deadline = Date.now() + ms;
    for (;;) {
      const records = this.records();
      if (done(records)) return records;
      if (Date.now() > deadline) {
        const has = records.entries.map(({ kind }) => kind).join(', ');
        throw new Error(`waited in vain for records; there are ${has}`);
      }
      await sleep(2);
    }
  }

  /** Waits until so many requests have reached it, not necessarily whole. */
  async arrived(count: number): Promise<void> {
    await until(() => this.#arrived >= count, `${count} requests`);
  }

  /** Waits until so many requests are over for it: answered, or it knows that whoever asked has gone. */
  async ended(count: number): Promise<void> {
    await until(() => this.#ended >= count, `the end of ${count} requests`);
  }

  /** Waits until a line of its log matches. */
  async said(message: RegExp, after = 0): Promise<LogLine> {
    const said = () =>
      this.logs()
        .slice(after)
        .find(({ msg }) => message.test(msg));
    await until(() => said() !== undefined, `a line of the log that matches ${message}`);
    return said() as LogLine;
  }

  /** @returns the `closed` entry of this number, once it is there */
  async closed(count: number): Promise<Closed> {
    const { closed } = await this.recorded((records) => records.closed.length >= count);
    return closed[count - 1] as Closed;
  }

  logs(): LogLine[] {
    return readFileSync(this.#logFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  }

  async metrics(): Promise<Samples> {
    const response = await fetch(`${this.running.metricsUrl}/metrics`);
    this.#metrics = await response.text();
    return readMetrics(this.#metrics);
  }

  writePolicies(manifests: readonly object[] | string, upstream?: string): void {
    const added = upstream === undefined ? [] : [provider(upstream)];
    const text = typeof manifests === 'string' ? manifests : policyText([...manifests, ...added]);
    writeFileSync(join(this.policies, 'test.yaml'), text);
  }

  /** Stops it; again does nothing. */
  async stop(): Promise<void> {
    if (this.#metrics === 'dumped') return;
    // A test may have stopped it by itself.
    await this.metrics().catch(() => undefined);
    writeFileSync(this.#logFile.replace('log.ndjson', 'metrics.txt'), this.#metrics);
    this.#metrics = 'dumped';
    await this.running.stop();
  }

  /** Proves that it is alive and well: a good call succeeds, and after its end all that was recorded is consistent. */
  async assertWell(): Promise<Records> {
    const response = await this.ask('/say still here');
    const text = await response.text();
    if (response.status !== 200) throw new Error(`a good call got ${response.status}: ${text}`);
    await this.stop();
    return assertConsistent(this.state);
  }
}

/** Waits until `done` gives true. */
async function until(done: () => boolean, what: string, ms = HANG_MS): Promise<void> {
  const deadline = Date.now() + ms;
  while (!done()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(2);
  }
}

export function question(text: string, more: object = {}): object {
  return { model: MODEL, max_tokens: 2000, messages: [{ role: 'user', content: text }], ...more };
}

export async function startTestSidecar(t: Scope, options: TestOptions = {}): Promise<TestSidecar> {
  const folder = outputFolder(t);
  const rehearsal =
    options.upstream === undefined
      ? await startRehearsal({ paceMs: 0, apiKey: PROVIDER_KEY, ...options.rehearsal })
      : undefined;
  if (rehearsal) atEnd(t, () => rehearsal.close());
  const upstream = options.upstream ?? rehearsal?.url ?? '';
  const policies = join(folder, 'policies');
  mkdirSync(policies);
  const wanted = options.policies ?? [PLENTY, profile({})];
  const added = options.providers ?? ((url: string) => [provider(url)]);
  const hasProvider = JSON.stringify(wanted).includes('"Provider"') || typeof wanted === 'string';
  const text =
    typeof wanted === 'string' ? wanted : policyText(hasProvider ? wanted : [...wanted, ...added(upstream)]);
  writeFileSync(join(policies, 'test.yaml'), text);
  const state = options.state ?? join(folder, 'state');
  const log = pino(
    logOptions(options.logLevel ?? 'debug'),
    pino.destination({ dest: join(folder, 'log.ndjson'), sync: true }),
  );
  const running = await (options.start ?? startSidecar)({
    host: '127.0.0.1',
    port: 0,
    metricsPort: 0,
    stateFolder: state,
    key: DUMMY_KEY,
    workload: { namespace: 'local', name: 'test', labels: {} },
    session: randomUUID(),
    agent: options.agent,
    policies,
    profile: undefined,
    logLevel: 'debug',
    graceMs: 2_000,
    environment: { ANTHROPIC_API_KEY: PROVIDER_KEY, OPENAI_API_KEY: PROVIDER_KEY },
    instead: undefined,
    command: 'test',
    log,
    times: { ...QUICK, ...options.times },
    ...options.config,
  });
  const sidecar = new TestSidecar(running, folder, state, rehearsal);
  subscribe('http.server.request.start', sidecar.onRequest);
  atEnd(t, () => unsubscribe('http.server.request.start', sidecar.onRequest));
  atEnd(t, () => sidecar.stop().catch((error: unknown) => assert.ok(sidecar.stopsBadly, String(error))));
  return sidecar;
}

/** Nothing that a test waits for takes longer than it must. */
const QUICK: Partial<Times> = { lateUsage: 200, policies: 50, requestCheck: 100 };
