/** Takes the sidecar's ports as soon as they are free, and says to everybody that all is well. */
import { createServer } from 'node:http';

for (const port of (process.env.PORTS ?? '').split(',').map(Number)) take(port);

function take(port: number): void {
  const server = createServer((_request, response) => response.end('ready\n'));
  server.on('error', () => setTimeout(take, 5, port));
  server.listen(port, () => console.log(`has ${port}`));
}
