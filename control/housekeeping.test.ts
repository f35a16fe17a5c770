/** Emptying the outbox of many sidecars: the audit log is asked seldom, and each entry is dropped where it stands. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WaitingEntry } from '../adapters/redis/outbox.ts';
import type { EntryDraft } from '../core/audit/entry.ts';
import { Housekeeping } from './housekeeping.ts';

/** Ids are counted in each stream, as Redis does. */
function entryOf(id: number, lease: string): WaitingEntry {
  const amounts = { usd: 1, tokens: 1, requests: 1 };
  const entry: EntryDraft = { kind: 'incomplete', at: 1, exchange: `x-${lease}`, lease, amounts };
  return { id: String(id).padStart(6, '0'), entry };
}

/** @param counts how many entries wait in each stream; every other one stands in the audit log already */
function outboxOf(counts: readonly number[]) {
  const streams = new Map(
    counts.map((count, n) => [
      `c${n}`,
      Array.from({ length: count }, (_, i) => entryOf(i, `lease-${n}-${i}`)),
    ]),
  );
  const asked: number[] = [];
  const written: string[] = [];
  const keeping = new Housekeeping({
    ledger: {
      sweep: async () => undefined,
      outbox: {
        chains: async () => [...streams.keys()],
        entries: async (chain: string, from: string, most: number) =>
          (streams.get(chain) ?? []).filter(({ id }) => id > from).slice(0, most),
        acknowledge: async (chain: string, ids: readonly string[]) => {
          const left = streams.get(chain)?.filter(({ id }) => !ids.includes(id)) ?? [];
          streams.set(chain, left);
        },
      },
    } as never,
    audit: {
      of: async (leases: readonly string[]) => {
        asked.push(leases.length);
        return new Set(
          leases.filter((lease) => /[02468]$/.test(lease)).map((lease) => `incomplete ${lease}`),
        );
      },
    },
    chain: {
      flush: async () => undefined,
      record: async (entries: readonly EntryDraft[]) => {
        written.push(...entries.map((entry) => ('lease' in entry && entry.lease) || ''));
      },
    },
    log: undefined as never,
    openSpending: async () => undefined,
    leads: () => true,
    everyMs: 1_000,
    patienceMs: 1_000,
  });
  const left = () => [...streams.values()].flat().map(({ entry }) => entry);
  return { keeping, asked, written, left };
}

describe('housekeeping', () => {
  it('asks the audit log once for many sidecars, and leaves nothing in any of their streams', async () => {
    const { keeping, asked, written, left } = outboxOf(Array(33).fill(3));
    await keeping.round();
    assert.deepEqual(asked, [99]);
    assert.equal(written.length, 33);
    assert.equal(new Set(written).size, 33);
    assert.deepEqual(left(), []);
  });

  it('takes a long stream in parts', async () => {
    const { keeping, asked, written, left } = outboxOf([2, 250, 1]);
    await keeping.round();
    assert.deepEqual(asked, [102, 100, 51]);
    assert.equal(written.length, 1 + 125);
    assert.deepEqual(left(), []);
  });
});
