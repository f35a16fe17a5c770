/**
 * Three who count apart from each other have to agree: the ledger's counters, the audit log, the provider's bill. The calls
 * of a round are of all wires, streamed and not, as chance has it.
 *
 *   FUZZ_SEED=…  repeats the amounts and the wires of a run
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Chance, SEED } from '../core/json/testing.ts';
import { type BillLine, type Rehearsal, startRehearsal } from '../rehearsal/server.ts';
import {
  type CallEnd,
  type ExactCalls,
  type ExactModels,
  exactCalls,
  makeCall,
  tagOf,
  usdText,
} from '../test/support/exact-calls.ts';
import { PROVIDER_KEY } from '../test/support/keys.ts';
import { LimitWatch } from '../test/support/limit-watch.ts';
import { atEnd, outputFolder } from '../test/support/output.ts';
import { budget, policyText, profile, usd } from '../test/support/policies.ts';
import { assertConsistent, type Records, readRecords } from '../test/support/records.ts';
import { SidecarProcess } from '../test/support/sidecar-process.ts';
import { FORMS, formName, providers, Tally } from '../test/support/wires.ts';

const ROUNDS = 50;
const CALLS = 64;
const FITS = 10;
/** Each with its published price, nano-USD a token; of Anthropic's a tenth more, which it costs in the place that is billed. */
const KINDS: readonly ExactModels[] = [
  {
    'anthropic-messages': { model: 'claude-haiku-4-5', cap: 301, input: 1100, output: 5500 },
    'openai-chat': { model: 'gpt-5.4-mini', cap: 257, input: 750, output: 4500 },
    'openai-responses': { model: 'gpt-5.4-nano', cap: 1024, input: 200, output: 1250 },
    'openai-embeddings': { model: 'text-embedding-3-large', cap: 0, input: 130, output: 0 },
  },
  {
    'anthropic-messages': { model: 'claude-sonnet-4-5', cap: 103, input: 3300, output: 16_500 },
    'openai-chat': { model: 'gpt-4.1-mini', cap: 512, input: 400, output: 1600, choices: 3 },
    'openai-responses': { model: 'gpt-5.4-mini', cap: 499, input: 750, output: 4500 },
    'openai-embeddings': { model: 'text-embedding-ada-002', cap: 0, input: 100, output: 0 },
  },
  {
    'anthropic-messages': { model: 'claude-opus-5-5', cap: 77, input: 4400, output: 22_000 },
    // What these two read may be written to a cache, which costs more.
    'openai-chat': {
      ...{ model: 'gpt-6-luna', cap: 4096, input: 125, output: 500 },
      billedAs: 'cache_write_5m',
    },
    'openai-responses': {
      ...{ model: 'gpt-5.6-sol', cap: 64, input: 5000, output: 20_000 },
      billedAs: 'cache_write_5m',
    },
    'openai-embeddings': { model: 'text-embedding-3-large', cap: 0, input: 130, output: 0 },
  },
  {
    'anthropic-messages': { model: 'claude-sonnet-5', cap: 199, input: 2200, output: 11_000 },
    'openai-chat': { model: 'gpt-5.4-nano', cap: 800, input: 200, output: 1250, choices: 2 },
    'openai-responses': { model: 'gpt-4.1', cap: 201, input: 2000, output: 8000 },
    'openai-embeddings': { model: 'text-embedding-3-large', cap: 0, input: 130, output: 0 },
  },
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
  writeFileSync(join(policies, 'p.yaml'), policyText([limit, profile({}), ...providers(url)]));
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

/** In each kind, every wire has a model of its own: the provider's bill tells which of them were sold, streamed or not. */
function billedModels(lines: readonly BillLine[]): string[] {
  return lines.map(({ model, stream }) => `${model} ${stream}`).sort();
}

function wonModels({ calls }: Round, allowed: readonly CallEnd[]): string[] {
  return allowed.map(({ form: { wire, stream } }) => `${calls.models[wire].model} ${stream}`).sort();
}

async function runRounds(t: TestContext, processes: readonly SidecarProcess[]) {
  const folder = outputFolder(t);
  const state = join(folder, 'state');
  const rehearsal: Rehearsal = await startRehearsal({ apiKey: PROVIDER_KEY });
  atEnd(t, () => rehearsal.close());
  const kinds: ExactCalls[] = [];
  for (const kind of KINDS) kinds.push(await exactCalls(t, kind));
  const watch = new LimitWatch(t, state);
  const chance = new Chance(SEED);
  t.diagnostic(`FUZZ_SEED=${SEED}`);
  const tally = new Tally();
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
        const form = chance.pick(FORMS);
        return makeCall(to.url, tag, form, round.calls.body(tag, form));
      }),
    );
    await Promise.all(processes.map((one) => one.stop()));
    const allowed = ends.filter(({ ended }) => ended === 'allowed');
    assert.equal(allowed.length, FITS, `${round.name}: ${ends.map(({ ended }) => ended).join(' ')}`);
    for (const { ended, text } of ends) {
      if (ended !== 'allowed') assert.match(text, /\[tollgate\] The budget .*budget_spent/);
    }
    const lines = rehearsal.bill().slice(before);
    assert.deepEqual(billedModels(lines), wonModels(round, allowed), `${round.name}: who is on the bill`);
    for (const { form, ended } of ends) tally.add(`${formName(form)} ${ended}`);
    const billed = lines.map(({ nanoUsd }) => nanoUsd);
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
  for (const form of FORMS) {
    const [won, lost] = ['allowed', 'refused'].map((ended) => tally.of(`${formName(form)} ${ended}`));
    t.diagnostic(`${formName(form).padEnd(30)} ${won} paid, ${lost} refused`);
    assert.ok(Number(won) > ROUNDS / 5 && Number(lost) > ROUNDS, `${formName(form)} was hardly there`);
  }
  return { shared };
}

describe(`${CALLS} calls of all wires at once on a budget that fits ${FITS}`, { timeout: 1_500_000 }, () => {
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
