/** The sidecar's own port: a socket file in a volume that only it has. Says whether it is ready, and its metrics. */
import { rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from 'prom-client';

export interface AdminOptions {
  /** @returns why it is not ready; undefined when it is */
  notReady(): string | undefined;
  readonly registry: Registry;
}

/** @returns a server that listens */
export async function startAdmin(socket: string, { notReady, registry }: AdminOptions): Promise<Server> {
  // One that a killed process left behind.
  rmSync(socket, { force: true });
  const server = createServer(async ({ url }, response) => {
    if (url === '/ready') {
      const why = notReady();
      response
        .writeHead(why === undefined ? 200 : 503, { 'content-type': 'text/plain' })
        .end(`${why ?? 'ready'}\n`);
    } else if (url === '/metrics') {
      response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve));
  return server;
}

/**
 * Waits until the sidecar is ready: the pod's startup probe, which the kubelet asks once a second at most, so that one
 * that answered "not yet" would cost a pod that second.
 *
 * @returns why it is not ready after `waitMs`; undefined as soon as it is
 */
export async function waitReady(socketPath: string, waitMs: number): Promise<string | undefined> {
  const end = performance.now() + waitMs;
  for (;;) {
    const why = await askReady(socketPath);
    if (why === undefined || performance.now() > end) return why;
    await sleep(EVERY_MS);
  }
}

const EVERY_MS = 25;

function askReady(socketPath: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/ready', timeout: 3_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve(response.statusCode === 200 ? undefined : text.trim()));
    });
    asked.on('timeout', () => asked.destroy(new Error('it does not answer')));
    asked.on('error', (error: NodeJS.ErrnoException) =>
      resolve(`the sidecar does not listen yet (${error.code ?? error.message})`),
    );
    asked.end();
  });
}
