/** What control does with entries while it can't be said what was spent, and with those that it had not heard of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChainOwner } from '../adapters/mongo/chains.ts';
import { LedgerShut } from '../adapters/redis/errors.ts';
import { SMALL } from '../adapters/testing-drafts.ts';
import type { EntryDraft, Opened } from '../core/audit/entry.ts';
import { type EntriesParts, takeEntries } from './entries.ts';
import { chained, closedOf, OF, openedOf, proofs } from './testing-entries.ts';

const closed = closedOf('l');
const opened = openedOf('l');

/** Takes entries with a ledger that answers so. @returns what became of them */
async function take(
  drafts: readonly EntryDraft[],
  known: () => Promise<boolean>,
  stored: readonly Opened[] = [],
) {
  const did: string[] = [];
  const ledger = {
    settleKnown: known,
    adopt: async ({ lease }: Opened, { usd }: { usd: number }) => void did.push(`adopted ${lease} ${usd}`),
  };
  const sink = {
    chains: { claim: async (_chain: string, owner: ChainOwner) => ({ owner, isStored: true }) },
    store: async (_chain: string, entries: readonly EntryDraft[]) => {
      did.push(`stored ${entries.length}`);
      return entries;
    },
    opened: async () => new Map(stored.map((entry) => [entry.lease, entry])),
  };
  const parts = { ledger, sink, proofs, onEnded: () => did.push('told') } as unknown as EntriesParts;
  const message = { chain: 'c', entries: chained(drafts) };
  const answer = await takeEntries(parts, OF, message).catch((error: Error) => error);
  return { did, answer };
}

describe('entries of a sidecar', () => {
  it('are stored while spending is shut, so that it is counted anew with them, and not acknowledged', async () => {
    const { did, answer } = await take([opened, closed], () => Promise.reject(new LedgerShut('missing')));
    assert.deepEqual(did, ['stored 2', 'told']);
    assert.ok(answer instanceof LedgerShut);
  });

  it('are not stored before what they cost is settled when the ledger is only away', async () => {
    const { did, answer } = await take([opened, closed], () => Promise.reject(new Error('away')));
    assert.deepEqual(did, []);
    assert.match(String(answer), /away/);
  });

  it('of a call that the ledger never heard of make it count that call, wherever its beginning is', async () => {
    const adopted = `adopted l ${SMALL.usd}`;
    const unknown = () => Promise.resolve(false);
    assert.deepEqual((await take([opened, closed], unknown)).did, [adopted, 'stored 2', 'told']);
    assert.deepEqual((await take([closed], unknown, [opened])).did, [adopted, 'stored 1', 'told']);
    assert.deepEqual((await take([closed], unknown)).did, ['stored 1', 'told']);
    assert.deepEqual((await take([opened, closed], () => Promise.resolve(true))).did, ['stored 2', 'told']);
  });
});
