/** OpenAI Responses. */
import { errorBody, guardError } from '../openai/errors.ts';
import { passesBack, upstreamHeaders } from '../openai/headers.ts';
import type { Wire } from '../wire.ts';
import { inputBound } from './bound.ts';
import { matchEndpoint } from './endpoints.ts';
import {
  asErrorEvent,
  errorEvent,
  KEEP_ALIVE,
  messageBody,
  messageStream,
  refusalStatus,
} from './refusal.ts';
import { guardOther, guardReply } from './reply.ts';
import { bodyFor, readRequest } from './request.ts';
import { GuardedStream } from './stream.ts';

export const openaiResponses: Wire = {
  id: 'openai-responses',
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
  words: {
    refusalStatus,
    errorBody,
    errorEvent,
    messageBody,
    messageStream,
    keepAlive: KEEP_ALIVE,
    asErrorEvent,
  },
};
