/** A git request as it goes to the repository: built from what was asked, never copied. */
import { Readable } from 'node:stream';
import { Client, type Dispatcher } from 'undici';
import type { GatewayAddress } from '../../adapters/control-client/connection.ts';
import { answerType, type GitAsk, requestType } from '../../core/git/ask.ts';
import { type GitRefusal, gitRefusal } from '../../core/git/refusals.ts';
import type { GitRepository } from '../../core/git/repository.ts';
import { VERSION } from '../../core/version.ts';
import { GitFailure } from './body.ts';
import { CertificateRefused, connectHost, TunnelRefused } from './tunnel.ts';

export interface Outgoing {
  readonly ask: GitAsk;
  readonly repository: GitRepository;
  /** Value of the header Authorization. */
  readonly credential: string | undefined;
  /** Version of git's protocol that the client speaks. */
  readonly version: '1' | '2' | undefined;
  readonly body: Buffer | AsyncGenerator<Buffer> | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: AsyncIterable<Buffer>;
  /** Ends its connection. */
  close(): void;
}

/**
 * One connection for one request: git makes a few, and nothing of one is left for another.
 * @param signal breaks it off
 * @throws GitFailure
 */
export async function sendGit(
  gateway: GatewayAddress,
  outgoing: Outgoing,
  silenceMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  const { ask, repository, body } = outgoing;
  const url = new URL(repository.url);
  const client = new Client(url.origin, {
    connect: (_options, done) => {
      connectHost(gateway, url, signal).then(
        (socket) => done(null, socket),
        (error: Error) => done(error, null),
      );
    },
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    allowH2: false,
  });
  const close = () => void client.destroy().catch(() => undefined);
  try {
    const path = url.pathname.replace(/\/$/, '');
    const isList = ask.step === 'refs';
    const answer = await client.request({
      method: isList ? 'GET' : 'POST',
      path: isList ? `${path}/info/refs?service=${ask.service}` : `${path}/${ask.service}`,
      headers: headersOf(outgoing),
      body: body === null || Buffer.isBuffer(body) ? body : Readable.from(body),
      signal,
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.body, close };
  } catch (error) {
    close();
    throw error instanceof GitFailure ? error : new GitFailure(explain(error, url.host, silenceMs));
  }
}

function headersOf({ ask, credential, version }: Outgoing): Record<string, string> {
  return {
    // Some servers answer browsers at the same address.
    'user-agent': `git/2.0 (tollgate ${VERSION})`,
    accept: answerType(ask),
    'accept-encoding': 'identity',
    ...(ask.step === 'refs' ? { 'cache-control': 'no-cache' } : { 'content-type': requestType(ask.service) }),
    ...(credential === undefined ? {} : { authorization: credential }),
    // There is no other version of pushing.
    ...(version === undefined || ask.service === 'git-receive-pack'
      ? {}
      : { 'git-protocol': `version=${version}` }),
  };
}

/** @returns why there is no answer, or no more of it */
export function explain(error: unknown, host: string, silenceMs: number): GitRefusal {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof TunnelRefused) return gitRefusal('gateway_refused', { host, why: message });
  if (error instanceof CertificateRefused) return gitRefusal('certificate', { host, why: message });
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return gitRefusal('broken', { host, why: `nothing came for ${silenceMs} ms` });
  const isBefore =
    code === undefined || /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ENOENT)$/.test(code);
  return gitRefusal(isBefore ? 'unreachable' : 'broken', { host, why: code ?? message });
}
