/** A server of repositories outside: git's own http-backend behind TLS, at a public address. A program of startGitServer(). */
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { backend } from '../../../sidecar/git/testing-git-host.ts';

const [address = '', cert = '', key = '', root = '', seen = '', authorization = ''] = process.argv.slice(2);
const pair = { cert: readFileSync(cert), key: readFileSync(key) };
const server = createServer(pair, (request, response) => {
  const { method = '', url = '', headers } = request;
  const isKnown = headers.authorization === authorization;
  appendFileSync(seen, `${JSON.stringify({ method, host: headers.host, url, isKnown })}\n`);
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  if (isKnown) backend(root, request, response);
  else response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?');
});
server.listen(443, address, () => console.log('ready'));
