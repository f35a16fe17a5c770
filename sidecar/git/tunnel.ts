/** A connection to a host of the phase, through the egress gateway: what the gateway says against it, word for word. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { GatewayAddress } from '../../adapters/control-client/connection.ts';
import { PURPOSE_HEADER } from '../../core/egress/names.ts';

const MOST_HEAD = 16 * 1024;
/** The gateway resolves names and connects, which takes its time. */
const CONNECT_MS = 30_000;

/** The gateway opens no tunnel to this host. */
export class TunnelRefused extends Error {
  override readonly name = 'TunnelRefused';
}

/** The host's certificate is not believed. */
export class CertificateRefused extends Error {
  override readonly name = 'CertificateRefused';
}

/**
 * @returns TLS to the host itself, verified by the authorities of this process
 * @throws TunnelRefused, with the gateway's own sentence; CertificateRefused; Error when somebody can't be reached
 */
export async function connectHost(
  gateway: GatewayAddress,
  { hostname, port }: URL,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]);
  const tunnel = await openTunnel(gateway, `${hostname}:${port || '443'}`, within);
  const socket = connect({ socket: tunnel, servername: hostname, ALPNProtocols: ['http/1.1'] });
  tunnel.on('error', (error) => socket.destroy(error));
  try {
    return await whenSecure(socket, within);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw /CERT|^UNABLE_TO_|^ERR_TLS_/.test(code) ? new CertificateRefused(code) : error;
  }
}

async function openTunnel(
  { url, name, caFile, tokenFile }: GatewayAddress,
  target: string,
  signal: AbortSignal,
): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port),
    servername: name,
    ca: readFileSync(caFile),
    ALPNProtocols: ['http/1.1'],
  });
  await whenSecure(socket, signal);
  const token = readFileSync(tokenFile, 'utf8').trim();
  socket.write(
    `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Authorization: Bearer ${token}\r\n${PURPOSE_HEADER}: agent\r\n\r\n`,
  );
  let read = Buffer.alloc(0);
  for (;;) {
    const end = read.indexOf('\r\n\r\n');
    const head = read.toString('latin1', 0, Math.max(0, end));
    if (end >= 0 && /^HTTP\/1\.1 200 /.test(head)) {
      if (read.length > end + 4) socket.unshift(read.subarray(end + 4));
      return socket;
    }
    const length = Number(/^content-length: (\d{1,5})$/im.exec(head)?.[1] ?? 0);
    const isWhole = end >= 0 && read.length >= end + 4 + length;
    if (isWhole || read.length > MOST_HEAD) {
      socket.destroy();
      throw new TunnelRefused(read.toString('utf8', end + 4).trim());
    }
    read = Buffer.concat([read, await nextPiece(socket, signal)]);
  }
}

function nextPiece(socket: Socket, signal: AbortSignal): Promise<Buffer> {
  return whenever(socket, signal, (resolve) => {
    const take = (): void => {
      const piece: Buffer | null = socket.read();
      if (piece !== null) resolve(piece);
    };
    // Told again of what is there already.
    socket.on('readable', take);
    return () => socket.off('readable', take);
  });
}

function whenSecure(socket: TLSSocket, signal: AbortSignal): Promise<TLSSocket> {
  return whenever(socket, signal, (resolve) => {
    const ready = () => resolve(socket);
    socket.once('secureConnect', ready);
    return () => socket.off('secureConnect', ready);
  });
}

/** @param listen calls resolve once; returns how to stop listening. A socket that fails first, or is too late, is destroyed */
function whenever<T>(
  socket: Socket,
  signal: AbortSignal,
  listen: (resolve: (value: T) => void) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const fail = (error: Error) => {
      over();
      // Its errors are told here; those that come after would end the process.
      socket.on('error', () => undefined).destroy();
      reject(error);
    };
    const closed = () => fail(new Error('it was closed'));
    const late = () => fail(new Error('it did not answer in time'));
    const stop = listen((value) => {
      over();
      resolve(value);
    });
    const over = () => {
      stop();
      socket.off('error', fail).off('close', closed);
      signal.removeEventListener('abort', late);
    };
    socket.once('error', fail).once('close', closed);
    signal.addEventListener('abort', late);
    if (signal.aborted) late();
  });
}
