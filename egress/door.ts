/**
 * A port for tunnels: TLS 1.3, HTTP/1.1, CONNECT. Node's parser reads the header; everything else than one good CONNECT
 * is answered with a sentence and closed.
 */
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Crowd } from '../adapters/net/crowd.ts';
import type { TlsFiles } from '../adapters/tls/files.ts';
import type { Door } from '../core/egress/names.ts';
import { type EgressRefusal, egressRefusal } from '../core/egress/refusals.ts';
import { answerRefused } from './answer.ts';
import type { Gateway } from './gateway.ts';
import type { Limits } from './limits.ts';
import { Pending } from './pending.ts';
import type { EgressLog } from './record.ts';

export interface DoorParts {
  readonly gateway: Gateway;
  readonly certificate: TlsFiles;
  readonly crowd: Crowd;
  readonly limits: Limits;
  readonly log: EgressLog;
}

/** @returns a server that does not listen yet */
export function createDoor(door: Door, { gateway, certificate, crowd, limits, log }: DoorParts): Server {
  const server = createServer({
    ...certificate,
    minVersion: 'TLSv1.3',
    // A client may end before its host has said all.
    allowHalfOpen: true,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: limits.handshakeMs,
    maxHeaderSize: limits.headerBytes,
    // It begins with the connection, whether anything is said or not.
    headersTimeout: limits.headerMs,
    connectionsCheckingInterval: 1_000,
    insecureHTTPParser: false,
  });
  const answered = new WeakSet<Socket>();
  /** @returns whether this is the first to come over that connection */
  const isFirst = (socket: Socket): boolean => {
    if (answered.has(socket)) return false;
    answered.add(socket);
    return true;
  };
  const refuse = (socket: Socket, refusal: EgressRefusal) => {
    if (isFirst(socket)) answerRefused(new Pending(socket, door, log), refusal);
  };
  crowd.guard(server);
  server.on('connect', (request, socket: Socket, early: Buffer) => {
    if (isFirst(socket)) gateway.connect(door, request, socket, early);
  });
  for (const event of ['request', 'checkContinue', 'checkExpectation'] as const)
    server.on(event, ({ socket }) => refuse(socket, egressRefusal('method_not_allowed')));
  server.on('clientError', (error: NodeJS.ErrnoException & { reason?: string }, socket) => {
    const refusal = refusalOf(error, limits);
    if (refusal === undefined || !('remoteAddress' in socket)) socket.destroy();
    else refuse(socket as Socket, refusal);
  });
  return server;
}

function refusalOf(
  { code, reason, message }: NodeJS.ErrnoException & { reason?: string },
  { headerBytes, headerMs }: Limits,
): EgressRefusal | undefined {
  if (code === 'HPE_HEADER_OVERFLOW')
    return egressRefusal('header_too_large', { bytes: String(headerBytes) });
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return egressRefusal('header_timeout', { ms: String(headerMs) });
  if (!code?.startsWith('HPE_')) return undefined;
  return egressRefusal('bad_request', { why: reason ?? message });
}
