/**
 * An open tunnel: bytes both ways, as fast as the slower side takes them, until both have ended or somebody ends it.
 *
 *   client ── gate (ClientHello) ── caps ──> upstream
 *          <──────────────────────── caps ──
 */
import type { Socket } from 'node:net';
import type { HelloGate } from '../core/egress/hello-gate.ts';
import type { EgressEnd } from '../core/egress/refusals.ts';

/** Bytes that may still pass; shared by all tunnels of a pod. */
export interface Allowance {
  left: number;
}

export interface TunnelTimes {
  /** Without a byte, ms. */
  readonly idleMs: number;
  /** The same once one side has ended. */
  readonly halfClosedMs: number;
  /** From the answer to a whole ClientHello. */
  readonly helloMs: number;
}

export interface TunnelParts {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Undefined where the host is opened for other protocols too. */
  readonly gate: HelloGate | undefined;
  readonly own: Allowance;
  readonly pod: Allowance;
  readonly times: TunnelTimes;
}

/** RFC 8446, 6.2: fatal access_denied, so that the client's error says more than that somebody hung up. */
const ACCESS_DENIED = Buffer.from([21, 3, 3, 0, 2, 2, 49]);
/** What came was no TLS, so its sender would not know an alert. */
const NO_ALERT: readonly EgressEnd[] = ['not_tls', 'hello_timeout'];

export class Tunnel {
  readonly #parts: TunnelParts;
  readonly #onEnd: (end: EgressEnd) => void;
  #bytesUp = 0;
  #bytesDown = 0;
  #activeAt = performance.now();
  #heldSince = performance.now();
  #ended = { client: false, upstream: false };
  #over = false;

  /** @param onEnd called once */
  constructor(parts: TunnelParts, onEnd: (end: EgressEnd) => void) {
    this.#parts = parts;
    this.#onEnd = onEnd;
  }

  get bytesUp(): number {
    return this.#bytesUp;
  }

  get bytesDown(): number {
    return this.#bytesDown;
  }

  /** From here on it ends by itself. */
  start(): void {
    const { client, upstream } = this.#parts;
    client.on('data', (chunk: Buffer) => this.#fromClient(chunk));
    upstream.on('data', (chunk: Buffer) => this.#fromUpstream(chunk));
    client.on('drain', () => {
      if (!this.#parts.gate?.holding) upstream.resume();
    });
    upstream.on('drain', () => client.resume());
    this.#watchEnd(client, upstream, 'client');
    this.#watchEnd(upstream, client, 'upstream');
    // A client that was gone before is told of by no event.
    if (client.destroyed) this.cut('client_gone');
    else if (upstream.destroyed) this.cut('upstream_gone');
    else {
      client.resume();
      // A server that speaks first speaks no TLS: it waits until the client's name is known.
      if (this.#parts.gate === undefined) upstream.resume();
      else upstream.pause();
    }
  }

  #watchEnd(from: Socket, to: Socket, side: 'client' | 'upstream'): void {
    const gone = side === 'client' ? 'client_gone' : 'upstream_gone';
    from.on('end', () => {
      this.#ended[side] = true;
      if (this.#parts.gate?.holding) this.cut(gone);
      else if (!this.#over) to.end();
    });
    from.on('error', () => this.cut(gone));
    from.on('close', () => {
      if (!this.#ended[side]) this.cut(gone);
      else if (to.destroyed) this.#finish('closed');
    });
  }

  #fromClient(chunk: Buffer): void {
    if (this.#over) return;
    this.#activeAt = performance.now();
    const { gate, upstream, client } = this.#parts;
    if (gate === undefined || gate.open) this.#forward(chunk, upstream, client, 'up');
    else this.#throughGate(gate, chunk);
  }

  #throughGate(gate: HelloGate, chunk: Buffer): void {
    const { upstream, client } = this.#parts;
    const held = gate.holding;
    const passed = gate.fromClient(chunk);
    if ('end' in passed) {
      this.#refuse(passed.end);
      return;
    }
    if (!held && gate.holding) this.#heldSince = this.#activeAt;
    for (const piece of passed.pass) this.#forward(piece, upstream, client, 'up');
    // Its answer may be held back by a full client, which says so itself.
    if (!gate.holding && !client.writableNeedDrain) upstream.resume();
  }

  #fromUpstream(chunk: Buffer): void {
    if (this.#over) return;
    this.#activeAt = performance.now();
    const { gate, upstream, client } = this.#parts;
    if (gate !== undefined && !gate.open) gate.fromServer(chunk);
    this.#forward(chunk, client, upstream, 'down');
  }

  #forward(chunk: Buffer, to: Socket, from: Socket, way: 'up' | 'down'): void {
    if (this.#over) return;
    const { own, pod } = this.#parts;
    const full = chunk.length > own.left ? 'tunnel_bytes' : chunk.length > pod.left ? 'pod_bytes' : undefined;
    if (full !== undefined) {
      this.cut(full);
      return;
    }
    own.left -= chunk.length;
    pod.left -= chunk.length;
    if (way === 'up') this.#bytesUp += chunk.length;
    else this.#bytesDown += chunk.length;
    if (!to.write(chunk)) from.pause();
  }

  /** @param now of performance.now(); to be called every now and then */
  checkTimes(now: number): void {
    const { gate, times } = this.#parts;
    const half = this.#ended.client !== this.#ended.upstream;
    const idle = now - this.#activeAt;
    if (gate?.holding && now - this.#heldSince > times.helloMs) this.cut('hello_timeout');
    else if (half && idle > times.halfClosedMs) this.cut('half_closed');
    else if (idle > times.idleMs) this.cut('idle');
  }

  /** Ends it now: what was not sent yet is dropped. */
  cut(end: EgressEnd): void {
    if (this.#over) return;
    const { client, upstream } = this.#parts;
    this.#finish(end);
    client.destroy();
    // A reset: without TLS an ordinary end would make half a reply look whole.
    upstream.resetAndDestroy();
  }

  /** The hello is not let through. */
  #refuse(end: EgressEnd): void {
    const { client } = this.#parts;
    if (this.#over) return;
    if (NO_ALERT.includes(end)) {
      this.cut(end);
      return;
    }
    this.#finish(end);
    this.#parts.upstream.resetAndDestroy();
    client.end(ACCESS_DENIED);
    // It need not read that.
    setTimeout(() => client.destroy(), 1_000).unref();
  }

  #finish(end: EgressEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#onEnd(end);
  }
}
