/**
 * Which requests this wire knows. Source: OpenAI API reference, Responses. Everything that reads or changes what the
 * provider keeps (responses/{id}, cancel, compact, conversations) is left out.
 */
import { matcher } from '../endpoints.ts';

export const matchEndpoint = matcher('openai-responses', [
  { name: 'responses', method: 'POST', resource: /^responses$/, billed: true },
  { name: 'input_tokens', method: 'POST', resource: /^responses\/input_tokens$/, billed: false },
]);
