/**
 * For tests: a replica set as far as a driver sees it, over TLS. FerretDB knows none, so its members are stand-ins: each
 * passes on what it is sent to the one FerretDB, answers itself which member is the primary, and refuses writes where it
 * is not. What it can't show is what a real set does to data in a failover.
 *
 *   driver ── TLS, client certificate ──> member 1, 2 ──┬── hello, isMaster: "the primary is member 1"
 *                                                       └── all else ──> FerretDB
 */
import { connect, type Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { BSON } from 'mongodb';

/** The wire protocol's header: length, request, answers what, kind of message. */
const HEADER = 16;
const [OP_REPLY, OP_QUERY, OP_MSG] = [1, 2004, 2013];
/** NotWritablePrimary. */
const NOT_PRIMARY = 10_107;
const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify', 'createIndexes']);
const SET = 'rs0';

export interface ReplicaSet {
  /** host:port of each member. */
  readonly members: readonly string[];
  /** Another member is the primary from now on; connections of the one before are cut, as servers do. */
  failOver(): void;
  /** How many connections there have been whose client has shown a certificate. */
  readonly shown: number;
  close(): void;
}

/** @param backend  port of the FerretDB. @param tls  of the members; who connects has to show a certificate of `ca` */
export async function startReplicaSet(
  backend: number,
  tls: { readonly cert: string; readonly key: string; readonly ca: string },
): Promise<ReplicaSet> {
  let primary = 0;
  let shown = 0;
  const members: string[] = [];
  const sockets: Set<TLSSocket>[] = [new Set(), new Set()];
  const hello = (me: number) => ({
    ...{ ok: 1, helloOk: true, isWritablePrimary: me === primary, ismaster: me === primary },
    ...{ secondary: me !== primary, setName: SET, setVersion: 1, hosts: members },
    ...{ me: members[me], primary: members[primary], minWireVersion: 0, maxWireVersion: 21 },
    ...{ maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 },
    localTime: new Date(),
  });
  const servers = await Promise.all(
    sockets.map(async (open, me) => {
      const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (client) => {
        shown++;
        open.add(client);
        client.on('close', () => open.delete(client));
        serve(client, backend, (name) => {
          if (/^(hello|ismaster)$/i.test(name)) return hello(me);
          return me !== primary && WRITES.has(name)
            ? { ok: 0, code: NOT_PRIMARY, codeName: 'NotWritablePrimary', errmsg: 'not primary' }
            : undefined;
        });
      });
      server.on('tlsClientError', () => undefined);
      members[me] = `127.0.0.1:${await listening(server)}`;
      return server;
    }),
  );
  return {
    members,
    failOver() {
      const before = sockets[primary];
      primary = 1 - primary;
      for (const socket of before ?? []) socket.destroy();
    },
    get shown() {
      return shown;
    },
    close() {
      for (const socket of sockets.flatMap((open) => [...open])) socket.destroy();
      for (const server of servers) server.close();
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    }),
  );
}

type Answer = (command: string) => object | undefined;

/** @param answer  what the member says itself; undefined is passed on */
function serve(client: TLSSocket, backend: number, answer: Answer): void {
  const behind: Socket = connect(backend, '127.0.0.1');
  behind.pipe(client);
  for (const [socket, other] of [
    [client, behind],
    [behind, client],
  ] as const) {
    socket.on('error', () => undefined);
    socket.on('close', () => other.destroy());
  }
  let rest = Buffer.alloc(0);
  client.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= HEADER && rest.length >= rest.readInt32LE(0)) {
      const message = rest.subarray(0, rest.readInt32LE(0));
      rest = rest.subarray(message.length);
      const said = answer(Object.keys(commandOf(message))[0] ?? '');
      if (said === undefined) behind.write(message);
      else client.write(replyTo(message, said));
    }
  });
}

function commandOf(message: Buffer): object {
  // After the command there may be sections of documents that belong to it.
  const body = message.subarray(HEADER + 5);
  if (message.readInt32LE(12) === OP_MSG) return BSON.deserialize(body.subarray(0, body.readInt32LE(0)));
  // Flags, the collection's name, how many to skip and to return.
  const name = message.indexOf(0, HEADER + 4);
  return BSON.deserialize(message.subarray(name + 1 + 8));
}

function replyTo(message: Buffer, said: object): Buffer {
  const document = BSON.serialize(said);
  const isQuery = message.readInt32LE(12) === OP_QUERY;
  const head = Buffer.alloc(HEADER + (isQuery ? 20 : 5));
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(message.readInt32LE(4), 8);
  head.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
  if (isQuery) head.writeInt32LE(1, HEADER + 16);
  return Buffer.concat([head, document]);
}
