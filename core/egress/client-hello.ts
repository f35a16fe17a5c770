/**
 * What a ClientHello says of whom it is for (RFC 8446, 4.1.2; RFC 6066, 3). It is read strictly: what two readers could
 * read differently is malformed. Unknown extensions and values, GREASE (RFC 8701) among them, are nothing special.
 */

const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
/** RFC 9849, 5. */
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;
/** Drafts before it: encrypted_server_name of 2018, ECH of drafts 8 and 9. */
const OLDER_ENCRYPTED = [0xffce, 0xfe08, 0xfe09, 0xfe0a, 0xfe0b, 0xfe0c];

export interface ClientHello {
  /** As it stands there. */
  readonly serverName: string | undefined;
  /** Whether a name may be hidden in it. Browsers send such an extension with nothing in it too, and nobody can tell. */
  readonly encrypted: boolean;
}

export type HelloProblem = 'hello_malformed' | 'hello_too_large' | 'not_tls';

/** The message's handshake header: its type and how long it is. */
export const HANDSHAKE_HEADER = 4;

/** @returns bytes of the whole message, its header included; undefined while too little of it is there */
export function helloBytes(start: Buffer): number | undefined | 'not_tls' {
  if (start.length > 0 && start[0] !== CLIENT_HELLO) return 'not_tls';
  return start.length < HANDSHAKE_HEADER ? undefined : HANDSHAKE_HEADER + start.readUIntBE(1, 3);
}

/** @param message a whole one, with its header */
export function readClientHello(message: Buffer): ClientHello | 'hello_malformed' {
  try {
    return read(new Reader(message.subarray(HANDSHAKE_HEADER)));
  } catch (error) {
    if (error instanceof Malformed) return 'hello_malformed';
    throw error;
  }
}

function read(hello: Reader): ClientHello {
  // legacy_version, random
  hello.take(2 + 32);
  const sessionId = hello.vector(1);
  const suites = hello.vector(2);
  const compressions = hello.vector(1);
  if (sessionId.left > 32 || suites.left < 2 || suites.left % 2 !== 0 || compressions.left < 1)
    throw new Malformed();
  // Before TLS 1.2 there may be no extensions at all.
  if (hello.left === 0) return { serverName: undefined, encrypted: false };
  const extensions = hello.vector(2);
  hello.end();
  const seen = new Set<number>();
  let serverName: string | undefined;
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const body = extensions.vector(2);
    if (seen.has(type)) throw new Malformed();
    seen.add(type);
    if (type === SERVER_NAME) serverName = readServerName(body);
  }
  const encrypted = [ENCRYPTED_CLIENT_HELLO, ...OLDER_ENCRYPTED].some((type) => seen.has(type));
  return { serverName, encrypted };
}

/** One name of the only type there is. A list of several would let each reader choose another. */
function readServerName(body: Reader): string {
  const list = body.vector(2);
  body.end();
  if (list.number(1) !== 0) throw new Malformed();
  const name = list.vector(2).rest();
  list.end();
  // latin1 keeps each byte a character of its own: a NUL or a byte of UTF-8 makes no name that a CONNECT can have.
  return name.toString('latin1');
}

class Malformed extends Error {}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw new Malformed();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  number(bytes: 1 | 2): number {
    return this.take(bytes).readUIntBE(0, bytes);
  }

  /** A length in so many bytes, and what it says. */
  vector(lengthBytes: 1 | 2): Reader {
    return new Reader(this.take(this.number(lengthBytes)));
  }

  rest(): Buffer {
    return this.take(this.left);
  }

  end(): void {
    if (this.left > 0) throw new Malformed();
  }
}
