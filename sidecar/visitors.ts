/**
 * Requests that come from a web page in somebody's browser: from another site, which the Origin tells, or from a name
 * that was made to point here (DNS rebinding), which the Host tells.
 */
import type { IncomingMessage } from 'node:http';

/**
 * @param names beside this machine's own, in lower case, without a port: what stands before us may have another
 * @returns whether the request names this machine, or the very address that it came to, at the port that it came to; or
 *   one of the names
 */
export function isForThisMachine(
  { headers, socket }: IncomingMessage,
  names: ReadonlySet<string> = new Set(),
): boolean {
  const { localPort: port, localAddress = '' } = socket;
  const host = headers.host?.toLowerCase() ?? '';
  const own = ['127.0.0.1', 'localhost', '[::1]', ...literal(localAddress)].map((name) => `${name}:${port}`);
  return own.includes(host) || names.has(host.replace(/:\d{1,5}$/, ''));
}

/** @returns an address as it stands in a URL. No page has an address for its origin that it was not served from. */
function literal(address: string): string[] {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (plain === '') return [];
  return [plain.includes(':') ? `[${plain}]` : plain];
}

/** @returns whether a browser says that a page asks; programs send no Origin */
export function isFromWebPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined;
}
