/**
 * An API server for tests: real HTTP, objects in memory, and whatever can go wrong.
 *
 * It knows lists with pages that expire, watches with bookmarks and compaction, conflicts, and preconditions. It checks no
 * schema and merges where a real one applies: what server-side apply does is for tests with a real API server.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Faults, NO_FAULTS } from './testing-faults.ts';
import { type FakeObject, FakeStore } from './testing-store.ts';
import { type Target, targetOf } from './testing-target.ts';
import { FakeWatch } from './testing-watch.ts';
import { writeObject } from './testing-write.ts';

export interface Seen {
  readonly at: number;
  readonly method: string;
  readonly kind: 'list' | 'page' | 'watch' | 'other';
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface FakeOptions {
  /** How long a second of timeoutSeconds takes. */
  readonly secondMs?: number;
  readonly bookmarkMs?: number;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface Reply {
  readonly code: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class FakeApi {
  readonly store = new FakeStore();
  readonly seen: Seen[] = [];
  faults: Faults = NO_FAULTS;
  /** Answers in place of the rest, if it wants to. */
  answer: ((seen: Seen) => Reply | 'reset' | 'silence' | undefined) | undefined;
  /** Connections that there have been. */
  opened = 0;
  /** Watches that are open. */
  watching = 0;
  /** Requests that get no answer, and for which somebody still waits. */
  unanswered = 0;
  readonly #options: FakeOptions & { readonly secondMs: number; readonly bookmarkMs: number };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: FakeOptions) {
    this.#options = { secondMs: 1000, bookmarkMs: 60_000, ...options };
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      void this.#handle(request, response);
    this.#server = options.tls === undefined ? createServer(handle) : createTlsServer(options.tls, handle);
    this.#server.on('connection', (socket) => {
      this.opened++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    });
  }

  static async start(options: FakeOptions = {}): Promise<FakeApi> {
    const api = new FakeApi(options);
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://x');
    const { method = '', headers } = request;
    const target = targetOf(url.pathname);
    const at = performance.now();
    const body = await bodyOf(request);
    const seen: Seen = { at, method, kind: kindOf(method, url, target), url, headers, body };
    this.seen.push(seen);
    const answer = this.answer?.(seen);
    if (answer === 'silence') {
      this.unanswered++;
      response.on('close', () => this.unanswered--);
      return;
    }
    if (answer === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (answer !== undefined) this.#reply(response, answer);
    else if (target === undefined) this.#reply(response, status(404, 'NotFound'));
    else if (seen.kind === 'watch') await this.#watch(target, url, response);
    else if (seen.kind !== 'other') await this.#list(target, url, response);
    else
      this.#reply(
        response,
        writeObject(this.store, target, method, url, body, headers['content-type'] ?? ''),
      );
  }

  async #list(target: Target, url: URL, response: ServerResponse): Promise<void> {
    const fault = this.faults.list?.();
    if (fault?.kind === 'stall') return;
    if (fault?.kind === 'reset') {
      response.socket?.resetAndDestroy();
      return;
    }
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (fault?.kind === 'status')
      return this.#reply(response, status(fault.code, 'MadeUp', fault.retryAfter));
    if (fault?.kind === 'nonsense')
      return this.#reply(response, { code: 200, body: { kind: 'PodList', items: [{}] } });
    const reply = this.#page(target, url);
    const text = JSON.stringify(reply.body);
    if (fault?.kind === 'garbage') {
      response.end(`${text.slice(0, -1)}~`);
    } else if (fault?.kind === 'half') {
      response.writeHead(200, { 'content-length': Buffer.byteLength(text) });
      response.write(text.slice(0, text.length / 2), () => response.socket?.resetAndDestroy());
    } else this.#reply(response, reply);
  }

  #page({ collection, namespace }: Target, url: URL): Reply {
    const limit = Number(url.searchParams.get('limit') ?? '0');
    const next = url.searchParams.get('continue');
    const token = next === null ? undefined : (JSON.parse(atob(next)) as { revision: number; from: number });
    const revision = token?.revision ?? this.store.revision;
    if (revision < this.store.compacted) return status(410, 'Expired');
    const all = this.store.listAt(revision, collection, namespace).filter((object) => matches(object, url));
    const from = token?.from ?? 0;
    const items = (limit === 0 ? all : all.slice(from, from + limit)).map(
      ({ kind: _, apiVersion: __, ...rest }) => rest,
    );
    const left = limit === 0 ? 0 : all.length - from - items.length;
    const more = left > 0 ? { continue: btoa(JSON.stringify({ revision, from: from + limit })) } : {};
    const metadata = { resourceVersion: String(revision), ...more };
    return { code: 200, body: { kind: 'List', apiVersion: 'v1', metadata, items } };
  }

  async #watch({ collection, namespace }: Target, url: URL, response: ServerResponse): Promise<void> {
    const fault = this.faults.watch?.();
    if (fault?.kind === 'mute') return;
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    if (fault?.kind === 'status')
      return this.#reply(response, status(fault.code, 'MadeUp', fault.retryAfter));
    const from = Number(url.searchParams.get('resourceVersion') ?? '0');
    if (from < this.store.compacted) return this.#reply(response, status(410, 'Expired'));
    if (response.destroyed) return;
    this.watching++;
    response.on('close', () => this.watching--);
    new FakeWatch(this.store, response, {
      collection,
      namespace,
      from,
      fault,
      endMs: Number(url.searchParams.get('timeoutSeconds') ?? '600') * this.#options.secondMs,
      bookmarkMs: url.searchParams.get('allowWatchBookmarks') === 'true' ? this.#options.bookmarkMs : 2 ** 30,
      chunk: this.faults.chunk?.() ?? 0,
    });
  }

  #reply(response: ServerResponse, { code, body, headers = {} }: Reply): void {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}

/** An error of the API. */
export function status(code: number, reason: string, retryAfter?: string): Reply {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
    message: `made up: ${reason}`,
  };
  return { code, body, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } };
}

function kindOf(method: string, url: URL, target: Target | undefined): Seen['kind'] {
  if (method !== 'GET' || target === undefined || target.name !== undefined) return 'other';
  if (url.searchParams.get('watch') === 'true') return 'watch';
  return url.searchParams.has('continue') ? 'page' : 'list';
}

function matches({ metadata }: FakeObject, url: URL): boolean {
  const [label, value] = (url.searchParams.get('labelSelector') ?? '').split('=');
  if (!label) return true;
  const has = (metadata.labels as Record<string, string> | undefined)?.[label];
  return value === undefined ? has !== undefined : has === value;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}
