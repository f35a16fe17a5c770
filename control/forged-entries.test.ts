/** Entries of a sidecar that somebody has taken over: what it may write, and what it is not believed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChainOwner } from '../adapters/mongo/chains.ts';
import { type EntriesParts, takeEntries } from './entries.ts';
import { Proofs } from './proofs.ts';
import { ApiError } from './server.ts';
import { chained, closedOf, gitOf, memoryKeys, OF, openedOf, proofs, refusedOf } from './testing-entries.ts';

const HASH = 'a'.repeat(64);
const STARTED = { kind: 'started', at: 1, version: '0.1.0', command: 'sidecar', predecessor: null };
const POLICY = {
  ...{ kind: 'policy', at: 1, workload: 'team-a/deployment/triage', snapshot: HASH },
  ...{ policies: ['BudgetPolicy/team'], notInForce: [] },
};

/** @returns what was done with the entries, and why they were refused */
async function take(...drafts: readonly object[]) {
  const did: string[] = [];
  const ledger = {
    settleKnown: async (lease: string) => Boolean(did.push(`settled ${lease}`)),
    adopt: async () => void did.push('adopted'),
  };
  const sink = {
    chains: { claim: async (_chain: string, owner: ChainOwner) => ({ owner, isStored: true }) },
    store: async (_chain: string, entries: readonly unknown[]) => {
      did.push(`stored ${entries.length}`);
      return entries;
    },
    opened: async () => new Map(),
  };
  const parts = { ledger, sink, proofs, onEnded: () => undefined, onGit: () => undefined };
  const message = { chain: 'c', entries: chained(drafts) };
  const refused = await takeEntries(parts as unknown as EntriesParts, OF, message).then(
    () => '',
    (error: unknown) => {
      assert.ok(error instanceof ApiError, String(error));
      assert.equal(error.code, 'bad_message');
      return error.message;
    },
  );
  return { did, refused };
}

async function refuses(draft: object, why: RegExp): Promise<void> {
  const { did, refused } = await take(draft);
  assert.match(refused, why);
  assert.deepEqual(did, [], 'nothing of it is settled or stored');
}

describe('entries that a sidecar sends', () => {
  it('are taken when they are as it writes them', async () => {
    const all = [
      STARTED,
      POLICY,
      openedOf('l'),
      closedOf('l'),
      refusedOf(),
      gitOf(),
      { kind: 'stopped', at: 9 },
    ];
    assert.deepEqual(await take(...all), { did: ['settled l', 'stored 7'], refused: '' });
  });

  it('may have fields of a later release', async () => {
    assert.equal((await take({ ...openedOf('l'), later: { than: 'this' } })).refused, '');
  });

  it('are of its own kinds alone', async () => {
    const counters = [['team-b/team/all|cluster|lifetime|usd', 1_000_000, null]];
    for (const kind of ['carried', 'incomplete', 'erased', 'pruned', 'key', 'content_read', '', undefined])
      await refuses({ kind, at: 1, lease: 'l', counters }, /^entry 1 .*: kind is none of started, policy/);
  });

  it('have every field that is gone by, in its form, and the one that is wrong is named', async () => {
    const opened = openedOf('l');
    const { counters: _, ...bare } = opened;
    await refuses(bare, /must have required property 'counters'/);
    await refuses({ ...opened, at: undefined }, /must have required property 'at'/);
    await refuses({ ...opened, at: 1e300 }, /\/at must be <= /);
    await refuses({ ...opened, workload: 'team-a' }, /\/workload must be object/);
    await refuses(
      { ...opened, reserved: { usd: -1, tokens: 0, requests: 0 } },
      /\/reserved\/usd must be >= 0/,
    );
    await refuses({ ...opened, counters: [['c', 'gold', null]] }, /\/counters\/0\/1 must be equal/);
    await refuses({ ...opened, rates: Array(10_001).fill('r') }, /\/rates must NOT have more/);
    await refuses({ ...opened, lease: 'l'.repeat(97) }, /\/lease must match/);
    const closed = closedOf('l');
    await refuses({ ...closed, amounts: null }, /\/amounts must be object/);
    await refuses({ ...closed, amounts: { usd: 2 ** 60, tokens: 1, requests: 1 } }, /\/amounts are more/);
    await refuses({ ...closed, calls: [{ name: 'x' }] }, /\/calls\/0 must have/);
    await refuses({ ...closed, lease: null }, /\/outcome is none/);
    await refuses({ ...refusedOf(), asked: undefined }, /\/asked is missing/);
    await refuses({ ...gitOf(), bytes: {} }, /\/bytes must have/);
  });

  it('say of whom they are what the token says', async () => {
    const { workload } = openedOf('l');
    const others = [{ namespace: 'team-b' }, { name: 'deployment/other' }, { session: 's2' }];
    for (const other of others) {
      const of = { ...workload, ...other };
      const opened = { ...openedOf('l'), workload: of };
      await refuses({ ...opened, proof: proofs.ofOpened(opened, OF.pod.uid) }, /and the sidecar is not/);
      await refuses(
        { ...refusedOf(), asked: { ...refusedOf().asked, workload: of } },
        /and the sidecar is not/,
      );
    }
    await refuses(
      { ...POLICY, workload: 'team-b/deployment/triage' },
      /\/workload is not that of the sidecar/,
    );
  });
});

describe('an entry about money', () => {
  it('is refused without the proof that control granted exactly that', async () => {
    const opened = openedOf('l');
    const { proof: _, ...bare } = opened;
    await refuses(bare, /required property 'proof'/);
    await refuses(
      { ...opened, proof: proofs.ofOpened(opened, 'another-pod') },
      /\/proof is not that of a grant/,
    );
    const forged = [
      { counters: [['team-b/team/all|cluster|lifetime|usd', 'usd', null]] },
      { counters: [] },
      { rates: ['team-b/team/rate|cluster'] },
      { reserved: { usd: 1, tokens: 1, requests: 1 } },
      { cap: 1 },
      { at: 0 },
      { lease: 'other' },
      { exchange: 'other' },
      { proof: 'nobody.knows' },
      { proof: openedOf('other').proof },
      { proof: closedOf('l').proof },
    ];
    for (const change of forged) await refuses({ ...opened, ...change }, /\/proof is not that of a grant/);
  });

  it('is refused for a lease that was never granted, so that counting anew never stops at it', async () => {
    const { proof: _, ...bare } = closedOf('l');
    await refuses(bare, /\/proof is not that of a grant/);
    await refuses({ ...closedOf('l'), lease: 'never' }, /\/proof is not that of a grant/);
    await refuses({ ...closedOf('l'), proof: openedOf('l').proof }, /\/proof is not that of a grant/);
  });

  it('is known again by any replica, and when the keys have gone with the database', async () => {
    const store = memoryKeys();
    let now = 0;
    const first = await Proofs.open(store, () => now);
    const second = await Proofs.open(store, () => now);
    const before = openedOf('l', first);
    assert.equal(await second.granted(before, OF.pod.uid), true);
    assert.equal(await second.ended(closedOf('l', first)), true);
    store.keys = [];
    const third = await Proofs.open(store, () => now);
    now += 60_000;
    assert.equal(await third.granted(before, OF.pod.uid), false, 'nobody has told it of that key');
    assert.equal(
      await first.granted(openedOf('m', third), OF.pod.uid),
      true,
      'whereby it gives its own again',
    );
    now += 60_000;
    assert.equal(await third.granted(before, OF.pod.uid), true);
  });
});
