/** What goes wrong with one request to the fake API server. */
import type { Chance } from './testing-chance.ts';

export type ListFault =
  | { readonly kind: 'status'; readonly code: number; readonly retryAfter?: string }
  /** The answer comes after so long. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The connection is reset; before, or in the middle of the answer. */
  | { readonly kind: 'reset' | 'half' }
  /** 200, and no JSON; or JSON that is no list. */
  | { readonly kind: 'garbage' | 'nonsense' }
  /** No answer at all. */
  | { readonly kind: 'stall' };

export type WatchFault =
  | { readonly kind: 'status'; readonly code: number; readonly retryAfter?: string }
  | { readonly kind: 'slow'; readonly ms: number }
  /** No answer, not even its head. */
  | { readonly kind: 'mute' }
  | {
      readonly kind:
        | 'reset'
        | 'close'
        | 'stall'
        | 'garbage'
        | 'bad-utf8'
        | 'half'
        | 'expired'
        | 'error'
        | 'repeat'
        | 'swap'
        | 'nonsense';
      /** After so many events. */
      readonly after: number;
    };

export interface Faults {
  list?(): ListFault | undefined;
  watch?(): WatchFault | undefined;
  /** How many bytes are written at once; 0: an event at a time. */
  chunk?(): number;
}

export const NO_FAULTS: Faults = {};

export function faultsByChance(chance: Chance, probability: number): Faults {
  const status = () => {
    const code = chance.pick([400, 400, 403, 403, 410, 429, 429, 500, 503, 504]);
    return {
      kind: 'status' as const,
      code,
      ...(code === 429 && chance.maybe(0.5) ? { retryAfter: '0' } : {}),
    };
  };
  return {
    list: () => {
      if (!chance.maybe(probability)) return undefined;
      const kind = chance.pick([
        'status',
        'status',
        'slow',
        'reset',
        'half',
        'garbage',
        'nonsense',
        'stall',
      ] as const);
      if (kind === 'status') return status();
      return kind === 'slow' ? { kind, ms: chance.int(30) } : { kind };
    },
    watch: () => {
      if (!chance.maybe(probability)) return undefined;
      const kind = chance.pick([
        ...([
          'status',
          'status',
          'status',
          'slow',
          'mute',
          'reset',
          'reset',
          'close',
          'close',
          'stall',
          'garbage',
          'bad-utf8',
        ] as const),
        ...(['half', 'expired', 'error', 'repeat', 'swap', 'swap', 'nonsense'] as const),
      ]);
      if (kind === 'status') return status();
      if (kind === 'slow') return { kind, ms: chance.int(30) };
      return kind === 'mute' ? { kind } : { kind, after: chance.int(3) };
    },
    chunk: () => (chance.maybe(0.5) ? 0 : 1 + chance.int(60)),
  };
}
