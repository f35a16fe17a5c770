/**
 * Control with 1,000 sidecars on it: what a connection costs, how soon all know of a new policy and of the kill switch, and
 * how soon all are back when control was restarted.
 *
 *   load process: 1,000 streams ── TLS ──> control (a core of its own) ──> API server, Redis, MongoDB
 *          └── when each was told                                              ^
 *   this program ── a policy, a kill switch ──────────────────────────────────┘
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KILL } from '../../../core/cluster/names.ts';
import { SYSTEM_NAMESPACE } from '../../../core/policy/snapshot.ts';
import { quantile } from '../../statistics.ts';
import { pinSelf } from '../../under-test/cores.ts';
import { settled } from '../../under-test/family.ts';
import { cpuSeconds, residentMb, waitedSeconds } from '../../under-test/process.ts';
import type { Measuring } from '../measuring.ts';
import { megabytes, ms, type Result } from '../result.ts';
import { type ControlSetup, startControl } from './control.ts';
import type { Told } from './load.ts';
import { Sidecars } from './sidecars.ts';
import { addPods, BUDGETS, budget, DEPLOYMENTS, type Identity, startWorld, type World } from './world.ts';

const SIDECARS = 1_000;
const HANDSHAKES_AT_ONCE = 32;
const SECOND = 1_000;
/** How long control may take to come to rest between two measurements. */
const REST_MS = 10_000;
const now = () => performance.timeOrigin + performance.now();

/** Pods of one Deployment share a snapshot; Deployments of one pod each have one of their own: the dearest there is. */
const SPREADS = [
  { name: 'each', workloads: SIDECARS, text: '1,000 workloads' },
  { name: 'one', workloads: 1, text: 'one workload' },
] as const;

/** @returns its figures; @throws Error where one could not be had */
export async function measureControl(measuring: Measuring): Promise<Result[]> {
  const { say, folder, cores, bundle, nodeFlags } = measuring;
  say('control: an API server, Redis and a MongoDB server');
  pinSelf(cores.load);
  const world = await startWorld();
  try {
    const results: Result[] = [];
    for (const { name, workloads, text } of SPREADS) {
      say(`control: ${SIDECARS} pods of ${text}`);
      const identities = await addPods(world, name, SIDECARS, workloads);
      const setup = { world, folder, cores: cores.proxy, bundle, nodeFlags };
      results.push(...(await measureSpread(measuring, setup, identities, text)));
    }
    return results;
  } finally {
    await world.stop();
    pinSelf(`${cores.load},${cores.proxy}`);
  }
}

async function measureSpread(
  { say, rounds }: Measuring,
  setup: ControlSetup,
  identities: readonly Identity[],
  text: string,
): Promise<Result[]> {
  const sidecars = new Sidecars();
  let control = await startControl(setup);
  const { pid } = control.process;
  const { url, caFile } = control;
  try {
    await settled(pid, REST_MS);
    const empty = residentMb(pid);
    const cpu = cpuSeconds(pid);
    say(`control: ${SIDECARS} handshakes`);
    const seconds = await sidecars.connect({
      ...{ url, caFile, folder: join(setup.folder, 'tokens'), atOnce: HANDSHAKES_AT_ONCE },
      tokens: identities.map(({ token }) => token),
    });
    const used = cpuSeconds(pid) - cpu;
    await settled(pid, REST_MS);
    const full = residentMb(pid);

    await sidecars.until('nobody is stopped', ({ kill }) => kill === null);
    say('control: a new policy, and the kill switch');
    const policy = await repeated(pid, rounds, (n) => policyReaches(setup.world, sidecars, n));
    await settled(pid, REST_MS);
    const kill = await repeated(pid, rounds, (n) => killReaches(setup.world, sidecars, identities, n));

    say('control: a restart');
    const stopping = now();
    await control.stop();
    control = await startControl(setup, Number(new URL(url).port));
    const ready = now();
    const back = await sidecars.until('the stream is back', (told) => told.policyAt > stopping);
    const last = Math.max(...back.map(({ policyAt }) => policyAt));
    const middle = quantile(
      back.map(({ policyAt }) => policyAt),
      0.5,
    );
    return [
      result(
        `handshakes of sidecars, ${text}`,
        SIDECARS / used,
        '/CPU-second',
        `${(SIDECARS / seconds).toFixed(0)}/s with ${HANDSHAKES_AT_ONCE} at once; hello, stream, first policy`,
      ),
      result(
        `memory of control per 1,000 sidecars, ${text}`,
        full - empty,
        'MB',
        `${megabytes(empty)} without any, ${megabytes(full)} with them`,
      ),
      reaching(`a policy reaches 1,000 sidecars, ${text}`, policy),
      reaching(
        `the kill switch reaches ${kill.all[0]?.length === 1 ? 'one of 1,000 sidecars' : '1,000 sidecars'}, ${text}`,
        kill,
      ),
      result(
        `all are back after a restart of control, ${text}`,
        (last - ready) / SECOND,
        's',
        `since it was ready; half of them after ${ms(middle - ready)}; it was away for ${ms(ready - stopping)}`,
      ),
    ];
  } finally {
    await sidecars.end();
    await control.stop();
  }
}

interface Rounds {
  /** ms until each sidecar was told, by round. */
  readonly all: readonly (readonly number[])[];
  /** As Result has it, of control. */
  readonly waited: number;
}

/** One after the other, each when control has come to rest. */
async function repeated(
  pid: number,
  rounds: number,
  measure: (n: number) => Promise<number[]>,
): Promise<Rounds> {
  const all: number[][] = [];
  let [seconds, waited] = [0, 0];
  for (let n = 0; n < rounds; n++) {
    const [began, before] = [performance.now(), waitedSeconds(pid)];
    all.push(await measure(n));
    seconds += (performance.now() - began) / SECOND;
    waited += waitedSeconds(pid) - before;
    await sleep(SECOND);
  }
  return { all, waited: waited / seconds };
}

/** @returns ms until each sidecar had a policy that was written for the whole cluster */
async function policyReaches({ client }: World, sidecars: Sidecars, n: number): Promise<number[]> {
  const usd = 1_000 + n;
  const began = now();
  const { spec } = budget('everyone', usd);
  const place = { namespace: SYSTEM_NAMESPACE, name: 'everyone' };
  const answer = await client.merge(BUDGETS, place, { spec });
  if (!answer.ok) throw new Error(answer.error.message);
  const told = await sidecars.until('the policy came', (one) => one.usd === usd);
  return told.map(({ policyAt }) => policyAt - began);
}

/** @returns ms until those sidecars knew of it whose Deployment was killed: the first one's */
async function killReaches(
  { client }: World,
  sidecars: Sidecars,
  identities: readonly Identity[],
  n: number,
): Promise<number[]> {
  // From the middle of the row in which control tells them.
  const [chosen] = identities.slice(Math.floor(identities.length / 2));
  if (chosen === undefined) throw new Error('there are no sidecars');
  const place = { namespace: chosen.namespace, name: chosen.deployment };
  const isMeant = (at: number) =>
    identities[at]?.namespace === place.namespace && identities[at]?.deployment === place.name;
  const set = async (reason: string | null): Promise<readonly Told[]> => {
    const answer = await client.merge(DEPLOYMENTS, place, { metadata: { annotations: { [KILL]: reason } } });
    if (!answer.ok) throw new Error(answer.error.message);
    return sidecars.until('the kill switch is known', (one, at) => !isMeant(at) || one.kill === reason);
  };
  const began = now();
  const told = await set(`stopped ${n}`);
  await set(null);
  return told.filter((_, at) => isMeant(at)).map(({ killAt }) => killAt - began);
}

/** The bar is for the last one, in the worst of the rounds. */
function reaching(what: string, { all, waited }: Rounds): Result {
  const flat = all.flat();
  const of = `p50 ${ms(quantile(flat, 0.5))}, p99 ${ms(quantile(flat, 0.99))}, ${all.length} times`;
  return { ...result(what, Math.max(...flat) / SECOND, 's', of), limit: 1, waited };
}

function result(what: string, value: number, unit: string, of: string): Result {
  return { what, value, unit, of };
}
