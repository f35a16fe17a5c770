/** Control without a cluster: real Redis, a real MongoDB server, HTTPS; only what the API server would say is made up. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SidecarCaller } from '../adapters/cluster/caller.ts';
import { ClusterPolicies } from '../adapters/cluster/policies.ts';
import { ControlConnection } from '../adapters/control-client/connection.ts';
import { RemoteLedger } from '../adapters/control-client/ledger.ts';
import { Spool } from '../adapters/control-client/spool.ts';
import { MongoAudit } from '../adapters/mongo/audit.ts';
import { openLedger } from '../adapters/redis/testing.ts';
import type { TestRedis } from '../adapters/redis/testing-server.ts';
import { createLog } from '../adapters/telemetry/log.ts';
import type { Closed, Opened } from '../core/audit/entry.ts';
import type { PolicyObject } from '../core/policy/objects.ts';
import { atEnd, type Scope } from '../test/support/output.ts';
import { SELF_SIGNED } from '../test/support/tls.ts';
import { sidecarApi, streamState } from './api.ts';
import { Proofs } from './proofs.ts';
import { sidecarApp } from './server.ts';
import { SidecarStreams } from './streams.ts';

/** What is made up: which pods there are, by the token that they show, and who of them was killed. */
export interface FakeCluster {
  readonly pods: Map<string, SidecarCaller>;
  readonly killed: Map<string, string>;
  /** Why nothing can be decided by what is known of it. */
  stale?: string;
}

/** What test controls wrap keys of sessions with. */
export const CONTENT_KEY = Buffer.alloc(32, 7);

export interface TestControl {
  readonly url: string;
  readonly policies: ClusterPolicies;
  readonly streams: SidecarStreams<SidecarCaller>;
  readonly ledger: Awaited<ReturnType<typeof openLedger>>;
  readonly audit: MongoAudit;
  readonly proofs: Proofs;
  /** Exchanges that metrics were told of. */
  readonly ended: readonly EndedExchange[];
  /** As a process that ends without a word. */
  kill(): void;
}

export interface EndedExchange {
  readonly by: string;
  readonly closed: Closed;
  readonly opened: Opened | undefined;
}

export function caller(workload: string, token: string): SidecarCaller {
  return {
    pod: { namespace: 'team-a', name: token, uid: token },
    serviceAccount: 'bot',
    payer: { workload: { namespace: 'team-a', name: workload, labels: {} }, session: token },
    runner: undefined,
    agent: undefined,
    profile: undefined,
  };
}

export async function startTestControl(
  t: Scope,
  redis: TestRedis,
  mongoUrl: string,
  fake: FakeCluster,
  objects: readonly PolicyObject[],
  port = 0,
  contentKey: Buffer | null = CONTENT_KEY,
): Promise<TestControl> {
  const log = await createLog('silent');
  const ledger = await openLedger(t, redis);
  const audit = await MongoAudit.open(mongoUrl);
  atEnd(t, () => audit.close());
  const proofs = await Proofs.open(audit.proofs);
  const policies = new ClusterPolicies();
  policies.replace(objects);
  const known = {
    cluster: {
      caller: ({ uid }: { uid: string }) => fake.pods.get(uid),
      killed: ({ pod }: SidecarCaller) => fake.killed.get(pod.uid),
    },
    policies,
    credentials: { of: () => ({ anthropic: 'sk-real' }) },
    log,
  };
  const streams = new SidecarStreams<SidecarCaller>({
    state: (one) => streamState(one, known),
    namespaceOf: ({ pod }) => pod.namespace,
  });
  const ended: EndedExchange[] = [];
  const api = sidecarApi({
    ...known,
    ledger,
    audit,
    contentKey: contentKey ?? undefined,
    proofs,
    stale: () => fake.stale,
    onGit: () => undefined,
    onEnded: (by, closed, opened) => ended.push({ by: by.pod.name, closed, opened }),
    streams: () => streams,
    read: async (token) => {
      const pod = fake.pods.get(token);
      if (pod === undefined) return { invalid: 'nobody has it' };
      return { caller: { ...pod.pod, serviceAccount: pod.serviceAccount } };
    },
  });
  const app = sidecarApp(api, { whyNotReady: () => undefined, onFault: (error) => console.error(error) });
  const server: Server = createServer(SELF_SIGNED, app);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const kill = () => {
    server.closeAllConnections();
    server.close();
  };
  atEnd(t, kill);
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, policies, streams, ledger, audit, proofs, ended, kill };
}

export interface TestSidecar {
  readonly ledger: RemoteLedger;
  readonly spool: Spool;
  readonly connection: ControlConnection;
}

/** A sidecar's ledger, with its token and its spool. */
export function connectSidecar(
  t: Scope,
  url: string,
  token: string,
  chain: string,
  spoolBytes = 1 << 20,
): TestSidecar {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-sidecar-'));
  const [tokenFile, caFile] = [join(folder, 'token'), join(folder, 'ca.crt')];
  writeFileSync(tokenFile, token);
  writeFileSync(caFile, SELF_SIGNED.cert);
  const connection = new ControlConnection({ url, tokenFile, caFile });
  const spool = new Spool(join(folder, 'spool'), spoolBytes);
  const ledger = new RemoteLedger({
    connection,
    spool,
    chain,
    clock: Date.now,
    onRefused: (error) => console.error(error),
  });
  atEnd(t, async () => {
    await ledger.stop(0).catch(() => undefined);
    spool.close();
    await connection.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { ledger, spool, connection };
}
