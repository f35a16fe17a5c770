/**
 * kill -9 of the whole sidecar while 64 calls run on a budget that fits ten; another takes over the same state. The calls
 * are of all wires, streamed and not, as chance has it.
 *
 *   64 calls ──> sidecar ──✕ killed at a chosen moment, or at any
 *                             its leases expire
 *   64 calls ──> the next sidecar ──> all of the budget is used, and nothing of it twice
 *
 *   FUZZ_SEED=…  kills at the same moments again
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyDatabase } from '../adapters/sqlite/verify.ts';
import { runCli } from '../cli/testing.ts';
import { Chance, SEED } from '../core/json/testing.ts';
import { type Rehearsal, startRehearsal } from '../rehearsal/server.ts';
import { frozen, groupOf, KillTable, readCensus } from '../test/support/census.ts';
import {
  type CallEnd,
  type ExactCalls,
  type ExactModels,
  exactCalls,
  makeCall,
  tagIn,
  tagOf,
  usdText,
} from '../test/support/exact-calls.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { PROVIDER_KEY } from '../test/support/keys.ts';
import { LimitWatch } from '../test/support/limit-watch.ts';
import { atEnd, outputFolder } from '../test/support/output.ts';
import { budget, policyText, profile, usd } from '../test/support/policies.ts';
import { type Freeze, STATES, type State } from '../test/support/progress-marks.ts';
import { assertConsistent, readRecords } from '../test/support/records.ts';
import { SidecarProcess } from '../test/support/sidecar-process.ts';
import { FORMS, formName, providers, Tally, WIRES, type WireName } from '../test/support/wires.ts';

const CALLS = 64;
const FITS = 10;
const RANDOM_ROUNDS = 13;
/** Too short to be hit on every wire by chance. */
const OF_EACH_WIRE: readonly State[] = ['streaming', 'settling', 'settle committed, ends not written'];
const MODELS: ExactModels = {
  'anthropic-messages': { model: 'claude-haiku-4-5', cap: 301, input: 1100, output: 5500 },
  'openai-chat': { model: 'gpt-5.4-mini', cap: 257, input: 750, output: 4500 },
  'openai-responses': { model: 'gpt-5.4-nano', cap: 1024, input: 200, output: 1250 },
  'openai-embeddings': { model: 'text-embedding-3-large', cap: 0, input: 130, output: 0 },
};
const TIMES = { leaseTtl: 500, leaseRenew: 100 };
/** How often a state is entered in most rounds: a chosen moment lies within. */
const ENTERED: Partial<Record<State, number>> = {
  'before reserve': CALLS,
  'reserved, not sent': FITS,
  'sent, no reply yet': FITS,
  streaming: 3 * FITS,
  settling: FITS,
  'in the settle transaction': 3,
  'settle committed, ends not written': 3,
  settled: FITS,
};
const chance = new Chance(SEED);
const upTo = (most: number) => chance.below(most);

class Campaign {
  readonly #t: TestContext;
  readonly #rehearsal: Rehearsal;
  readonly #calls: ExactCalls;
  readonly #folder: string;
  readonly #watch: LimitWatch;
  readonly state: string;
  readonly table = new KillTable();
  /** In which form calls were running when they were killed. */
  readonly forms = new Tally();
  #next: Promise<SidecarProcess>;
  round = 0;

  constructor(t: TestContext, rehearsal: Rehearsal, calls: ExactCalls) {
    this.#t = t;
    this.#rehearsal = rehearsal;
    this.#calls = calls;
    this.#folder = outputFolder(t);
    this.state = join(this.#folder, 'state');
    this.#watch = new LimitWatch(t, this.state);
    this.#next = SidecarProcess.fork(t);
  }

  /**
   * @param kill where to stop it dead and kill it, or after how many ms
   * @param wire of which more calls are made than of others
   * @returns whether it was killed where it was to be; it is not where no call of that model got any of the budget
   */
  async run(kill: Freeze | number, wire?: WireName): Promise<boolean> {
    const round = this.round++;
    const name = `round-${String(round).padStart(3, '0')}`;
    const policies = this.#policies(name);
    const marks = join(this.#folder, `${name}.marks`);
    const before = this.#rehearsal.bill().length;
    const freeze = typeof kill === 'number' ? {} : { freeze: kill };

    const victim = await this.#start(policies, { marks, ...freeze });
    const first = this.#wave(victim, round, 0, wire);
    const wasThere = typeof kill === 'number' ? await sleep(kill, false) : await frozen(marks, first);
    const next = SidecarProcess.fork(this.#t);
    await victim.kill();
    const records = readRecords(this.state);
    const census = readCensus(marks, records);
    for (const { exchange, wire, stream } of records.opened) {
      const at = groupOf(census.get(exchange));
      if (at === undefined) continue;
      this.forms.add(formName({ wire: wire as WireName, stream }));
      this.forms.add(`${wire} ${at}`);
    }
    this.table.add(census, wasThere && typeof kill !== 'number' ? kill.state : undefined);
    await first;

    await this.#expired();
    this.#next = next;
    const heir = await this.#start(policies, {});
    const ends = [...(await first), ...(await this.#wave(heir, round, CALLS))];
    await heir.stop();
    this.#next = Promise.resolve(heir);
    const where = typeof kill === 'number' ? `after ${kill} ms` : `${kill.nth}. ${kill.state}`;
    const unsent = [...census.values()].filter((state) => UNSENT.has(state)).length;
    await this.#check({ name, where, ends, before, unsent });
    return wasThere;
  }

  async end(): Promise<void> {
    await (await this.#next).end();
    assert.deepEqual(this.#watch.over, [], 'a counter was beyond its limit, if only for a moment');
    this.#watch.stop();
  }

  #policies(name: string): string {
    const { cost, cap } = this.#calls;
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    this.#watch.add(name, FITS * cost);
    const limit = budget({ limits: [usd(usdText(FITS * cost))], minOutputTokens: cap }, name);
    // In every other round what is said is kept: more is written, and in the same transactions.
    const kept = profile({ audit: { content: this.round % 2 === 0 ? 'full' : 'none' } });
    writeFileSync(join(folder, 'p.yaml'), policyText([limit, kept, ...providers(this.#rehearsal.url)]));
    return folder;
  }

  async #start(policies: string, more: { marks?: string; freeze?: Freeze }): Promise<SidecarProcess> {
    const process = await this.#next;
    const log = join(this.#folder, 'log.ndjson');
    await process.start({ state: this.state, policies, log, times: TIMES, ...more });
    return process;
  }

  #wave(to: SidecarProcess, round: number, from: number, wire?: WireName): Promise<CallEnd[]> {
    const more = FORMS.filter((form) => form.wire === wire);
    const drawn = () => chance.pick(more.length > 0 && upTo(2) === 0 ? more : FORMS);
    const calls = Array.from({ length: CALLS }, async (_, i) => {
      // Both before anything is waited for: later they would come in another order each time.
      const [wait, pace, form] = [upTo(25), 2 + upTo(7), drawn()];
      await sleep(wait);
      const tag = tagOf(round, from + i);
      return makeCall(to.url, tag, form, this.#calls.body(tag, form, pace));
    });
    return Promise.all(calls);
  }

  /** Waits until the leases of the dead have expired. */
  async #expired(): Promise<void> {
    const open = readRecords(this.state).leases.filter(({ state }) => state === 'open');
    await sleep(Math.max(0, ...open.map(({ expires_at }) => expires_at - Date.now() + 1)));
  }

  async #check({ name, where, ends, before, unsent }: Checked): Promise<void> {
    const { cost } = this.#calls;
    const what = `${name}, killed ${where}`;
    const { leases, counters, opened } = assertConsistent(this.state);
    const mine = leases.filter((lease) => lease.counters.includes(name));
    assert.deepEqual(
      mine.map(({ charged_usd }) => charged_usd),
      Array.from({ length: FITS }, () => cost),
      `${what}: all of the budget is used, and nothing twice`,
    );
    assert.deepEqual(
      counters.filter(({ key }) => key.includes(name)).map(({ spent }) => spent),
      [FITS * cost],
      what,
    );
    const tags = opened.map(({ clientSession }) => clientSession);
    assert.equal(new Set(tags).size, tags.length, `${what}: an entry is doubled`);
    const settled = new Set(mine.filter(({ state }) => state !== 'open').map(({ exchange }) => exchange));
    const allowed = ends.filter(({ ended }) => ended === 'allowed').map(({ tag }) => tag);
    for (const tag of allowed) {
      assert.ok(settled.has(opened.find(({ clientSession }) => clientSession === tag)?.exchange ?? ''), what);
    }
    for (const { ended, text } of ends) if (ended === 'refused') assert.match(text, /budget_spent/, what);

    // What the provider saw and billed: never what has no entry, nothing twice, nothing that was not charged.
    const number = name.slice(-3);
    const seen = this.#rehearsal.requests().flatMap(({ body }) => tagIn(body) ?? []);
    const reached = seen.filter((tag) => tag.startsWith(`call-${number}-`));
    assert.equal(new Set(reached).size, reached.length, `${what}: a call was made twice`);
    for (const tag of reached) assert.ok(tags.includes(tag), `${what}: ${tag} has no entry`);
    const bills = () => this.#rehearsal.bill().slice(before);
    for (const most = Date.now() + HANG_MS; bills().length < reached.length && Date.now() < most; )
      await sleep(5);
    assert.deepEqual(
      bills().map(({ nanoUsd }) => nanoUsd),
      reached.map(() => cost),
      `${what}: the bill`,
    );
    assert.ok(FITS - reached.length <= unsent, `${what}: ${FITS - reached.length} were charged and not made`);
  }
}

interface Checked {
  readonly name: string;
  readonly where: string;
  readonly ends: readonly CallEnd[];
  /** Lines that were on the bill before. */
  readonly before: number;
  /** Calls that were paid for and may not have been made when the process was killed. */
  readonly unsent: number;
}

const UNSENT: ReadonlySet<State> = new Set([
  'reserve committed, ends not written',
  'reserved, not sent',
  'sent, no reply yet',
]);

describe('a sidecar that is killed with kill -9', { timeout: 3_000_000 }, () => {
  it('overspends nothing, leaves no call unrecorded, and nothing recorded twice, wherever its calls were', async (t) => {
    t.diagnostic(`FUZZ_SEED=${SEED}`);
    const rehearsal = await startRehearsal({ apiKey: PROVIDER_KEY });
    atEnd(t, () => rehearsal.close());
    const campaign = new Campaign(t, rehearsal, await exactCalls(t, MODELS));
    // The first time is certain to come; which one of the others is left to chance.
    for (const state of STATES) await campaign.run({ state, nth: 1 });
    for (const state of STATES) await campaign.run({ state, nth: 1 + upTo(ENTERED[state] ?? 1) });
    for (const state of OF_EACH_WIRE)
      for (const wire of WIRES) {
        const aim = { state, nth: 1, model: MODELS[wire].model };
        for (let tries = 0; tries < 5 && !(await campaign.run(aim, wire)); tries++);
      }
    for (let n = 0; n < RANDOM_ROUNDS; n++) await campaign.run(upTo(250));
    await campaign.end();

    const { table, state, forms } = campaign;
    t.diagnostic(`${campaign.round} kills, with ${CALLS} calls each`);
    for (const line of table.lines()) t.diagnostic(line);
    for (const form of FORMS) {
      t.diagnostic(`${formName(form).padEnd(38)} ${forms.of(formName(form))} running when killed`);
      assert.ok(forms.of(formName(form)) > 0, `never killed: ${formName(form)}`);
    }
    for (const wire of WIRES) {
      const counts = table.groups
        .filter((group) => group !== 'before reserve')
        .map((group) => [group, forms.of(`${wire} ${group}`)] as const);
      t.diagnostic(`${wire.padEnd(22)} ${counts.map(([group, calls]) => `${group} ${calls}`).join(', ')}`);
      for (const [group, calls] of counts) assert.ok(calls > 0, `never killed: ${wire}, ${group}`);
    }
    for (const group of table.groups) assert.ok(table.callsIn(group) > 0, `never killed: ${group}`);
    for (const one of STATES) assert.ok(table.aimedAt(one) > 0, `never killed: ${one}`);

    const { findings } = verifyDatabase({ database: join(state, 'tollgate.db'), ends: join(state, 'ends') });
    const unended = findings.filter(({ kind }) => kind === 'longer_than_end').length;
    const aimed = STATES.filter((one) => one.endsWith('ends not written')).map((one) => table.aimedAt(one));
    assert.ok(unended >= aimed.reduce((sum, n) => sum + n, 0), 'killed before the ends were written');
    const verified = await runCli(['audit', 'verify', '--state', state]);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  });
});
