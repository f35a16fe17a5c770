/**
 * Three who count apart from each other have to agree: the ledger's counters, the audit log, the provider's bill.
 * FUZZ_SEED=… repeats the amounts of a run.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Chance, SEED } from '../core/json/testing.ts';
import { type Rehearsal, startRehearsal } from '../rehearsal/server.ts';
import { type ExactCalls, exactCalls, makeCall, tagOf, usdText } from '../test/support/exact-calls.ts';
import { PROVIDER_KEY } from '../test/support/keys.ts';
import { LimitWatch } from '../test/support/limit-watch.ts';
import { atEnd, outputFolder } from '../test/support/output.ts';
import { budget, policyText, profile, provider, usd } from '../test/support/policies.ts';
import { assertConsistent, type Records, readRecords } from '../test/support/records.ts';
import { SidecarProcess } from '../test/support/sidecar-process.ts';

const ROUNDS = 50;
const CALLS = 64;
const FITS = 10;
const LINES = '/pace 5\n/tokens 60';
const KINDS = [
  { model: 'claude-haiku-4-5', cap: 1024 },
  { model: 'claude-sonnet-4-5', cap: 2049 },
  { model: 'claude-opus-5-5', cap: 4567 },
  { model: 'claude-sonnet-5', cap: 1999 },
];

interface Round {
  readonly name: string;
  readonly calls: ExactCalls;
  /** nano-USD; what is left of it when ten calls are paid is less than an eleventh costs. */
  readonly amount: number;
}

function roundOf(n: number, calls: ExactCalls, chance: Chance): Round {
  const rest = n % 3 === 0 ? 0 : chance.below(calls.cost);
  return { name: `round-${String(n).padStart(3, '0')}`, calls, amount: FITS * calls.cost + rest };
}

function writePolicies(folder: string, { name, calls, amount }: Round, url: string): string {
  const policies = join(folder, name);
  mkdirSync(policies);
  const limit = budget({ limits: [usd(usdText(amount))], minOutputTokens: calls.cap }, name);
  writeFileSync(join(policies, 'p.yaml'), policyText([limit, profile({}), provider(url)]));
  return policies;
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

/** @returns the chains that won something, and whether all ten were reserved before the first was settled */
function checkRound({ name, calls, amount }: Round, records: Records, billed: readonly number[]) {
  const { cost } = calls;
  const leases = records.leases.filter(({ counters }) => counters.includes(name));
  const mine = new Set(leases.map(({ id }) => id));
  const opened = records.entries.filter((entry) => entry.kind === 'opened' && mine.has(entry.lease));
  const closed = records.closed.filter(({ lease }) => lease !== null && mine.has(lease));
  const ten = Array.from({ length: FITS }, () => cost);
  const counters = records.counters.filter(({ key }) => key.includes(name));
  assert.deepEqual(
    counters.map(({ spent, reserved }) => [spent, reserved]),
    [[FITS * cost, 0]],
    `${name}: the ledger`,
  );
  assert.deepEqual(
    closed.map(({ amounts }) => amounts.usd),
    ten,
    `${name}: the audit log`,
  );
  assert.deepEqual(billed, ten, `${name}: the bill`);
  assert.ok(amount - sum(billed) < cost, `${name}: one more had fitted`);
  const firstEnd = Math.min(...closed.map(({ at }) => at));
  return {
    chains: new Set(opened.map(({ chain }) => chain)),
    atOnce: opened.every(({ at }) => at <= firstEnd),
  };
}

async function runRounds(t: TestContext, processes: readonly SidecarProcess[]) {
  const folder = outputFolder(t);
  const state = join(folder, 'state');
  const rehearsal: Rehearsal = await startRehearsal({ apiKey: PROVIDER_KEY });
  atEnd(t, () => rehearsal.close());
  const kinds: ExactCalls[] = [];
  for (const kind of KINDS) kinds.push(await exactCalls(t, { ...kind, lines: LINES }));
  const watch = new LimitWatch(t, state);
  const chance = new Chance(SEED);
  t.diagnostic(`FUZZ_SEED=${SEED}`);
  let together = 0;
  let shared = 0;
  for (let n = 0; n < ROUNDS; n++) {
    const round = roundOf(n, kinds[n % kinds.length] as ExactCalls, chance);
    watch.add(round.name, round.amount);
    const policies = writePolicies(folder, round, rehearsal.url);
    const log = join(folder, 'log.ndjson');
    await Promise.all(processes.map((one) => one.start({ state, policies, log })));
    const before = rehearsal.bill().length;
    const ends = await Promise.all(
      Array.from({ length: CALLS }, (_, i) => {
        const to = processes[i % processes.length] as SidecarProcess;
        const tag = tagOf(n, i);
        return makeCall(to.url, tag, round.calls.body(tag, i % 4 !== 0));
      }),
    );
    await Promise.all(processes.map((one) => one.stop()));
    const allowed = ends.filter(({ ended }) => ended === 'allowed');
    assert.equal(allowed.length, FITS, `${round.name}: ${ends.map(({ ended }) => ended).join(' ')}`);
    for (const { ended, text } of ends) {
      if (ended !== 'allowed') assert.match(text, /\[tollgate\] The budget .*budget_spent/);
    }
    const billed = rehearsal
      .bill()
      .slice(before)
      .map(({ nanoUsd }) => nanoUsd);
    const { chains, atOnce } = checkRound(round, readRecords(state), billed);
    if (atOnce) together++;
    if (chains.size > 1) shared++;
  }
  assert.deepEqual(watch.over, [], 'a counter was beyond its limit, if only for a moment');
  const { closed, leases } = assertConsistent(state);
  assert.equal(leases.length, ROUNDS * FITS);
  assert.equal(closed.length, ROUNDS * CALLS);
  assert.equal(
    sum(closed.map(({ amounts }) => amounts.usd)),
    sum(rehearsal.bill().map(({ nanoUsd }) => nanoUsd)),
  );
  t.diagnostic(
    `${together} of ${ROUNDS} rounds had all ten running at once; in ${shared} several chains won`,
  );
  assert.ok(together > ROUNDS / 2, 'they did not compete');
  return { shared };
}

describe(`${CALLS} calls at once on a budget that fits ${FITS}`, { timeout: 300_000 }, () => {
  it(`spend exactly what fits, to the nano-dollar, ${ROUNDS} times: one sidecar`, async (t) => {
    const one = await SidecarProcess.fork(t);
    await runRounds(t, [one]);
    await one.end();
  });

  it(`spend exactly what fits, to the nano-dollar, ${ROUNDS} times: two sidecars on one state folder`, async (t) => {
    const two = await Promise.all([SidecarProcess.fork(t), SidecarProcess.fork(t)]);
    const { shared } = await runRounds(t, two);
    assert.ok(shared > 0, 'one of the two won every round: they did not compete');
    for (const one of two) await one.end();
  });
});
