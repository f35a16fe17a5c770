/** Where each call of a killed process was when it was killed, read from the marks that it left. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FROZEN, REFUSED, STATES, type State } from './progress-marks.ts';
import type { Records } from './records.ts';

/** The states by which the work is judged, and which of ours are part of each. */
const GROUPS: Readonly<Record<string, readonly State[]>> = {
  'before reserve': ['before reserve'],
  reserved: ['reserved, not sent', 'sent, no reply yet'],
  streaming: ['streaming'],
  settling: ['settling'],
  writing: [
    'in the reserve transaction',
    'reserve committed, ends not written',
    'in the settle transaction',
    'settle committed, ends not written',
  ],
};

/** @returns what a call was doing, if it was running */
export function groupOf(state: State | undefined): string | undefined {
  return Object.keys(GROUPS).find((group) => state !== undefined && GROUPS[group]?.includes(state));
}

/** Waits until the process stands still, or `over` is done. @returns whether it stands still */
export async function frozen(marks: string, over: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  over.then(() => {
    isOver = true;
  });
  for (;;) {
    // Asked first: what is over can't stand still any more.
    const last = isOver;
    if (existsSync(marks) && readFileSync(marks, 'latin1').endsWith(FROZEN)) return true;
    if (last) return false;
    await sleep(2);
  }
}

/** @returns the state in which each exchange was last seen; without those that were refused */
export function readCensus(marks: string, { opened }: Records): Map<string, State> {
  const exchanges = new Map(opened.map(({ clientSession, exchange }) => [clientSession, exchange]));
  const seen = new Map<string, State>();
  for (const line of readFileSync(marks, 'latin1').split('\n')) {
    const [state = '', call] = line.split('\t');
    if (call === undefined) continue;
    const exchange = call.startsWith('call-') ? exchanges.get(call) : call;
    assert.ok(exchange, `${call} was ${state} and has no opened entry`);
    if (state === REFUSED) seen.delete(exchange);
    else seen.set(exchange, state as State);
  }
  return seen;
}

/** Counts, over many kills. */
export class KillTable {
  readonly #aimed = new Map<State, number>();
  readonly #kills = new Map<State, number>();
  readonly #calls = new Map<State, number>();

  add(census: ReadonlyMap<string, State>, aimedAt: State | undefined): void {
    if (aimedAt !== undefined) bump(this.#aimed, aimedAt);
    const states = [...census.values()];
    for (const state of states) bump(this.#calls, state);
    for (const state of new Set(states)) bump(this.#kills, state);
  }

  aimedAt(state: State): number {
    return this.#aimed.get(state) ?? 0;
  }

  lines(): string[] {
    const row = (name: string, ...counts: (number | string)[]) =>
      name.padEnd(38) + counts.map((count) => String(count).padStart(10)).join('');
    return [
      row('at the kill a call was', 'aimed at', 'in kills', 'calls'),
      ...STATES.map((state) =>
        row(state, this.aimedAt(state), this.#kills.get(state) ?? 0, this.#calls.get(state) ?? 0),
      ),
      row('in short', '', '', 'calls'),
      ...Object.keys(GROUPS).map((group) => row(group, '', '', this.callsIn(group))),
    ];
  }

  /** In how many calls a kill hit this state. */
  callsIn(group: string): number {
    return (GROUPS[group] ?? []).reduce((sum, state) => sum + (this.#calls.get(state) ?? 0), 0);
  }

  get groups(): string[] {
    return Object.keys(GROUPS);
  }
}

function bump<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
