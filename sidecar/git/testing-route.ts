/** For tests: the git route of a pod with a real gateway and a real server of repositories behind it. */
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createLog } from '../../adapters/telemetry/log.ts';
import type { EntryDraft, GitRequest } from '../../core/audit/entry.ts';
import type { GitRepository } from '../../core/git/repository.ts';
import { startTestEgress, type TestEgress } from '../../egress/testing-gateway.ts';
import { HANG_MS } from '../../test/support/hang.ts';
import { atEnd, outputFolder, type Scope } from '../../test/support/output.ts';
import { SELF_SIGNED } from '../../test/support/tls.ts';
import { GIT_LIMITS, type GitLimits } from './limits.ts';
import { GitRoute } from './route.ts';
import { GIT_HOST, seedRepository, startGitHost, type TestGitHost, TOKEN } from './testing-git-host.ts';

export const BASIC = `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`;
const SECRET = { name: 'git-token', key: 'token' };

export interface RouteChange {
  readonly phase?: string;
  readonly repositories?: readonly GitRepository[];
  readonly limits?: Partial<GitLimits>;
  /** What stands in the Secret; null: nothing does. */
  readonly secret?: string | null;
  /** What the phase may reach. */
  readonly network?: object;
  /** Whether its own authority is believed; else only the public ones are. */
  readonly believed?: boolean;
  readonly record?: (entry: EntryDraft) => Promise<void>;
}

export interface TestRoute {
  readonly port: number;
  /** Of the repository "app". */
  readonly url: string;
  readonly server: Server;
  readonly host: TestGitHost;
  readonly egress: TestEgress;
  readonly entries: GitRequest[];
  /** The ended ones, once there are so many. */
  ended(count: number): Promise<GitRequest[]>;
  readonly stop: AbortController;
  close(): void;
}

export function repository(change: Partial<GitRepository> = {}): GitRepository {
  return {
    name: 'app',
    url: `https://${GIT_HOST}/app.git`,
    secret: SECRET,
    branches: ['agent/*'],
    ...change,
  };
}

const PUBLIC = getCACertificates('default');

export async function startTestRoute(t: Scope, change: RouteChange = {}): Promise<TestRoute> {
  const { phase = 'teardown', secret = TOKEN, believed = true } = change;
  const host = await startGitHost(t, BASIC);
  seedRepository(host.root, 'app.git');
  setDefaultCACertificates(believed ? [...PUBLIC, host.ca] : PUBLIC);
  const egress = await startTestEgress(t, host.port, {});
  const network = change.network ?? { access: 'allowlist', hosts: [GIT_HOST] };
  egress.knows({ phase, network });
  const folder = outputFolder(t);
  const paths = {
    ca: join(folder, 'ca.crt'),
    token: join(folder, 'token'),
    credentials: join(folder, 'git'),
  };
  writeFileSync(paths.ca, SELF_SIGNED.cert);
  writeFileSync(paths.token, await egress.cluster.token());
  mkdirSync(paths.credentials);
  if (secret !== null) writeFileSync(join(paths.credentials, 'app'), secret);
  const entries: GitRequest[] = [];
  const stop = new AbortController();
  let closing = false;
  const route = new GitRoute({
    phase,
    repositories: change.repositories ?? [repository()],
    credentials: paths.credentials,
    gateway: {
      url: `https://127.0.0.1:${egress.running.ports.wide}`,
      name: 'localhost',
      caFile: paths.ca,
      tokenFile: paths.token,
    },
    ledger: {
      async record(entry) {
        await change.record?.(entry);
        if (entry.kind === 'git') entries.push(entry);
      },
    },
    workload: { namespace: 'agents', name: 'agentrunner/fix-bug', labels: {}, session: 's1' },
    clock: Date.now,
    log: await createLog('silent', false),
    stopped: stop.signal,
    closing: () => closing,
    limits: { ...GIT_LIMITS, ...change.limits },
  });
  const server = createServer((request, response) => {
    if (route.takes(request)) void route.handle(request, response);
    else response.writeHead(418).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, async () => {
    stop.abort();
    rmSync(paths.credentials, { recursive: true, force: true });
    server.closeAllConnections();
    server.close();
    // Every tunnel that was opened has ended: the route leaves none behind.
    const most = Date.now() + HANG_MS;
    while (egress.records.length < egress.dialled.length && Date.now() < most)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const left = egress.dialled.length - egress.records.length;
    if (left > 0) throw new Error(`${left} tunnels are still open`);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  const { port } = address;
  return {
    port,
    server,
    url: `http://127.0.0.1:${port}/git/app`,
    host,
    egress,
    entries,
    async ended(count) {
      const found = () => entries.filter(({ step }) => step === 'ended');
      for (const deadline = Date.now() + HANG_MS; found().length < count; ) {
        if (Date.now() > deadline) throw new Error(`${found().length} have ended, not ${count}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return found();
    },
    stop,
    close: () => {
      closing = true;
    },
  };
}

/** Everything that could show the credential. */
export function shows(text: string | Buffer): boolean {
  const bytes = Buffer.from(text);
  return [TOKEN, BASIC.slice(6)].some((one) => bytes.includes(one));
}
