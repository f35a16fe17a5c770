/**
 * Which requests this wire knows. Source: OpenAI API reference, Embeddings, Models; none has a query. Models are listed
 * here for all of OpenAI's wires. A model whose name has a slash in it is not looked up: no path here has three segments.
 */
import { matcher } from '../endpoints.ts';

const wires = ['openai-chat', 'openai-responses', 'openai-embeddings'] as const;

export const matchEndpoint = matcher('openai-embeddings', [
  { name: 'embeddings', method: 'POST', resource: /^embeddings$/, billed: true },
  { name: 'models', method: 'GET', resource: /^models$/, billed: false, wires },
  { name: 'model', method: 'GET', resource: /^models\/[^/]+$/, billed: false, wires },
]);
