/** What a wire asks of the bench's traffic. Each is a file beside this one; `wires.ts` has them all. */
import type { WireId } from '../../core/policy/provider.ts';
import type { Conversation } from './conversation.ts';

export interface WireTraffic {
  readonly id: WireId;
  /** As people call it. */
  readonly title: string;
  readonly path: string;
  /** As a coding agent of this wire sends them, name and value in turn; the key is the last. */
  readonly headers: readonly string[];
  /** What is asked for: one of them is answered with JSON and the other with a stream, so that routes can tell them apart. */
  readonly models: { readonly json: string; readonly stream: string };
  /** @returns the body of a request as such an agent makes it */
  body(conversation: Conversation, stream: boolean): object;
  /** Beside content-type, name and value in turn, as the real API sends them. */
  readonly replyHeaders: readonly string[];
  /** The reply that is not streamed: text and a tool call, about 1.1 KB and what the wire adds. */
  reply(): object;
  /** The same as a stream: 50 events, framed. */
  events(): readonly string[];
  /** What only the last event has, however a proxy may write it anew. */
  readonly streamEnd: string;
}

/** The key that callers of Tollgate show. */
export const KEY = 'tollgate-bench-key';

/** How many events a stream has on each wire, so that all last equally long. */
export const EVENTS = 50;
