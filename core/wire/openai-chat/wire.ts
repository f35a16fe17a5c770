/** OpenAI Chat Completions, which hosts of nearly all models speak. */
import { errorBody, guardError } from '../openai/errors.ts';
import { passesBack, upstreamHeaders } from '../openai/headers.ts';
import type { Wire } from '../wire.ts';
import { bodyFor } from './body.ts';
import { inputBound } from './bound.ts';
import { matchEndpoint } from './endpoints.ts';
import { asErrorEvent, errorEvent, KEEP_ALIVE, messageBody, messageStream } from './refusal.ts';
import { guardOther, guardReply } from './reply.ts';
import { readRequest } from './request.ts';
import { GuardedStream } from './stream.ts';

export const openaiChat: Wire = {
  id: 'openai-chat',
  matchEndpoint,
  readRequest,
  inputBound,
  bodyFor,
  upstreamHeaders,
  passesBack,
  guardReply,
  guardOther,
  guardError,
  guardStream: (options) => new GuardedStream(options),
  words: { errorBody, errorEvent, messageBody, messageStream, keepAlive: KEEP_ALIVE, asErrorEvent },
};
