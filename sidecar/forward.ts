/** Step 4: the request that goes to the provider is built from the wire's table; only the body is the agent's. */
import { type Refusal, refusal } from '../core/govern/refusals.ts';
import { type Change, replaceAt, splice } from '../core/json/splice.ts';
import { passedBetas, upstreamHeaders } from '../core/wire/anthropic-messages/headers.ts';
import type { Attempt, Progress } from './progress.ts';
import { Credential } from './reply/credential.ts';
import { AgentGone, type Head, type Request, type UpstreamCall } from './upstream/call.ts';

export interface Answer {
  readonly head: Head;
  readonly upstream: UpstreamCall;
  /** What it was sent and must not come back. */
  readonly credential: Credential;
}

/** There was no answer. Only a call that may have reached the provider may have cost something. */
export interface NoAnswer {
  readonly refusal: Refusal;
  readonly sent: boolean;
}

/**
 * @param attempt its permits are what entitles a call to be sent
 * @throws AgentGone when the call was broken off because the agent has gone
 */
export async function forward(
  x: Progress,
  attempt: Attempt,
  onDisconnect: 'drain' | 'cancel',
): Promise<Answer | NoAnswer> {
  const { provider } = attempt.call;
  const request = requestOf(x, attempt);
  let upstream: UpstreamCall | undefined;
  try {
    upstream = x.sidecar.upstreams.send(provider, request, x.contents !== undefined);
    x.upstream = upstream;
    x.responder.whenGone(() => {
      if (onDisconnect === 'cancel') x.upstream?.breakOff(new AgentGone('the agent has gone'));
    });
    const credential = new Credential(x.sidecar.credentialOf(provider));
    return { head: await upstream.head, upstream, credential };
  } catch (error) {
    if (error instanceof AgentGone) throw error;
    const detail = error instanceof Error ? describe(error) : String(error);
    return {
      refusal: refusal('upstream_unreachable', { provider: provider.name, detail }),
      sent: upstream?.sent ?? false,
    };
  }
}

function requestOf(x: Progress, attempt: Attempt): Request {
  const { view, provider } = attempt.call;
  const { endpoint } = view;
  return {
    method: endpoint.method,
    path: endpoint.query === '' ? endpoint.path : `${endpoint.path}?${endpoint.query}`,
    headers: upstreamHeaders({
      version: single(x.request.headers['anthropic-version']),
      betas: passedBetas(view.betas, provider.allowedBetas).passed,
      stream: view.stream,
      hasBody: view.document !== undefined,
      key: x.sidecar.credentialOf(provider),
    }),
    body: bodyOf(attempt),
  };
}

/** The very bytes of the agent, or with only the model's name and the output cap put in their place. */
function bodyOf({ call, grant }: Attempt): Buffer | null {
  const { document, askedCap, model, endpoint } = call.view;
  if (document === undefined) return null;
  const changes: (Change | undefined)[] = [];
  if (call.model !== model) changes.push(replaceAt(document.bytes, ['model'], call.model));
  if (endpoint.billed && grant.cap !== askedCap)
    changes.push(replaceAt(document.bytes, ['max_tokens'], grant.cap));
  const wanted = changes.filter((change) => change !== undefined);
  // Sending what was not paid for is worse than not sending.
  if (wanted.length < changes.length) throw new Error('the body could not be changed as it was judged');
  return wanted.length === 0 ? document.bytes : splice(document.bytes, wanted);
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Node hides the reason of some errors in their cause. */
function describe(error: Error): string {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
