/**
 * The proxy's door: who may come in at all. Everything behind it is an exchange.
 *
 * Only programs that were given the key, over the address they were given. A web page in a browser is kept out by its
 * Origin, and by its Host where a foreign name was made to point here.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { REFUSALS, type Refusal, refusal, refusalText } from '../core/govern/refusals.ts';
import { errorBody } from '../core/wire/anthropic-messages/refusal.ts';
import { handleExchange } from './exchange.ts';
import { newId } from './id.ts';
import type { Caller, Sidecar } from './sidecar.ts';

export interface DoorOptions {
  /** The key that callers must have. */
  readonly key: string;
  readonly caller: Caller;
  /** Whether new calls are turned away. */
  readonly closing: () => boolean;
}

/** A request must have arrived whole within this, ms. */
const REQUEST_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 10_000;

export function createDoor(sidecar: Sidecar, options: DoorOptions, running: Set<Promise<void>>): Server {
  const door = new Door(options);
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS, keepAliveTimeout: 75_000 },
    (request, response) => {
      const refused = door.check(request);
      if (refused) return turnAway(sidecar, refused, request, response);
      const exchange = handleExchange(sidecar, options.caller, request, response)
        .catch((error: unknown) => crash(sidecar, error, response))
        .finally(() => running.delete(exchange));
      running.add(exchange);
    },
  );
  server.on('clientError', answerUnreadable);
  return server;
}

class Door {
  readonly #options: DoorOptions;
  readonly #key: Buffer;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#key = digest(options.key);
  }

  check(request: IncomingMessage): Refusal | undefined {
    const { headers, socket } = request;
    if (this.#options.closing()) return refusal('shutting_down');
    if (headers.origin !== undefined)
      return refusal('foreign_origin', { origin: headers.origin.slice(0, 100) });
    if (!isLoopbackName(headers.host, socket.localPort)) {
      return refusal('foreign_host', { host: String(headers.host).slice(0, 100) });
    }
    const given = keyOf(request);
    if (given !== undefined && timingSafeEqual(digest(given), this.#key)) return undefined;
    return refusal(isLogin(given, headers['anthropic-beta']) ? 'oauth_login' : 'bad_key');
  }
}

function keyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['x-api-key'];
  if (typeof key === 'string') return key;
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** Tokens of a login to Claude begin with sk-ant-oat, and come with a beta of their own. */
function isLogin(key: string | undefined, betas: string | string[] | undefined): boolean {
  return key?.startsWith('sk-ant-oat') === true || String(betas ?? '').includes('oauth-');
}

function isLoopbackName(host: string | undefined, port: number | undefined): boolean {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`].includes(host?.toLowerCase() ?? '');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Those who may not come in leave a line in the log and a count; the audit log is for those who may. */
function turnAway(
  { clock, log, metrics }: Sidecar,
  refused: Refusal,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const requestId = newId(clock());
  const { status } = REFUSALS[refused.code];
  log.warn({ code: refused.code, ...refused.params }, 'turned away');
  metrics.refused(refused.code);
  const body = errorBody(status, refusalText(refused, requestId), requestId, refused.code);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': String(body.length),
    connection: 'close',
    'x-should-retry': 'false',
    'x-tollgate-request-id': requestId,
    'x-tollgate-verdict': 'deny',
  });
  response.end(body);
  request.resume();
}

/** A programming error: the agent gets no reply that was not judged, the process goes on. */
function crash({ log }: Sidecar, error: unknown, response: ServerResponse): void {
  log.error(
    { error: error instanceof Error ? error.stack : String(error) },
    'an exchange failed inside Tollgate',
  );
  response.destroy();
}

/** What Node's parser can't read: broken HTTP, Content-Length with Transfer-Encoding, headers without end, half a request. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const refused = late
    ? refusal('slow_request', { seconds: String(REQUEST_TIMEOUT_MS / 1000) })
    : refusal('bad_request', { detail: `it is not readable HTTP (${error.code ?? 'unknown'})` });
  const { status } = REFUSALS[refused.code];
  const requestId = newId(Date.now());
  const body = errorBody(status, refusalText(refused, requestId), requestId, refused.code);
  const head = `HTTP/1.1 ${status} ${late ? 'Request Timeout' : 'Bad Request'}\r\ncontent-type: application/json\r\n`;
  socket.end(`${head}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
}
