/** What is known of an exchange so far; it grows as the exchange goes on. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentKind } from '../core/agents/agent.ts';
import { agentOf } from '../core/agents/agents.ts';
import type { Call } from '../core/govern/call.ts';
import type { Permits } from '../core/govern/stages.ts';
import { CallJudge } from '../core/govern/tool-calls.ts';
import type { Snapshot } from '../core/policy/snapshot.ts';
import type { Contents, Grant } from '../core/ports.ts';
import type { ReplyNames } from '../core/wire/reply-names.ts';
import type { Endpoint, EndpointMatch, RequestView } from '../core/wire/wire.ts';
import { matchEndpoint, wireToAnswer } from '../core/wire/wires.ts';
import { newId } from './id.ts';
import { Responder } from './reply/responder.ts';
import type { Caller, Sidecar } from './sidecar.ts';
import type { UpstreamCall } from './upstream/call.ts';

export interface Progress {
  readonly sidecar: Sidecar;
  readonly id: string;
  readonly caller: Caller;
  readonly agent: AgentKind;
  readonly request: IncomingMessage;
  /** What of all wires it asks for. */
  readonly match: EndpointMatch;
  readonly responder: Responder;
  /** Taken once: a policy that changes meanwhile is for later exchanges. */
  readonly snapshot: Snapshot;
  /** Epoch ms. */
  readonly at: number;
  /** performance.now() when the request had been read. */
  readAt: number;
  /** From there to the forwarding of the call, ms. */
  governedMs: number;
  endpoint?: Endpoint;
  view?: RequestView;
  /** Gives back its place among the calls of its key. */
  leavePlace?: (() => void) | undefined;
  /** Where what is said goes, if it is kept at all. */
  contents?: Contents;
  /** The attempt that is paid for and not closed yet. */
  paid?: Attempt | undefined;
  /** The call that is made for it, once it is. */
  upstream?: UpstreamCall | undefined;
  /** How its reply calls itself, once there is one. */
  named?: ReplyNames | undefined;
}

/** One try to get the call answered: a call that was judged and paid for. */
export interface Attempt {
  readonly call: Call;
  readonly permits: Permits;
  readonly grant: Grant;
  readonly judge: CallJudge;
  /** Codes of what was not enforced. */
  readonly observed: readonly string[];
}

/** @returns an exchange of which nothing is known yet but who asks */
export function begin(
  sidecar: Sidecar,
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
): Progress {
  const at = sidecar.clock();
  const id = newId(at);
  const { method = '', url = '', headers } = request;
  const match = matchEndpoint(method, url, headers);
  return {
    sidecar,
    id,
    caller,
    agent: agentOf(caller.agent, headers['user-agent']),
    request,
    match,
    responder: new Responder(request, response, wireToAnswer(match).words, id, sidecar.times),
    snapshot: caller.snapshot,
    at,
    readAt: performance.now(),
    governedMs: 0,
  };
}

/** @param observed what would have been refused if everything were enforced */
export function attempt(x: Progress, call: Call, permits: Permits, observed: readonly string[]): Attempt {
  return { call, permits, grant: permits.budget.grant, judge: new CallJudge(call, x.id), observed };
}
