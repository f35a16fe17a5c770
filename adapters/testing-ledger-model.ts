/**
 * The test that every adapter of the ledger's port has to pass: random histories, each step compared with a reference.
 *
 *   commands (fast-check) ──┬──> the adapter: two handles on one store, a virtual clock
 *                           └──> ReferenceLedger ──> same answer? same counters? same entries?
 */
import assert from 'node:assert/strict';
import type { LimitCheck, RateCheck } from '../core/ledger/checks.ts';
import type { Amounts, Bound } from '../core/ledger/fit.ts';
import type { Clock, Ledger, Reservation, Settlement } from '../core/ports.ts';
import fc from '../core/testing-fast-check.ts';
import { closedDraft, requestFor } from './testing-drafts.ts';
import {
  type CounterValues,
  type EntryFacts,
  ReferenceLedger,
  SITUATIONS,
  type Situation,
} from './testing-ledger-reference.ts';

/** One store as two processes have it open. */
export interface LedgerUnderTest {
  handle(index: number): Pick<Ledger, 'reserve' | 'settle' | 'extend'>;
  /** Charges what expired. */
  sweep(index: number): Promise<void>;
  /** Closes a handle and opens another in its place, which sweeps. */
  reopen(index: number): Promise<void>;
  counters(): Promise<Record<string, CounterValues>>;
  /** `opened`, `closed` and `incomplete` entries, in any order. */
  entries(): Promise<EntryFacts[]>;
  close(): Promise<void>;
}

export interface LedgerModelOptions {
  readonly leaseTtlMs: number;
  open(clock: Clock): Promise<LedgerUnderTest>;
  readonly runs: number;
}

interface Real {
  readonly store: LedgerUnderTest;
  readonly clock: { now: number };
}

type Step = fc.AsyncCommand<ReferenceLedger, Real>;

const START = Date.UTC(2026, 10, 30, 22, 58, 30);
const LEASES = 25;

/**
 * Runs the model; rejects with what differed and the shortest history that shows it.
 * @returns how often each situation was reached
 */
export async function assertLedger(options: LedgerModelOptions): Promise<Map<Situation, number>> {
  const { leaseTtlMs, open, runs } = options;
  const reached = new Map<Situation, number>(SITUATIONS.map((situation) => [situation, 0]));
  const reach = (situation: Situation) => reached.set(situation, Number(reached.get(situation)) + 1);
  await fc.assert(
    fc.asyncProperty(fc.commands(steps(leaseTtlMs), { maxCommands: 60, size: 'max' }), async (commands) => {
      const clock = { now: START };
      const store = await open(() => clock.now);
      try {
        const setup = () => ({
          model: new ReferenceLedger(START, leaseTtlMs, reach),
          real: { store, clock },
        });
        await fc.asyncModelRun(setup, commands);
      } finally {
        await store.close();
      }
    }),
    { numRuns: runs },
  );
  return reached;
}

class Reserve implements Step {
  readonly index: number;
  readonly leases: readonly string[];
  readonly bound: Bound;
  readonly budget: Budget;

  constructor(index: number, leases: readonly string[], bound: Bound, budget: Budget) {
    this.index = index;
    this.leases = leases;
    this.bound = bound;
    this.budget = budget;
  }

  check(): boolean {
    return true;
  }

  /** Several at once share a transaction; they count one after the other. */
  async run(model: ReferenceLedger, { store }: Real): Promise<void> {
    const { bound } = this;
    const limits = this.budget.limits.map((limit) => limitAt(limit, model.now));
    const { rates } = this.budget;
    const reserve = (lease: string) =>
      store.handle(this.index).reserve(requestFor({ lease, bound, limits, rates, at: model.now }));
    const answers = await Promise.allSettled(this.leases.map(reserve));
    for (const [i, lease] of this.leases.entries()) {
      const expected = model.reserve(lease, bound, limits, rates);
      const answer = answers[i] as PromiseSettledResult<Reservation>;
      if (expected === 'ended') assert.equal(answer.status, 'rejected', `${lease} has ended`);
      else assert.deepEqual(answer, { status: 'fulfilled', value: expected });
    }
    await compare(model, store);
  }

  toString(): string {
    return `reserve(${JSON.stringify({ ...this })})`;
  }
}

type Ending = 'less' | 'same' | 'more' | 'charged' | 'released';

class Settle implements Step {
  readonly index: number;
  /** A lease by its name, or one of those that are open. */
  readonly which: string | number;
  readonly ending: Ending;
  readonly times: number;

  constructor(index: number, which: string | number, ending: Ending, times: number) {
    this.index = index;
    this.which = which;
    this.ending = ending;
    this.times = times;
  }

  check(model: Readonly<ReferenceLedger>): boolean {
    return this.#lease(model) !== undefined;
  }

  async run(model: ReferenceLedger, { store }: Real): Promise<void> {
    const lease = this.#lease(model) as string;
    const reserved = model.call(lease)?.reserved as Amounts;
    const settlement = settlementOf(this.ending, reserved);
    const closed = closedDraft({ lease, at: model.now }, settlement, reserved);
    const times = Array.from({ length: this.times });
    await Promise.all(times.map(() => store.handle(this.index).settle(lease, settlement, closed)));
    for (const _ of times) model.settle(lease, settlement);
    await compare(model, store);
  }

  #lease(model: Readonly<ReferenceLedger>): string | undefined {
    if (typeof this.which === 'string') return model.call(this.which)?.lease;
    const open = model.open();
    return open[this.which % open.length];
  }

  toString(): string {
    return `settle(${JSON.stringify({ ...this })})`;
  }
}

class Extend implements Step {
  readonly index: number;
  readonly leases: readonly string[];

  constructor(index: number, leases: readonly string[]) {
    this.index = index;
    this.leases = leases;
  }

  check(): boolean {
    return true;
  }

  async run(model: ReferenceLedger, { store }: Real): Promise<void> {
    await store.handle(this.index).extend(this.leases);
    for (const lease of this.leases) model.extend(lease);
    await compare(model, store);
  }

  toString(): string {
    return `extend(${this.index}, ${this.leases})`;
  }
}

class Wait implements Step {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }

  check(): boolean {
    return true;
  }

  async run(model: ReferenceLedger, { clock }: Real): Promise<void> {
    clock.now += this.ms;
    model.now = clock.now;
  }

  toString(): string {
    return `wait(${this.ms})`;
  }
}

class Sweep implements Step {
  readonly index: number;
  readonly reopen: boolean;

  constructor(index: number, reopen: boolean) {
    this.index = index;
    this.reopen = reopen;
  }

  check(): boolean {
    return true;
  }

  async run(model: ReferenceLedger, { store }: Real): Promise<void> {
    if (this.reopen) await store.reopen(this.index);
    else await store.sweep(this.index);
    model.sweep();
    await compare(model, store);
  }

  toString(): string {
    return `${this.reopen ? 'reopen' : 'sweep'}(${this.index})`;
  }
}

async function compare(model: ReferenceLedger, store: LedgerUnderTest): Promise<void> {
  assert.deepEqual(await store.counters(), model.counters(), 'counters');
  assert.deepEqual(sorted(await store.entries()), sorted(model.entries), 'entries');
}

function sorted(entries: readonly EntryFacts[]): string[] {
  return entries.map((entry) => JSON.stringify(entry)).sort();
}

function settlementOf(ending: Ending, { usd, tokens, requests }: Amounts): Settlement {
  switch (ending) {
    case 'less':
      return {
        outcome: 'settled',
        amounts: { usd: Math.floor(usd / 3), tokens: Math.floor(tokens / 2), requests },
      };
    case 'same':
      return { outcome: 'settled', amounts: { usd, tokens, requests } };
    case 'more':
      return { outcome: 'settled', amounts: { usd: usd * 2 + 1, tokens: tokens + 7, requests } };
    default:
      return { outcome: ending };
  }
}

interface LimitSpec {
  readonly id: string;
  readonly scope: string;
  readonly window: 'request' | 'hour' | 'day' | 'lifetime';
  readonly unit: LimitCheck['unit'];
  readonly amount: number;
  readonly refuse: boolean;
}

interface Budget {
  readonly limits: readonly LimitSpec[];
  readonly rates: readonly RateCheck[];
}

const WINDOW_MS = { hour: 3_600_000, day: 86_400_000 };

function limitAt({ scope, window, ...limit }: LimitSpec, now: number): LimitCheck {
  if (window === 'request') return { ...limit, counter: undefined, resetsAt: undefined };
  const length = window === 'lifetime' ? Number.POSITIVE_INFINITY : WINDOW_MS[window];
  const number = Math.floor(now / length);
  const [startsAt, resetsAt] = window === 'lifetime' ? [0, length] : [number * length, (number + 1) * length];
  return { ...limit, counter: `${limit.id}|${scope}|${window} ${number}`, startsAt, resetsAt };
}

/** Limits and rates that one policy set could have: few, so that calls meet on the same counters. */
const LIMITS: LimitSpec[] = [
  { id: 'a', scope: 'workload', window: 'hour', unit: 'usd', amount: 200, refuse: true },
  { id: 'b', scope: 'cluster', window: 'day', unit: 'tokens', amount: 300, refuse: true },
  { id: 'c', scope: 'session', window: 'lifetime', unit: 'requests', amount: 6, refuse: true },
  { id: 'd', scope: 'workload', window: 'request', unit: 'usd', amount: 70, refuse: true },
  { id: 'e', scope: 'namespace', window: 'lifetime', unit: 'usd', amount: 350, refuse: false },
  { id: 'f', scope: 'session', window: 'hour', unit: 'tokens', amount: 120, refuse: false },
  { id: 'g', scope: 'cluster', window: 'lifetime', unit: 'usd', amount: 500, refuse: true },
];

const RATES: RateCheck[] = [
  { id: 'r', key: 'r|workload', requestsPerMinute: 4, refuse: true },
  { id: 's', key: 's|cluster', tokensPerMinute: 150, refuse: true },
  { id: 't', key: 't|session', concurrent: 3, refuse: true },
  { id: 'u', key: 'u|session', requestsPerMinute: 2, tokensPerMinute: 60, refuse: false },
];

function steps(ttlMs: number): fc.Arbitrary<Step>[] {
  const index = fc.nat(1);
  const lease = fc.nat(LEASES - 1).map((n) => `lease-${n}`);
  const rate = fc.integer({ min: 0, max: 1_500_000 });
  const bound = fc
    .record({
      inputTokens: fc.nat(60),
      rates: fc.option(fc.record({ input: rate, output: rate }), { nil: undefined, freq: 6 }),
      cap: fc.nat(60),
      minCap: fc.nat(60),
      requests: fc.constantFrom<0 | 1>(1, 1, 1, 1, 0),
    })
    .map((call) => ({ ...call, minCap: Math.min(call.cap, call.minCap) }));
  const budget = fc.record({
    limits: fc.subarray(LIMITS, { minLength: 2 }),
    rates: fc.subarray(RATES, { maxLength: 2 }),
  });
  const leases = fc.uniqueArray(lease, { minLength: 1, maxLength: 5 });
  const ending = fc.constantFrom<Ending>('less', 'same', 'more', 'charged', 'released');
  const ms = fc.constantFrom(1, 1, 999, 1000, 5000, 15_000, 59_999, 61_000, ttlMs - 1, ttlMs, 3_600_000);
  const reserve = fc.tuple(index, leases, bound, budget).map((args) => new Reserve(...args));
  const which = fc.oneof(fc.nat(LEASES - 1), fc.nat(LEASES - 1), lease);
  const settle = fc.tuple(index, which, ending, fc.constantFrom(1, 1, 2)).map((args) => new Settle(...args));
  return [
    reserve,
    settle,
    reserve,
    settle,
    fc.tuple(index, leases).map((args) => new Extend(...args)),
    ms.map((time) => new Wait(time)),
    fc.tuple(index, fc.constantFrom(false, false, true)).map((args) => new Sweep(...args)),
  ];
}
