/** For tests: a server of repositories with git's own http-backend behind HTTPS, by an authority of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';

import { TIMES } from '../../operator/certificates/decide.ts';
import { mintAuthority, mintLeaf } from '../../operator/certificates/mint.ts';
import { atEnd, outputFolder, type Scope } from '../../test/support/output.ts';

export const GIT_HOST = 'git.example.com';
export const TOKEN = 'ghp_realTokenThatNobodyMaySee0001';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer[];
  /** All of it has come. */
  readonly complete: () => boolean;
}

export interface TestGitHost {
  readonly port: number;
  /** Folder with the bare repositories. */
  readonly root: string;
  /** PEM of its authority. */
  readonly ca: string;
  readonly seen: SeenRequest[];
  /** Answers in its place where it returns true. */
  behave: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

/** @param credential value of Authorization without which it answers 401; undefined: it asks for none */
export async function startGitHost(t: Scope, credential: string | undefined): Promise<TestGitHost> {
  const root = outputFolder(t);
  const now = Date.now();
  const authority = await mintAuthority(now, TIMES);
  const signer = { certificate: new X509Certificate(authority.cert), key: createPrivateKey(authority.key) };
  const pair = await mintLeaf(signer, [GIT_HOST], now, TIMES);
  const host: { -readonly [K in keyof TestGitHost]: TestGitHost[K] } = {
    port: 0,
    root,
    ca: authority.cert,
    seen: [],
    behave: undefined,
  };
  const server = createServer(pair, (request, response) => {
    const body: Buffer[] = [];
    request.on('data', (piece: Buffer) => body.push(piece));
    const { method = '', url = '', headers } = request;
    host.seen.push({ method, url, headers, body, complete: () => request.complete });
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    if (host.behave?.(request, response)) return;
    if (credential !== undefined && headers.authorization !== credential)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?');
    else backend(root, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  host.port = address.port;
  return host;
}

/** A bare repository with one commit on main. */
export function seedRepository(root: string, name: string): void {
  const [bare, work] = [join(root, name), join(root, `${name}-seed`)];
  git(root, 'init', '--quiet', '--bare', '--initial-branch=main', bare);
  git(bare, 'config', 'http.receivepack', 'true');
  git(root, 'init', '--quiet', '--initial-branch=main', work);
  // Older than all that tests add: git tells what it has by date, and within a second in no order to rely on.
  runGit(work, ['commit', '--quiet', '--allow-empty', '--message=first'], LONG_AGO);
  git(work, 'push', '--quiet', bare, 'main');
}

/** Of this machine's own settings nothing counts. */
export const GIT_ENV: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
  LC_ALL: 'C',
};

/** @returns what it wrote; @throws Error when it fails */
export function git(cwd: string, ...args: string[]): string {
  return runGit(cwd, args, {});
}

const LONG_AGO = { GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z' };

function runGit(cwd: string, args: readonly string[], env: Readonly<Record<string, string>>): string {
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd,
    env: { ...GIT_ENV, ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** CGI (RFC 3875), as far as http-backend needs it. */
export function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'https://x');
  const { headers } = request;
  const child = spawn('git', ['http-backend'], {
    env: {
      ...GIT_ENV,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? '',
      CONTENT_TYPE: headers['content-type'] ?? '',
      ...(headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: headers['content-length'] }),
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
      REMOTE_USER: 'agent',
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  // Half a request must not look like a whole one.
  request.once('close', () => {
    if (!request.complete) child.kill('SIGKILL');
  });
  let head = Buffer.alloc(0);
  let begun = false;
  child.stdout.on('data', (piece: Buffer) => {
    if (begun) {
      response.write(piece);
      return;
    }
    head = Buffer.concat([head, piece]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    begun = true;
    const fields = head
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string]);
    const status = fields.find(([name]) => name === 'Status')?.[1] ?? '200';
    response.writeHead(
      Number.parseInt(status, 10),
      Object.fromEntries(fields.filter(([name]) => name !== 'Status')),
    );
    response.write(head.subarray(end + 4));
  });
  child.stdout.once('close', () => response.end());
}
