/**
 * Which requests a wire knows: a table of resources, each with a method and the query it may have.
 *
 *   /any/prefix/v1/messages?beta=true ──> prefix [any, prefix]   resource messages   query beta=true
 */
import type { WireId } from '../policy/provider.ts';
import type { AgentHeaders, Endpoint, EndpointMatch } from './wire.ts';

export interface EndpointRule {
  /** As Endpoint has it. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** What stands behind the prefix and /v1, whole. */
  readonly resource: RegExp;
  readonly billed: boolean;
  /** Whether it takes this parameter; without it, it takes none. */
  readonly takes?: (name: string, value: string) => boolean;
  /** Wires on which it is the same; without it, only its own. */
  readonly wires?: readonly WireId[];
  /** Where other wires have the same resource: whether this one is meant. */
  readonly isMeant?: (headers: AgentHeaders, prefix: readonly string[]) => boolean;
}

/** Nothing that a server might normalize: no escapes, no empty segments, and dots only in the name of a model. */
const PREFIX = /^(?:\/[A-Za-z0-9_-]+)*$/;
const RESOURCE = /^[a-z_]+(?:\/[A-Za-z0-9][A-Za-z0-9._:@-]{0,127})?$/;

/** @returns how a wire with these rules finds the endpoint of a request; rules are tried in order */
export function matcher(
  wire: WireId,
  rules: readonly EndpointRule[],
): (method: string, target: string, headers: AgentHeaders) => EndpointMatch {
  return (method, target, headers) => {
    const [path = '', query = ''] = splitOnce(target, '?');
    for (const rule of rules) {
      if (rule.method !== method) continue;
      const found = find(rule, path, headers);
      if (found === undefined) continue;
      const { name, billed, wires = [wire] } = rule;
      const endpoint = { wire, wires, name, method: rule.method, path: `/${found.resource}`, billed };
      return withQuery({ ...endpoint, query, prefix: found.prefix }, rule);
    }
    return undefined;
  };
}

function find(rule: EndpointRule, path: string, headers: AgentHeaders) {
  for (const cut of cuts(path)) {
    const resource = path.slice(cut + 1);
    if (!RESOURCE.test(resource) || !rule.resource.test(resource)) continue;
    const before = path.slice(0, cut);
    if (!PREFIX.test(before)) return undefined;
    const prefix = segments(before);
    if (rule.isMeant === undefined || rule.isMeant(headers, prefix)) return { resource, prefix };
  }
  return undefined;
}

/** Where the last segment begins, and the one before: no resource has more. */
function cuts(path: string): number[] {
  const last = path.lastIndexOf('/');
  const before = last > 0 ? path.lastIndexOf('/', last - 1) : -1;
  return [before, last].filter((cut) => cut >= 0);
}

/** @returns the segments of a prefix but for the version at its end */
function segments(prefix: string): string[] {
  const all = prefix.split('/').filter((segment) => segment !== '');
  return all.at(-1) === 'v1' ? all.slice(0, -1) : all;
}

/** Rebuilds the query from parameters that are known; the agent's own text never goes out. */
function withQuery(endpoint: Endpoint, { takes }: EndpointRule): EndpointMatch {
  const rebuilt = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(endpoint.query)) {
    if (takes === undefined || !takes(name, value)) return { wire: endpoint.wire, badQuery: name };
    rebuilt.set(name, value);
  }
  return { ...endpoint, query: rebuilt.toString() };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
