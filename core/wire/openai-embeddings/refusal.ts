/** How Tollgate itself speaks on this wire: in errors only, for nobody reads the words of an embedding. */
import { errorBody } from '../openai/errors.ts';
import { asErrorEvent, errorEvent } from '../openai-chat/refusal.ts';

export { asErrorEvent, errorEvent };

/** The status that an error in the place of words stands for, and its code: nobody said why they are there. */
const STATUS = 403;
const CODE = 'refused';

/** @returns an error with the text: there is no reply in which a model could say it */
export function messageBody(text: string, _model: string, requestId: string): Buffer {
  return errorBody(STATUS, text, requestId, CODE);
}

/** @returns the same as the event of a stream */
export function messageStream(text: string): Buffer {
  return errorEvent(text, CODE);
}

/** A comment: who waits for embeddings reads no events. */
export const KEEP_ALIVE: Buffer = Buffer.from(':\n\n');
