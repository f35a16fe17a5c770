/** The reflector in thousands of histories with faults. `SEED=7 node --test …` repeats one. */
import assert from 'node:assert/strict';
import { getActiveResourcesInfo } from 'node:process';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HANG_MS } from '../../test/support/hang.ts';
import { runHistory, type Told } from './testing-history.ts';

const HISTORIES = 3000;
/** Most of a history is waiting. */
const AT_ONCE = 24;

describe('a reflector', () => {
  const seeds =
    process.env.SEED === undefined
      ? Array.from({ length: HISTORIES }, (_, n) => n + 1)
      : [Number(process.env.SEED)];

  it('is as the server is once faults end, tells only what can be, keeps its pace, and leaves nothing open', async (t) => {
    const told: Told[] = [];
    const queue = seeds.values();
    const failed: string[] = [];
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const seed of queue) {
          try {
            told.push(await runHistory(seed));
          } catch (error) {
            failed.push(
              `seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
            );
          }
        }
      }),
    );
    assert.deepEqual(failed.slice(0, 5), [], `${failed.length} of ${seeds.length} histories failed`);

    const ends = new Map<string, number>();
    for (const end of told.flatMap((one) => one.ends)) ends.set(end, (ends.get(end) ?? 0) + 1);
    const sum = (of: (one: Told) => number) => told.reduce((all, one) => all + of(one), 0);
    t.diagnostic(
      `${told.length} histories, ${sum((one) => one.changes)} changes, ${sum((one) => one.requests)} requests, ` +
        `${sum((one) => one.calls)} calls of handlers; settled after at most ` +
        `${Math.max(...told.map((one) => one.settledMs)).toFixed(0)} ms; ends: ${JSON.stringify(Object.fromEntries(ends))}`,
    );
    if (seeds.length > 1) {
      for (const end of [
        'closed',
        'due',
        'order',
        'expired',
        'idle',
        'garbage',
        'refused',
        'overloaded',
        'network',
      ]) {
        assert.ok((ends.get(end) ?? 0) > 9, `too few watches ended as "${end}" to show anything`);
      }
    }
    const left = () => getActiveResourcesInfo().filter((name) => /Timeout|TCP|TLS/.test(name));
    for (const most = Date.now() + HANG_MS; left().length > 0 && Date.now() < most; ) await sleep(20);
    assert.deepEqual(left(), [], 'timers or sockets are left over');
  });
});
