import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../../core/testing-fast-check.ts';
import { closedDraft, limitOf, requestFor } from '../testing-drafts.ts';
import { prune } from './prune.ts';
import { type OpenLedger, rows } from './testing.ts';
import { DAY, Machine, SETTLED } from './testing-machine.ts';

describe('retention at random', () => {
  it('leaves a log that verifies, whatever was done when', async (t) => {
    const step = fc.record({
      chain: fc.nat(2),
      what: fc.constantFrom('call', 'call', 'open', 'late', 'stop', 'prune'),
      days: fc.nat(20),
      keep: fc.nat(30),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const machine = new Machine(t);
        const processes = new Map<number, OpenLedger>();
        let n = 0;
        const open: string[] = [];
        for (const { chain, what, days, keep } of steps) {
          const process = processes.get(chain) ?? (await machine.open(`chain-${chain}-${n++}`));
          processes.set(chain, process);
          if (what === 'call') await machine.call(process.ledger, `lease-${n++}`);
          if (what === 'open') {
            open.push(`open-${n++}`);
            await process.ledger.reserve(
              requestFor({ lease: open.at(-1) as string, at: machine.now, limits: [limitOf(1e9)] }),
            );
          }
          const late = what === 'late' ? open.shift() : undefined;
          const exists = late && rows(process.db, 'SELECT 1 FROM leases WHERE id = ?', late).length > 0;
          if (late && exists)
            await process.ledger.settle(
              late,
              SETTLED,
              closedDraft({ lease: late, at: machine.now }, SETTLED),
            );
          if (what === 'stop') {
            await process.ledger.stop();
            processes.delete(chain);
          }
          if (what === 'prune') {
            await process.ledger.sweep();
            await prune({ ...process, before: machine.now - keep * DAY, now: machine.now });
          }
          machine.now += days * DAY;
          assert.deepEqual(
            machine.found().filter((one) => !one.startsWith('(')),
            [],
          );
        }
        for (const { ledger } of processes.values()) await ledger.stop();
      }),
      { numRuns: 25 },
    );
  });
});
