/** Metrics and health, on a port of their own: the agent's port answers nothing but wires. */
import { createServer, type Server } from 'node:http';
import type { Sidecar } from './sidecar.ts';
import { isForThisMachine, isFromWebPage } from './visitors.ts';

/** @returns a server that does not listen yet; it answers GET /metrics and /healthz, to programs on this machine */
export function createTelemetryServer({ metrics: { registry }, log }: Sidecar): Server {
  return createServer((request, response) => {
    const { method, url } = request;
    // What an agent spends and on which models is nothing for a web page.
    if (isFromWebPage(request) || !isForThisMachine(request)) {
      response.writeHead(403).end();
    } else if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else if (url === '/metrics') {
      registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        (error: unknown) => {
          log.error({ error: String(error) }, 'metrics could not be told');
          response.writeHead(500).end();
        },
      );
    } else if (url === '/healthz') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
    } else {
      response.writeHead(404).end();
    }
  });
}
