/** Which requests this wire knows. Source: Anthropic API reference, Messages, Count tokens, Models. */
import { type EndpointRule, matcher } from '../endpoints.ts';

const LIST_QUERY = new Set(['before_id', 'after_id', 'limit']);

const beta = (name: string, value: string): boolean => name === 'beta' && value === 'true';

/** Other wires list models at the same path: this one's clients name its version, or use its header for the key. */
const isMeant: NonNullable<EndpointRule['isMeant']> = (headers, prefix) =>
  headers['anthropic-version'] !== undefined ||
  headers['x-api-key'] !== undefined ||
  prefix.includes('anthropic');

export const matchEndpoint = matcher('anthropic-messages', [
  { name: 'messages', method: 'POST', resource: /^messages$/, billed: true, takes: beta },
  { name: 'count_tokens', method: 'POST', resource: /^messages\/count_tokens$/, billed: false, takes: beta },
  {
    name: 'models',
    method: 'GET',
    resource: /^models$/,
    billed: false,
    takes: (name, value) => beta(name, value) || (LIST_QUERY.has(name) && /^[\w-]{1,128}$/.test(value)),
    isMeant,
  },
  { name: 'model', method: 'GET', resource: /^models\/[^/]+$/, billed: false, takes: beta, isMeant },
]);
