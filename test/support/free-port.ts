/**
 * A port of this machine on which nobody listens, and that the kernel gives to nobody who asks for any port or connects
 * somewhere: between the moment in which it was free and that in which it is used there may be seconds.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';

/** Below are ports that services are known by, and some that fetch() refuses. */
const LOWEST = 10_100;

/** @returns the lowest of the ports that the kernel gives away by itself */
function ephemeral(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0]);
  } catch {
    return 0;
  }
}

/** @returns a port of 127.0.0.1 that was free a moment ago */
export async function freePort(): Promise<number> {
  const end = ephemeral();
  // Where there are hardly any, one of those that the kernel gives has to do.
  for (let tries = end > LOWEST + 1_000 ? 100 : 0; tries > 0; tries--) {
    const port = await taken(randomInt(LOWEST, end)).catch(() => undefined);
    if (port !== undefined) return port;
  }
  return taken(0);
}

/** @returns the port that it was given, which is free again. @throws where it is not free */
async function taken(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
