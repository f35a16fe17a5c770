/**
 * Everything a request on this wire may have. What is not here is refused by name, because nobody has looked at what it
 * makes the provider do; a Provider can allow what its host adds (`input_type`, `truncate`, `task`, …). Source: OpenAI API
 * reference, Create embeddings, and the types of its official SDK (7.57).
 */
import { type Known, plain } from '../known.ts';

/** Top-level fields of POST /embeddings. None makes the provider reach out, run or keep anything. */
export const FIELDS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['model', plain],
  ['input', plain],
  ['encoding_format', plain],
  ['dimensions', plain],
  ['user', plain],
]);
