/**
 * np-gate: the first init container of a governed pod. It lets nothing start before the network is proved to be closed:
 * the gateway answers, and its canary and all that must not be reached do not, in the same round, several times in a row.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { probeDns, probeTcp } from './probe.ts';
import { type Judged, judgeRound, type Round } from './rounds.ts';
import type { Plan } from './targets.ts';

export interface GateResult {
  readonly closed: boolean;
  readonly rounds: number;
  readonly ms: number;
  /** Why it is not proved, of the last round. */
  readonly problems: readonly string[];
  /** Of all rounds. */
  readonly warnings: readonly string[];
}

/**
 * @param onRound told of each round that was not good
 * @returns when it is proved, or the deadline is over; never rejects for what the network does
 */
export async function runGate(plan: Plan, onRound: (judged: Judged, n: number) => void): Promise<GateResult> {
  const began = performance.now();
  const warnings = new Set<string>();
  let inARow = 0;
  let last: readonly string[] = [];
  for (let n = 1; ; n++) {
    const started = performance.now();
    const judged = judgeRound(plan, await tryAll(plan));
    const ms = Math.round(performance.now() - began);
    for (const warning of judged.warnings) warnings.add(warning);
    const result = { rounds: n, ms, warnings: [...warnings] };
    // What was proved after the deadline was not proved in time.
    if (ms > plan.deadlineMs)
      return { ...result, closed: false, problems: judged.good ? last : judged.problems };
    if (!judged.good) {
      last = judged.problems;
      onRound(judged, n);
    }
    inARow = judged.good ? inARow + 1 : 0;
    if (inARow >= plan.rounds) return { ...result, closed: true, problems: [] };
    const left = plan.deadlineMs - (performance.now() - began);
    const wait = plan.everyMs - (performance.now() - started);
    if (wait >= left) return { ...result, closed: false, problems: last };
    await sleep(Math.max(0, wait));
  }
}

async function tryAll(plan: Plan): Promise<Round> {
  const { tryMs } = plan;
  const tcp = (places: Plan['closed']) => Promise.all(places.map((place) => probeTcp(place, tryMs)));
  const [gateway, canary, closed, dns, warn] = await Promise.all([
    tcp(plan.gateway),
    probeTcp(plan.canary, tryMs),
    tcp(plan.closed),
    Promise.all(plan.dns.map((place) => Promise.all([probeDns(place, tryMs), probeTcp(place, tryMs)]))),
    tcp(plan.warn),
  ]);
  return { gateway, canary, closed, dns, warn };
}
