/** A provider outside: the rehearsal behind TLS, at a public address. A program of startProvider(). */
import { appendFileSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { startRehearsal } from '../../../rehearsal/server.ts';

const [address = '', cert = '', key = '', billFile = '', callersFile = '', paceMs = '0'] =
  process.argv.slice(2);
const rehearsal = await startRehearsal({ billFile, paceMs: Number(paceMs) });
const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (client) => {
  const inner = connect(rehearsal.port, '127.0.0.1');
  for (const [one, other] of [
    [client, inner],
    [inner, client],
  ] as const) {
    one.pipe(other);
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
});
// Also of who says nothing then.
server.on('connection', ({ remoteAddress }) => appendFileSync(callersFile, `${remoteAddress}\n`));
server.listen(443, address, () => console.log('ready'));
