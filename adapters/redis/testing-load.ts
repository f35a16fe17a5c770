/**
 * Calls as sidecars make them, through servers that die: each is asked for until it is answered, and settled until that
 * is done. What was granted is added up here, without any of the ledger's code.
 *
 *   Load ── reserve, settle ──> ledger ──> entries ──(moved)──> log
 *     └── keeps its own entries, and tells them when counters are rebuilt
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryDraft } from '../../core/audit/entry.ts';
import { LedgerUnavailable } from '../../core/ports.ts';
import { HANG_MS } from '../../test/support/hang.ts';
import { atEnd, type Scope } from '../../test/support/output.ts';
import { closedDraft, limitOf, requestFor, SMALL } from '../testing-drafts.ts';
import { LeaseWithdrawn } from './errors.ts';
import type { RedisLedger } from './ledger.ts';
import type { RebuildSource, Rebuilt } from './rebuild.ts';
import { byLease } from './testing.ts';

export interface LoadOptions {
  /** nano-USD that all calls together may cost. */
  readonly amount: number;
  readonly callers: number;
  /** Which entries are moved into the log: as a housekeeper does, or also those that can still be withdrawn. */
  readonly moves?: 'settled' | 'all';
}

/** Every second call costs half of what it reserves. */
const COSTS = [SMALL.usd, SMALL.usd / 2];

/** Longer than any answer here is on its way. */
const PAUSE_MS = 500;

export class Load {
  readonly #ledgers: () => readonly RedisLedger[];
  readonly #amount: number;
  readonly #moves: 'settled' | 'all';
  readonly #limits;
  #running = 0;
  #spent = 0;
  #calls = 0;
  #isOver = false;
  #hasFailed = false;
  readonly #callers: Promise<void>[];
  readonly #housekeeper: Promise<void>;
  /** What sidecars have written, by lease and kind. */
  readonly #own = new Map<string, EntryDraft>();
  /** What is stored for good, by stream and id. */
  readonly #log = new Map<string, EntryDraft>();
  /** Whether entries are moved into the log at the moment. */
  isMoving = true;
  granted = 0;
  /** Calls that were not made, and are in the log. */
  withdrawn = 0;
  /** Most that was running and spent at any moment. */
  most = 0;
  readonly rebuilt: Rebuilt[] = [];
  /** Why spending was found shut. */
  readonly reasons: string[] = [];

  constructor(
    t: Scope,
    ledgers: () => readonly RedisLedger[],
    { amount, callers, moves = 'all' }: LoadOptions,
  ) {
    this.#moves = moves;
    this.#ledgers = ledgers;
    this.#amount = amount;
    this.#limits = [limitOf(amount)];
    this.#callers = Array.from({ length: callers }, (_, n) => this.#caller(n));
    this.#housekeeper = this.#keepHouse();
    // Of a test that has failed, nobody waits for them.
    for (const work of [...this.#callers, this.#housekeeper]) work.catch(() => undefined);
    atEnd(t, () => {
      this.#isOver = true;
      this.#hasFailed = true;
    });
  }

  /** Until nothing fits any more, or for so long, ms; then what runs is ended, and everything is checked. */
  async end(ms = 60_000): Promise<void> {
    const timer = setTimeout(() => {
      this.#isOver = true;
    }, ms);
    await Promise.all(this.#callers);
    clearTimeout(timer);
    this.isMoving = true;
    for (const deadline = Date.now() + HANG_MS; Date.now() < deadline; await sleep(20)) {
      // The last calls may have ended just before a server did.
      if (await this.#isTidy().catch(() => false)) break;
    }
    this.#isOver = true;
    await this.#housekeeper;

    assert.ok(this.most <= this.#amount, `${this.most} of ${this.#amount} nano-USD were out at once`);
    const [counter] = await this.#ledger(0).counters([this.#limits[0]?.counter as string]);
    assert.deepEqual(counter, { spent: this.#spent, reserved: 0 }, 'what Redis counted, and what was spent');
    const kinds = Map.groupBy(this.#log.values(), (entry) => ('lease' in entry ? entry.lease : ''));
    assert.equal(
      kinds.size,
      this.granted + this.withdrawn,
      'calls that are in the log, and calls that were made',
    );
    for (const [lease, entries] of kinds) {
      assert.deepEqual(entries.map(({ kind }) => kind).toSorted(), ['closed', 'opened'], String(lease));
    }
  }

  /** Spending is open, and all entries are in the log. */
  async #isTidy(): Promise<boolean> {
    const ledger = this.#ledger(0);
    return (await ledger.standing()).open && (await ledger.outbox.chains()).length === 0;
  }

  /** How many calls were granted so far. */
  async reaches(granted: number): Promise<void> {
    for (const deadline = Date.now() + HANG_MS; this.granted < granted; await sleep(1)) {
      assert.ok(Date.now() < deadline, `only ${this.granted} calls were granted`);
    }
  }

  get timesRebuilt(): number {
    return this.rebuilt.filter(({ outcome }) => outcome === 'rebuilt').length;
  }

  /** Until counters were rebuilt so often. */
  async isRebuilt(times: number): Promise<void> {
    for (const deadline = Date.now() + HANG_MS; this.timesRebuilt < times; await sleep(1)) {
      assert.ok(Date.now() < deadline, `counters were rebuilt only ${this.timesRebuilt} times`);
    }
  }

  /** What is known outside of Redis. */
  source(): RebuildSource {
    const known = new Set<string>();
    return {
      audit: () => {
        for (const entry of this.#log.values()) known.add(keyOf(entry));
        return byLease(this.#log.values());
      },
      sidecars: () => [...this.#own].flatMap(([key, entry]) => (known.has(key) ? [] : [entry])),
      killed: () => [],
      pauseMs: PAUSE_MS,
    };
  }

  async #caller(n: number): Promise<void> {
    while (!this.#isOver) {
      const lease = `l${this.#calls++}`;
      const request = requestFor({ lease, limits: this.#limits });
      const asked = await this.#insist(n, (ledger) => ledger.reserve(request)).catch((error) => {
        if (!(error instanceof LeaseWithdrawn)) throw error;
        this.withdrawn++;
      });
      if (!asked) continue;
      if ('refused' in asked) {
        if (asked.refused.kind === 'spent') return;
        await sleep(2);
        continue;
      }
      this.granted++;
      this.#own.set(keyOf(asked.opened), asked.opened);
      this.#running += asked.granted.amounts.usd;
      this.most = Math.max(this.most, this.#running + this.#spent);
      await sleep(Math.random() * 6);
      const usd = COSTS[this.#calls % 2] as number;
      const settlement = { outcome: 'settled', amounts: { ...SMALL, usd } } as const;
      const closed = closedDraft({ lease }, settlement);
      this.#own.set(keyOf(closed), closed);
      this.#running -= asked.granted.amounts.usd;
      this.#spent += usd;
      await this.#insist(n, (ledger) => ledger.settle(lease, settlement, closed));
    }
  }

  async #insist<T>(n: number, ask: (ledger: RedisLedger) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask(this.#ledger(n));
      } catch (error) {
        if (error instanceof LeaseWithdrawn) throw error;
        if (!(error instanceof LedgerUnavailable) || this.#hasFailed) {
          this.#isOver = true;
          this.#hasFailed = true;
          throw error;
        }
        await sleep(5 + Math.random() * 10);
      }
    }
  }

  /** What control does beside: moves entries, rebuilds counters where they are shut. */
  async #keepHouse(): Promise<void> {
    for (let round = 0; !this.#isOver; round++) {
      try {
        const ledger = this.#ledger(round);
        const standing = await ledger.standing();
        if (!standing.open) {
          this.reasons.push(standing.reason);
          // Two at once: one of them does it.
          const both = await Promise.allSettled([
            ledger.rebuild(this.source()),
            this.#ledger(round + 1).rebuild(this.source()),
          ]);
          for (const one of both) if (one.status === 'fulfilled') this.rebuilt.push(one.value);
        }
        if (this.isMoving) await this.#move(ledger);
      } catch (error) {
        assert.ok(error instanceof LedgerUnavailable, String(error));
      }
      await sleep(10);
    }
  }

  async #move({ outbox }: RedisLedger): Promise<void> {
    for (const chain of await outbox.chains()) {
      const waiting = await outbox.entries(chain, '', 500, this.#moves);
      for (const { id, entry } of waiting) this.#log.set(`${chain} ${id}`, entry);
      await outbox.acknowledge(
        chain,
        waiting.map(({ id }) => id),
      );
    }
  }

  #ledger(n: number): RedisLedger {
    const all = this.#ledgers();
    return all[n % all.length] as RedisLedger;
  }
}

function keyOf(entry: EntryDraft): string {
  return `${entry.kind} ${'lease' in entry ? entry.lease : ''}`;
}
