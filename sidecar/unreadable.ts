/**
 * What Node's parser can't read: broken HTTP, Content-Length with Transfer-Encoding, headers without end, half a request.
 * It is answered where an answer can't be taken for a part of another reply.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { REFUSALS, type Refusal, refusal, refusalText } from '../core/govern/refusals.ts';
import { wireOf } from '../core/wire/wires.ts';
import { plural } from '../core/wording.ts';
import { newId } from './id.ts';
import type { Sidecar } from './sidecar.ts';

/** Node's and llhttp's codes, where they say nothing to people. */
const REASONS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'its headers are larger than 16 KB',
  HPE_INVALID_EOF_STATE: 'it ended in the middle',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'it has Content-Length beside another one or Transfer-Encoding',
  HPE_INVALID_CONTENT_LENGTH: 'its Content-Length is not one number, or stands beside Transfer-Encoding',
  HPE_INVALID_TRANSFER_ENCODING: 'it has Transfer-Encoding beside Content-Length, or one that is not chunked',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'its chunks have endless extensions',
};

/** How long a client that was refused may take to hang up, ms. */
const LINGER_MS = 1_000;

export class Connections {
  readonly #sidecar: Sidecar;
  /** Replies that are not over: several on one connection when a client does not wait for them. */
  readonly #open = new WeakMap<Duplex, Map<ServerResponse, IncomingMessage>>();

  constructor(sidecar: Sidecar) {
    this.#sidecar = sidecar;
  }

  /** @returns when the reply has left, or its connection is gone */
  open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const open = this.#open.get(socket) ?? new Map<ServerResponse, IncomingMessage>();
    this.#open.set(socket, open.set(response, request));
    return new Promise((resolve) => {
      const over = () => {
        socket.off('close', over);
        response.off('close', over);
        open.delete(response);
        resolve();
      };
      response.on('close', over);
      socket.on('close', over);
    });
  }

  /** As Node does where it has the time for all: a request that has not come whole after `ms` is answered. */
  limit(request: IncomingMessage, ms: number): void {
    const { socket } = request;
    const timer = setTimeout(() => {
      const late = Object.assign(new Error('too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
      if (!request.complete) this.answerUnreadable(late, socket);
    }, ms).unref();
    request.once('close', () => clearTimeout(timer));
  }

  answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (error.code === 'ECONNRESET' || !socket.writable || this.#isAnswering(socket)) {
      socket.destroy();
      return;
    }
    const { log, metrics, clock, times } = this.#sidecar;
    const refused = explain(error, times.request);
    const requestId = newId(clock());
    log.warn({ request: requestId, code: refused.code, ...refused.params }, 'turned away');
    metrics.refused(refused.code);
    socket.end(rawReply(refused, requestId));
    // Reading on lets its sender read this; for how long is not up to it.
    socket.resume();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }

  /** Whether a reply is on its way, or a request before this one waits for its own. */
  #isAnswering(socket: Duplex): boolean {
    const open = [...(this.#open.get(socket) ?? [])];
    return open.length > 1 || open.some(([response, request]) => response.headersSent || request.complete);
  }
}

function explain({ code = 'unknown' }: NodeJS.ErrnoException, timeout: number): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return refusal('slow_request', { seconds: plural(timeout / 1000, 'second') });
  }
  return refusal('bad_request', { detail: REASONS[code] ?? `it is not readable HTTP (${code})` });
}

function rawReply(refused: Refusal, requestId: string): string {
  const { status } = REFUSALS[refused.code];
  // What cannot be read is of no wire; the others' clients find the sentence in this form too.
  const { words } = wireOf('anthropic-messages');
  const body = words.errorBody(status, refusalText(refused, requestId), requestId, refused.code);
  const reason = status === 408 ? 'Request Timeout' : 'Bad Request';
  return [
    `HTTP/1.1 ${status} ${reason}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
    `\r\n${body}`,
  ].join('\r\n');
}
