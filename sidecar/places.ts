/**
 * How many calls of one key are handled at the same time.
 *
 *   in this process   a place, taken before the body is read: one caller cannot fill the memory that all share
 *   in all processes  a rate, asked of the ledger with the reservation
 */
import { rateRefusal } from '../core/govern/budget.ts';
import type { Refusal } from '../core/govern/refusals.ts';
import type { RateCheck } from '../core/ledger/checks.ts';
import type { Progress } from './progress.ts';
import type { Identity } from './sidecar.ts';

interface Room {
  taken: number;
  /** In the order in which they came. Somebody waits only while all places are taken. */
  readonly waiting: Set<() => void>;
}

/** Who waits, and may hang up meanwhile. */
interface Waiting {
  whenGone(callback: () => void): void;
}

export class Places {
  readonly #rooms = new Map<string, Room>();

  /**
   * @param caller whose places they are
   * @param most how many there are
   * @param ms how long to wait for one
   * @returns what gives the place back, to be called once; undefined when none became free in time, or who waited has gone
   */
  async take(caller: string, most: number, ms: number, who: Waiting): Promise<(() => void) | undefined> {
    const room = this.#rooms.get(caller) ?? { taken: 0, waiting: new Set() };
    this.#rooms.set(caller, room);
    if (room.taken < most) room.taken++;
    else if (!(await placeOf(room, ms, who))) return undefined;
    return () => {
      const [next] = room.waiting;
      // A place goes from hand to hand: nobody who comes meanwhile gets in between.
      if (next) next();
      else if (--room.taken === 0) this.#rooms.delete(caller);
    };
  }
}

/** @returns whether somebody left a place in time */
function placeOf({ waiting }: Room, ms: number, who: Waiting): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (got: boolean) => {
      clearTimeout(timer);
      waiting.delete(enter);
      resolve(got);
    };
    const enter = () => end(true);
    const timer = setTimeout(() => end(false), ms);
    waiting.add(enter);
    who.whenGone(() => {
      if (waiting.has(enter)) end(false);
    });
  });
}

/** @returns the rates of a key beside those of its policies */
export function keyRates({ payer: { workload, session }, limits }: Identity): readonly RateCheck[] {
  if (limits?.concurrent === undefined) return [];
  const id = `max-concurrent of the key ${workload.name}`;
  return [{ id, key: `key/max-concurrent|session:${session}`, concurrent: limits.concurrent, refuse: true }];
}

/** Running calls may end sooner than anybody knows. */
const TRY_AGAIN_MS = 1_000;

/** Waits a little for one of the key's places. @returns why there was none, or that nobody waits for it any more */
export async function takePlace(x: Progress): Promise<Refusal | 'gone' | undefined> {
  const [check] = keyRates(x.caller);
  if (check?.concurrent === undefined) return undefined;
  const { places, times } = x.sidecar;
  const started = performance.now();
  x.leavePlace = await places.take(check.key, check.concurrent, times.place, x.responder);
  if (x.responder.gone) return 'gone';
  if (x.leavePlace) return undefined;
  const shortage = { kind: 'rate', check, what: 'concurrent', retryAfterMs: TRY_AGAIN_MS } as const;
  return rateRefusal(shortage, performance.now() - started);
}
