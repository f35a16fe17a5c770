/**
 * The mutating webhook: where the API server asks what a pod is to be, and has written down who does what.
 *
 *   API server ── HTTPS, AdmissionReview ──┬── POST /pods ──────────> review() ────────┬──> AdmissionReview: a patch,
 *                                          ├── POST /approvals ─────> stamp() ─────────┤    or a sentence
 *                                          └── POST /agentrunners ──> recordAuthor() ──┘
 *
 * Who asks is not authenticated: an API server shows webhooks no certificate unless its administrator has set one up. So
 * whoever reaches the port may ask. The answer is a patch of the pod that he sent and changes nothing. It tells what every
 * governed pod shows of itself (images, addresses, its tier), or the name of what is in its way; no Secret, no other pod.
 * That somebody claims in it to be another opens nothing either: only what the API server asks for comes into being.
 *
 * Every replica answers. Whatever goes wrong, the pod is not created: better none than one that is not governed.
 */
import { createServer, type Server } from 'node:https';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Registry } from 'prom-client';
import { Crowd, type CrowdLimits } from '../../adapters/net/crowd.ts';
import { listen } from '../../adapters/net/listen.ts';
import type { Log } from '../../adapters/telemetry/log.ts';
import { authorRequest, recordAuthor } from './authors.ts';
import { type BodyLimits, boundBodies } from './bodies.ts';
import { decisionRequest, stamp } from './decision.ts';
import {
  type Asked,
  answerMessage,
  type Message,
  podRequest,
  readMessage,
  refusedAnswer,
} from './message.ts';
import { type Outcome, WebhookMetrics } from './metrics.ts';
import { type ReviewAnswer, type ReviewOptions, review } from './review.ts';

export interface WebhookOptions {
  readonly listen: { readonly address: string; readonly port: number };
  readonly certificate: WebhookCertificate;
  readonly review: ReviewOptions;
  /** undefined: everything that reviews go by has been read. */
  whyNotReady(): string | undefined;
  readonly registry: Registry;
  readonly log: Log;
  /** For tests. */
  readonly limits?: WebhookLimits;
}

export interface WebhookLimits {
  readonly crowd: CrowdLimits;
  readonly bodies: BodyLimits;
}

/** As ServingCertificate is it. */
export interface WebhookCertificate {
  readonly current: { readonly cert: string; readonly key: string } | undefined;
  on(listener: (now: { readonly cert: string; readonly key: string }) => void): void;
}

export interface RunningWebhook {
  readonly port: number;
  /** undefined: it can be sent reviews. */
  whyNotReady(): string | undefined;
  /**
   * Not ready from now on. For half of the time, ms, it goes on as before, since the Service sends to it for a moment
   * yet; the other half is for reviews that are under way.
   */
  stop(graceMs: number): Promise<void>;
}

/** An API server takes requests of 3 MiB, and a review holds one object of it. */
const MOST_BYTES = 4 * 1024 * 1024;
/**
 * An API server keeps 25 connections that are idle and opens more while as many reviews are under way; in some clusters all
 * API servers come from one address. Anybody in an ungoverned pod may come too, and must not keep them out.
 */
const LIMITS: WebhookLimits = {
  crowd: { most: 1024, mostPerAddress: 256, newPerSecond: 128, whenFull: 'largest-gives' },
  // Sixteen of the largest at once; a pod has some 20 KiB. An API server sends what it has already.
  bodies: { mostBytes: 64 * 1024 * 1024, ms: 5_000 },
};
/** Longer than an API server keeps a connection that is idle (90 s): who closes first is to be the one who asks. */
const KEEP_ALIVE_MS = 120_000;
/** For header and body together; a body by itself has less. */
const REQUEST_MS = 15_000;

/** @throws errors of listen() */
export async function startWebhook(options: WebhookOptions): Promise<RunningWebhook> {
  const { certificate, log } = options;
  let closing = false;
  const whyNotReady = () => {
    if (closing) return 'it is going down';
    if (certificate.current === undefined) return 'it has no certificate yet';
    return options.whyNotReady();
  };
  const server = createWebhook(options, () => closing);
  const port = await listen(server, options.listen.port, options.listen.address);
  log.info({ port }, 'the webhook listens');
  return {
    port,
    whyNotReady,
    async stop(graceMs) {
      closing = true;
      const closed = new Promise((resolve) => server.once('close', resolve));
      const timers = [
        setTimeout(() => server.close(), graceMs / 2),
        setTimeout(() => server.closeAllConnections(), graceMs),
      ];
      await closed;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** @returns a server that does not listen yet; without a certificate no handshake succeeds */
export function createWebhook(options: WebhookOptions, closing: () => boolean): Server {
  const metrics = new WebhookMetrics(options.registry);
  const server = createServer(
    {
      minVersion: 'TLSv1.2',
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: REQUEST_MS,
      headersTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
      handshakeTimeout: 5_000,
      maxHeaderSize: 16_384,
    },
    webhookApp(options, metrics, closing),
  );
  new Crowd((options.limits ?? LIMITS).crowd, () => metrics.dropped()).guard(server);
  options.certificate.on((now) => {
    server.setSecureContext({ ...now, minVersion: 'TLSv1.2' });
    options.log.info('the certificate was read anew');
  });
  return server;
}

function webhookApp(options: WebhookOptions, metrics: WebhookMetrics, closing: () => boolean): Express {
  const { log, limits = LIMITS } = options;
  const app = express();
  for (const setting of ['x-powered-by', 'etag'] as const) app.disable(setting);
  app.use((_request, response, next) => {
    if (closing()) response.set('connection', 'close');
    next();
  });
  app.use(boundBodies(limits.bodies, () => metrics.reviewed('error', 0)));
  const json = express.json({ limit: MOST_BYTES, strict: true, inflate: false, type: 'application/json' });
  const route = <R extends Uid>(
    path: string,
    patched: Outcome,
    read: Reader<R>,
    judge: (request: R) => ReviewAnswer,
  ) =>
    app.post(path, json, (request, response) => {
      const began = performance.now();
      const { status, outcome, answer, problem } = reviewed(readMessage(request.body, read), judge, options);
      metrics.reviewed(answer?.patch === undefined ? outcome : patched, performance.now() - began);
      if (answer === undefined) response.status(status).type('text').send(`${problem}\n`);
      else response.json(answerMessage(answer));
    });
  route('/pods', 'injected', podRequest, (request) => review(request, options.review));
  route('/approvals', 'recorded', decisionRequest, stamp);
  route('/agentrunners', 'recorded', authorRequest, recordAuthor);
  app.use(
    (_request, response) =>
      void response.status(404).type('text').send('there is only POST /pods, /approvals and /agentrunners\n'),
  );
  app.use(failed(metrics, log));
  return app;
}

interface Reviewed {
  readonly status: number;
  readonly outcome: Outcome;
  readonly answer?: ReviewAnswer;
  readonly problem?: string;
}

interface Uid {
  readonly uid: string;
}

type Reader<R> = (request: Record<string, unknown>, asked: Asked) => R | string;

function reviewed<R extends Uid>(
  message: Message<R>,
  judge: (request: R) => ReviewAnswer,
  { whyNotReady, log }: WebhookOptions,
): Reviewed {
  if ('problem' in message) {
    const { problem, uid } = message;
    log.warn({ why: problem }, 'a review could not be read');
    const answer = uid === undefined ? {} : { answer: refusedAnswer(uid, 400, problem) };
    return { status: 400, outcome: 'error', problem, ...answer };
  }
  const { request } = message;
  // What is not known yet would be missing from the pod.
  const why = whyNotReady();
  if (why !== undefined)
    return {
      status: 503,
      outcome: 'error',
      answer: refusedAnswer(request.uid, 503, `the operator is not ready: ${why}`),
    };
  return judged(request, judge, log);
}

function judged<R extends Uid>(request: R, judge: (request: R) => ReviewAnswer, log: Log): Reviewed {
  try {
    const answer = judge(request);
    return { status: 200, outcome: answer.allowed ? 'unchanged' : 'refused', answer };
  } catch (error) {
    log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a review failed');
    const why = "it could not be reviewed; the operator's log says why";
    return { status: 500, outcome: 'error', answer: refusedAnswer(request.uid, 500, why) };
  }
}

/** What the parser of bodies throws has a status, and says nothing of the body. */
function failed(metrics: WebhookMetrics, log: Log): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _request, response, _next) => {
    const { status, type } = error as { status?: unknown; type?: unknown };
    const known = typeof status === 'number' && status >= 400 && status < 500;
    metrics.reviewed('error', 0);
    if (known) log.warn({ why: String(type) }, 'a review could not be read');
    else log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a review failed');
    if (response.headersSent) return void response.destroy();
    response
      .status(known ? status : 500)
      .type('text')
      .send(known ? `it can't be read: ${String(type)}\n` : 'it failed; the log says why\n');
  };
}
