/**
 * A proxy on Node that judges, pays and records nothing: what node:http and undici cost by themselves on this machine,
 * and so the most that anything built on them can reach. A program of its own; it prints its port.
 */
import { createServer, type ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';

const provider = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 512, pipelining: 1 });

const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    const headers = [
      'content-type',
      'application/json',
      'anthropic-version',
      '2023-06-01',
      'x-api-key',
      'key',
    ];
    const path = request.url ?? '/';
    provider.dispatch({ method: 'POST', path, headers, body: Buffer.concat(pieces) }, new Reply(response));
  });
});

class Reply implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #pieces: Buffer[] = [];

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  onRequestStart(): void {}

  onResponseStart(_: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    this.#response.writeHead(status, headers);
  }

  onResponseData(_: unknown, piece: Buffer): void {
    this.#pieces.push(piece);
  }

  onResponseEnd(): void {
    this.#response.end(Buffer.concat(this.#pieces));
  }

  onResponseError(): void {
    this.#response.destroy();
  }
}

server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as { port: number }).port);
});
