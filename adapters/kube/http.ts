/**
 * One request to the API server, over undici.
 *
 *   send ──> whole answer as JSON, bounded in time and size          open ──> its body as it comes, for a watch
 */
import type { Readable } from 'node:stream';
import type { Access } from './access.ts';
import { type Answer, failed, isRecord, localError, statusError } from './answer.ts';
import { Deadline } from './deadline.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** For messages: "list pods in team-a". */
  readonly what: string;
  /** For the whole answer, or until a stream begins. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Asked at the moment it is sent. */
  readonly may?: (() => boolean) | undefined;
}

/**
 * What is longer is not read into memory, of which a program has little: lists come in pages, and of one that is too long a
 * shorter one is asked for. Any object fits: etcd keeps 1.5 MB of it, and no byte of that is more than six in JSON.
 */
const MOST_BYTES = 16 * 1024 * 1024;
/** Why an answer was not read: it is longer than may be. */
export const TOO_LONG = 'TooLong';
/** An error's own text is short. */
const MOST_ERROR_BYTES = 1024 * 1024;

export class Http {
  readonly #access: Access;
  readonly #agent: string;

  /** @param agent the program, for the API server's log: "tollgate-operator/0.1.0" */
  constructor(access: Access, agent: string) {
    this.#access = access;
    this.#agent = agent;
  }

  async send(request: ApiRequest): Promise<Answer<unknown>> {
    const deadline = new Deadline(request.timeoutMs, request.signal);
    try {
      const opened = await this.#begin(request, deadline);
      if (!opened.ok) return opened;
      const text = await wholeText(opened.value, MOST_BYTES);
      return { ok: true, value: JSON.parse(text) as unknown };
    } catch (error) {
      return failed(explain(error, request, deadline));
    } finally {
      deadline.done();
    }
  }

  /** @returns the body, which the caller has to read to its end or destroy; the time allowed is for its beginning */
  async open(request: ApiRequest): Promise<Answer<Readable>> {
    const deadline = new Deadline(request.timeoutMs, request.signal);
    try {
      const opened = await this.#begin(request, deadline);
      if (!opened.ok) return opened;
      const body = opened.value;
      // Aborts without anyone reading are errors of the stream that nobody else would take.
      body.on('error', () => undefined);
      const stop = () => void body.destroy();
      request.signal?.addEventListener('abort', stop, { once: true });
      body.once('close', () => request.signal?.removeEventListener('abort', stop));
      return { ok: true, value: body };
    } catch (error) {
      return failed(explain(error, request, deadline));
    } finally {
      deadline.done();
    }
  }

  async #begin(request: ApiRequest, deadline: Deadline, again = true): Promise<Answer<Readable>> {
    const way = await this.#access.way().catch((error: unknown) => {
      throw new CredentialsError(error instanceof Error ? error.message : 'they could not be read');
    });
    if (request.may?.() === false) throw new NotAllowed();
    const { server } = this.#access;
    const { statusCode, headers, body } = await way.dispatcher.request({
      origin: server.origin,
      path: server.pathname.replace(/\/$/, '') + request.path + queryOf(request.query),
      method: request.method,
      headers: {
        ...way.headers,
        accept: 'application/json',
        'user-agent': this.#agent,
        ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal: deadline.signal,
      // Both are ours: undici's timers are coarse, and a watch may be silent for longer than its 300 s.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    if (statusCode >= 200 && statusCode < 300) return { ok: true, value: body };

    const text = await wholeText(body, MOST_ERROR_BYTES).catch(() => '');
    if (statusCode === 401 && again) {
      // A token that was just replaced.
      this.#access.forget();
      return this.#begin(request, deadline, false);
    }
    const retryAfter = headers['retry-after'];
    return failed(
      statusError(
        request.what,
        statusCode,
        parsed(text),
        Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      ),
    );
  }
}

class CredentialsError extends Error {}
class NotAllowed extends Error {}

function explain(error: unknown, { what, timeoutMs }: ApiRequest, deadline: Deadline) {
  if (deadline.over === 'stopped') return localError('stopped', 'Stopped', what, 'it was broken off');
  if (deadline.over === 'timeout') {
    return localError(
      'timeout',
      'Timeout',
      what,
      `the API server did not answer within ${timeoutMs / 1000} s`,
    );
  }
  if (error instanceof NotAllowed)
    return localError('stopped', 'NotLeading', what, 'this process does not lead any more');
  if (error instanceof CredentialsError) {
    return localError('credentials', 'Credentials', what, error.message);
  }
  // What a parser says of a text has pieces of it in it, and the text may be a Secret.
  if (error instanceof SyntaxError || error instanceof TypeError) {
    return localError('unreadable', 'Unreadable', what, 'the answer is no JSON');
  }
  if (error instanceof TooLong) return localError('unreadable', TOO_LONG, what, error.message);
  const { code, message } = error as NodeJS.ErrnoException;
  return localError('network', code ?? 'Network', what, `the API server was not reached: ${message}`);
}

class TooLong extends Error {}

/** @throws TooLong, a TypeError for what is not UTF-8, or the connection's error */
async function wholeText(body: Readable, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most) throw new TooLong(`the answer is longer than ${most} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, bytes));
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function queryOf(query: ApiRequest['query'] = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') given.set(name, String(value));
  }
  return given.size === 0 ? '' : `?${given}`;
}
