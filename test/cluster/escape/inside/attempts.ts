/**
 * What an agent's program tries, run with Node inside of its container: `node --input-type=module-typescript -e` this file,
 * then JSON: name → attempt. Writes JSON: name → what happened, in a word or two. It imports nothing but Node's own.
 *
 * A firewall that refuses and a port that nobody has look the same here; only `open` and `answered` say that somebody
 * was reached.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';

export type Attempt =
  /** Opens a TCP connection: `open`, `timeout` or the error's code. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** The same, to a socket file, or to an abstract one. */
  | { readonly kind: 'unix'; readonly path: string }
  /** Sends a datagram: `answered`, `silent` or the error's code. */
  | { readonly kind: 'udp'; readonly host: string; readonly port: number; readonly hex: string }
  /** The same as tcp and udp, to the neighbour on the link that has this IPv4 address, at its own IPv6 address. */
  | { readonly kind: 'neighbour'; readonly of: string; readonly port: number; readonly hex?: string }
  /** A TLS handshake for a name: `secure`, or the error's code. */
  | { readonly kind: 'tls'; readonly host: string; readonly port: number; readonly name: string }
  /**
   * Writes bytes to a proxy: `200`, `403 provider_host`, … Behind a 200 it asks for `sni` by TLS, and the outcome says
   * how that went: `200 secure`, `200 cut`.
   */
  | {
      readonly kind: 'connect';
      readonly host: string;
      readonly port: number;
      readonly tls?: boolean;
      readonly head: string;
      readonly sni?: string;
    }
  /** An HTTP request: its status. With `show` also that much of the body. */
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly method?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly show?: number;
    };

const PATIENCE_MS = 4_000;

type End = (outcome: string) => void;

/** Ends with what comes first, at the latest after a while. */
function ends(
  begin: (end: End) => { destroy(): unknown } | undefined,
  otherwise = 'timeout',
): Promise<string> {
  return new Promise((resolve) => {
    let made: { destroy(): unknown } | undefined;
    const end = (outcome: string) => {
      clearTimeout(timer);
      resolve(outcome);
      made?.destroy();
    };
    const timer = setTimeout(() => end(otherwise), PATIENCE_MS);
    made = begin(end);
  });
}

const code = (error: NodeJS.ErrnoException) => error.code ?? error.message;

function tcp(host: string, port: number): Promise<string> {
  return ends((end) => connect({ host, port }, () => end('open')).on('error', (error) => end(code(error))));
}

function unix(path: string): Promise<string> {
  return ends((end) => connect({ path }, () => end('open')).on('error', (error) => end(code(error))));
}

function udp(host: string, port: number, hex: string): Promise<string> {
  return ends((end) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', () => end('answered'));
    socket.on('error', (error) => end(code(error)));
    socket.send(Buffer.from(hex, 'hex'), port, host, (error) => error && end(code(error)));
    return { destroy: () => socket.close() };
  }, 'silent');
}

function tls(host: string, port: number, servername: string): Promise<string> {
  return ends((end) =>
    secure({ host, port, servername, rejectUnauthorized: false }, () => end('secure')).on('error', (error) =>
      end(code(error)),
    ),
  );
}

/** A neighbour's link-local address is made of its MAC (RFC 4291, appendix A), which the kernel tells everybody. */
async function neighbour(of: string, port: number, hex?: string): Promise<string> {
  await tcp(of, port);
  const table = readFileSync('/proc/net/arp', 'utf8').split('\n');
  const gateway = readFileSync('/proc/net/route', 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .find(([, to]) => to === '00000000')?.[2];
  const wanted = of === 'node' ? dotted(gateway ?? '') : of;
  const [, , , mac = '', , device = ''] =
    table.find((line) => line.startsWith(`${wanted} `))?.split(/\s+/) ?? [];
  const bytes = mac.split(':').map((text) => Number.parseInt(text, 16));
  if (bytes.length !== 6) return 'no neighbour';
  const id = [(bytes[0] ?? 0) ^ 2, bytes[1], bytes[2], 0xff, 0xfe, ...bytes.slice(3)];
  const words = [0, 2, 4, 6].map((at) => (((id[at] ?? 0) << 8) | (id[at + 1] ?? 0)).toString(16));
  const address = `fe80::${words.join(':')}%${device}`;
  return hex === undefined ? tcp(address, port) : udp(address, port, hex);
}

/** Of /proc/net/route: little-endian. */
function dotted(hex: string): string {
  return [...Buffer.from(hex, 'hex')].reverse().join('.');
}

function throughProxy(attempt: Attempt & { readonly kind: 'connect' }): Promise<string> {
  const { host, port, head, sni } = attempt;
  return ends((end) => {
    let said = '';
    const socket = attempt.tls
      ? secure({ host, port, rejectUnauthorized: false }, () => socket.write(head))
      : connect({ host, port }, () => socket.write(head));
    const read = (bytes: Buffer) => {
      said += bytes.toString('latin1');
      if (!said.includes('\r\n\r\n')) return;
      const status = /^HTTP\/1\.\d (\d+)/.exec(said)?.[1] ?? 'nonsense';
      const refusal = /^tollgate-refusal: (\S+)/im.exec(said)?.[1];
      socket.off('data', read);
      if (status === '200' && sni !== undefined) hello(socket, sni, end);
      else end([status, refusal].filter(Boolean).join(' '));
    };
    socket.on('data', read);
    socket.on('error', (error) => end(code(error)));
    socket.on('close', () => end('closed'));
    return socket;
  });
}

function hello(socket: Socket, servername: string, end: End): void {
  socket.removeAllListeners('close');
  const inner = secure({ socket, servername, rejectUnauthorized: false }, () => end('200 secure'));
  inner.on('error', () => end('200 cut'));
  inner.on('close', () => end('200 cut'));
}

async function http(attempt: Attempt & { readonly kind: 'http' }): Promise<string> {
  const { url, method = 'GET', headers = {}, body, show } = attempt;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
    const text = (await answer.text()).slice(0, show ?? 0);
    return text === '' ? String(answer.status) : `${answer.status} ${text}`;
  } catch (error) {
    const cause = (error as { cause?: NodeJS.ErrnoException }).cause;
    return `failed: ${cause === undefined ? String(error) : `${cause.code ?? ''} ${cause.message}`.trim()}`;
  }
}

function make(attempt: Attempt): Promise<string> {
  switch (attempt.kind) {
    case 'tcp':
      return tcp(attempt.host, attempt.port);
    case 'unix':
      return unix(attempt.path);
    case 'udp':
      return udp(attempt.host, attempt.port, attempt.hex);
    case 'neighbour':
      return neighbour(attempt.of, attempt.port, attempt.hex);
    case 'tls':
      return tls(attempt.host, attempt.port, attempt.name);
    case 'connect':
      return throughProxy(attempt);
    case 'http':
      return http(attempt);
  }
}

// The certificates of hosts outside are a test's own.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.removeAllListeners('warning');
const wanted = Object.entries(JSON.parse(process.argv[1] ?? '{}') as Record<string, Attempt>);
const outcomes = await Promise.all(wanted.map(async ([name, attempt]) => [name, await make(attempt)]));
console.log(JSON.stringify(Object.fromEntries(outcomes)));
process.exit(0);
