/**
 * The canary: a port that is open to all as far as this process can tell, and that no governed pod may reach. np-gate
 * takes its silence as proof that a NetworkPolicy holds, so it must be there whenever the other ports are.
 */
import { createServer, type Server } from 'node:net';
import { Crowd } from '../adapters/net/crowd.ts';

/** A connection is ended at once and without a reset, which a client could take for a refusal. */
const LINGER_MS = 1_000;
/** Who is turned away has been connected too, and so has seen that nothing is in the way. */
const CROWD = { most: 1024, mostPerAddress: 64, newPerSecond: 32 };

/** @returns a server that does not listen yet */
export function createCanary(): Server {
  const crowd = new Crowd(CROWD);
  return createServer((socket) => {
    socket.on('error', () => undefined);
    crowd.meet(socket);
    if (socket.destroyed) return;
    socket.resume();
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
}
