/**
 * Somebody who takes webhooks: a real server, which checks what it gets as the Standard Webhooks specification tells
 * receivers to, in its own words.
 */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_MS } from './hang.ts';
import { SIGNING_KEY } from './keys.ts';
import { atEnd, type Scope } from './output.ts';

/** A secret for tests, as its users set it. */
export const WEBHOOK_SECRET = `whsec_${Buffer.from(SIGNING_KEY).toString('base64')}`;

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: {
    readonly id: string;
    readonly subject: string;
    readonly data: Readonly<Record<string, unknown>> & { readonly percent: number };
  };
  /** Whether it is signed with WEBHOOK_SECRET, now. */
  readonly genuine: boolean;
}

/** What it answers; a status, or what it does with the response. */
export type Answer = number | ((response: ServerResponse) => void);

export class WebhookReceiver {
  readonly #server: Server;
  readonly received: Received[] = [];
  /** Asked for each request, from 0; those without an answer get 204. */
  answer: (n: number) => Answer | undefined = () => undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const body = Buffer.concat(pieces).toString();
        const { headers, url: path = '' } = request;
        const n = this.received.length;
        this.received.push({
          path,
          headers,
          body,
          event: JSON.parse(body),
          genuine: isGenuine(headers, body),
        });
        const answer = this.answer(n) ?? 204;
        if (typeof answer === 'number') response.writeHead(answer).end();
        else answer(response);
      });
    });
  }

  static async start(t: Scope, port = 0): Promise<WebhookReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const receiver = new WebhookReceiver(server);
    atEnd(t, () => receiver.stop());
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks/budget`;
  }

  get percents(): number[] {
    return this.received.map(({ event }) => event.data.percent);
  }

  /** Waits until it has got so many. */
  async got(count: number, ms = HANG_MS): Promise<readonly Received[]> {
    const deadline = Date.now() + ms;
    while (this.received.length < count) {
      if (Date.now() > deadline) throw new Error(`it got ${this.received.length} of ${count} webhooks`);
      await sleep(2);
    }
    return this.received;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function isGenuine(headers: IncomingHttpHeaders, body: string): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  const key = Buffer.from(WEBHOOK_SECRET.slice('whsec_'.length), 'base64');
  const signed = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  return signature === `v1,${signed}` && age < 60;
}
