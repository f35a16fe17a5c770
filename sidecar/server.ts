/**
 * The proxy's door: who may come in at all. Everything behind it is an exchange.
 *
 * Only programs that were given the key, over the address they were given. A web page in a browser is kept out by its
 * Origin, and by its Host where a foreign name was made to point here.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isClaudeLogin } from '../core/agents/claude-code.ts';
import { REFUSALS, type Refusal, refusal, refusalText } from '../core/govern/refusals.ts';
import { wireToAnswer } from '../core/wire/wires.ts';
import { handleExchange } from './exchange.ts';
import { newId } from './id.ts';
import type { Caller, Sidecar } from './sidecar.ts';
import { Connections } from './unreadable.ts';
import { isForThisMachine, isFromWebPage } from './visitors.ts';

export interface DoorOptions {
  /** The key that callers must have. */
  readonly key: string;
  readonly caller: Caller;
  /** Whether new calls are turned away. */
  readonly closing: () => boolean;
}

/** @param running gets a promise for each exchange, until it has ended and its reply has left */
export function createDoor(sidecar: Sidecar, options: DoorOptions, running: Set<Promise<unknown>>): Server {
  const { times, log } = sidecar;
  const door = new Door(options);
  const connections = new Connections(sidecar);
  const timeouts = {
    requestTimeout: times.request,
    headersTimeout: times.requestHead,
    connectionsCheckingInterval: times.requestCheck,
    keepAliveTimeout: 75_000,
  };
  const server = createServer(timeouts, (request, response) => {
    const left = connections.open(request, response);
    const refused = door.check(request);
    if (refused) return turnAway(sidecar, refused, request, response);
    const exchange = handleExchange(sidecar, options.caller, request, response).catch((error: unknown) => {
      log.error(
        { error: error instanceof Error ? error.stack : String(error) },
        'an exchange was not recorded',
      );
      response.destroy();
    });
    const over = Promise.all([exchange, left]).finally(() => running.delete(over));
    running.add(over);
  });
  server.on('clientError', (error, socket) => connections.answerUnreadable(error, socket));
  return server;
}

class Door {
  readonly #options: DoorOptions;
  readonly #key: Buffer;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#key = Buffer.from(options.key);
  }

  check(request: IncomingMessage): Refusal | undefined {
    const { headers } = request;
    if (this.#options.closing()) return refusal('shutting_down');
    if (isFromWebPage(request))
      return refusal('foreign_origin', { origin: String(headers.origin).slice(0, 100) });
    if (!isForThisMachine(request))
      return refusal('foreign_host', { host: String(headers.host).slice(0, 100) });
    const given = keyOf(request);
    if (given !== undefined && isEqual(Buffer.from(given), this.#key)) return undefined;
    return refusal(isLogin(given, headers['anthropic-beta']) ? 'oauth_login' : 'bad_key');
  }
}

function keyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['x-api-key'];
  if (typeof key === 'string') return key;
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** Tokens of a login to Claude come with a beta of their own. */
function isLogin(key: string | undefined, betas: string | string[] | undefined): boolean {
  return isClaudeLogin(key) || String(betas ?? '').includes('oauth-');
}

/** In a time that says nothing of what stands in the key; its length is no secret. */
function isEqual(given: Buffer, key: Buffer): boolean {
  return given.length === key.length && timingSafeEqual(given, key);
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
  const { words } = wireToAnswer(method, url, headers);
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
