/**
 * One process among several on a state folder, for tests that kill it.
 *
 *   parent ──{ calls, killAt }──> child ──> ledger (the real one)
 *          <──fd 4: each state as it is entered, written synchronously──
 *          <──{ granted, refused }──
 *
 * In the state in which it is to be killed it stops dead, with whatever locks it holds, and waits for the signal: so a
 * kill never misses its moment.
 */
import { writeSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Settlement } from '../../core/ports.ts';
import { closedDraft, limitOf, requestFor, SMALL } from '../testing-drafts.ts';
import { SqliteLedger } from './ledger.ts';
import { openState } from './state.ts';

/** In the order in which a call goes through them. */
export const KILL_STATES = [
  'before reserve',
  'in the reserve transaction',
  'reserve committed, ends not written',
  'reserved',
  'streaming',
  'in the settle transaction',
  'settle committed, ends not written',
  'settled',
] as const;
export type KillState = (typeof KILL_STATES)[number];

export interface Round {
  /** Names the budget. */
  readonly name: string;
  readonly amount: number;
  /** How many are made at once. */
  readonly calls: number;
  readonly killAt?: KillState;
  /** Whether to begin again when all are settled, until killed. */
  readonly endless?: boolean;
}

export interface RoundResult {
  readonly granted: number;
  readonly refused: readonly string[];
}

interface Options {
  readonly folder: string;
  readonly chain: string;
  readonly leaseTtlMs: number;
}

const STATES_FD = 4;
const REAL: Settlement = { outcome: 'settled', amounts: SMALL };

let killAt: KillState | undefined;
/** What the transaction at hand does. */
let doing: 'reserve' | 'settle' | undefined;
let calls = 0;

function enter(state: KillState): void {
  writeSync(STATES_FD, `${state}\n`);
  if (state === killAt) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Reports from inside of transactions: after the last statement, and between COMMIT and the writing of the ends. */
function watch(db: DatabaseSync): void {
  const exec = db.exec.bind(db);
  db.exec = (sql) => {
    if (sql === 'COMMIT' && doing) enter(`in the ${doing} transaction`);
    exec(sql);
    if (sql === 'COMMIT' && doing) enter(`${doing} committed, ends not written`);
    if (sql === 'COMMIT') doing = undefined;
  };
}

async function call(ledger: SqliteLedger, { name, amount }: Round): Promise<string | undefined> {
  const lease = `${name}-${process.pid}-${calls++}`;
  const limits = [limitOf(amount, { counter: name })];
  enter('before reserve');
  const request = requestFor({ lease, limits });
  const reservation = await ledger.reserve({
    ...request,
    opened: (grant) => {
      doing = 'reserve';
      return request.opened(grant);
    },
  });
  if ('refused' in reservation) return reservation.refused.kind;
  enter('reserved');
  await ledger.extend([lease]);
  enter('streaming');
  const closed = closedDraft({ lease, limits }, REAL);
  const watched = Object.defineProperty({ ...closed }, 'at', {
    enumerable: true,
    get: () => {
      doing = 'settle';
      return closed.at;
    },
  });
  await ledger.settle(lease, REAL, watched);
  enter('settled');
  return undefined;
}

async function run(ledger: SqliteLedger, round: Round): Promise<RoundResult> {
  killAt = round.killAt;
  const results: (string | undefined)[] = [];
  do {
    results.push(...(await Promise.all(Array.from({ length: round.calls }, () => call(ledger, round)))));
  } while (round.endless);
  const refused = results.filter((result) => result !== undefined);
  return { granted: results.length - refused.length, refused };
}

async function main({ folder, chain, leaseTtlMs }: Options): Promise<void> {
  const { db, paths } = openState(folder);
  watch(db);
  const ledger = new SqliteLedger({ db, paths, chain, leaseTtlMs });
  await ledger.start({ version: '0.0.0', command: 'test child' });
  process.on('message', (message: Round | 'sweep' | 'stop') => {
    const answer = (value: RoundResult | string) => process.send?.(value);
    const fail = (error: unknown) => answer(`failed: ${error}`);
    if (message === 'stop') ledger.stop().then(() => process.disconnect(), fail);
    else if (message === 'sweep') ledger.sweep().then(() => answer('swept'), fail);
    else run(ledger, message).then(answer, fail);
  });
  process.send?.('ready');
}

if (process.send) await main(JSON.parse(process.argv[2] as string) as Options);
