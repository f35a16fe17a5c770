/** Records of the git route on their way into the audit log. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChainOwner } from '../adapters/mongo/chains.ts';
import type { GitRequest } from '../core/audit/entry.ts';
import { type OnGit, takeEntries } from './entries.ts';
import { chained, gitOf, OF, proofs } from './testing-entries.ts';

/**
 * @param isNew whether it was not stored before
 * @returns how many of them are stored
 */
async function take(entry: GitRequest, onGit: OnGit = () => undefined, isNew = true): Promise<number> {
  let stored = 0;
  const sink = {
    chains: { claim: async (_chain: string, owner: ChainOwner) => ({ owner, isStored: true }) },
    store: async (_chain: string, entries: readonly unknown[]) => {
      stored += entries.length;
      return isNew ? entries : [];
    },
  };
  const ledger = { settleKnown: () => Promise.reject(new Error('there is nothing to settle')) };
  const parts = { ledger, sink, proofs, onEnded: () => undefined, onGit };
  await takeEntries(parts as unknown as Parameters<typeof takeEntries>[0], OF, {
    chain: 'c',
    entries: chained([entry]),
  });
  return stored;
}

describe('a record of a git request', () => {
  it('is stored when it is of the sidecar that sends it', async () => {
    assert.equal(await take(gitOf()), 1);
  });

  it('is refused when it speaks of another workload or session', async () => {
    for (const change of [{ namespace: 'team-b' }, { name: 'agentrunner/other' }, { session: 's2' }])
      await assert.rejects(() => take(gitOf(change)), /and the sidecar is not/);
  });

  it('is counted once, when it has ended', async () => {
    const told: GitRequest[] = [];
    const onGit: OnGit = (_, ended) => told.push(ended);
    await take({ ...gitOf(), step: 'sent' }, onGit);
    await take(gitOf(), onGit);
    await take(gitOf(), onGit, false);
    assert.deepEqual(
      told.map(({ step }) => step),
      ['ended'],
    );
  });
});
