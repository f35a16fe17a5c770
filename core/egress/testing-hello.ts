/** ClientHellos built byte by byte, so that each part of one can be wrong. */

export interface HelloOptions {
  /** Bodies by type, in this order; the server_name stands before them. */
  readonly extensions?: readonly (readonly [type: number, body: Buffer])[];
  readonly name?: string | undefined;
  /** Instead of the server_name's body. */
  readonly nameBody?: Buffer;
  /** Behind the extensions. */
  readonly after?: Buffer;
}

export function sized(lengthBytes: number, body: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(body.length, 0, lengthBytes);
  return Buffer.concat([length, body]);
}

export function nameBody(name: string, type = 0): Buffer {
  return sized(2, Buffer.concat([Buffer.from([type]), sized(2, Buffer.from(name, 'latin1'))]));
}

const extension = (type: number, body: Buffer) =>
  Buffer.concat([Buffer.from([type >> 8, type & 255]), sized(2, body)]);

/** @returns the handshake message, without a record around it */
export function hello({ extensions = [], name, nameBody: body, after }: HelloOptions): Buffer {
  const named = body ?? (name === undefined ? undefined : nameBody(name));
  const all = named === undefined ? extensions : [[0, named] as const, ...extensions];
  const content = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    sized(1, Buffer.alloc(32, 9)),
    sized(2, Buffer.from([0x13, 0x01, 0x13, 0x02])),
    sized(1, Buffer.from([0])),
    sized(2, Buffer.concat(all.map(([type, extensionBody]) => extension(type, extensionBody)))),
    after ?? Buffer.alloc(0),
  ]);
  return Buffer.concat([Buffer.from([1]), sized(3, content)]);
}

export function record(type: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 1]), sized(2, payload)]);
}

/** @returns a message in one record of the handshake */
export function handshake(message: Buffer): Buffer {
  return record(22, message);
}

/** A ServerHello, or the HelloRetryRequest that looks like one. */
export function serverHello(retry: boolean): Buffer {
  const random = retry
    ? Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex')
    : Buffer.alloc(32, 5);
  const content = Buffer.concat([Buffer.from([3, 3]), random, Buffer.from([0, 0x13, 0x01, 0, 0, 0])]);
  return record(22, Buffer.concat([Buffer.from([2]), sized(3, content)]));
}
