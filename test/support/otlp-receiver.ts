/** Somebody who takes traces: a server for OTLP over HTTP in JSON, as a collector has one. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_MS } from './hang.ts';
import { atEnd, type Scope } from './output.ts';

export interface ReceivedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

export class OtlpReceiver {
  readonly #server: Server;
  readonly requests: {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }[] = [];
  readonly spans: ReceivedSpan[] = [];
  /** What it answers; left out: that it has them. */
  answer: ((response: ServerResponse) => void) | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const body = Buffer.concat(pieces).toString();
        this.requests.push({ path: request.url ?? '', headers: request.headers, body });
        if (this.answer) return this.answer(response);
        this.spans.push(...spansOf(JSON.parse(body)));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  static async start(t: Scope): Promise<OtlpReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new OtlpReceiver(server);
    atEnd(t, () => receiver.stop());
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async got(count: number): Promise<readonly ReceivedSpan[]> {
    for (const deadline = Date.now() + HANG_MS; this.spans.length < count; await sleep(5)) {
      if (Date.now() > deadline) throw new Error(`it got ${this.spans.length} of ${count} spans`);
    }
    return this.spans;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Request {
  readonly resourceSpans: {
    readonly resource: { readonly attributes: Attribute[] };
    readonly scopeSpans: {
      readonly spans: (Omit<ReceivedSpan, 'attributes'> & { attributes: Attribute[] })[];
    }[];
  }[];
}

function spansOf({ resourceSpans }: Request): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({ ...span, attributes: plain(span.attributes), resource: plain(resource.attributes) })),
  );
}

function plain(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, anyValue(value)]));
}

/** An AnyValue of OTLP: of its fields one is set; whole numbers may come as text. */
function anyValue(value: Readonly<Record<string, unknown>>): unknown {
  const { intValue, arrayValue, ...rest } = value;
  if (intValue !== undefined) return Number(intValue);
  if (arrayValue !== undefined)
    return (arrayValue as { values: Record<string, unknown>[] }).values.map(anyValue);
  return Object.values(rest)[0];
}
