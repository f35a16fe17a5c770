/** Records of the git route on their way into the audit log. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChainOwner } from '../adapters/mongo/chains.ts';
import { link, newChain } from '../core/audit/chain.ts';
import type { GitRequest } from '../core/audit/entry.ts';
import { type OnGit, takeEntries } from './entries.ts';
import { caller } from './testing.ts';

const OF = caller('agentrunner/fix-bug', 's1');

function request(change: Partial<GitRequest['workload']> = {}): GitRequest {
  const { workload, session } = OF.payer;
  return {
    kind: 'git',
    at: 1,
    exchange: 'x1',
    step: 'ended',
    workload: { ...workload, session, ...change },
    phase: 'teardown',
    repository: 'app',
    url: 'https://git.example.com/a.git',
    service: 'git-receive-pack',
    listing: false,
    commands: [],
    verdict: 'allow',
    code: null,
    status: 200,
    bytes: { up: 1, down: 1 },
  };
}

/**
 * @param isNew whether it was not stored before
 * @returns how many of them are stored
 */
async function take(entry: GitRequest, onGit: OnGit = () => undefined, isNew = true): Promise<number> {
  let stored = 0;
  const linked = link(newChain('c'), entry);
  const sink = {
    chains: { claim: async (_chain: string, owner: ChainOwner) => ({ owner, isStored: true }) },
    store: async (_chain: string, entries: readonly unknown[]) => {
      stored += entries.length;
      return isNew ? entries : [];
    },
  };
  const ledger = { settleKnown: () => Promise.reject(new Error('there is nothing to settle')) };
  const parts = { ledger, sink, onEnded: () => undefined, onGit };
  await takeEntries(parts as unknown as Parameters<typeof takeEntries>[0], OF, {
    chain: 'c',
    entries: [linked],
  });
  return stored;
}

describe('a record of a git request', () => {
  it('is stored when it is of the sidecar that sends it', async () => {
    assert.equal(await take(request()), 1);
  });

  it('is refused when it speaks of another workload or session', async () => {
    for (const change of [{ namespace: 'team-b' }, { name: 'agentrunner/other' }, { session: 's2' }])
      await assert.rejects(() => take(request(change)), /and the sidecar is not/);
  });

  it('is counted once, when it has ended', async () => {
    const told: GitRequest[] = [];
    const onGit: OnGit = (_, ended) => told.push(ended);
    await take({ ...request(), step: 'sent' }, onGit);
    await take(request(), onGit);
    await take(request(), onGit, false);
    assert.deepEqual(
      told.map(({ step }) => step),
      ['ended'],
    );
  });
});
