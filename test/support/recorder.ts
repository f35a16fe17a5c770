/** Stands between two that talk HTTP, passes every byte on, and keeps what both said. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atEnd, type Scope } from './output.ts';
import { parseReply, parseRequest, type RawReply, type RawRequest } from './raw-http.ts';

export class Recorder {
  readonly url: string;
  readonly requests: RawRequest[] = [];
  readonly replies: RawReply[] = [];

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /**
   * @param target whom it passes everything on to
   * @param port where it listens; 0: any free one
   */
  static async start(t: Scope, target: { port: number; host?: string }, port = 0): Promise<Recorder> {
    const sockets = new Set<Socket>();
    const keep = (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
      return socket;
    };
    const server = createServer((agent) => {
      const provider = keep(connect({ host: '127.0.0.1', ...target }));
      keep(agent).pipe(provider).pipe(agent);
      recorder.#listen(agent, provider);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const recorder = new Recorder((server.address() as AddressInfo).port);
    atEnd(t, () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return recorder;
  }

  #listen(agent: Socket, provider: Socket): void {
    let asked: Buffer = Buffer.alloc(0);
    let said: Buffer = Buffer.alloc(0);
    agent.on('data', (chunk: Buffer) => {
      asked = Buffer.concat([asked, chunk]);
      for (let found = parseRequest(asked); found; found = parseRequest(asked)) {
        this.requests.push(found.request);
        asked = found.rest;
      }
    });
    provider.on('data', (chunk: Buffer) => {
      said = Buffer.concat([said, chunk]);
      for (let found = parseReply(said, false); found; found = parseReply(said, false)) {
        this.replies.push(found.reply);
        said = found.rest;
      }
    });
  }
}
