/** What chat completions and the Responses API have in common on the wire. */
import { KEY } from './wire.ts';

/** Without the reasoning or the price of the largest ones; both are in every price list. */
export const OPENAI_MODELS = { json: 'gpt-5.1', stream: 'gpt-5-mini' };

export const OPENAI_HEADERS: readonly string[] = [
  'accept',
  'application/json',
  'content-type',
  'application/json',
  'user-agent',
  'OpenAI/JS 6.9.1',
  'x-stainless-lang',
  'js',
  'x-stainless-retry-count',
  '0',
  'authorization',
  `Bearer ${KEY}`,
];

export const OPENAI_REPLY_HEADERS: readonly string[] = [
  ...['x-request-id', 'req_benchbenchbenchbenchbenchbench'],
  ...['openai-organization', 'org-bench'],
  ...['openai-processing-ms', '412'],
  ...['openai-version', '2020-10-01'],
  ...['x-ratelimit-limit-requests', '10000'],
  ...['x-ratelimit-limit-tokens', '2000000'],
  ...['x-ratelimit-remaining-requests', '9999'],
  ...['x-ratelimit-remaining-tokens', '1999000'],
  ...['x-ratelimit-reset-requests', '6ms'],
  ...['x-ratelimit-reset-tokens', '30ms'],
];
