/**
 * What the agent asks for beside models: a proxy on the pod's loopback that leads through the egress gateway, which alone
 * decides. Only CONNECT: what passes is TLS, and nobody here looks into it.
 */

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import type { GatewayAddress } from '../../adapters/control-client/connection.ts';
import type { Log } from '../../adapters/telemetry/log.ts';
import { PURPOSE_HEADER } from '../../core/egress/names.ts';

/** The gateway resolves names and connects, which takes its time. */
const ANSWER_MS = 30_000;
const MOST_HEAD = 16 * 1024;
const PLAIN =
  'Only HTTPS leaves this pod. Use https:// for what has to be reached; models are reached by the base URLs in the environment.';

/** @returns a server that does not listen yet */
export function createAgentProxy(gateway: GatewayAddress, log: Log): Server {
  const server = createServer((_request, response) => {
    response
      .writeHead(405, { 'content-type': 'text/plain', connection: 'close' })
      .end(`tollgate: ${PLAIN}\n`);
  });
  server.on('connect', (request: IncomingMessage, agent: Duplex, early: Buffer) => {
    agent.on('error', () => agent.destroy());
    tunnel(gateway, request.url ?? '', agent, early, log);
  });
  return server;
}

function tunnel(gateway: GatewayAddress, target: string, agent: Duplex, early: Buffer, log: Log): void {
  // The gateway reads it strictly; here it must only not be able to end the line.
  if (!/^[\x21-\x7e]{1,300}$/.test(target)) {
    answer(agent, 400, 'The CONNECT names no host and port.');
    return;
  }
  let socket: TLSSocket;
  try {
    socket = open(gateway);
  } catch (error) {
    log.error({ error: String(error) }, 'the gateway can not be asked');
    answer(agent, 502, 'The way out is not ready: see the log of the sidecar.');
    return;
  }
  const gone = (why: string) => {
    socket.destroy();
    answer(agent, 502, `The egress gateway can't be reached: ${why}.`);
  };
  socket.setTimeout(ANSWER_MS, () => gone('it did not answer'));
  const failed = (error: NodeJS.ErrnoException) => gone(error.code ?? error.message);
  socket.on('error', failed);
  agent.once('close', () => socket.destroy());
  socket.once('secureConnect', () => {
    const token = readFileSync(gateway.tokenFile, 'utf8').trim();
    socket.write(
      `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Authorization: Bearer ${token}\r\n${PURPOSE_HEADER}: agent\r\n\r\n`,
    );
  });
  let head = Buffer.alloc(0);
  socket.on('data', function read(bytes: Buffer) {
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1 && head.length <= MOST_HEAD) return;
    socket.off('data', read);
    if (end === -1) return gone('its answer is too long');
    if (!/^HTTP\/1\.1 200 /.test(head.toString('latin1', 0, 20))) {
      // Its own sentence is what the agent's user has to read.
      socket.setTimeout(0);
      agent.write(head);
      socket.pipe(agent);
      return;
    }
    socket.setTimeout(0);
    socket.off('error', failed);
    socket.on('error', () => agent.destroy());
    agent.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > end + 4) agent.write(head.subarray(end + 4));
    if (early.length > 0) socket.write(early);
    socket.pipe(agent).pipe(socket);
  });
}

function open({ url, name, caFile }: GatewayAddress): TLSSocket {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return connect({
    host,
    port: Number(port),
    servername: name,
    ca: readFileSync(caFile),
    ALPNProtocols: ['http/1.1'],
  });
}

function answer(agent: Duplex, status: number, sentence: string): void {
  if (agent.destroyed || agent.writableEnded) return;
  const body = `tollgate: ${sentence}\n`;
  agent.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
