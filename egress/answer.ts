/** Refusals as they go over the wire: a status, a code in a header, a sentence, and the end of the connection. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { REFUSAL_HEADER } from '../core/egress/names.ts';
import { EGRESS_REFUSALS, type EgressRefusal, egressSentence } from '../core/egress/refusals.ts';
import type { Pending } from './pending.ts';

/** How long a refused client may take to read why, ms. */
const LINGER_MS = 1_000;

/** @returns the whole answer */
export function refusalBytes(refusal: EgressRefusal): string {
  const { status } = EGRESS_REFUSALS[refusal.code];
  const body = `${egressSentence(refusal)} (${refusal.code})\n`;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `${REFUSAL_HEADER}: ${refusal.code}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  // RFC 9110, 11.7.1 wants a challenge with each 407.
  if (status === 407) lines.push('proxy-authenticate: Bearer realm="tollgate"');
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Says it and closes; nothing that comes is read any more. */
export function sayRefused(socket: Socket, refusal: EgressRefusal): void {
  if (socket.destroyed) return;
  if (socket.writable) socket.end(refusalBytes(refusal));
  // Unread bytes would make closing a reset, which could take the answer away from the client.
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

export function answerRefused(pending: Pending, refusal: EgressRefusal): void {
  sayRefused(pending.socket, refusal);
  pending.ended(refusal.code, egressSentence(refusal));
}
