/** For tests that count by the day, in UTC as budgets do unless they name a time zone. */
import { setTimeout as sleep } from 'node:timers/promises';

const DAY = 86_400_000;
/** Longer than any of them takes. */
const LEFT_MS = 120_000;

/** @returns how long to wait so that what follows falls into one day, ms: 0, unless less than two minutes are left of it */
export function untilSameDayMs(now: number = Date.now()): number {
  const left = DAY - (now % DAY);
  return left < LEFT_MS ? left + 50 : 0;
}

/** Waits for the next day where less than two minutes are left of this one. */
export async function sameDay(): Promise<void> {
  await sleep(untilSameDayMs());
}
