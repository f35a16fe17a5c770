/**
 * np-gate: the first init container of a governed pod. It lets nothing start before the network is proved to be closed:
 * the gateway answers, and its canary and all that must not be reached do not, in the same round, several times in a row.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Link, readLink } from './link.ts';
import { type Outcome, probeDns, probeTcp } from './probe.ts';
import { type Judged, judgeRound, type LinkRound, type Round } from './rounds.ts';
import { LINK_PORTS, type LinkPort, type Plan } from './targets.ts';

/** A device that has IPv6 and no address of its own for so long gets none: nobody has to wait for it. */
const COMING_MS = 3_000;

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
export async function runGate(
  plan: Plan,
  onRound: (judged: Judged, n: number) => void,
  link: () => Link = readLink,
): Promise<GateResult> {
  const began = performance.now();
  const warnings = new Set<string>();
  let inARow = 0;
  let last: readonly string[] = [];
  for (let n = 1; ; n++) {
    const started = performance.now();
    const judged = judgeRound(plan, await tryAll(plan, link, () => performance.now() - began));
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

async function tryAll(plan: Plan, readLink: () => Link, ms: () => number): Promise<Round> {
  const { tryMs } = plan;
  const tcp = (places: Plan['closed']) => Promise.all(places.map((place) => probeTcp(place, tryMs)));
  const gateways = tcp(plan.gateway);
  const [gateway, canary, closed, dns, warn, link] = await Promise.all([
    gateways,
    probeTcp(plan.canary, tryMs),
    tcp(plan.closed),
    Promise.all(plan.dns.map((place) => Promise.all([probeDns(place, tryMs), probeTcp(place, tryMs)]))),
    tcp(plan.warn),
    // Only after something was sent the kernel knows who is next to the pod.
    plan.link ? gateways.then(() => tryLink(readLink(), ms(), tryMs)) : undefined,
  ]);
  return { gateway, canary, closed, dns, warn, ...(link === undefined ? {} : { link }) };
}

/** @param ms since the gate was started */
async function tryLink(
  { on, tentative, coming, neighbours }: Link,
  ms: number,
  tryMs: number,
): Promise<LinkRound> {
  const unsettled = tentative || (coming && ms < COMING_MS);
  const tries = neighbours.flatMap((neighbour) => LINK_PORTS.map((port) => ({ neighbour, port })));
  const outcomes = await Promise.all(tries.map(({ neighbour, port }) => tryPort(neighbour, port, tryMs)));
  return { on, unsettled, neighbours, reached: tries.filter((_, n) => outcomes[n]?.includes('reached')) };
}

function tryPort(address: string, { port }: LinkPort, tryMs: number): Promise<Outcome[]> {
  const place = { address, port };
  return Promise.all([probeTcp(place, tryMs), ...(port === 53 ? [probeDns(place, tryMs)] : [])]);
}
