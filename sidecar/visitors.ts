/**
 * Requests that come from a web page in this machine's browser: from another site, which the Origin tells, or from a name
 * that was made to point here (DNS rebinding), which the Host tells.
 */
import type { IncomingMessage } from 'node:http';

/** @returns whether the request names an address of this machine's own, at the port that it came to */
export function isForThisMachine({ headers, socket }: IncomingMessage): boolean {
  const names = [
    `127.0.0.1:${socket.localPort}`,
    `localhost:${socket.localPort}`,
    `[::1]:${socket.localPort}`,
  ];
  return names.includes(headers.host?.toLowerCase() ?? '');
}

/** @returns whether a browser says that a page asks; programs send no Origin */
export function isFromWebPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined;
}
