/**
 * The streams to the sidecars that are connected to this replica. Each event says a whole state, so a stream that was
 * lost is made up for by opening it again.
 *
 *   policies, credentials, kill switch ── changed ──> each stream: what differs from what it was sent last
 */
import type { Response } from 'express';
import {
  type CredentialsEvent,
  type Events,
  HEARTBEAT_MS,
  type KillEvent,
  type PolicyEvent,
  type ProblemEvent,
} from '../control-api/messages.ts';

/** A stream whose reader has fallen so far behind is closed; it comes back for the present state. Bytes. */
const MOST_WAITING = 4 * 1024 * 1024;

/** Sidecars are told for so long before others have their turn, ms. */
const TURN_MS = 10;

/** What is to be said to one sidecar, now. */
export interface StreamState {
  readonly policy: PolicyEvent | undefined;
  readonly problem: ProblemEvent;
  readonly credentials: CredentialsEvent;
  readonly kill: KillEvent;
}

export interface StreamOptions<Caller> {
  /** @returns undefined when its pod is not governed any longer: the stream is ended */
  state(caller: Caller): StreamState | undefined;
  namespaceOf(caller: Caller): string;
}

interface Open<Caller> {
  readonly caller: Caller;
  readonly response: Response;
  /** What was sent last, by the event's name. */
  readonly sent: Map<string, string>;
  heartbeat: NodeJS.Timeout;
}

export class SidecarStreams<Caller> {
  readonly #options: StreamOptions<Caller>;
  readonly #open = new Set<Open<Caller>>();
  #round: Promise<void> | undefined;
  /** Whom to tell in the next round; those that have opened since know already. */
  #due: 'all' | Set<string> = new Set();

  constructor(options: StreamOptions<Caller>) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Sends the present state, and from now on what changes of it. */
  open(caller: Caller, response: Response): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // Proxies that would hold small pieces back.
      'x-accel-buffering': 'no',
    });
    const heartbeat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS).unref();
    const open: Open<Caller> = { caller, response, sent: new Map(), heartbeat };
    this.#open.add(open);
    response.on('close', () => {
      clearInterval(heartbeat);
      this.#open.delete(open);
    });
    response.on('error', () => undefined);
    this.#tell(open);
  }

  /**
   * Something has changed: tells each sidecar what concerns it.
   * @param namespace the one in which it has, if it concerns no other
   * @returns when all were told; what changes meanwhile is told in another round
   */
  changed(namespace?: string): Promise<void> {
    if (namespace === undefined) this.#due = 'all';
    else if (this.#due !== 'all') this.#due.add(namespace);
    this.#round ??= this.#tellAll().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  /** Ends all streams: sidecars come back, to another replica. */
  close(): void {
    for (const { response } of this.#open) response.end();
  }

  /** Calls are waiting meanwhile; new connections too, and one of those takes longer than telling many. */
  async #tellAll(): Promise<void> {
    while (this.#due === 'all' || this.#due.size > 0) {
      const due = this.#due;
      this.#due = new Set();
      let until = performance.now() + TURN_MS;
      for (const open of [...this.#open]) {
        if (due !== 'all' && !due.has(this.#options.namespaceOf(open.caller))) continue;
        this.#tell(open);
        if (performance.now() < until) continue;
        await new Promise(setImmediate);
        until = performance.now() + TURN_MS;
      }
    }
  }

  #tell(open: Open<Caller>): void {
    const state = this.#options.state(open.caller);
    if (state === undefined || open.response.writableLength > MOST_WAITING) {
      open.response.end();
      return;
    }
    // Without a policy nothing can be judged, so what stops calls comes first.
    this.#say(open, 'kill', state.kill);
    this.#say(open, 'credentials', state.credentials);
    this.#say(open, 'problem', state.problem);
    if (state.policy !== undefined) this.#say(open, 'policy', state.policy);
  }

  #say<Name extends keyof Events>({ response, sent }: Open<Caller>, name: Name, event: Events[Name]): void {
    // A policy is large and known by its hash.
    const print = name === 'policy' ? (event as PolicyEvent).hash : JSON.stringify(event);
    if (sent.get(name) === print) return;
    sent.set(name, print);
    response.write(`event: ${name}\ndata: ${JSON.stringify(event)}\n\n`);
  }
}
