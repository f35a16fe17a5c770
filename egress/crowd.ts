/** How many connections there are, in all and from each address: whoever has no token must not use them up for others. */
import type { Socket } from 'node:net';

export class Crowd {
  readonly #most: number;
  readonly #mostPerAddress: number;
  readonly #onDropped: () => void;
  readonly #by = new Map<string, number>();
  readonly #sockets = new Set<Socket>();

  /** @param onDropped told of each that is turned away: at once and without a word, before TLS costs anything */
  constructor(most: number, mostPerAddress: number, onDropped: () => void) {
    this.#most = most;
    this.#mostPerAddress = mostPerAddress;
    this.#onDropped = onDropped;
  }

  get size(): number {
    return this.#sockets.size;
  }

  meet(socket: Socket): void {
    const from = socket.remoteAddress ?? '';
    const mine = this.#by.get(from) ?? 0;
    if (this.#sockets.size >= this.#most || mine >= this.#mostPerAddress) {
      this.#onDropped();
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    this.#by.set(from, mine + 1);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      const left = (this.#by.get(from) ?? 1) - 1;
      if (left > 0) this.#by.set(from, left);
      else this.#by.delete(from);
    });
  }

  /** Ends all of them, also those that have not said anything yet. */
  disperse(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
