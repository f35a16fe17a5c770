/**
 * Bodies of requests that are being read, bounded in time and all together: whoever reaches the port may send some, and a
 * program that has no memory left reviews no pod at all.
 *
 *   request ── data ──> sum ── too much ──> the address that has most of it gives up its longest body: 503
 *                          └── not whole in time ──> 408
 */
import type { NextFunction, Request, RequestHandler, Response } from 'express';

export interface BodyLimits {
  /** Of all bodies that are being read. */
  readonly mostBytes: number;
  /** From the header to the end of a body. */
  readonly ms: number;
}

interface Body {
  readonly from: string;
  bytes: number;
  /** Answers and closes the connection. */
  refuse(status: number, sentence: string): void;
}

/** @returns what has to come before whoever reads the body; @param onRefused told of each, with its status */
export function boundBodies(
  { mostBytes, ms }: BodyLimits,
  onRefused: (status: number) => void,
): RequestHandler {
  const bodies = new Set<Body>();
  let sum = 0;
  const end = (body: Body) => {
    if (bodies.delete(body)) sum -= body.bytes;
  };
  return (request: Request, response: Response, next: NextFunction) => {
    const body: Body = {
      from: request.socket.remoteAddress ?? '',
      bytes: 0,
      refuse(status, sentence) {
        end(body);
        clearTimeout(timer);
        request.pause();
        onRefused(status);
        if (response.headersSent) response.destroy();
        else response.set('connection', 'close').status(status).type('text').send(`${sentence}\n`);
      },
    };
    const timer = setTimeout(() => body.refuse(408, `the body has not come within ${ms} ms`), ms).unref();
    bodies.add(body);
    request.on('data', (chunk: Buffer) => {
      if (!bodies.has(body)) return;
      body.bytes += chunk.length;
      sum += chunk.length;
      if (sum > mostBytes)
        longest(bodies).refuse(
          503,
          `more than ${mostBytes} bytes of reviews are being sent at once; try again`,
        );
    });
    request.once('end', () => clearTimeout(timer));
    response.once('close', () => {
      clearTimeout(timer);
      end(body);
    });
    next();
  };
}

/** @param bodies at least one */
function longest(bodies: ReadonlySet<Body>): Body {
  const sums = new Map<string, number>();
  for (const { from, bytes } of bodies) sums.set(from, (sums.get(from) ?? 0) + bytes);
  const [[most] = ['']] = [...sums].toSorted(([, a], [, b]) => b - a);
  return [...bodies].filter(({ from }) => from === most).reduce((a, b) => (b.bytes > a.bytes ? b : a));
}
