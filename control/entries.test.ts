/** What control does with entries while it can't be said what was spent, and with those that it had not heard of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChainOwner } from '../adapters/mongo/chains.ts';
import { LedgerShut } from '../adapters/redis/errors.ts';
import { closedDraft, SMALL } from '../adapters/testing-drafts.ts';
import { advance, link, newChain } from '../core/audit/chain.ts';
import type { EntryDraft, Opened } from '../core/audit/entry.ts';
import { type EntriesParts, takeEntries } from './entries.ts';
import { caller } from './testing.ts';

const OF = caller('deployment/triage', 's1');
const SETTLED = { outcome: 'settled', amounts: SMALL } as const;
const closed = closedDraft({ lease: 'l' }, SETTLED);
const opened = {
  kind: 'opened',
  at: 1,
  exchange: 'x-l',
  lease: 'l',
  workload: { namespace: 'team-a', name: 'deployment/triage', labels: {}, session: 's1' },
  counters: [],
  rates: [],
} as unknown as Opened;

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
  let state = newChain('c');
  const entries = drafts.map((draft) => {
    const linked = link(state, draft);
    state = advance(state, linked);
    return linked;
  });
  const parts = { ledger, sink, onEnded: () => did.push('told') } as unknown as EntriesParts;
  const answer = await takeEntries(parts, OF, { chain: 'c', entries }).catch((error: Error) => error);
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
