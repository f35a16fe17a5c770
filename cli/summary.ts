/** What `run` says at its beginning and at its end: a few lines on stderr. */
import { type CounterView, counters } from '../adapters/sqlite/queries.ts';
import { openReadOnly, statePaths } from '../adapters/sqlite/state.ts';
import type { ChainEnd } from '../core/audit/entry.ts';
import { checksFor, type Payer } from '../core/ledger/checks.ts';
import { formatUsd } from '../core/money/amount.ts';
import type { Snapshot, Workload } from '../core/policy/snapshot.ts';
import { NOT_BUILT } from '../core/policy/tiers.ts';
import { plural, showAmount, showLeft, showReset } from '../core/wording.ts';
import type { Tally } from '../sidecar/tally.ts';
import { spendIsUnlimited } from './unlimited.ts';

export interface Run {
  readonly program: string;
  readonly rehearsal: boolean;
  readonly tally: Tally;
  readonly snapshot: Snapshot;
  readonly payer: Payer;
  readonly end: ChainEnd;
  readonly stateFolder: string;
  /** What makes other commands look at the same state folder, as it is typed. */
  readonly flags: string;
}

/** @returns what is not in force, before anything runs, so that nobody relies on it */
export function announcements(snapshot: Snapshot, workload: Workload): string[] {
  const built = NOT_BUILT.map(({ what }) => what).join(', ');
  const asked = snapshot.notInForce.flatMap(({ sentence, place }) =>
    place === undefined ? [] : [`not in force: ${sentence} (${place})`],
  );
  const unlimited = spendIsUnlimited(snapshot, workload);
  return [
    `not in force in this release: ${built} (tollgate check says more)`,
    ...asked,
    ...(unlimited === undefined ? [] : [unlimited]),
  ];
}

/** @returns lines for people */
export function summarize(run: Run): string[] {
  const { tally, program, rehearsal, end, flags } = run;
  if (tally.exchanges === 0) {
    return [
      `${program} made no call through Tollgate. If it did call a model, its own settings sent it elsewhere: see \`tollgate doctor\`.`,
    ];
  }
  const parts = [
    plural(tally.exchanges, 'exchange'),
    `${formatUsd(tally.usd)} spent${rehearsal ? ' (a rehearsal: not really)' : ''}`,
    tally.refused === 0 ? '' : `${tally.refused} refused`,
    tally.deniedCalls === 0 ? '' : `${plural(tally.deniedCalls, 'tool call')} denied`,
    tally.faults === 0 ? '' : `${plural(tally.faults, 'fault')}`,
  ];
  const codes = [...tally.refusals].map(([code, times]) => (times === 1 ? code : `${code} ×${times}`));
  const observed = [...tally.observed].map(([what, times]) => `${what} ×${times}`);
  const over = observed.filter((what) => what.includes('/'));
  const spared = observed.filter((what) => !what.includes('/'));
  const tools = [...tally.tools].map(([name, { allowed, denied }]) => `${name} ×${allowed + denied}`);
  return [
    parts.filter(Boolean).join(', '),
    ...(codes.length === 0 ? [] : [`refusals: ${codes.join(', ')}`]),
    ...(spared.length === 0 ? [] : [`would have been refused: ${spared.join(', ')}`]),
    ...(over.length === 0 ? [] : [`over a limit that only records: ${over.join(', ')}`]),
    ...(tools.length === 0 ? [] : [`tools: ${tools.join(', ')}`]),
    ...budgetLines(run),
    `audit log: chain ${end.chain} ends at ${end.seq} ${end.hash}`,
    `see: tollgate audit list${flags}, tollgate spend${flags}`,
  ];
}

function budgetLines({ snapshot, payer, stateFolder }: Run): string[] {
  const { limits } = checksFor(snapshot.budgets, payer, Date.now());
  const db = openReadOnly(statePaths(stateFolder).database);
  const known = new Map<string, CounterView>(
    counters(db).map((view) => [`${view.limit}|${view.scope}|${view.window}|${view.unit}`, view]),
  );
  db.close();
  return limits.flatMap((limit) => {
    if (limit.counter === undefined) return [];
    const { spent = 0, reserved = 0 } = known.get(limit.counter) ?? {};
    const { id, unit, amount } = limit;
    const left = showLeft(amount - spent - reserved, unit);
    const resets = showReset(limit.resetsAt);
    const when = resets === undefined ? '' : `, resets ${resets}`;
    return [`${id}: ${left} of ${showAmount(amount, unit)} left${when}`];
  });
}
