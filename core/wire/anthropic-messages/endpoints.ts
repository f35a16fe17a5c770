/** Which requests this wire knows. Source: Anthropic API reference, Messages, Count tokens, Models. */
import type { Endpoint, EndpointMatch } from '../wire.ts';

const WIRE = 'anthropic-messages';

/** Any prefix, with and without /v1; nothing that a server might normalize: no escapes, no dots, no empty segments. */
const PATH =
  /^(?:\/[A-Za-z0-9_-]+)*?(?:\/v1)?\/(messages|messages\/count_tokens|models|models\/([A-Za-z0-9][A-Za-z0-9._:@-]{0,127}))$/;

const LIST_QUERY = new Set(['before_id', 'after_id', 'limit']);

/**
 * @param target path and query as they stand in the request line
 * @returns the endpoint; undefined when the wire has no such; or the name of a query parameter that it does not know
 */
export function matchEndpoint(method: string, target: string): EndpointMatch {
  const [path = '', query = ''] = splitOnce(target, '?');
  const match = PATH.exec(path);
  const resource = match?.[1];
  if (resource === undefined) return undefined;
  if (resource === 'messages' && method === 'POST') {
    return withQuery(
      { wire: WIRE, name: 'messages', method, path: '/v1/messages', query, billed: true },
      BETA,
    );
  }
  if (resource === 'messages/count_tokens' && method === 'POST') {
    const path = '/v1/messages/count_tokens';
    return withQuery({ wire: WIRE, name: 'count_tokens', method, path, query, billed: false }, BETA);
  }
  if (resource === 'models' && method === 'GET') {
    return withQuery({ wire: WIRE, name: 'models', method, path: '/v1/models', query, billed: false }, LIST);
  }
  if (resource.startsWith('models/') && method === 'GET') {
    const path = `/v1/models/${match?.[2]}`;
    return withQuery({ wire: WIRE, name: 'model', method, path, query, billed: false }, BETA);
  }
  return undefined;
}

type QueryRule = (name: string, value: string) => boolean;
const BETA: QueryRule = (name, value) => name === 'beta' && value === 'true';
const LIST: QueryRule = (name, value) =>
  BETA(name, value) || (LIST_QUERY.has(name) && /^[\w-]{1,128}$/.test(value));

/** Rebuilds the query from parameters that are known; the agent's own text never goes out. */
function withQuery(endpoint: Endpoint, rule: QueryRule): EndpointMatch {
  const rebuilt = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(endpoint.query)) {
    if (!rule(name, value)) return { badQuery: name };
    rebuilt.set(name, value);
  }
  return { ...endpoint, query: rebuilt.toString() };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
