/** Step 4: the request that goes to the provider is built from the wire's table; only the body is the agent's. */
import { type Refusal, refusal } from '../core/govern/refusals.ts';
import { passedBetas, type Wire } from '../core/wire/wire.ts';
import { wireOf } from '../core/wire/wires.ts';
import type { Attempt, Progress } from './progress.ts';
import { Credential } from './reply/credential.ts';
import { AgentGone, type Head, type Request, type UpstreamCall } from './upstream/call.ts';

export interface Answer {
  /** The dialect that it is in. */
  readonly wire: Wire;
  readonly head: Head;
  readonly upstream: UpstreamCall;
  /** What it was sent and must not come back. */
  readonly credential: Credential;
}

/** There was no answer. */
export interface NoAnswer {
  readonly refusal: Refusal;
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
  const { provider, view } = attempt.call;
  const wire = wireOf(view.endpoint.wire);
  const request = requestOf(x, attempt, wire);
  try {
    const upstream = x.sidecar.upstreams.send(provider, request, x.contents !== undefined);
    x.upstream = upstream;
    x.responder.whenGone(() => {
      if (onDisconnect === 'cancel') x.upstream?.breakOff(new AgentGone('the agent has gone'));
    });
    const credential = new Credential(x.sidecar.credentialOf(provider));
    return { wire, head: await upstream.head, upstream, credential };
  } catch (error) {
    if (error instanceof AgentGone) throw error;
    const detail = error instanceof Error ? describe(error) : String(error);
    return { refusal: refusal('upstream_unreachable', { provider: provider.name, detail }) };
  }
}

function requestOf(x: Progress, { call, grant }: Attempt, wire: Wire): Request {
  const { view, provider, model, snapshot } = call;
  const { endpoint } = view;
  return {
    method: endpoint.method,
    path: endpoint.query === '' ? endpoint.path : `${endpoint.path}?${endpoint.query}`,
    headers: wire.upstreamHeaders({
      view,
      agent: x.request.headers,
      betas: passedBetas(view.betas, provider.allowedBetas).passed,
      key: x.sidecar.credentialOf(provider),
    }),
    body: wire.bodyFor(view, {
      model,
      cap: grant.cap,
      capField: provider.outputCapField,
      keepNothing: snapshot.profiles.some(({ enforce }) => enforce),
    }),
  };
}

/** Node hides the reason of some errors in their cause. */
function describe(error: Error): string {
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
