/**
 * Hosts of the internet, for attempts to reach: one program that answers whoever gets through, at each of its addresses.
 *
 *   TCP 443, 8443   HTTPS: /v1/… as a provider of chat completions would, /redirect?to=URL, else 200
 *   TCP 80, 22      plain HTTP, 200            UDP 53, 443, 9999   sends back what came
 *
 * Each HTTP request is a line of JSON in a file: method, host, path, headers.
 */
import { createSocket } from 'node:dgram';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTls } from 'node:https';
import type { Server } from 'node:net';
import { startRehearsal } from '../../../rehearsal/server.ts';

const [addresses = '', cert = '', key = '', log = ''] = process.argv.slice(2);
const rehearsal = await startRehearsal({ paceMs: 0 });

function answer(incoming: IncomingMessage, response: ServerResponse): void {
  const { method = '', url = '', headers } = incoming;
  appendFileSync(log, `${JSON.stringify({ method, host: headers.host, path: url, headers })}\n`);
  const to = /^\/redirect\?to=(.*)$/.exec(url)?.[1];
  if (to !== undefined) response.writeHead(307, { location: decodeURIComponent(to) }).end();
  else if (!url.startsWith('/v1/chat')) response.writeHead(200).end(`here is ${headers.host}\n`);
  else {
    const inner = request({ port: rehearsal.port, path: url, method, headers }, (said) => {
      response.writeHead(said.statusCode ?? 500, said.headers);
      said.pipe(response);
    });
    inner.on('error', () => response.destroy());
    incoming.pipe(inner);
  }
}

const files = { cert: readFileSync(cert), key: readFileSync(key) };
const ready: Promise<void>[] = [];
for (const address of addresses.split(',')) {
  for (const port of [443, 8443]) ready.push(listen(createTls(files, answer), port, address));
  for (const port of [80, 22]) ready.push(listen(createServer(answer), port, address));
  for (const port of [53, 443, 9999]) ready.push(echo(port, address));
}
await Promise.all(ready);
console.log('ready');

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve) => server.listen(port, address, resolve));
}

function echo(port: number, address: string): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address));
  return new Promise((resolve) => socket.bind(port, address, resolve));
}
