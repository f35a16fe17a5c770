/** All wires, and how a request finds its own. */
import type { WireId } from '../policy/provider.ts';
import { anthropicMessages } from './anthropic-messages/wire.ts';
import { openaiChat } from './openai-chat/wire.ts';
import { openaiEmbeddings } from './openai-embeddings/wire.ts';
import { openaiResponses } from './openai-responses/wire.ts';
import type { AgentHeaders, EndpointMatch, Wire } from './wire.ts';

/** In the order in which they are asked whether a request is theirs. */
const WIRES: readonly Wire[] = [anthropicMessages, openaiChat, openaiResponses, openaiEmbeddings];

const BY_ID = new Map(WIRES.map((wire) => [wire.id, wire]));

/** @throws Error for a wire that is not built: manifests that name one are refused */
export function wireOf(id: WireId): Wire {
  const wire = BY_ID.get(id);
  if (wire === undefined) throw new Error(`there is no wire ${id}`);
  return wire;
}

/**
 * @param target path and query as they stand in the request line
 * @returns the endpoint; undefined when no wire has such; or the name of a query parameter that its wire does not know
 */
export function matchEndpoint(method: string, target: string, headers: AgentHeaders): EndpointMatch {
  for (const wire of WIRES) {
    const match = wire.matchEndpoint(method, target, headers);
    if (match !== undefined) return match;
  }
  return undefined;
}

/** @returns the wire in whose form a request is answered that may be of none */
export function wireToAnswer(match: EndpointMatch): Wire {
  return match === undefined ? anthropicMessages : wireOf(match.wire);
}
