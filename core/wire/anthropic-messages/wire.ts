/** Anthropic Messages. */
import type { Wire } from '../wire.ts';
import { inputBound } from './bound.ts';
import { matchEndpoint } from './endpoints.ts';
import { passesBack, upstreamHeaders } from './headers.ts';
import { asErrorEvent, errorBody, errorEvent, KEEP_ALIVE, messageBody, messageStream } from './refusal.ts';
import { guardError, guardOther, guardReply } from './reply.ts';
import { bodyFor, readRequest } from './request.ts';
import { GuardedStream } from './stream.ts';

export const anthropicMessages: Wire = {
  id: 'anthropic-messages',
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
