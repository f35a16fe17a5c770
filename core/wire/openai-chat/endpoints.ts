/** Which requests this wire knows. Source: OpenAI API reference, Chat Completions; it has no query. */
import { matcher } from '../endpoints.ts';

export const matchEndpoint = matcher('openai-chat', [
  { name: 'chat_completions', method: 'POST', resource: /^chat\/completions$/, billed: true },
]);
