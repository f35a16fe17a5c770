/**
 * A sidecar without the fence around it, for the twins: it has a token file, a variable, an admin socket, an abstract
 * one and a metrics port, as one might have them that trusts its neighbours.
 */
import { createServer } from 'node:net';

// A port that is taken already does not end it, and its probe, which asks the port, takes that for its own.
for (const place of ['/var/run/tollgate/admin/admin.sock', '\0sidecar-like', 9090, 4145])
  createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'))
    .on('error', (error) => console.log(error.message))
    .listen(place);
