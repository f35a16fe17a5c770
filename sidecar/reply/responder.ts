/**
 * The agent's side of one exchange: what has been sent to it, whether it is still there, and how a refusal reaches it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentKind } from '../../core/agents/agent.ts';
import { REFUSALS, type Refusal, refusalText } from '../../core/govern/refusals.ts';
import { formatUsd } from '../../core/money/amount.ts';
import type { RequestView, Words } from '../../core/wire/wire.ts';
import type { Times } from '../times.ts';

export type Headers = Record<string, string>;

/** What the agent is told about its exchange in headers. */
export interface Marks {
  readonly verdict: 'allow' | 'observe' | 'deny' | 'fault';
  /** nano-USD; undefined where nothing was reserved. */
  readonly reserved?: number;
  /** Known only where the reply is not streamed, nano-USD. */
  readonly cost?: number;
  /** Milliseconds that Tollgate took before the call was sent. */
  readonly governedMs: number;
}

export class Responder {
  readonly #response: ServerResponse;
  readonly #times: Times;
  readonly #words: Words;
  readonly requestId: string;
  #whenGone: (() => void) | undefined;
  #whenDrained: (() => void) | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #stalled: NodeJS.Timeout | undefined;
  gone = false;

  /** @param words those of the request's wire */
  constructor(
    { socket }: IncomingMessage,
    response: ServerResponse,
    words: Words,
    requestId: string,
    times: Times,
  ) {
    this.#response = response;
    this.#words = words;
    this.#times = times;
    this.requestId = requestId;
    const closed = () => {
      socket.off('close', closed);
      response.off('close', closed);
      this.#closed();
    };
    response.on('close', closed);
    // A response that waits behind another one on its connection does not learn that this has closed.
    socket.on('close', closed);
    // An agent that hangs up while we write is no error of ours; 'close' follows.
    response.on('error', () => undefined);
  }

  /**
   * Calls back once when the client goes away before it has everything; at once if it has gone already. There is one who
   * waits at a time: the exchange goes on step by step, and each step takes the place of the one before.
   */
  whenGone(callback: () => void): void {
    this.#whenGone = callback;
    if (this.gone) callback();
  }

  /** Whether a status has been sent, so that only events can follow. */
  get begun(): boolean {
    return this.#response.headersSent;
  }

  /** While an agent CLI waits for its stream, events that mean nothing keep it from giving up. */
  startKeepAlive(view: RequestView, agent: AgentKind): void {
    if (!view.stream || agent.refusal !== 'message') return;
    const beat = () => {
      if (this.gone) return;
      if (!this.begun)
        this.head(200, { 'content-type': 'text/event-stream' }, { verdict: 'allow', governedMs: 0 });
      this.keepAlive();
      this.#keepAlive = setTimeout(beat, this.#times.keepAliveEvery);
    };
    this.#keepAlive = setTimeout(beat, this.#times.keepAliveAfter);
  }

  stopKeepAlive(): void {
    clearTimeout(this.#keepAlive);
  }

  /** Sends one event that means nothing; only between other events. */
  keepAlive(): void {
    this.write(this.#words.keepAlive);
  }

  /** Sends status and headers now: Node would hold them until the first byte of the body. */
  head(status: number, headers: Headers, marks: Marks): void {
    if (this.gone || this.begun) return;
    this.#response.writeHead(status, { ...headers, ...this.#marks(marks) });
    this.#response.flushHeaders();
  }

  /** @returns whether more may be written now; if not, see whenDrained */
  write(bytes: Buffer): boolean {
    return this.gone || this.#response.write(bytes);
  }

  /** Calls back when more may be written; a client that takes nothing for too long has gone. */
  whenDrained(callback: () => void): void {
    if (this.#whenDrained === undefined) {
      this.#stalled = setTimeout(() => this.abort(), this.#times.stalledReader);
      this.#response.once('drain', () => {
        clearTimeout(this.#stalled);
        const drained = this.#whenDrained;
        this.#whenDrained = undefined;
        drained?.();
      });
    }
    this.#whenDrained = callback;
  }

  end(bytes?: Buffer): void {
    this.stopKeepAlive();
    if (this.gone) return;
    if (bytes === undefined) this.#response.end();
    else this.#response.end(bytes);
  }

  /** Hangs up. */
  abort(): void {
    this.#response.destroy();
  }

  /** Sends a whole reply; in a stream that has begun, what can only be an error of the wire. */
  reply(status: number, headers: Headers, body: Buffer, marks: Marks): void {
    if (this.gone) return;
    if (this.begun) {
      this.end(this.#words.asErrorEvent(body));
      return;
    }
    const length = { 'content-length': String(body.length) };
    this.#response.writeHead(status, { ...headers, ...length, ...this.#marks(marks) });
    this.end(body);
  }

  /**
   * Refuses in the form that this client shows and does not retry.
   * @returns the status that it got; null when it had gone
   */
  refuse(
    refused: Refusal,
    view: RequestView | undefined,
    agent: AgentKind,
    governedMs: number,
  ): number | null {
    if (this.gone) return null;
    const words = this.#words;
    const entry = REFUSALS[refused.code];
    const text = refusalText(refused, this.requestId);
    const model = view?.model ?? '';
    // Words in the place of a structured reply would break the program that reads it.
    const mayBeWords = entry.kind === 'policy' && !view?.structured;
    if (this.begun) {
      this.end(
        mayBeWords ? words.messageStream(text, model, this.requestId) : words.errorEvent(text, refused.code),
      );
      return 200;
    }
    const marks: Marks = { verdict: entry.kind === 'fault' ? 'fault' : 'deny', governedMs };
    if (mayBeWords && agent.refusal === 'message' && view?.capped) {
      const body = view.stream
        ? words.messageStream(text, model, this.requestId)
        : words.messageBody(text, model, this.requestId);
      const type = view.stream ? 'text/event-stream' : 'application/json';
      this.reply(200, { 'content-type': type }, body, marks);
      return 200;
    }
    const headers: Headers = { 'content-type': 'application/json' };
    if (refused.retryAfterMs !== undefined)
      headers['retry-after'] = String(Math.ceil(refused.retryAfterMs / 1000));
    // Asking again would give the same answer; official SDKs and Claude Code honour this.
    if (entry.kind === 'policy' && entry.status !== 429) headers['x-should-retry'] = 'false';
    const status = words.refusalStatus?.(entry.status) ?? entry.status;
    const body = words.errorBody(status, text, this.requestId, refused.code);
    this.reply(status, headers, body, marks);
    return status;
  }

  #closed(): void {
    this.stopKeepAlive();
    clearTimeout(this.#stalled);
    if (this.gone || this.#response.writableFinished) return;
    this.gone = true;
    this.#whenGone?.();
  }

  #marks({ verdict, reserved, cost, governedMs }: Marks): Headers {
    const headers: Headers = {
      'x-tollgate-request-id': this.requestId,
      'x-tollgate-verdict': verdict,
      'x-tollgate-time-ms': governedMs.toFixed(2),
    };
    if (reserved !== undefined) headers['x-tollgate-reserved-usd'] = formatUsd(reserved).slice(1);
    if (cost !== undefined) headers['x-tollgate-cost-usd'] = formatUsd(cost).slice(1);
    return headers;
  }
}
