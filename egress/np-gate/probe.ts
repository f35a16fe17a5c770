/**
 * One try to reach a place. What counts as out of reach is listed, and everything else is reached: a connection that is
 * taken and at once broken off was taken.
 */
import { createSocket } from 'node:dgram';
import { connect, isIP } from 'node:net';
import type { Place } from './targets.ts';

/** Nobody took it: no answer, a refusal by the place or by an engine, no way there. */
const OUT_OF_REACH = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'ETIMEDOUT',
  'EACCES',
  'EPERM',
  'EADDRNOTAVAIL',
]);

/** `silent`: no answer in time. */
export type Outcome = 'reached' | 'refused' | 'silent';

/** By TCP. Never rejects. */
export function probeTcp({ address, port }: Place, ms: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const done = (outcome: Outcome) => {
      clearTimeout(timer);
      resolve(outcome);
      socket.destroy();
    };
    const timer = setTimeout(() => done('silent'), ms);
    socket.on('connect', () => done('reached'));
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      done(code !== undefined && OUT_OF_REACH.has(code) ? 'refused' : 'reached'),
    );
  });
}

/** A question for the root's name servers (RFC 1035, 4.1); any answer will do. */
const QUESTION = Buffer.from('746701000001000000000000' + '0000020001', 'hex');

/** A name server, by UDP: policies that open port 53 by UDP alone are common. Never rejects. */
export function probeDns({ address, port }: Place, ms: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    const done = (outcome: Outcome) => {
      clearTimeout(timer);
      resolve(outcome);
      socket.close();
    };
    const timer = setTimeout(() => done('silent'), ms);
    socket.on('message', () => done('reached'));
    // A refusal comes as an error of the connected socket.
    socket.on('error', () => done('refused'));
    socket.connect(port, address, () => socket.send(QUESTION));
  });
}
