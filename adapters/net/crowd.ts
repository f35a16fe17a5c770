/**
 * How many connections there are and how fast new ones come, in all and from each address: whoever has no token must not
 * use them up for others.
 */
import type { Server, Socket } from 'node:net';

export interface CrowdLimits {
  readonly most: number;
  /** At once; one address is one pod, or a node. */
  readonly mostPerAddress: number;
  /** New ones from one address in a second; so many as it may have at once come without delay. */
  readonly newPerSecond: number;
  /**
   * Who goes when there are as many as there may be: the new one, or the oldest of the address that has most. The latter
   * is for ports where a few good callers have to get in whatever others do, and no connection is worth much.
   */
  readonly whenFull?: 'turn-away' | 'largest-gives';
}

interface Address {
  readonly sockets: Set<Socket>;
  tokens: number;
  /** When they were counted, ms. */
  at: number;
}

export class Crowd {
  readonly #limits: CrowdLimits;
  readonly #onDropped: () => void;
  readonly #by = new Map<string, Address>();
  #size = 0;

  /** @param onDropped told of each that is turned away: at once and without a word, before TLS costs anything */
  constructor(limits: CrowdLimits, onDropped: () => void = () => undefined) {
    this.#limits = limits;
    this.#onDropped = onDropped;
  }

  get size(): number {
    return this.#size;
  }

  /** That are remembered, for tests: addresses, also of connections that have gone. */
  get addresses(): number {
    return this.#by.size;
  }

  /** Meets all connections of a server, from now on. */
  guard(server: Server): void {
    server.on('connection', (socket: Socket) => this.meet(socket));
  }

  meet(socket: Socket): void {
    const from = this.#address(socket.remoteAddress ?? '');
    if (!this.#hasPlace(from)) {
      this.#onDropped();
      socket.destroy();
      return;
    }
    from.tokens--;
    from.sockets.add(socket);
    this.#size++;
    socket.once('close', () => this.#leave(from, socket));
  }

  /** Ends all of them, also those that have not said anything yet. */
  disperse(): void {
    for (const { sockets } of [...this.#by.values()]) for (const socket of [...sockets]) socket.destroy();
  }

  #hasPlace(from: Address): boolean {
    const { most, mostPerAddress, whenFull } = this.#limits;
    if (from.sockets.size >= mostPerAddress || from.tokens < 1) return false;
    if (this.#size < most) return true;
    if (whenFull !== 'largest-gives') return false;
    const largest = [...this.#by.values()].reduce((a, b) => (b.sockets.size > a.sockets.size ? b : a));
    const [oldest] = largest.sockets;
    if (oldest === undefined || largest.sockets.size <= from.sockets.size + 1) return false;
    this.#leave(largest, oldest);
    this.#onDropped();
    oldest.destroy();
    return true;
  }

  #leave(from: Address, socket: Socket): void {
    if (from.sockets.delete(socket)) this.#size--;
  }

  /** As it is now, with the tokens that it has got since. */
  #address(name: string): Address {
    const now = performance.now();
    const { mostPerAddress: burst, most } = this.#limits;
    if (this.#by.size > 2 * most) this.#forget(now);
    const known = this.#by.get(name) ?? { sockets: new Set(), tokens: burst, at: now };
    known.tokens = this.#tokens(known, now);
    known.at = now;
    this.#by.set(name, known);
    return known;
  }

  #tokens({ tokens, at }: Address, now: number): number {
    const { mostPerAddress: burst, newPerSecond } = this.#limits;
    return Math.min(burst, tokens + ((now - at) / 1000) * newPerSecond);
  }

  /** Those that are as if they had never been here. */
  #forget(now: number): void {
    for (const [name, address] of this.#by)
      if (address.sockets.size === 0 && this.#tokens(address, now) >= this.#limits.mostPerAddress)
        this.#by.delete(name);
  }
}
