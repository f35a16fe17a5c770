/** All wires, and how a request finds its own. */
import type { WireId } from '../policy/provider.ts';
import { anthropicMessages } from './anthropic-messages/wire.ts';
import type { AgentHeaders, EndpointMatch, Wire } from './wire.ts';

const WIRES: Readonly<Record<WireId, Wire>> = {
  'anthropic-messages': anthropicMessages,
};

export function wireOf(id: WireId): Wire {
  return WIRES[id];
}

/**
 * @param target path and query as they stand in the request line
 * @returns the endpoint; undefined when no wire has such; or the name of a query parameter that its wire does not know
 */
export function matchEndpoint(method: string, target: string, headers: AgentHeaders): EndpointMatch {
  for (const wire of Object.values(WIRES)) {
    const match = wire.matchEndpoint(method, target, headers);
    if (match !== undefined) return match;
  }
  return undefined;
}

/** @returns the wire in whose form a request is answered that may be of none */
export function wireToAnswer(method: string, target: string, headers: AgentHeaders): Wire {
  const match = matchEndpoint(method, target, headers);
  return match !== undefined && 'wire' in match ? wireOf(match.wire) : anthropicMessages;
}
