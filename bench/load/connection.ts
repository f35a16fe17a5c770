/** The client's side of HTTP/1.1, as little of it as these measurements need: one call at a time, kept alive. */
import { connect, type Socket } from 'node:net';

/** What a call is told, in order. Times are performance.now(), ms. */
export interface Reader {
  /** The first bytes of the reply have come. */
  head(at: number): void;
  /** A piece of a streamed body, with its framing. */
  data(piece: Buffer, at: number): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** The end of a chunked body. */
const LAST_CHUNK = '0\r\n\r\n';

/** @throws Error, from call(), when a reply is no success or the connection ends */
export class Connection {
  readonly #socket: Socket;
  #call:
    | { readonly reader: Reader; readonly resolve: () => void; readonly reject: (error: Error) => void }
    | undefined;
  /** Bytes of the body still to come; Infinity in a chunked one; undefined before the head. */
  #missing: number | undefined;
  #tail = '';

  /** @param signal closes it, so that its call fails */
  constructor(port: number, signal?: AbortSignal) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, signal });
    this.#socket.on('data', (piece) => this.#take(piece, performance.now()));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  /** Sends a request. Resolves when its reply has come in full. */
  call(request: Buffer, reader: Reader): Promise<void> {
    this.#missing = undefined;
    if (this.#socket.destroyed) return Promise.reject(new Error('the connection was closed'));
    return new Promise((resolve, reject) => {
      this.#call = { reader, resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(piece: Buffer, at: number): void {
    const reader = this.#call?.reader;
    if (this.#missing !== undefined) {
      this.#body(piece, at);
      return;
    }
    reader?.head(at);
    const end = piece.indexOf(HEAD_END);
    const head = piece.toString('latin1', 0, end);
    if (end < 0 || !head.startsWith('HTTP/1.1 200')) {
      this.#fail(new Error(`no success: ${head.slice(0, 200)}`));
      return;
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#missing = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    this.#body(piece.subarray(end + HEAD_END.length), at);
  }

  #body(piece: Buffer, at: number): void {
    if (this.#missing === Number.POSITIVE_INFINITY) {
      if (piece.length > 0) this.#call?.reader.data(piece, at);
      this.#tail = (this.#tail + piece.toString('latin1', Math.max(0, piece.length - 5))).slice(-5);
      if (this.#tail === LAST_CHUNK) this.#done();
      return;
    }
    this.#missing = (this.#missing ?? 0) - piece.length;
    if (this.#missing === 0) this.#done();
  }

  #done(): void {
    const call = this.#call;
    this.#call = undefined;
    this.#tail = '';
    call?.resolve();
  }

  #fail(error: Error): void {
    const call = this.#call;
    this.#call = undefined;
    call?.reject(error);
  }
}
