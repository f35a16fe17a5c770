/**
 * The rehearsal: a stand-in for the APIs of model providers, for trying and testing Tollgate without a key. No model is
 * behind it: what it says next follows from the conversation, and lines in the user's message (`/tool`, `/fault`, …;
 * README.md) make it say, call, cost and break whatever a test needs. It keeps its own bill.
 *
 *   request ─> body.ts ─> anthropic-messages/api.ts ─> conversation.ts ─> script.ts ── what to say (turn.ts)
 *              raw bytes  openai/api.ts: checked        what was said      directives.ts, improvise.ts
 *                                                                              │
 *   client <─ delivery.ts <─ serve.ts <─ faults.ts <─ events of that API <─ cap.ts
 *             pace, pieces      │        bent bytes                          cut where it has to end
 *                               └─> bill.ts <─ prices.ts
 *
 * It shares no code with the rest of Tollgate, so that the two can disagree.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AnthropicMessages } from './anthropic-messages/api.ts';
import { Bill, type BillLine } from './bill.ts';
import { readBody } from './body.ts';
import { OpenAi } from './openai/api.ts';

export type { BillLine } from './bill.ts';

export type RehearsalOptions = {
  /** 0 or left out: any free port. */
  readonly port?: number;
  /** The address to listen on; 127.0.0.1 unless said otherwise. */
  readonly host?: string;
  /** If set, requests need it: as a bearer token, or for the Messages API also as `x-api-key`. */
  readonly apiKey?: string;
  /** A file that gets one JSON line for each billed call. */
  readonly billFile?: string;
  /** Milliseconds before each piece of an answer; 25 unless said otherwise. */
  readonly paceMs?: number;
};

/** A request as it came in. `body` is the raw bytes; `startedAt` is milliseconds since the epoch. */
export type SeenRequest = {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  body: Buffer;
  readonly startedAt: number;
};

export type Rehearsal = {
  /** The base URL, without a path. */
  readonly url: string;
  readonly port: number;
  /** Everything sold so far, oldest first. */
  bill(): BillLine[];
  /** The last 1,000 requests, oldest first. */
  requests(): SeenRequest[];
  /** Cuts what is running, bills it, and stops listening. */
  close(): Promise<void>;
};

const mostRequests = 1000;

/** Starts a rehearsal. Rejects if it can't listen there. */
export async function startRehearsal(options: RehearsalOptions = {}): Promise<Rehearsal> {
  const bill = new Bill(options.billFile);
  const state = { bill, paceMs: options.paceMs ?? 25 };
  const apis: Apis = [new AnthropicMessages(state, options.apiKey), new OpenAi(state, options.apiKey)];
  const seen: SeenRequest[] = [];
  const running = new Set<Promise<void>>();
  const server = createServer((req, res) => {
    const { method = '', url = '', rawHeaders } = req;
    const request: SeenRequest = { method, url, rawHeaders, body: Buffer.alloc(0), startedAt: Date.now() };
    seen.push(request);
    if (seen.length > mostRequests) seen.shift();
    const answered = answer(apis, request, req, res)
      .catch((error: unknown) => {
        console.error('the rehearsal itself failed:', error);
        res.destroy();
      })
      .finally(() => running.delete(answered));
    running.add(answered);
  });
  server.keepAliveTimeout = 65_000;
  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, options.port ?? 0, host);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    bill: () => bill.lines(),
    requests: () => [...seen],
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, ...running]);
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

type Apis = readonly [AnthropicMessages, OpenAi];

async function answer(
  [anthropic, openAi]: Apis,
  seen: SeenRequest,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const body = await readBody(req).catch(() => undefined);
  if (body === undefined) return;
  seen.body = body.raw;
  const path = seen.url.split('?')[0] ?? '';
  const incoming = { req, res, method: seen.method, path, body: body.text };
  // Both list models at the same path, and everything else may be asked for with any headers.
  const isOpenAi = openAi.owns(path) || !anthropic.owns(incoming);
  await (isOpenAi ? openAi : anthropic).answer(incoming);
}
