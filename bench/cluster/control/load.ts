/**
 * 1,000 sidecars' connections to control in one process: each says hello, keeps its stream and reports by which policy it
 * judges, with the code that sidecars do it with. It is forked, and answers orders; times are epoch ms.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlConnection } from '../../../adapters/control-client/connection.ts';
import { Reports } from '../../../adapters/control-client/reports.ts';
import { ControlStream } from '../../../adapters/control-client/stream.ts';
import { type KillEvent, PATHS, type PolicyEvent, PROTOCOL } from '../../../control-api/messages.ts';
import { LedgerUnavailable } from '../../../core/ports.ts';
import { each } from '../each.ts';

const AGAIN_MS = 1_000;
const MOST_TRIES = 30;

export interface Connect {
  readonly url: string;
  readonly caFile: string;
  readonly folder: string;
  readonly tokens: readonly string[];
  /** Handshakes under way at once. */
  readonly atOnce: number;
}

/** What is known of one sidecar's policy: everything that a test may wait for. */
export interface Told {
  readonly at: number;
  readonly connectedAt: number;
  /** What the budget `everyone` allows; undefined: no policy came yet. */
  readonly usd: unknown;
  readonly policyAt: number;
  readonly kill: string | null | undefined;
  readonly killAt: number;
}

export type Order =
  | { readonly do: 'connect'; readonly with: Connect }
  /** What each was told last. */
  | { readonly do: 'tell' }
  | { readonly do: 'end' };

export type Reply = { readonly told: readonly Told[] } | { readonly failed: string };

interface Sidecar {
  readonly stream: ControlStream;
  readonly connection: ControlConnection;
  readonly reports: Reports;
  told: Told;
}

const now = () => performance.timeOrigin + performance.now();
const NOTHING = { at: 0, connectedAt: 0, usd: undefined, policyAt: 0, kill: undefined, killAt: 0 };
const sidecars: Sidecar[] = [];

process.on('message', (order: Order) => {
  answer(order).then(
    (reply) => process.send?.(reply),
    (error: unknown) => process.send?.({ failed: String(error) } satisfies Reply),
  );
});

async function answer(order: Order): Promise<Reply> {
  if (order.do === 'connect') await connectAll(order.with);
  if (order.do === 'end') {
    for (const { reports } of sidecars) reports.stop();
    await Promise.all(sidecars.map(({ stream }) => stream.stop()));
    await Promise.all(sidecars.map(({ connection }) => connection.close()));
    sidecars.length = 0;
  }
  return { told: sidecars.map(({ told }) => told) };
}

/** @returns once each has a stream and a policy */
async function connectAll({ url, caFile, folder, tokens, atOnce }: Connect): Promise<void> {
  await each(atOnce, tokens.length, async (n) => {
    const tokenFile = join(folder, `token-${n}`);
    writeFileSync(tokenFile, tokens[n] ?? '', { mode: 0o600 });
    const connection = new ControlConnection({ url, caFile, tokenFile });
    await hello(connection, `bench-${n}`);
    await new Promise<void>((resolve) => {
      sidecars[n] = follow(connection, resolve);
    });
  });
}

/** As often as a sidecar says it, until it is heard. @throws ControlRefused */
async function hello(connection: ControlConnection, chain: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await connection.post(PATHS.hello, { protocol: PROTOCOL, version: 'bench', chain });
      return;
    } catch (error) {
      if (!(error instanceof LedgerUnavailable) || tries === MOST_TRIES) throw error;
      await sleep(AGAIN_MS);
    }
  }
}

function follow(connection: ControlConnection, ready: () => void): Sidecar {
  const change = (what: Partial<Told>) => {
    sidecar.told = { ...sidecar.told, ...what, at: now() };
  };
  const reports = new Reports({ connection, onFailed: () => undefined });
  const stream = new ControlStream({
    connection,
    onConnected: () => change({ connectedAt: now() }),
    onLost: () => undefined,
    onEvent: (name, event) => {
      if (name === 'kill') change({ kill: (event as KillEvent).reason, killAt: now() });
      if (name !== 'policy') return;
      const { hash, manifests } = event as PolicyEvent;
      change({ usd: usdOf(manifests), policyAt: now() });
      // As a sidecar does, which makes the snapshot first.
      reports.report({ snapshot: hash, problem: null });
      ready();
    },
  });
  const sidecar: Sidecar = { stream, connection, reports, told: NOTHING };
  return sidecar;
}

interface BudgetManifest {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly limits?: readonly { readonly usd?: unknown }[] };
}

function usdOf(manifests: readonly unknown[]): unknown {
  const found = (manifests as readonly BudgetManifest[]).find(({ metadata }) => metadata.name === 'everyone');
  return found?.spec.limits?.[0]?.usd;
}
