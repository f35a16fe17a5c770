/**
 * The proxy's door: who may come in at all. Everything behind it is an exchange.
 *
 * Only programs that were given a key, over the address they were given. A web page in a browser is kept out by its
 * Origin, and by its Host where a foreign name was made to point here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { TlsFiles } from '../adapters/tls/files.ts';
import { REFUSALS, type Refusal, refusal, refusalText } from '../core/govern/refusals.ts';
import { matchEndpoint, wireToAnswer } from '../core/wire/wires.ts';
import type { Callers } from './callers.ts';
import { handleExchange } from './exchange.ts';
import type { GitRoute } from './git/route.ts';
import { newId } from './id.ts';
import type { Caller, Sidecar } from './sidecar.ts';
import type { Snapshots } from './snapshots.ts';
import { Connections } from './unreadable.ts';
import { isForThisMachine, isFromWebPage } from './visitors.ts';

export interface DoorOptions {
  readonly callers: Callers;
  readonly snapshots: Pick<Snapshots, 'of'>;
  /** Names by which it may be called, beside addresses. */
  readonly names: ReadonlySet<string>;
  /** Undefined: plain HTTP. */
  readonly tls: TlsFiles | undefined;
  /** Whether new calls are turned away. */
  readonly closing: () => boolean;
  /** The route of a pod to its repositories. */
  readonly git?: Pick<GitRoute, 'takes' | 'handle' | 'requestMs'>;
}

/** @param running gets a promise for each exchange, until it has ended and its reply has left */
export function createDoor(
  sidecar: Sidecar,
  options: DoorOptions,
  running: Set<Promise<unknown>>,
): Server | TlsServer {
  const { times, log } = sidecar;
  const { tls, git } = options;
  const connections = new Connections(sidecar);
  const timeouts = {
    requestTimeout: git?.requestMs ?? times.request,
    headersTimeout: times.requestHead,
    connectionsCheckingInterval: times.requestCheck,
    keepAliveTimeout: 75_000,
  };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const left = connections.open(request, response);
    const follow = (exchange: Promise<void>) => {
      const over = Promise.all([exchange, left]).finally(() => running.delete(over));
      running.add(over);
    };
    if (git?.takes(request)) return follow(git.handle(request, response));
    // Node has one time for all requests of a server, and pushes take longer.
    if (git !== undefined) connections.limit(request, times.request);
    const caller = admit(request, options);
    if ('code' in caller) return turnAway(sidecar, caller, request, response);
    const exchange = handleExchange(sidecar, caller, request, response).catch((error: unknown) => {
      log.error(
        { error: error instanceof Error ? error.stack : String(error) },
        'an exchange was not recorded',
      );
      response.destroy();
    });
    follow(exchange);
  };
  const server = tls
    ? createTlsServer({ ...timeouts, ...tls, handshakeTimeout: times.requestHead }, handle)
    : createServer(timeouts, handle);
  server.on('clientError', (error, socket) => connections.answerUnreadable(error, socket));
  return server;
}

/** @returns who calls, with the policy in force for it; or why nobody comes in so */
function admit(request: IncomingMessage, options: DoorOptions): Caller | Refusal {
  const { headers } = request;
  if (options.closing()) return refusal('shutting_down');
  if (isFromWebPage(request))
    return refusal('foreign_origin', { origin: String(headers.origin).slice(0, 100) });
  if (!isForThisMachine(request, options.names))
    return refusal('foreign_host', { host: String(headers.host).slice(0, 100) });
  if (request.method === 'GET' && /^websocket$/i.test(headers.upgrade ?? '')) return refusal('no_websocket');
  const identity = options.callers.of(request);
  if ('code' in identity) return identity;
  const snapshot = options.snapshots.of(identity);
  return 'code' in snapshot ? snapshot : { ...identity, snapshot };
}

/** Those who may not come in leave a line in the log and a count; the audit log is for those who may. */
function turnAway(
  { clock, log, metrics }: Sidecar,
  refused: Refusal,
  { method = '', url = '', headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const requestId = newId(clock());
  const { status } = REFUSALS[refused.code];
  log.warn({ request: requestId, code: refused.code, ...refused.params }, 'turned away');
  metrics.refused(refused.code);
  const { words } = wireToAnswer(matchEndpoint(method, url, headers));
  const body = words.errorBody(status, refusalText(refused, requestId), requestId, refused.code);
  // One that hangs up while we write is no error of ours.
  response.on('error', () => undefined);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': String(body.length),
    connection: 'close',
    'x-should-retry': 'false',
    'x-tollgate-request-id': requestId,
    'x-tollgate-verdict': 'deny',
  });
  // What still comes of the request is read and dropped by Node, so that its sender gets to read this.
  response.end(body);
}
