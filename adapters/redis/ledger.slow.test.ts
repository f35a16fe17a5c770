import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EntryDraft } from '../../core/audit/entry.ts';
import type { Clock, Reservation } from '../../core/ports.ts';
import { fileScope } from '../../test/support/output.ts';
import { assertLedger, type LedgerUnderTest } from '../testing-ledger-model.ts';
import type { EntryFacts } from '../testing-ledger-reference.ts';
import type { RedisLedger, RedisReservation } from './ledger.ts';
import { CLOCK, CLOCKED, connectLedger, entriesOf, NOTHING_ELSE } from './testing.ts';
import { TestRedis } from './testing-server.ts';

const TTL_MS = 90_000;
const scope = fileScope();
const server = await TestRedis.start(scope);
const admin = server.connect(scope);

async function openStore(clock: Clock): Promise<LedgerUnderTest> {
  const ends: (() => unknown)[] = [];
  const here = { after: (undo: () => unknown) => ends.push(undo) };
  await admin.flushall();
  let shown: number | undefined;
  let set: Promise<unknown> = Promise.resolve();
  const setClock = () => {
    const now = clock();
    if (shown !== now) set = admin.set(CLOCK, now);
    shown = now;
    return set;
  };
  await setClock();
  const open = () => connectLedger(here, server, { source: CLOCKED, leaseTtlMs: TTL_MS });
  const ledgers = [await open(), await open()];
  await ledgers[0]?.rebuild(NOTHING_ELSE);
  const at = async (index: number) => {
    await setClock();
    return ledgers[index] as RedisLedger;
  };
  return {
    handle: (index) => ({
      reserve: async (request) => portAnswer(await (await at(index)).reserve(request)),
      settle: async (...args) => (await at(index)).settle(...args),
      extend: async (leases) => (await at(index)).extend(leases),
    }),
    sweep: async (index) => (await at(index)).sweep(),
    reopen: async (index) => {
      (await at(index)).stop();
      ledgers[index] = await open();
      await ledgers[index]?.sweep();
    },
    counters: async () => {
      const keys = await admin.keys('{tollgate}:*:counter:*');
      const rows = await Promise.all(keys.map((key) => admin.hmget(key, 'spent', 'reserved')));
      const values = rows.map(([spent, reserved], i) => {
        const name = keys[i]?.replace(/^.*?:counter:/, '') ?? '';
        return [name, { spent: Number(spent), reserved: Number(reserved) }] as const;
      });
      return Object.fromEntries(values.filter(([, { spent, reserved }]) => spent !== 0 || reserved !== 0));
    },
    entries: async () => (await entriesOf(await at(1))).flatMap(factsOf),
    close: async () => {
      for (const end of ends.toReversed()) await end();
    },
  };
}

/** What the port has: without what this adapter adds to it. */
function portAnswer(answer: RedisReservation): Reservation {
  return 'granted' in answer ? { granted: answer.granted } : answer;
}

function factsOf(entry: EntryDraft): EntryFacts[] {
  if (entry.kind === 'opened') return [[entry.kind, entry.lease, '', entry.reserved]];
  if (entry.kind === 'closed') return [[entry.kind, entry.lease ?? '', entry.outcome, entry.amounts]];
  return entry.kind === 'incomplete' ? [[entry.kind, entry.lease, '', entry.amounts]] : [];
}

describe('the ledger in Redis', () => {
  it('does what the reference does, whatever the history', async () => {
    const runs = Number(process.env.TOLLGATE_MODEL_RUNS ?? 70);
    const reached = await assertLedger({ leaseTtlMs: TTL_MS, open: openStore, runs });
    const never = [...reached].filter(([, times]) => times === 0).map(([situation]) => situation);
    if (process.env.SHOW) console.log(reached);
    assert.deepEqual(never, [], 'situations that no history reached');
  });
});
