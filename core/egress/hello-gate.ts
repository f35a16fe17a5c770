/**
 * Holds back what a client sends until its ClientHello has said the name that the tunnel was opened for.
 *
 *   client ── first: held ──> name judged ──> waiting: passes, but no handshake ──> open: passes, unread
 *   server ──────────────────────────────────────┬── any other first message ───────┘
 *                                                 └── HelloRetryRequest ──> second: held ──> judged ──> open
 *
 * A server may ask for the ClientHello again (RFC 8446, 4.1.4), and some go by the name in the second one. So that one is
 * judged like the first, and one that was not asked for ends the tunnel.
 */
import { HANDSHAKE_HEADER, type HelloProblem, helloBytes, readClientHello } from './client-hello.ts';
import { ALERT, HANDSHAKE, NOT_TLS, TlsRecords } from './records.ts';
import type { EgressEnd } from './refusals.ts';

/** Of a hello: post-quantum keys take 1.2 KB, tickets and their like a little more. */
export const MOST_HELLO_BYTES = 16_384;
/** The same with the headers of its records, which its sender may make as small as it likes. */
const MOST_HELD_BYTES = 2 * MOST_HELLO_BYTES;

/** What to send on now (it may be nothing yet); or why the tunnel ends. */
export type Passed = { readonly pass: readonly Buffer[] } | { readonly end: EgressEnd };

export interface HelloRules {
  /** The CONNECT's, in its one form. */
  readonly host: string;
  /** Whether a hello may have an Encrypted Client Hello in it, as long as the name outside is the host. */
  readonly encryptedHello: 'refuse' | 'pass';
}

type State = 'first' | 'waiting' | 'second' | 'open';

export class HelloGate {
  readonly #rules: HelloRules;
  #state: State = 'first';
  readonly #client = new TlsRecords();
  readonly #server = new ServerStart();
  #held: Buffer[] = [];
  #heldBytes = 0;
  #message = Buffer.alloc(0);

  constructor(rules: HelloRules) {
    this.#rules = rules;
  }

  /** Whether the name is still not known. */
  get holding(): boolean {
    return this.#state === 'first' || this.#heldBytes > 0;
  }

  /** Whether bytes need not come through here any more. */
  get open(): boolean {
    return this.#state === 'open';
  }

  /** @param chunk what the client sent */
  fromClient(chunk: Buffer): Passed {
    if (this.#state === 'open') return { pass: [chunk] };
    const parts = this.#client.read(chunk);
    if (parts === NOT_TLS) return { end: 'not_tls' };
    let hold = this.holding;
    for (const { type, payload } of parts) {
      if (type === HANDSHAKE) {
        if (this.#state === 'waiting') return { end: 'second_hello' };
        hold = true;
        const judged = this.#handshake(payload);
        if (judged !== undefined) return { end: judged };
      } else if (this.#state === 'first' || this.#message.length > 0) {
        // A message must not be interrupted by records of another type (RFC 8446, 5.1), nor does anything come before it.
        return { end: this.#message.length > 0 ? 'hello_malformed' : 'not_tls' };
      }
    }
    return this.#passOrHold(chunk, hold);
  }

  /** @param chunk what the server sent; it always passes */
  fromServer(chunk: Buffer): void {
    if (this.#state !== 'waiting') return;
    const asksAgain = this.#server.asksAgain(chunk);
    if (asksAgain !== undefined) this.#state = asksAgain ? 'second' : 'open';
  }

  #passOrHold(chunk: Buffer, hold: boolean): Passed {
    if (!hold) return { pass: [chunk] };
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#state === 'first' || this.#state === 'second') {
      return this.#heldBytes > MOST_HELD_BYTES ? { end: 'hello_too_large' } : { pass: [] };
    }
    const pass = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return { pass };
  }

  /** @returns why the tunnel ends, if it does */
  #handshake(payload: Buffer): EgressEnd | undefined {
    if (this.#state === 'open') return undefined;
    this.#message = Buffer.concat([this.#message, payload]);
    const bytes = helloBytes(this.#message);
    if (bytes === 'not_tls') return this.#state === 'second' ? 'second_hello' : 'not_tls';
    if (bytes === undefined) return undefined;
    if (bytes > MOST_HELLO_BYTES) return 'hello_too_large';
    if (this.#message.length < bytes) return undefined;
    // Nothing else may follow it in its record: its sender has to hear from the server first.
    if (this.#message.length > bytes) return 'hello_malformed';
    const problem = this.#judge(this.#message);
    this.#message = Buffer.alloc(0);
    this.#state = this.#state === 'first' ? 'waiting' : 'open';
    return problem;
  }

  #judge(message: Buffer): EgressEnd | undefined {
    const hello: ReturnType<typeof readClientHello> | HelloProblem = readClientHello(message);
    if (hello === 'hello_malformed') return hello;
    if (hello.serverName === undefined) return 'no_server_name';
    if (hello.serverName.toLowerCase() !== this.#rules.host) return 'server_name_differs';
    return hello.encrypted && this.#rules.encryptedHello === 'refuse' ? 'encrypted_hello' : undefined;
  }
}

/** SHA-256 of "HelloRetryRequest", which stands where a ServerHello has its random (RFC 8446, 4.1.3). */
const RETRY = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');
const SERVER_HELLO = 2;
const RANDOM_AT = HANDSHAKE_HEADER + 2;

/** The first message of a server: is it a HelloRetryRequest? */
class ServerStart {
  readonly #records = new TlsRecords();
  #message = Buffer.alloc(0);

  /** @returns undefined while too little of it is there */
  asksAgain(chunk: Buffer): boolean | undefined {
    const parts = this.#records.read(chunk);
    if (parts === NOT_TLS) return false;
    for (const { type, payload } of parts) {
      // A warning that the name is unknown may come before it.
      if (type === ALERT) continue;
      if (type !== HANDSHAKE) return false;
      this.#message = Buffer.concat([this.#message, payload.subarray(0, RANDOM_AT + RETRY.length)]);
      if (this.#message[0] !== SERVER_HELLO) return false;
      if (this.#message.length >= RANDOM_AT + RETRY.length)
        return RETRY.equals(this.#message.subarray(RANDOM_AT, RANDOM_AT + RETRY.length));
    }
    return undefined;
  }
}
