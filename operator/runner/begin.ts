/**
 * A phase that is due, up to the status that says it runs; its Job is made from that, by whoever comes then.
 *
 *   alone ── its pause is over ── a workspace of its own ── guarded, before work ──> status.running
 */
import { ENABLED_LABEL } from '../../core/cluster/names.ts';
import { type Case, event, owesTeardown, type Situation, type Step, timeOf, workspaceOf } from './case.ts';
import type { End, Phase, Status } from './kinds.ts';
import { claimName, deploymentName, jobName } from './names.ts';
import { capital, withOutcome } from './record.ts';
import { isGoing, isGuarded, isOwn } from './seen.ts';
import { alone } from './stop.ts';

/** As the Job controller does between its own tries. */
const PAUSE_MS = 10_000;
const MOST_PAUSE_MS = 360_000;

export function begin(c: Case, phase: Phase): Step {
  return (
    closed(c) ?? alone(c) ?? pause(c, phase) ?? workspace(c, phase) ?? guard(c, phase) ?? start(c, phase)
  );
}

/** Where admission does not look, a pod would run ungoverned. */
export function closed({ seen, runner }: Case): Step | undefined {
  if (seen.enabled) return undefined;
  const { namespace } = runner.metadata;
  const message = `no pod is made in namespace ${namespace}: label it ${ENABLED_LABEL}=true, and its pods get their sidecars`;
  return { situation: { reason: 'NamespaceNotEnabled', message, stalled: true } };
}

function pause({ was, now }: Case, phase: Phase): Step | undefined {
  const last = (was.phases ?? []).at(-1);
  const tries = (was.failures?.[phase] ?? 0) + (was.disruptions?.[phase] ?? 0);
  if (last === undefined || last.name !== phase || tries === 0 || last.reason === 'Suspended')
    return undefined;
  const until = Date.parse(last.finishedAt ?? '') + Math.min(MOST_PAUSE_MS, PAUSE_MS * 2 ** (tries - 1));
  if (!(now < until)) return undefined;
  const message = `${phase} is tried again at ${timeOf(until)}; its try ${last.attempt} ended: ${summary(last)}`;
  return { situation: { reason: 'BackingOff', message }, wakeAt: until };
}

/** @returns for people: "exit code 1: no such file", "Disrupted" */
export function summary({ reason, exitCode, message }: End): string {
  const how = exitCode === undefined ? reason : `${reason}, exit code ${exitCode}`;
  const [line = ''] = (message ?? '').trim().split('\n').slice(-1);
  return line === '' ? how : `${how}: ${line.slice(0, 200)}`;
}

/** The claim that the phase runs on; a failed setup's is another one. */
function workspace(c: Case, phase: Phase): Step | undefined {
  const { seen, was } = c;
  if (was.workspace === undefined) {
    const number = (was.workspaces ?? 0) + 1;
    return { status: { ...was, workspaces: number, workspace: claimName(c.runner, number) } };
  }
  const claim = workspaceOf(c);
  if (claim === 'foreign') return { situation: taken('PersistentVolumeClaim', was.workspace) };
  if (claim === undefined) {
    const filled = was.workspaceUsed === true || was.outcomes?.setup === 'Succeeded';
    return filled ? lost(c, phase) : { write: { do: 'createClaim', name: was.workspace } };
  }
  if (isGoing(claim)) {
    const message = `its workspace ${was.workspace} is being deleted, not by Tollgate`;
    return { situation: { reason: 'WorkspaceLost', message, stalled: true } };
  }
  const old = seen.claims.find((one) => one.metadata.name !== was.workspace && !isGoing(one));
  return old === undefined ? undefined : { write: { do: 'deleteClaim', claim: old } };
}

export function taken(kind: string, name: string): Situation {
  const message = `there is a ${kind} ${name} that is not this AgentRunner's; it is left alone: rename or delete it`;
  return { reason: 'NameTaken', message, stalled: true };
}

/** Somebody has deleted it. Before work it is set up anew; what work had made is gone. */
function lost({ was }: Case, phase: Phase): Step {
  const note = `the workspace ${was.workspace} is gone, and not by Tollgate`;
  const events = event('Warning', 'WorkspaceLost', 'Check', note);
  if (was.workspaceUsed) return { status: withOutcome(was, phase, 'WorkspaceLost'), events };
  const { workspace: _, outcomes: { setup: __, ...outcomes } = {}, ...rest } = was;
  return { status: { ...rest, outcomes }, events };
}

/** From before work on, a deletion waits for the teardown, and the workspace stays for it. */
export function guard(c: Case, phase: Phase): Step | undefined {
  if (phase === 'setup' || c.deleting || !owesTeardown(c)) return undefined;
  if (!isGuarded(c.runner)) return { write: { do: 'guard', on: true } };
  const claim = workspaceOf(c);
  if (claim === undefined || claim === 'foreign' || !isOwn(claim, c.runner)) return undefined;
  return { write: { do: 'ownClaim', claim, owned: false } };
}

function start(c: Case, phase: Phase): Step {
  const { was, now, runner, spec } = c;
  const attempt = (was.attempts?.[phase] ?? 0) + 1;
  const service = phase === 'work' && spec.mode === 'service';
  const at = timeOf(now);
  const running = {
    name: phase,
    attempt,
    job: service ? deploymentName(runner) : jobName(runner, phase, attempt),
    startedAt: at,
  };
  const status: Status = {
    ...was,
    startedAt: was.startedAt ?? at,
    attempts: { ...was.attempts, [phase]: attempt },
    running,
    ...(phase === 'work' ? { workspaceUsed: true } : {}),
  };
  const note = `${phase} begins (try ${attempt}) in ${running.job}, on ${was.workspace}`;
  return { status, events: event('Normal', `${capital(phase)}Started`, 'Start', note) };
}
