/** A provider on bare TCP: it records the very bytes that reach it and answers the very bytes of a script. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_MS } from './hang.ts';
import { atEnd, type Scope } from './output.ts';
import { parseRequest, type RawRequest } from './raw-http.ts';

/** Answers one request; a Buffer that it returns is sent as it is. */
export type Script = (request: RawRequest, socket: Socket) => unknown;

type FirstByte = (cap: number, model: string) => boolean;

export class RawUpstream {
  readonly url: string;
  /** Whole requests, in their order. */
  readonly requests: RawRequest[] = [];
  /** All bytes that ever arrived, also of requests that were not whole. */
  bytesReceived = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  script: Script;
  /** Called when the first byte of a request arrives; what it returns is kept for that request. */
  onFirstByte: () => FirstByte = () => () => false;
  readonly atFirstByte = new WeakMap<RawRequest, FirstByte>();

  private constructor(server: Server, script: Script) {
    this.#server = server;
    this.script = script;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => this.#serve(socket));
  }

  /** @param server made for TLS by some tests */
  static async start(
    t: Scope,
    script: Script = () => jsonReply(MESSAGE),
    server: Server = createServer(),
  ): Promise<RawUpstream> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const upstream = new RawUpstream(server, script);
    atEnd(t, () => upstream.close());
    return upstream;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Waits until so many requests have arrived whole. */
  async received(count: number, ms = HANG_MS): Promise<RawRequest> {
    const deadline = Date.now() + ms;
    while (this.requests.length < count) {
      if (Date.now() > deadline) throw new Error(`only ${this.requests.length} of ${count} requests arrived`);
      await sleep(2);
    }
    return this.requests[count - 1] as RawRequest;
  }

  /** Waits until no connection is left. */
  async allClosed(ms = HANG_MS): Promise<void> {
    const deadline = Date.now() + ms;
    while (this.#sockets.size > 0) {
      if (Date.now() > deadline) throw new Error(`${this.#sockets.size} connections stayed open`);
      await sleep(2);
    }
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    let waiting: Buffer = Buffer.alloc(0);
    let answered = Promise.resolve();
    let first: FirstByte | undefined;
    socket.on('data', (chunk: Buffer) => {
      this.bytesReceived += chunk.length;
      if (waiting.length === 0) first = this.onFirstByte();
      waiting = Buffer.concat([waiting, chunk]);
      for (let found = parseRequest(waiting); found; found = parseRequest(waiting)) {
        const { request, rest } = found;
        waiting = rest;
        this.requests.push(request);
        if (first) this.atFirstByte.set(request, first);
        answered = answered.then(async () => {
          const bytes = await this.script(request, socket);
          if (Buffer.isBuffer(bytes)) socket.write(bytes);
        });
      }
    });
  }
}

/** A reply as the real API writes it. */
export const MESSAGE = {
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 10, output_tokens: 5 },
};

export function head(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Said\r\n${lines.join('')}\r\n`;
}

/** @param body bytes as they are, or a value to be written as JSON */
export function jsonReply(body: unknown, status = 200, more: Readonly<Record<string, string>> = {}): Buffer {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const headers = { 'content-type': 'application/json', 'content-length': String(bytes.length), ...more };
  return Buffer.concat([Buffer.from(head(status, headers)), bytes]);
}

export const SSE_HEAD = head(200, {
  'content-type': 'text/event-stream; charset=utf-8',
  'transfer-encoding': 'chunked',
});

/** @returns one chunk of a chunked body */
export function chunk(bytes: Buffer | string): Buffer {
  const body = Buffer.from(bytes as string);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
}

export const LAST_CHUNK = '0\r\n\r\n';

/** @returns a whole streamed reply */
export function sseReply(body: Buffer | string): Buffer {
  return Buffer.concat([Buffer.from(SSE_HEAD), chunk(body), Buffer.from(LAST_CHUNK)]);
}

export function sse(type: string, data: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

/** @returns the beginning of a streamed message */
export function sseStart(inputTokens = 10): string {
  const message = { ...MESSAGE, content: [], stop_reason: null };
  return sse('message_start', {
    message: { ...message, usage: { input_tokens: inputTokens, output_tokens: 1 } },
  });
}

export function sseText(text: string, index = 0): string {
  return [
    sse('content_block_start', { index, content_block: { type: 'text', text: '' } }),
    sse('content_block_delta', { index, delta: { type: 'text_delta', text } }),
    sse('content_block_stop', { index }),
  ].join('');
}

export function sseEnd(outputTokens: number | undefined = 5): string {
  const usage = outputTokens === undefined ? {} : { usage: { output_tokens: outputTokens } };
  return (
    sse('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, ...usage }) +
    sse('message_stop')
  );
}
