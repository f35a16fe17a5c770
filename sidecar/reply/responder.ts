/**
 * The agent's side of one exchange: what has been sent to it, whether it is still there, and how a refusal reaches it.
 */
import type { ServerResponse } from 'node:http';
import type { AgentKind } from '../../core/agents/agent.ts';
import { REFUSALS, type Refusal, refusalText } from '../../core/govern/refusals.ts';
import { formatUsd } from '../../core/money/amount.ts';
import {
  errorBody,
  errorEvent,
  KEEP_ALIVE,
  messageBody,
  messageStream,
} from '../../core/wire/anthropic-messages/refusal.ts';
import type { RequestView } from '../../core/wire/wire.ts';

export type Headers = Record<string, string>;

/** What the agent is told about its exchange in headers. */
export interface Marks {
  readonly verdict: 'allow' | 'observe' | 'deny';
  /** nano-USD; undefined where nothing was reserved. */
  readonly reserved?: number;
  /** Known only where the reply is not streamed, nano-USD. */
  readonly cost?: number;
  /** Milliseconds that Tollgate took before the call was sent. */
  readonly governedMs: number;
}

/** Silence up to here keeps a plain status possible; every client waits longer. */
const KEEP_ALIVE_AFTER_MS = 10_000;
const KEEP_ALIVE_EVERY_MS = 10_000;

export class Responder {
  readonly #response: ServerResponse;
  readonly requestId: string;
  #whenGone: (() => void) | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  gone = false;

  constructor(response: ServerResponse, requestId: string) {
    this.#response = response;
    this.requestId = requestId;
    response.on('close', () => {
      this.stopKeepAlive();
      if (response.writableFinished) return;
      this.gone = true;
      this.#whenGone?.();
    });
    // An agent that hangs up while we write is no error of ours; 'close' follows.
    response.on('error', () => undefined);
  }

  /** Calls back once when the client goes away before it has everything; at once if it has gone already. */
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
      this.write(KEEP_ALIVE);
      this.#keepAlive = setTimeout(beat, KEEP_ALIVE_EVERY_MS);
    };
    this.#keepAlive = setTimeout(beat, KEEP_ALIVE_AFTER_MS);
  }

  stopKeepAlive(): void {
    clearTimeout(this.#keepAlive);
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

  whenDrained(callback: () => void): void {
    this.#response.once('drain', callback);
  }

  end(bytes?: Buffer): void {
    this.stopKeepAlive();
    if (this.gone) return;
    if (bytes === undefined) this.#response.end();
    else this.#response.end(bytes);
  }

  /** Sends a whole reply. */
  reply(status: number, headers: Headers, body: Buffer, marks: Marks): void {
    if (this.gone) return;
    if (this.begun) {
      // Keep-alives have been sent, so the stream has to end as a stream. There is no reply but an error left to give.
      this.end(errorEvent(body.toString('utf8', 0, 2000), 'upstream_error'));
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
    const entry = REFUSALS[refused.code];
    const text = refusalText(refused, this.requestId);
    if (this.begun) {
      this.end(
        entry.kind === 'policy'
          ? messageStream(text, view?.model ?? '', this.requestId)
          : errorEvent(text, refused.code),
      );
      return 200;
    }
    const marks: Marks = { verdict: 'deny', governedMs };
    const inWords =
      entry.kind === 'policy' && agent.refusal === 'message' && view?.endpoint.billed && !view.structured;
    if (inWords) {
      const model = view.model ?? '';
      const body = view.stream
        ? messageStream(text, model, this.requestId)
        : messageBody(text, model, this.requestId);
      this.reply(
        200,
        { 'content-type': view.stream ? 'text/event-stream' : 'application/json' },
        body,
        marks,
      );
      return 200;
    }
    const headers: Headers = { 'content-type': 'application/json' };
    if (refused.retryAfterMs !== undefined)
      headers['retry-after'] = String(Math.ceil(refused.retryAfterMs / 1000));
    // Asking again would give the same answer; official SDKs and Claude Code honour this.
    if (entry.kind === 'policy' && entry.status !== 429) headers['x-should-retry'] = 'false';
    this.reply(entry.status, headers, errorBody(entry.status, text, this.requestId, refused.code), marks);
    return entry.status;
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
