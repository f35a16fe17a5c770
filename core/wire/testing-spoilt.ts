/** Streamed replies that are not as they should be, by chance: for the fuzzing of all wires. */
import { type Chance, spoil } from '../json/testing.ts';

/** What matches is replaced by one of these. */
export type Swaps = readonly (readonly [RegExp, readonly string[]])[];

/**
 * @returns what makes a reply from one of these, with up to three changes to its events or their text, and in one of four
 *   with bytes spoilt besides
 */
export function spoiler(replies: readonly string[], swaps: Swaps): (chance: Chance) => Buffer {
  const events = replies.flatMap(eventsOf);
  return (chance) => {
    let reply = chance.pick(replies);
    for (let times = chance.below(4); times > 0; times--) reply = changed(chance, reply, events, swaps);
    const bytes = Buffer.from(reply);
    return chance.below(4) === 0 && bytes.length > 0 ? spoil(bytes, chance) : bytes;
  };
}

const eventsOf = (reply: string): string[] => reply.split(/(?<=\n\n)/);

function changed(chance: Chance, reply: string, events: readonly string[], swaps: Swaps): string {
  const parts = eventsOf(reply);
  const at = chance.below(parts.length);
  const [pattern, by] = chance.pick(swaps);
  const matches = [...reply.matchAll(pattern)];
  const match = matches.length === 0 ? undefined : chance.pick(matches);
  switch (chance.below(6)) {
    case 0:
      parts.splice(at, 1);
      return parts.join('');
    case 1:
      parts.splice(at, 0, chance.pick(events));
      return parts.join('');
    case 2:
      parts.splice(at, 0, ...parts.splice(chance.below(parts.length), 1));
      return parts.join('');
    default:
      if (match === undefined) return reply;
      return reply.slice(0, match.index) + chance.pick(by) + reply.slice(match.index + match[0].length);
  }
}
