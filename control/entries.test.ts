/** Entries of a sidecar while the ledger is away. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closedDraft } from '../adapters/testing-drafts.ts';
import { link, newChain } from '../core/audit/chain.ts';
import { LedgerUnavailable, type Settlement } from '../core/ports.ts';
import { takeEntries } from './entries.ts';
import { caller } from './testing.ts';

const SETTLEMENT: Settlement = { outcome: 'settled', amounts: { usd: 1, tokens: 1, requests: 1 } };

/** @returns how many of a batch with one ended call are stored, and what came of the request */
async function take(error: Error): Promise<{ stored: number; failure: unknown }> {
  const taken = { stored: 0, failure: undefined as unknown };
  const parts = {
    ledger: { settle: () => Promise.reject(error) },
    sink: {
      store: async (_chain: string, entries: readonly unknown[]) => {
        taken.stored += entries.length;
        return entries;
      },
      opened: async () => new Map(),
    },
    onEnded: () => undefined,
  } as unknown as Parameters<typeof takeEntries>[0];
  const entry = link(newChain('c'), closedDraft({ lease: 'l', exchange: 'x' }, SETTLEMENT));
  await takeEntries(parts, caller('deployment/w', 's1'), { chain: 'c', entries: [entry] }).catch(
    (reason: unknown) => {
      taken.failure = reason;
    },
  );
  return taken;
}

describe('the end of a call that can not be settled now', () => {
  it('is stored, for counting anew, and not acknowledged, so that it is settled later', async () => {
    const away = new LedgerUnavailable('Redis is away');
    assert.deepEqual(await take(away), { stored: 1, failure: away });
  });

  it('is not stored when the reason is another', async () => {
    const broken = new RangeError('no amount');
    assert.deepEqual(await take(broken), { stored: 0, failure: broken });
  });
});
