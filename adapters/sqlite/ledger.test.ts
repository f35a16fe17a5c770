import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Clock } from '../../core/ports.ts';
import { assertLedger, type LedgerUnderTest } from '../testing-ledger-model.ts';
import type { EntryFacts } from '../testing-ledger-reference.ts';
import { openLedger, rows } from './testing.ts';

const TTL_MS = 90_000;

async function openStore(clock: Clock): Promise<LedgerUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-model-'));
  const open = () => openLedger(folder, { clock, leaseTtlMs: TTL_MS });
  const handles = [await open(), await open()] as const;
  const current = [...handles];
  const handleAt = (index: number) => current[index] as (typeof handles)[number];
  return {
    handle: (index) => handleAt(index).ledger,
    sweep: (index) => handleAt(index).ledger.sweep(),
    reopen: async (index) => {
      await handleAt(index).ledger.stop();
      current[index] = await open();
    },
    counters: async () => {
      const counters = rows(handleAt(0).db, 'SELECT * FROM counters WHERE spent != 0 OR reserved != 0');
      return Object.fromEntries(counters.map(({ key, spent, reserved }) => [key, { spent, reserved }]));
    },
    entries: async () => rows(handleAt(1).db, 'SELECT text FROM entries').flatMap(factsOf),
    close: async () => {
      for (const { ledger } of current) await ledger.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

function factsOf({ text }: Record<string, unknown>): EntryFacts[] {
  const { kind, lease, outcome, amounts, reserved } = JSON.parse(text as string);
  return lease ? [[kind, lease, outcome ?? '', amounts ?? reserved]] : [];
}

describe('the ledger in SQLite', () => {
  it('does what the reference does, whatever the history', async () => {
    const runs = Number(process.env.TOLLGATE_MODEL_RUNS ?? 70);
    const reached = await assertLedger({ leaseTtlMs: TTL_MS, open: openStore, runs });
    const never = [...reached].filter(([, times]) => times === 0).map(([situation]) => situation);
    if (process.env.SHOW) console.log(reached);
    assert.deepEqual(never, [], 'situations that no history reached');
  });
});
