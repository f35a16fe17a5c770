/** /metrics, and what a kubelet asks: /healthz (it runs) and /readyz (it can do its work). No governed pod reaches it. */
import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';
import { Crowd } from '../net/crowd.ts';

/** A kubelet and a few that collect metrics, and whoever reaches the port. */
const CROWD = { most: 128, mostPerAddress: 32, newPerSecond: 16, whenFull: 'largest-gives' } as const;

/** @param whyNotReady undefined: it is; @returns a server that does not listen yet */
export function createTelemetryServer(registry: Registry, whyNotReady: () => string | undefined): Server {
  let told: Promise<string> | undefined;
  /** Once for all who ask meanwhile. */
  const metrics = () => {
    told ??= registry.metrics().finally(() => {
      told = undefined;
    });
    return told;
  };
  const server = createServer(
    {
      maxHeaderSize: 8_192,
      headersTimeout: 5_000,
      requestTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      const { method, url } = request;
      const say = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
        response.writeHead(status, { 'content-type': type }).end(text);
      };
      if (method !== 'GET' && method !== 'HEAD') {
        response.writeHead(405, { allow: 'GET, HEAD', connection: 'close' }).end();
      } else if (url === '/metrics') {
        metrics().then(
          (text) => say(200, text, registry.contentType),
          () => say(500, 'metrics could not be told\n'),
        );
      } else if (url === '/healthz') say(200, 'ok\n');
      else if (url === '/readyz') {
        const why = whyNotReady();
        say(why === undefined ? 200 : 503, why === undefined ? 'ok\n' : `${why}\n`);
      } else say(404, 'there is /metrics, /healthz and /readyz\n');
    },
  );
  new Crowd(CROWD).guard(server);
  return server;
}
