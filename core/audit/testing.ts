/** An audit log in memory, and somebody who tampers with it: for tests of verify. */

import type { Amounts } from '../ledger/fit.ts';
import { advance, type ChainState, hashText, link, newChain } from './chain.ts';
import { type Closed, type EntryDraft, isApart, type Opened } from './entry.ts';
import type { Finding } from './finding.ts';
import type {
  AuditSource,
  KeptEnd,
  LeaseState,
  StoredBucket,
  StoredContent,
  StoredCounter,
  StoredEntry,
  StoredKey,
  StoredLease,
} from './source.ts';
import { type VerifySummary, verify } from './verify.ts';

export class TestLog {
  rows: StoredEntry[] = [];
  ends: Map<string, KeptEnd[]> | undefined = new Map();
  leases: StoredLease[] = [];
  counters: StoredCounter[] = [];
  buckets: StoredBucket[] = [];
  running: [key: string, calls: number][] = [];
  keys: StoredKey[] = [];
  /** Stored messages by "session address", and the state of each session. */
  contents = new Map<string, StoredContent>();
  sessions = new Map<string, 'kept' | 'erased' | 'locked'>();
  readable = true;
  foreign: string[] = [];
  now = 1_000_000;
  readonly #states = new Map<string, ChainState>();

  /** As the ledger does it: entry and end. */
  write(chain: string, ...drafts: EntryDraft[]): StoredEntry[] {
    return drafts.map((draft) => {
      const row = this.writeWithoutEnd(chain, draft);
      this.ends?.set(chain, [...(this.ends.get(chain) ?? []), { seq: row.seq, hash: row.hash }]);
      return row;
    });
  }

  writeWithoutEnd(chain: string, draft: EntryDraft): StoredEntry {
    const state = this.#states.get(chain) ?? newChain(chain);
    const entry = link(state, draft);
    this.#states.set(chain, advance(state, entry));
    const exchange = 'exchange' in draft ? draft.exchange : null;
    const row = { chain, at: draft.at, kind: draft.kind, exchange, apart: isApart(draft), ...entry };
    this.rows.push(row);
    return row;
  }

  endOf(chain: string): ChainState {
    return this.#states.get(chain) ?? newChain(chain);
  }

  source(): AuditSource {
    const rows = [...this.rows].sort((a, b) =>
      a.chain === b.chain ? a.seq - b.seq : a.chain < b.chain ? -1 : 1,
    );
    const { ends } = this;
    return {
      now: this.now,
      entries: () => rows,
      entriesOfKind: (kind) => rows.filter((row) => row.kind === kind),
      entriesOf: (exchange) => rows.filter((row) => row.exchange === exchange),
      ends: ends && {
        chains: () => ends.keys(),
        of: (chain) => ends.get(chain) ?? [],
        has: (chain, end) =>
          (ends.get(chain) ?? []).some(({ seq, hash }) => seq === end.seq && hash === end.hash),
      },
      leases: () => this.leases,
      hasLease: (id) => this.leases.some((lease) => lease.id === id),
      counters: () => this.counters,
      buckets: () => this.buckets,
      running: () => this.running,
      keys: () => this.keys,
      contents: {
        readable: this.readable,
        session: (id) => this.sessions.get(id),
        of: (session, address) => this.contents.get(`${session} ${address}`),
      },
      foreign: () => this.foreign,
    };
  }

  read(): Generator<Finding, VerifySummary> {
    return verify(this.source());
  }

  findings(): Finding[] {
    return [...this.read()];
  }

  /** "kind seq" of each, notes in brackets. */
  found(): string[] {
    return this.findings().map(({ kind, note, seq, through }) => {
      const which = through !== undefined && through !== seq ? `${seq}-${through}` : `${seq ?? ''}`;
      return note ? `(${kind} ${which})` : `${kind} ${which}`.trim();
    });
  }

  chain(chain: string): StoredEntry[] {
    return this.rows.filter((row) => row.chain === chain);
  }

  /** Puts other rows in the place of a chain's. */
  replace(chain: string, rows: StoredEntry[]): void {
    this.rows = [...this.rows.filter((row) => row.chain !== chain), ...rows];
  }
}

/** Gives rows of one chain numbers from the first one's on, and hashes them anew, as somebody careful would. */
export function rehash(rows: readonly StoredEntry[], seq = 1, prev = '0'.repeat(64)): StoredEntry[] {
  let [number, before] = [seq, prev];
  return rows.map((row) => {
    const text = JSON.stringify({ ...JSON.parse(row.text), chain: row.chain, seq: number, prev: before });
    before = hashText(text);
    return { ...row, seq: number++, text, hash: before };
  });
}

/** Says something else in the text, and in the columns beside it. */
export function edited(row: StoredEntry, change: Record<string, unknown>): StoredEntry {
  const text = JSON.stringify({ ...JSON.parse(row.text), ...change });
  const says = JSON.parse(text);
  return { ...row, text, at: says.at, kind: says.kind, apart: isApart(says), hash: hashText(text) };
}

export function without<T>(items: readonly T[], index: number): T[] {
  return items.toSpliced(index, 1);
}

export function swapped<T>(items: readonly T[], i: number, j: number): T[] {
  return items.with(i, items[j] as T).with(j, items[i] as T);
}

export const RESERVED: Amounts = { usd: 900, tokens: 90, requests: 1 };
export const REAL: Amounts = { usd: 300, tokens: 30, requests: 1 };
export const COUNTER = 'local/day/usd|cluster|lifetime|usd';

export function opened(more: Partial<Opened> = {}): EntryDraft {
  return {
    kind: 'opened',
    at: 10,
    exchange: 'x1',
    lease: 'l1',
    workload: { namespace: 'local', name: 'crawler', labels: {}, session: 's1' },
    agent: 'custom',
    wire: 'openai-chat',
    endpoint: 'chat',
    provider: 'openai',
    requestedModel: 'm',
    model: 'm',
    stream: false,
    askedCap: null,
    cap: 16,
    bytes: 1,
    reserved: RESERVED,
    snapshot: 's',
    observed: [],
    findings: [],
    removedBetas: [],
    notInForce: [],
    counters: [[COUNTER, 'usd', null]],
    rates: [],
    ...more,
  };
}

export function closed(more: Partial<Closed> = {}): EntryDraft {
  return {
    kind: 'closed',
    at: 20,
    exchange: 'x1',
    lease: 'l1',
    verdict: 'allow',
    code: null,
    status: 200,
    outcome: 'settled',
    amounts: REAL,
    usage: null,
    calls: [],
    faults: [],
    ms: { total: 1, governed: 1 },
    ...more,
  };
}

export const incomplete: EntryDraft = {
  kind: 'incomplete',
  at: 30,
  exchange: 'x1',
  lease: 'l1',
  amounts: RESERVED,
};

export function lease(state: LeaseState, charged: Amounts, more: Partial<StoredLease> = {}): StoredLease {
  return {
    id: 'l1',
    state,
    exchange: 'x1',
    namespace: 'local',
    workload: 'crawler',
    session: 's1',
    provider: 'openai',
    model: 'm',
    cap: 16,
    reserved: RESERVED,
    charged,
    openedAt: 10,
    expiresAt: 2_000_000,
    closedAt: state === 'open' ? null : state === 'expired' ? 30 : 20,
    opened: { chain: 'a', seq: 1 },
    closed: state === 'open' ? null : { chain: 'a', seq: 2 },
    counters: [[COUNTER, 'usd', null]],
    rates: { second: 0, keys: [] },
    over: [],
    ...more,
  };
}

/** An entry that only has its number. */
export function note(n: number): EntryDraft {
  return { kind: 'content_read', at: 1000 + n, exchange: `x${n}`, by: 'somebody' };
}

/** Chains a and b of ten entries each; b began after a and names it. */
export function twoChains(): TestLog {
  const log = new TestLog();
  log.write('a', { kind: 'started', at: 1, version: '1', command: 'run', predecessor: null });
  log.write('a', ...[2, 3, 4, 5, 6, 7, 8, 9, 10].map(note));
  const { chain, seq, hash } = log.endOf('a');
  log.write('b', {
    kind: 'started',
    at: 2000,
    version: '1',
    command: 'run',
    predecessor: { chain, seq, hash },
  });
  log.write('b', ...[12, 13, 14, 15, 16, 17, 18, 19, 20].map(note));
  return log;
}

/** What is found after somebody has changed chain b; b because nothing else names it. */
export function after(change: (rows: StoredEntry[]) => StoredEntry[], ends = true): string[] {
  const log = twoChains();
  log.replace('b', change(log.chain('b')));
  if (!ends) log.ends = undefined;
  return log.found().filter((found) => !found.startsWith('(ends_unknown'));
}

/** The fourth entry, and the others as they were. */
export function withFourth(change: Partial<StoredEntry>) {
  return (rows: StoredEntry[]) => rows.map((row) => (row.seq === 4 ? { ...row, ...change } : row));
}

export const EDIT = { by: 'nobody' };
