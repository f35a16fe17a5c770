/** Ids that sort by time: 48 bits of milliseconds, 80 random bits (the layout of UUIDv7 and ULID), in hex. */
import { randomBytes } from 'node:crypto';

const POOL_IDS = 256;
let pool = Buffer.alloc(0);
let used = 0;

/** @param at epoch ms */
export function newId(at: number): string {
  if (used + 10 > pool.length) {
    pool = randomBytes(10 * POOL_IDS);
    used = 0;
  }
  const random = pool.toString('hex', used, used + 10);
  used += 10;
  return at.toString(16).padStart(12, '0') + random;
}
