/**
 * A sidecar in a process of its own, for tests with several of them and for tests that kill them.
 *
 *   parent ──{ start }──> child ──> startSidecar (the real one)
 *          <──{ url }────
 *          ──'stop'──────>
 */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { type RunningSidecar, startSidecar } from '../../sidecar/main.ts';
import type { Times } from '../../sidecar/times.ts';
import { DUMMY_KEY, PROVIDER_KEY } from './keys.ts';
import { type Freeze, markProgress } from './progress-marks.ts';
import { WEBHOOK_SECRET } from './webhook-receiver.ts';

export interface Start {
  readonly state: string;
  readonly policies: string;
  /** A file that its log is appended to. */
  readonly log: string;
  readonly times?: Partial<Times>;
  /** A file for the marks of how far each call has come; without it there are none. */
  readonly marks?: string;
  readonly freeze?: Freeze;
}

export type Answer = { readonly url: string } | { readonly stopped: true } | { readonly failed: string };

let running: RunningSidecar | undefined;

async function start({ state, policies, log, times = {}, marks, freeze }: Start): Promise<Answer> {
  if (marks !== undefined) markProgress(marks, freeze);
  running = await startSidecar({
    host: '127.0.0.1',
    port: 0,
    metricsPort: undefined,
    stateFolder: state,
    key: DUMMY_KEY,
    workload: { namespace: 'local', name: 'test', labels: {} },
    session: randomUUID(),
    agent: undefined,
    policies,
    profile: undefined,
    logLevel: 'debug',
    graceMs: 2_000,
    environment: {
      ANTHROPIC_API_KEY: PROVIDER_KEY,
      OPENAI_API_KEY: PROVIDER_KEY,
      HOOK_SECRET: WEBHOOK_SECRET,
    },
    instead: undefined,
    command: 'test',
    log: pino({ level: 'debug', base: null }, pino.destination({ dest: log, sync: true })),
    times,
  });
  return { url: running.url };
}

async function stop(): Promise<Answer> {
  await running?.stop();
  running = undefined;
  return { stopped: true };
}

process.on('message', (message: { start: Start } | 'stop') => {
  const answer = (value: Answer) => process.send?.(value);
  const done = message === 'stop' ? stop() : start(message.start);
  done.then(answer, (error: unknown) => answer({ failed: String(error) }));
});
process.send?.({ stopped: true });
