/**
 * How a reply calls itself: for traces alone, nothing is judged by it. It comes from a provider, which may be hostile, so a
 * value is taken as it stands or not at all: names and ids of the APIs are short and of plain characters.
 */
import { isObject, type JsonObject, type JsonValue } from '../json/read.ts';

export interface ReplyNames {
  readonly id?: string;
  /** The model that answered, which may be a dated one of what was asked for. */
  readonly model?: string;
  /** Why the model stopped, of each choice, in the provider's words: also where a denied call was its reason. */
  readonly finishReasons: readonly string[];
}

export const NO_NAMES: ReplyNames = { finishReasons: [] };

/** Printable ASCII without spaces; the longest names of hosts (paths of their models) have some 100 characters. */
const PLAIN = /^[!-~]{1,160}$/;
/** Requests may ask for many choices; so many reasons are told. */
const MOST_REASONS = 16;

/**
 * @param reply what has `id` and `model` at its top; undefined where none has come
 * @param reasons as each choice says them
 */
export function namesOf(
  reply: JsonObject | undefined,
  reasons: readonly (JsonValue | undefined)[] = [],
): ReplyNames {
  const id = plain(reply?.id);
  const model = plain(reply?.model);
  return {
    ...(id === undefined ? {} : { id }),
    ...(model === undefined ? {} : { model }),
    finishReasons: reasons.slice(0, MOST_REASONS).flatMap((reason) => plain(reason) ?? []),
  };
}

/** @returns a field of what may be no object */
export function fieldOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(value) ? value[name] : undefined;
}

function plain(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && PLAIN.test(value) ? value : undefined;
}
