/** A TCP client that sends exact bytes and keeps exactly what it got. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { HANG_MS } from './hang.ts';
import { atEnd, type Scope } from './output.ts';
import { parseReply, type RawReply } from './raw-http.ts';

export class RawClient {
  readonly socket: Socket;
  #received: Buffer[] = [];
  #changed: () => void = () => undefined;
  /** Whether the other side has closed, after its last byte or hard. */
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#changed();
    });
    socket.on('error', () => undefined);
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.closed = true;
        this.#changed();
      });
    }
  }

  static async connect(t: Scope, port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    atEnd(t, () => socket.destroy());
    return new RawClient(socket);
  }

  get received(): Buffer {
    if (this.#received.length > 1) this.#received = [Buffer.concat(this.#received)];
    return this.#received[0] ?? Buffer.alloc(0);
  }

  /** @returns when the bytes are with the kernel, or can't be sent any more */
  send(bytes: Buffer | string): Promise<void> {
    return new Promise((resolve) => {
      const { socket } = this;
      if (socket.destroyed) return resolve();
      const done = () => {
        socket.off('close', done);
        resolve();
      };
      socket.on('close', done);
      socket.write(bytes, done);
    });
  }

  /** Hangs up with a reset, as a killed process does. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Waits until what was received makes `done` true; fails if the connection closes before. */
  async until(done: (received: Buffer) => boolean, what = 'the bytes', ms = HANG_MS): Promise<void> {
    const deadline = Date.now() + ms;
    while (!done(this.received)) {
      if (this.closed || Date.now() > deadline) {
        const got = JSON.stringify(this.received.toString('latin1').slice(-2000));
        throw new Error(`${this.closed ? 'closed' : 'timed out'} waiting for ${what}; got ${got}`);
      }
      await this.#change(deadline - Date.now());
    }
  }

  async untilText(text: string, ms?: number): Promise<void> {
    await this.until((received) => received.includes(text), JSON.stringify(text), ms);
  }

  async untilClosed(ms = HANG_MS): Promise<void> {
    const deadline = Date.now() + ms;
    while (!this.closed) {
      if (Date.now() > deadline) throw new Error('the connection stayed open');
      await this.#change(deadline - Date.now());
    }
  }

  /** Waits for one whole reply and takes it from what was received. */
  async reply(ms?: number): Promise<RawReply> {
    let found = parseReply(this.received, this.closed);
    await this.until(
      (received) => {
        found = parseReply(received, this.closed);
        return found !== undefined;
      },
      'a whole reply',
      ms,
    );
    const { reply, rest } = found as NonNullable<typeof found>;
    this.#received = [rest];
    return reply;
  }

  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, ms));
      this.#changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
