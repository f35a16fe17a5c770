/**
 * What the provider says a call used. Source: OpenAI API reference, Create embeddings: `prompt_tokens`, and
 * `total_tokens`, which is the same. Some hosts say only one of them.
 */
import { isObject, type JsonValue } from '../../json/read.ts';
import { NO_USAGE, type Usage } from '../../money/price.ts';
import type { ReplyFacts } from '../wire.ts';

const NAMES = ['prompt_tokens', 'total_tokens'] as const;

/** @returns the usage of a reply; without it if the provider did not say, or said something impossible */
export function factsOf(usage: JsonValue | undefined): ReplyFacts {
  const said = isObject(usage) ? NAMES.map((name) => usage[name]).filter(isSaid) : [];
  const counts = said.filter(isCount);
  const soFar: Usage = { ...NO_USAGE, inputTokens: Math.max(0, ...counts) };
  if (counts.length < said.length) return { usage: undefined, soFar, faults: ['usage_impossible'] };
  // No request is without input: a host that counts none has not counted.
  if (soFar.inputTokens === 0) return { usage: undefined, soFar, faults: ['usage_missing'] };
  return { usage: soFar, soFar, faults: [] };
}

function isSaid(value: JsonValue | undefined): value is JsonValue {
  return value !== undefined && value !== null;
}

function isCount(value: JsonValue): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 1e12;
}
