import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Connection } from './connection.ts';

/** A server that answers each request with the next pieces, each a write of its own. */
describe('a connection of the bench', () => {
  const replies: string[][] = [];
  const sockets: Socket[] = [];
  let server: Server;
  let port = 0;

  before(async () => {
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', async () => {
        for (const piece of replies.shift() ?? []) {
          socket.write(piece);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  const call = async (connection: Connection, ...pieces: string[]) => {
    replies.push(pieces);
    const data: string[] = [];
    let heads = 0;
    const head = () => heads++;
    await connection.call(Buffer.from('x'), { head, data: (piece) => data.push(piece.toString()) });
    assert.equal(heads, 1);
    return data.join('');
  };

  it('reads replies of a known length and chunked ones, one after the other, however they are cut', async () => {
    const connection = new Connection(port);
    assert.equal(await call(connection, 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab', 'cd'), '');
    const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
    assert.equal(await call(connection, chunked, '1\r\na\r\n', '0\r', '\n\r\n'), '1\r\na\r\n0\r\n\r\n');
    assert.equal(await call(connection, `${chunked}1\r\nb\r\n0\r\n\r\n`), '1\r\nb\r\n0\r\n\r\n');
    connection.close();
  });

  it('fails a call whose reply is no success, and one that the server breaks off', async () => {
    const connection = new Connection(port);
    await assert.rejects(
      call(connection, 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'),
      /no success: HTTP\/1.1 403/,
    );
    const broken = call(connection, 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab');
    setTimeout(() => sockets.at(-1)?.destroy(), 30);
    await assert.rejects(broken, /the connection was closed/);
  });
});
