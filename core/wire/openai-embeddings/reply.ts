/** Guarding replies: they have no place for a call, so the bytes pass as they came, or nothing does. */
import { isObject, isProblem, type JsonValue, readJson } from '../../json/read.ts';
import { refuseAnyCall } from '../openai/errors.ts';
import { namesOf } from '../reply-names.ts';
import { type GuardedReply, ReplyFault } from '../wire.ts';
import { factsOf } from './usage.ts';
import { withoutNumbers } from './vectors.ts';

/**
 * Nobody has to judge anything: what could be a call is refused.
 * @throws ReplyFault when it is not a list of embeddings, or has a call in it
 */
export function guardReply(bytes: Buffer): GuardedReply {
  const reply = readReply(bytes);
  if (!isObject(reply) || !Array.isArray(reply.data) || !reply.data.every(isEmbedding)) {
    throw new ReplyFault('reply_garbage', 'it is not a list of embeddings');
  }
  return { bytes, named: namesOf(reply), ...factsOf(reply.usage) };
}

/**
 * A list of models, or one of them. Most hosts have the list in an object, some as it is.
 * @throws ReplyFault when it is neither, or holds a call
 */
export function guardOther(bytes: Buffer): JsonValue {
  const reply = readReply(bytes);
  if (typeof reply !== 'object' || reply === null)
    throw new ReplyFault('reply_garbage', 'it names no models');
  return reply;
}

function readReply(bytes: Buffer): JsonValue {
  const rest = withoutNumbers(bytes);
  if (rest === undefined) throw new ReplyFault('reply_garbage', 'the text is not valid JSON');
  const read = readJson(rest);
  if (isProblem(read)) throw new ReplyFault('reply_garbage', read.detail);
  refuseAnyCall(read.value);
  return read.value;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Numbers, or their bytes in base64. */
function isEmbedding(item: JsonValue): boolean {
  if (!isObject(item)) return false;
  const { embedding } = item;
  if (typeof embedding === 'string') return BASE64.test(embedding);
  return (
    Array.isArray(embedding) && embedding.length > 0 && embedding.every((one) => typeof one === 'number')
  );
}
