/** For tests: what stands between the driver and the server, cuts connections at a chosen write, and holds answers up. */
import { connect, createServer, type Socket } from 'node:net';
import { atEnd, type Scope } from '../../test/support/output.ts';

export interface MongoProxy {
  readonly url: string;
  /**
   * At each such command its connection ends, until mend(): the driver tries some again by itself.
   * @param command as the wire has it: insert, update, …
   * @param when before: the server never sees it. after: the server has done it, and nobody hears of it
   */
  cutAt(command: string, collection: string, when: 'before' | 'after'): void;
  mend(): void;
  /** From now on answers come so much later, ms. */
  holdUp(ms: number): void;
  /** How often a connection was cut so. */
  readonly cuts: number;
}

export async function startMongoProxy(t: Scope, backend: string): Promise<MongoProxy> {
  let wanted: { readonly bytes: Buffer; readonly when: 'before' | 'after' } | undefined;
  let cuts = 0;
  let heldUpMs = 0;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(new URL(backend).port), '127.0.0.1');
    let isCut = false;
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    const cut = () => {
      cuts++;
      end();
    };
    client.on('data', (data: Buffer) => {
      if (wanted !== undefined && data.includes(wanted.bytes)) {
        if (wanted.when === 'before') return cut();
        isCut = true;
      }
      server.write(data);
    });
    server.on('data', (data: Buffer) => {
      if (isCut) cut();
      else if (heldUpMs === 0) client.write(data);
      else setTimeout(() => client.write(data), heldUpMs);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const { port } = proxy.address() as { port: number };
  return {
    url: `mongodb://127.0.0.1:${port}/`,
    cutAt(command, collection, when) {
      // A command begins with its name and its collection, a BSON string: its length with the zero at its end, 32 bits.
      const length = Buffer.alloc(4);
      length.writeInt32LE(collection.length + 1);
      wanted = {
        when,
        bytes: Buffer.concat([Buffer.from(`\x02${command}\0`), length, Buffer.from(`${collection}\0`)]),
      };
    },
    mend() {
      wanted = undefined;
    },
    holdUp(ms) {
      heldUpMs = ms;
    },
    get cuts() {
      return cuts;
    },
  };
}
