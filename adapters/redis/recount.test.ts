/** Counting anew as the log is read comes to the same as with all of it at hand, and does not hold the log. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Closed, CounterUse, EntryDraft, Incomplete, Opened } from '../../core/audit/entry.ts';
import { Chance, SEED } from '../../core/json/testing.ts';
import { closedDraft, requestFor, SMALL } from '../testing-drafts.ts';
import { Recount, type Recounted } from './recount.ts';
import { byLease } from './testing.ts';

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
/** Around each of the ages at which something is not counted any more. */
const AGES = [0, 5_000, 119_000, 121_000, 14 * MINUTE, 16 * MINUTE, DAY - 1, DAY + 1, 40 * DAY];
const RESETS = [null, NOW + DAY, NOW - DAY, NOW - 2 * DAY - 1, NOW - 90 * DAY];

interface Told {
  readonly redis: EntryDraft[];
  readonly audit: EntryDraft[];
  readonly sidecars: EntryDraft[];
}

function opened(
  lease: string,
  at: number,
  counters: readonly CounterUse[],
  rates: readonly string[],
  usd: number,
) {
  const { opened: draft } = requestFor({ lease });
  const grant = { lease, cap: 1, amounts: { ...SMALL, usd }, over: [] };
  return { ...draft(grant), at, counters, rates } as Opened;
}

/** Some leases, told of in every way: twice, differently, in part, by several. */
function random(chance: Chance): Told {
  const told: Told = { redis: [], audit: [], sidecars: [] };
  const { redis, audit, sidecars } = told;
  const amounts = () => ({ usd: chance.below(50), tokens: chance.below(9), requests: 1 });
  const at = () => NOW - chance.pick(AGES);
  for (let i = chance.below(3); i > 0; i--)
    audit.push({
      kind: 'carried',
      at: 1,
      counters: [[`c${chance.below(3)}`, chance.below(99), chance.pick(RESETS)]],
    });
  for (let n = chance.below(12); n > 0; n--) {
    const lease = chance.pick(['l1', 'l2', 'l10', 'L3', 'é', 'l-', `m${n}`]);
    const uses = Array.from(
      { length: chance.below(3) },
      (): CounterUse => [`c${chance.below(3)}`, chance.pick(['usd', 'tokens']), chance.pick(RESETS)],
    );
    const rates = chance.below(2) === 0 ? [] : ['r1'];
    const settled = { outcome: 'settled', amounts: amounts() } as const;
    const outcome = chance.pick([settled, { outcome: 'released' } as const]);
    const faults = chance.below(4) === 0 ? ['not_replicated'] : [];
    const incomplete: Incomplete = { kind: 'incomplete', at: at(), exchange: 'x', lease, amounts: amounts() };
    const all = [
      opened(lease, at(), uses, rates, chance.below(50)),
      closedDraft({ lease, at: at() }, outcome, SMALL, { faults }),
      incomplete,
      { ...closedDraft({ lease, at: at() }, settled), lease: null } as Closed,
    ];
    for (const entry of all)
      for (let times = chance.below(3); times > 0; times--)
        chance.pick([redis, audit, audit, sidecars]).push(entry);
  }
  return told;
}

type OneLease = Partial<Record<'opened' | 'closed' | 'incomplete', EntryDraft>>;

/** With everything at hand at once, as simply as it can be said. */
function plainly({ redis, audit, sidecars }: Told) {
  const leases = new Map<string, OneLease>();
  const sums = new Map<string, { spent: number; reserved: number; ends: (number | null)[] }>();
  const add = (key: string, end: number | null, spent: number, reserved: number) => {
    const sum = sums.get(key) ?? { spent: 0, reserved: 0, ends: [] };
    sums.set(key, { spent: sum.spent + spent, reserved: sum.reserved + reserved, ends: [...sum.ends, end] });
  };
  const learn = (entry: EntryDraft): boolean => {
    if (!('lease' in entry) || entry.lease === null) return false;
    const lease = leases.get(entry.lease) ?? {};
    leases.set(entry.lease, lease);
    if (lease[entry.kind] !== undefined) return false;
    lease[entry.kind] = entry;
    return true;
  };
  for (const entry of [...redis, ...audit]) learn(entry);
  const untold = sidecars.filter(learn);
  const carried = new Map<string, { sum: number; end: number | null }>();
  for (const entry of audit)
    if (entry.kind === 'carried')
      for (const [key, spent, end] of entry.counters)
        carried.set(key, { sum: (carried.get(key)?.sum ?? 0) + spent, end });
  for (const [key, { sum, end }] of carried) add(key, end, sum, 0);
  const open: string[] = [];
  const expired: string[] = [];
  const ended: string[] = [];
  const unplaced: string[] = [];
  const running = new Map<string, number>();
  const buckets: Record<string, [number, number]> = {};
  for (const [id, lease] of leases) {
    const {
      opened: begin,
      closed,
      incomplete,
    } = lease as { opened?: Opened; closed?: Closed; incomplete?: Incomplete };
    const charged = closed?.amounts ?? incomplete?.amounts ?? { usd: 0, tokens: 0, requests: 0 };
    if (closed !== undefined && NOW - closed.at < 15 * MINUTE)
      ended.push(`${id} ${closed.faults.length > 0 ? 'withdrawn' : closed.outcome}`);
    if (begin === undefined) {
      if (charged.usd > 0 || charged.tokens > 0 || charged.requests > 0) unplaced.push(id);
      continue;
    }
    const runs = closed === undefined && incomplete === undefined;
    for (const [key, unit, end] of begin.counters)
      add(key, end, charged[unit], runs ? begin.reserved[unit] : 0);
    if (runs) open.push(id);
    if (closed === undefined && incomplete !== undefined && NOW - incomplete.at < DAY) expired.push(id);
    for (const rate of begin.rates) {
      if (runs) running.set(rate, (running.get(rate) ?? 0) + 1);
      if (NOW - begin.at > 120_000) continue;
      const key = `${Math.floor(begin.at / 1_000)} ${rate}`;
      const [requests, tokens] = buckets[key] ?? [0, 0];
      const used =
        closed !== undefined && incomplete === undefined ? closed.amounts.tokens : begin.reserved.tokens;
      buckets[key] = [requests + 1, tokens + used];
    }
  }
  const counters = [...sums].flatMap(([key, { spent, reserved, ends }]) => {
    const end = ends.some((one) => one === null) ? null : Math.max(...ends.map(Number));
    return end === null || end + 2 * DAY > NOW ? [`${key} ${spent} ${reserved} ${end}`] : [];
  });
  return {
    counters: counters.toSorted(),
    open: open.toSorted(),
    expired: expired.toSorted(),
    ended: ended.toSorted(),
    unplaced: unplaced.toSorted(),
    running: Object.fromEntries(running),
    buckets,
    untold,
  };
}

function asRead({ redis, audit, sidecars }: Told): Recounted {
  const recount = new Recount(NOW);
  for (const entry of redis) recount.know(entry);
  for (const entry of sidecars) recount.tell(entry);
  for (const entry of byLease(audit)) recount.read(entry);
  return recount.result();
}

function said(result: Recounted): ReturnType<typeof plainly> {
  const { counters, leases, ended, running, buckets, unplaced, untold } = result;
  const of = (state: string) =>
    leases.flatMap((lease) => (lease.state === state ? [lease.opened.lease] : [])).toSorted();
  return {
    counters: counters
      .map(({ key, spent, reserved, resetsAt }) => `${key} ${spent} ${reserved} ${resetsAt}`)
      .toSorted(),
    open: of('open'),
    expired: of('expired'),
    ended: ended.map(({ lease, outcome }) => `${lease} ${outcome}`).toSorted(),
    unplaced: unplaced.toSorted(),
    running: Object.fromEntries(running),
    buckets: Object.fromEntries(
      buckets.map(({ rate, second, requests, tokens }) => [`${second} ${rate}`, [requests, tokens]]),
    ),
    untold: [...untold],
  };
}

describe('counting anew while the audit log is read', () => {
  it('comes to what all entries at once come to, whoever tells them and how often', () => {
    for (let seed = 0; seed < 3_000; seed++) {
      const told = random(new Chance(SEED + seed));
      assert.deepEqual(said(asRead(told)), plainly(told), `seed ${SEED + seed}`);
    }
  });

  it('refuses a log in which a lease comes again after others, as it would be counted twice', () => {
    const recount = new Recount(NOW);
    for (const lease of ['Z', 'a', 'a', 'a1', 'ä']) recount.read(opened(lease, NOW, [], [], 1));
    assert.throws(() => recount.read(opened('a', NOW, [], [], 1)), /not read in order of its leases/);
  });

  it('holds nothing of calls that have ended but what they cost', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const recount = new Recount(NOW);
    const before = heap();
    const calls = 20_000;
    for (let i = 0; i < calls; i++) {
      const lease = `l${String(i).padStart(8, '0')}`;
      recount.read(opened(lease, NOW - DAY, [['c', 'usd', null]], ['r1'], 5));
      const settled = { outcome: 'settled', amounts: { usd: 3, tokens: 1, requests: 1 } } as const;
      recount.read(closedDraft({ lease, at: NOW - DAY }, settled));
    }
    const grown = heap() - before;
    assert.deepEqual(recount.result().counters, [
      { key: 'c', spent: 3 * calls, reserved: 0, resetsAt: null },
    ]);
    assert.ok(grown < 1_000_000, `${grown} bytes are held after ${calls} calls`);
  });
});
