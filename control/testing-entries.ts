/** For tests: entries as a sidecar of `deployment/triage` in session `s1` writes them, with proofs of what was granted. */
import { closedDraft, requestFor, SMALL } from '../adapters/testing-drafts.ts';
import { advance, type ChainedEntry, link, newChain } from '../core/audit/chain.ts';
import type { Closed, EntryDraft, GitRequest, Opened } from '../core/audit/entry.ts';
import type { Settlement } from '../core/ports.ts';
import { type ProofKeyStore, Proofs } from './proofs.ts';
import { caller } from './testing.ts';

export const OF = caller('deployment/triage', 's1');
const WORKLOAD = { ...OF.payer.workload, session: OF.payer.session };

/** Keys of all replicas, in memory. */
export function memoryKeys(): ProofKeyStore & { keys: Buffer[] } {
  const store = {
    keys: [] as Buffer[],
    share: async (ours: readonly Buffer[]) => {
      store.keys.push(...ours.filter((key) => !store.keys.some((known) => known.equals(key))));
      return [...store.keys];
    },
  };
  return store;
}

export const proofs = await Proofs.open(memoryKeys());

/** As it was granted. */
export function openedOf(lease: string, by = proofs): Opened {
  const grant = { lease, cap: 10, amounts: SMALL, over: [] };
  const opened: Opened = {
    ...requestFor({ lease }).opened(grant),
    workload: WORKLOAD,
    snapshot: 'a'.repeat(64),
    at: 1,
    counters: [['team-a/team/all|namespace:team-a|lifetime|usd', 'usd', null]],
    rates: [],
  };
  return { ...opened, proof: by.ofOpened(opened, OF.pod.uid) };
}

export function closedOf(lease: string, by = proofs): Closed {
  const settlement: Settlement = { outcome: 'settled', amounts: SMALL };
  const closed = closedDraft({ lease, at: 2 }, settlement) as Closed;
  return { ...closed, proof: by.ofClosed({ lease, exchange: closed.exchange }) };
}

/** Refused before the ledger was asked. */
export function refusedOf(): Closed {
  return {
    ...(closedDraft({ lease: 'none', at: 2 }, { outcome: 'released' }) as Closed),
    lease: null,
    outcome: 'none',
    asked: {
      workload: WORKLOAD,
      ...{
        agent: 'claude-code',
        wire: null,
        endpoint: null,
        requestedModel: null,
        snapshot: null,
        notInForce: [],
      },
    },
  };
}

export function gitOf(change: Partial<GitRequest['workload']> = {}): GitRequest {
  return {
    kind: 'git',
    at: 1,
    exchange: 'x1',
    step: 'ended',
    workload: { ...WORKLOAD, ...change },
    phase: 'teardown',
    repository: 'app',
    url: 'https://git.example.com/a.git',
    service: 'git-receive-pack',
    listing: false,
    commands: [{ ref: 'refs/heads/a', old: '0'.repeat(40), new: '1'.repeat(40), result: 'ok' }],
    verdict: 'allow',
    code: null,
    status: 200,
    bytes: { up: 1, down: 1 },
  };
}

/** @returns the entries of a chain `c` */
export function chained(drafts: readonly object[]): ChainedEntry[] {
  let state = newChain('c');
  return drafts.map((draft) => {
    const linked = link(state, draft as EntryDraft);
    state = advance(state, linked);
    return linked;
  });
}
