/** Starts, talks to and kills the children of testing-child.ts; only ever those. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../../core/audit/finding.ts';
import type { StatePaths } from './state.ts';
import { rows } from './testing.ts';
import type { KillState, Round, RoundResult } from './testing-child.ts';
import { verifyDatabase } from './verify.ts';

const CHILD = fileURLToPath(import.meta.resolve('./testing-child.ts'));

export class TestProcess {
  readonly #child: ChildProcess;
  #waiting: ((answer: unknown) => void) | undefined;
  #entered: (() => void) | undefined;
  /** States it entered, in order. */
  readonly states: KillState[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (answer) => this.#waiting?.(answer));
    child.on('exit', (code, signal) => this.#waiting?.(`failed: it ended with ${code ?? signal}`));
    let begun = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const lines = (begun + text).split('\n');
      begun = lines.pop() ?? '';
      this.states.push(...(lines as KillState[]));
      this.#entered?.();
    });
  }

  /** @returns once it has opened the folder */
  static async start(
    t: Pick<TestContext, 'after'>,
    options: { folder: string; chain: string; leaseTtlMs?: number },
  ): Promise<TestProcess> {
    const args = [JSON.stringify({ leaseTtlMs: 60_000, ...options })];
    const child = fork(CHILD, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'], execArgv: [] });
    t.after(() => child.kill('SIGKILL'));
    const process = new TestProcess(child);
    assert.equal(await process.#answer(), 'ready');
    return process;
  }

  async run(round: Round): Promise<RoundResult> {
    this.#child.send(round);
    return (await this.#answer()) as RoundResult;
  }

  /**
   * Sends it into a round in which it stops at a state, and kills it there.
   * @returns whether it was there, and went no further; if it got nothing of the budget, it is killed after the round
   */
  async killIn(round: Round & { readonly killAt: KillState }): Promise<boolean> {
    this.#child.send(round);
    const entered = new Promise<boolean>((resolve) => {
      this.#entered = () => {
        if (this.states.at(-1) === round.killAt) resolve(true);
      };
    });
    const wasThere = await Promise.race([entered, this.#answer().then(() => false)]);
    // Long enough to be seen elsewhere if it went on.
    await sleep(20);
    await this.kill();
    return wasThere && this.states.at(-1) === round.killAt;
  }

  /** Sends it into a round without end. */
  begin(round: Round): void {
    this.#child.send({ ...round, endless: true });
  }

  async kill(): Promise<void> {
    const exit = once(this.#child, 'close');
    this.#waiting = undefined;
    assert.ok(this.#child.kill('SIGKILL'));
    const [, signal] = await exit;
    assert.equal(signal, 'SIGKILL', 'it ended before it was killed');
  }

  async sweep(): Promise<void> {
    this.#child.send('sweep');
    assert.equal(await this.#answer(), 'swept');
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.send('stop');
    assert.deepEqual(await exit, [0, null]);
  }

  async #answer(): Promise<unknown> {
    const answer = await new Promise<unknown>((resolve) => {
      this.#waiting = resolve;
    });
    if (typeof answer === 'string' && answer.startsWith('failed')) assert.fail(answer);
    return answer;
  }
}

/** Watches counters from inside the database: whatever process writes, at any moment, is seen. */
export function watchCounters(db: DatabaseSync): void {
  const watch = `
    WHEN NEW.spent < 0 OR NEW.reserved < 0
      OR NEW.spent + NEW.reserved > (SELECT amount FROM test_limits WHERE key = NEW.key)
    BEGIN INSERT INTO test_over VALUES (NEW.key, NEW.spent, NEW.reserved); END`;
  db.exec(`
    CREATE TABLE test_limits (key TEXT PRIMARY KEY, amount INTEGER);
    CREATE TABLE test_over (key TEXT, spent INTEGER, reserved INTEGER);
    CREATE TRIGGER test_insert AFTER INSERT ON counters ${watch};
    CREATE TRIGGER test_update AFTER UPDATE ON counters ${watch};`);
}

/** @returns what verify finds beside what watches the counters */
export function foundIn(paths: StatePaths): Finding[] {
  return verifyDatabase(paths).findings.filter(({ kind }) => kind !== 'foreign');
}

/** What holds of any database whose calls have all ended, said without any of the ledger's own code. */
export function assertConsistent(db: DatabaseSync): void {
  assert.deepEqual(
    rows(db, 'SELECT * FROM test_over'),
    [],
    'a counter was beyond its limit, if only for a moment',
  );
  const entries = rows(db, 'SELECT text FROM entries').map(({ text }) => JSON.parse(text as string));
  const byLease = Map.groupBy(
    entries.filter(({ lease }) => lease),
    ({ lease }) => lease as string,
  );
  const leases = rows(db, 'SELECT * FROM leases');
  assert.deepEqual([...byLease.keys()].sort(), leases.map(({ id }) => id).sort());
  const sums: Record<string, number> = {};
  for (const lease of leases) {
    const kinds = (byLease.get(lease.id as string) ?? []).map(({ kind }) => kind).sort();
    // One that was taken for dead and was only slow has its `closed` after its `incomplete`.
    const isLate = lease.state === 'settled' && kinds.includes('incomplete');
    const ends = lease.state === 'expired' ? ['incomplete'] : isLate ? ['closed', 'incomplete'] : ['closed'];
    assert.deepEqual(kinds, [...ends, 'opened'], `lease ${lease.id} is ${lease.state}`);
    assert.equal(lease.charged_usd, 20);
    const [[key]] = JSON.parse(lease.counters as string);
    sums[key] = (sums[key] ?? 0) + 20;
  }
  const counters = rows(db, 'SELECT key, spent, reserved FROM counters');
  assert.ok(
    counters.every(({ reserved }) => reserved === 0),
    'all calls have ended, and something is reserved',
  );
  assert.deepEqual(Object.fromEntries(counters.map(({ key, spent }) => [key, spent])), sums);
}
