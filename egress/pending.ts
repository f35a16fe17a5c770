/**
 * A CONNECT that waits for its answer: watches that its client waits too, and collects what its record will say.
 *
 * Bytes before the answer end it. They could only be meant for whoever a refused connection would be taken by.
 */
import type { Socket } from 'node:net';
import type { Caller } from '../adapters/tokens/tokens.ts';
import type { Phase } from '../core/egress/judge.ts';
import type { Door } from '../core/egress/names.ts';
import type { EgressCode, EgressEnd } from '../core/egress/refusals.ts';
import type { ConnectRequest } from './connect-request.ts';
import type { EgressLog, EgressRecord } from './record.ts';

type Known = Pick<EgressRecord, 'purpose' | 'host' | 'port' | 'address' | 'pod' | 'phase' | 'wouldRefuse'>;

const NOTHING = { bytesUp: 0, bytesDown: 0 };

export class Pending {
  readonly socket: Socket;
  readonly #door: Door;
  readonly #log: EgressLog;
  readonly #at = Date.now();
  readonly #began = performance.now();
  /** Whence the connection comes. */
  readonly from: string;
  readonly #abort = new AbortController();
  #early = false;
  #known: Known = { purpose: null, host: null, port: null, address: null, pod: null, phase: null };

  constructor(socket: Socket, door: Door, log: EgressLog) {
    this.socket = socket;
    this.#door = door;
    this.#log = log;
    this.from = socket.remoteAddress ?? '';
    socket.on('error', this.#onGone);
    socket.on('close', this.#onGone);
    socket.on('end', this.#onGone);
    socket.on('data', this.#onEarly);
  }

  /** Given when nobody waits any more. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether bytes came before the answer. */
  get early(): boolean {
    return this.#early;
  }

  readonly #onGone = () => this.#abort.abort();

  readonly #onEarly = () => {
    this.#early = true;
    this.#abort.abort();
  };

  asks({ purpose, host, port }: ConnectRequest): void {
    this.#known = { ...this.#known, purpose, host, port };
  }

  isFrom(pod: Caller): void {
    this.#known = { ...this.#known, pod };
  }

  isInPhase(phase: Phase): void {
    this.#known = { ...this.#known, phase };
  }

  /** It will be answered with 200. @returns the socket, which does not flow and nobody listens to */
  established(address: string, wouldRefuse: EgressCode | undefined): Socket {
    this.#known = { ...this.#known, address, ...(wouldRefuse === undefined ? {} : { wouldRefuse }) };
    this.socket.off('data', this.#onEarly);
    this.socket.off('error', this.#onGone).off('close', this.#onGone).off('end', this.#onGone);
    this.socket.pause();
    return this.socket;
  }

  /** Writes the record. @param bytes of a tunnel that was open */
  ended(
    code: EgressCode | EgressEnd,
    detail: string,
    bytes?: { readonly bytesUp: number; readonly bytesDown: number },
  ): void {
    const { bytesUp, bytesDown } = bytes ?? NOTHING;
    this.#log.write({
      at: this.#at,
      durationMs: Math.round(performance.now() - this.#began),
      verdict: bytes === undefined ? 'refused' : 'opened',
      code,
      detail,
      door: this.#door,
      from: this.from,
      ...this.#known,
      bytesUp,
      bytesDown,
    });
  }
}
