/** Metrics and health, on a port of their own: the agent's port answers nothing but wires. */
import { createServer, type Server } from 'node:http';
import type { Sidecar } from './sidecar.ts';

export function createTelemetryServer({ metrics }: Sidecar): Server {
  return createServer(async (request, response) => {
    if (request.method !== 'GET') {
      response.writeHead(405).end();
    } else if (request.url === '/metrics') {
      response.writeHead(200, { 'content-type': metrics.registry.contentType });
      response.end(await metrics.registry.metrics());
    } else if (request.url === '/healthz') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
    } else {
      response.writeHead(404).end();
    }
  });
}
