/**
 * The rehearsal: a stand-in for the Anthropic API, for trying and testing Tollgate without a key. No model is behind it:
 * what it says next follows from the conversation, and lines in the user's message (`/tool`, `/fault`, …; README.md)
 * make it say, call, cost and break whatever a test needs. It keeps its own bill.
 *
 *   request ─> body.ts ─> validate.ts ─> conversation.ts ─> script.ts ── what to say (turn.ts)
 *              raw bytes   400s, 404s     the call           directives.ts, improvise.ts
 *                                                                │
 *   client <─ delivery.ts <─ serve-message.ts <─ faults.ts <─ events.ts <─ reply.ts <─ cache.ts, usage.ts
 *             pace, pieces      │       bent bytes   the wire     capped, counted
 *                               └─> bill.ts <─ prices.ts
 *
 * It shares no code with the rest of Tollgate, so that the two can disagree.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Bill, type BillLine } from './bill.ts';
import { readBody } from './body.ts';
import { PromptCache } from './cache.ts';
import { readCall } from './conversation.ts';
import { newId, notFound } from './errors.ts';
import { keyProblem, methodNotAllowed, sendError, sendJson, setCommonHeaders } from './http.ts';
import { isObject, parseJson } from './json.ts';
import { findModel, modelInfo, modelList } from './models.ts';
import { type ServerState, serveMessage } from './serve-message.ts';
import { countInput } from './usage.ts';
import { problemWith } from './validate.ts';

export type { BillLine } from './bill.ts';

export type RehearsalOptions = {
  /** 0 or left out: any free port. */
  readonly port?: number;
  /** The address to listen on; 127.0.0.1 unless said otherwise. */
  readonly host?: string;
  /** If set, requests need it as `x-api-key` or as a bearer token. */
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
  const state: ServerState = { bill, cache: new PromptCache(), paceMs: options.paceMs ?? 25 };
  const seen: SeenRequest[] = [];
  const running = new Set<Promise<void>>();
  const server = createServer((req, res) => {
    const { method = '', url = '', rawHeaders } = req;
    const request: SeenRequest = { method, url, rawHeaders, body: Buffer.alloc(0), startedAt: Date.now() };
    seen.push(request);
    if (seen.length > mostRequests) seen.shift();
    const answered = answer(state, options.apiKey, request, req, res)
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

async function answer(
  state: ServerState,
  apiKey: string | undefined,
  seen: SeenRequest,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const requestId = newId('req_01');
  setCommonHeaders(res, requestId);
  const body = await readBody(req).catch(() => undefined);
  if (body === undefined) return;
  seen.body = body.raw;
  const refused = keyProblem(req, apiKey) ?? (typeof body.text === 'string' ? undefined : body.text);
  if (refused !== undefined) return sendError(res, refused, requestId);

  const path = seen.url.split('?')[0] ?? '';
  const [, endpoint, name] =
    /^\/v1\/(messages\/count_tokens|messages|models)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (endpoint === undefined || (name !== undefined && endpoint !== 'models')) {
    return sendError(res, notFound('Not found'), requestId);
  }
  if (req.method !== (endpoint === 'models' ? 'GET' : 'POST'))
    return sendError(res, methodNotAllowed, requestId);
  if (endpoint !== 'models') {
    return answerCall(state, endpoint === 'messages', String(body.text), req, requestId, res);
  }
  if (name === undefined) return sendJson(res, JSON.stringify(modelList()));
  const model = findModel(name);
  if (model === undefined) return sendError(res, notFound(`model: ${name}`), requestId);
  sendJson(res, JSON.stringify(modelInfo(model, name)));
}

async function answerCall(
  state: ServerState,
  wantsMessage: boolean,
  text: string,
  req: IncomingMessage,
  requestId: string,
  res: ServerResponse,
): Promise<void> {
  const body = parseJson(text);
  const version = req.headers['anthropic-version'];
  const problem = problemWith(
    body,
    String(version ?? '') || undefined,
    wantsMessage ? 'messages' : 'count_tokens',
  );
  if (problem !== undefined) return sendError(res, problem, requestId);
  const call = isObject(body) ? readCall(body) : undefined;
  if (call === undefined) throw new Error('a request without a model passed the checks');
  if (wantsMessage) return serveMessage(state, call, requestId, res);
  sendJson(res, JSON.stringify({ input_tokens: countInput(call) }));
}
