/**
 * The API of sidecars, over HTTPS.
 *
 *   request ── token ──> who asks ── path ──> its handler ──> JSON, or the stream
 *                 └── not good: 401 or 403, and nothing of the request is read
 */
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import {
  type ContentsMessage,
  type EntriesMessage,
  type ErrorAnswer,
  type ErrorCode,
  type ExtendMessage,
  type Hello,
  isSpoken,
  MOST_BYTES,
  PATHS,
  PROTOCOL,
  type ReportMessage,
  type ReserveMessage,
  type SessionMessage,
} from '../control-api/messages.ts';
import { LedgerUnavailable } from '../core/ports.ts';
import { problemOf as problemOfMessage } from './message.ts';

/** A request can't be served; what is said goes to the sidecar's log. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  unauthenticated: 401,
  not_a_sidecar: 403,
  protocol: 400,
  bad_message: 400,
  fork: 409,
  unavailable: 503,
};

const POSTED = ['hello', 'reserve', 'extend', 'entries', 'session', 'contents', 'report'] as const;

/** What is done for a sidecar, once it is known. */
export interface SidecarApi<Caller> {
  /** @returns who asks; @throws ApiError */
  authenticate(authorization: string | undefined): Promise<Caller>;
  hello(caller: Caller, message: Hello): Promise<unknown>;
  reserve(caller: Caller, message: ReserveMessage): Promise<unknown>;
  extend(caller: Caller, message: ExtendMessage): Promise<unknown>;
  entries(caller: Caller, message: EntriesMessage): Promise<unknown>;
  session(caller: Caller, message: SessionMessage): Promise<unknown>;
  contents(caller: Caller, message: ContentsMessage): Promise<unknown>;
  report(caller: Caller, message: ReportMessage): Promise<unknown>;
  events(caller: Caller, response: Response): void;
}

export interface ServerOptions {
  /** Why no request should be sent here now, in a word for people; undefined: it can serve them. */
  whyNotReady(): string | undefined;
  /** It goes soon: who asks again is to ask another. */
  closing?(): boolean;
  onFault(error: unknown): void;
}

export function sidecarApp<Caller>(
  api: SidecarApi<Caller>,
  { whyNotReady, closing, onFault }: ServerOptions,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/healthz', (_request, response) => void response.type('text').send('ok\n'));
  app.use((_request, response, next) => {
    if (closing?.()) response.set('connection', 'close');
    next();
  });
  app.get('/readyz', (_request, response) => {
    const why = whyNotReady();
    response
      .status(why === undefined ? 200 : 503)
      .type('text')
      .send(`${why ?? 'ready'}\n`);
  });

  const callers = new WeakMap<Request, Caller>();
  app.use('/sidecar', async (request, _response, next) => {
    callers.set(request, await api.authenticate(request.headers.authorization));
    next();
  });
  const body = express.json({ limit: MOST_BYTES, strict: true });
  const post = (name: (typeof POSTED)[number]) => {
    app.post(PATHS[name], body, async (request, response) => {
      const message: unknown = request.body;
      const problem = problemOfMessage(name, message);
      if (problem !== undefined)
        throw new ApiError('bad_message', `this is no message for ${PATHS[name]}: ${problem}`);
      const handle = api[name] as (caller: Caller, message: unknown) => Promise<unknown>;
      response.json(await handle.call(api, callers.get(request) as Caller, message));
    });
  };
  for (const name of POSTED) post(name);
  app.get(PATHS.events, (request, response) => api.events(callers.get(request) as Caller, response));
  app.use(() => {
    throw new ApiError('bad_message', 'there is nothing at this path');
  });
  app.use(errors(onFault));
  return app;
}

/** @throws ApiError when this sidecar is too old or too new to be understood */
export function assertSpoken({ protocol, version }: Hello): void {
  if (isSpoken(protocol)) return;
  throw new ApiError(
    'protocol',
    `a sidecar of ${version} speaks protocol ${protocol}, control speaks ${PROTOCOL}`,
  );
}

function errors(onFault: (error: unknown) => void): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _request, response, _next) => {
    const { code, message } = problemOf(error);
    if (code === 'unavailable' && !(error instanceof LedgerUnavailable)) onFault(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const answer: ErrorAnswer = { error: { code, message } };
    response.status(STATUS[code]).json(answer);
  };
}

function problemOf(error: unknown): { code: ErrorCode; message: string } {
  if (error instanceof ApiError) return error;
  if (error instanceof LedgerUnavailable) return { code: 'unavailable', message: error.message };
  // What express' own parsers throw has a status and says nothing of the body.
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (typeof status === 'number' && status < 500) return { code: 'bad_message', message: String(type) };
  return { code: 'unavailable', message: 'something went wrong in control; its log says what' };
}
