/**
 * The sidecar's place without a fence: a proxy on 4142 that opens whatever it is asked for, and a door on 4141 that hands
 * on every request as it came, to the provider in UPSTREAM. What Tollgate refuses has to get through here.
 */
import { createServer } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';

const upstream = process.env.UPSTREAM ?? '';

const proxy = createServer((_request, response) => response.writeHead(200).end('as you like'));
proxy.on('connect', ({ url = '' }, client, early: Buffer) => {
  const colon = url.lastIndexOf(':');
  const host = url.slice(0, colon).replace(/^\[|\]$/g, '');
  const server = connect({ host, port: Number(url.slice(colon + 1)) }, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    server.write(early);
    client.pipe(server).pipe(client);
  });
  server.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  client.on('error', () => server.destroy());
});
proxy.listen(4142, '127.0.0.1');

createServer((incoming, response) => {
  const { method, url, headers } = incoming;
  const options = { host: upstream, path: url, method, headers: { ...headers, host: upstream } };
  const call = request({ ...options, rejectUnauthorized: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  call.on('error', (error) => response.writeHead(502).end(error.message));
  incoming.pipe(call);
}).listen(4141, '127.0.0.1');
