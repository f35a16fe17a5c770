/** OpenAI Embeddings, and the list of models of whoever speaks OpenAI's APIs. */
import { errorBody, guardError } from '../openai/errors.ts';
import { passesBack, upstreamHeaders } from '../openai/headers.ts';
import type { Wire } from '../wire.ts';
import { inputBound } from './bound.ts';
import { matchEndpoint } from './endpoints.ts';
import { asErrorEvent, errorEvent, KEEP_ALIVE, messageBody, messageStream } from './refusal.ts';
import { guardOther, guardReply } from './reply.ts';
import { bodyFor, readRequest } from './request.ts';
import { RefusedStream } from './stream.ts';

export const openaiEmbeddings: Wire = {
  id: 'openai-embeddings',
  matchEndpoint,
  readRequest,
  inputBound,
  bodyFor,
  upstreamHeaders,
  passesBack,
  guardReply,
  guardOther,
  guardError,
  guardStream: () => new RefusedStream(),
  words: { errorBody, errorEvent, messageBody, messageStream, keepAlive: KEEP_ALIVE, asErrorEvent },
};
