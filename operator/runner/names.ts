/**
 * Names of what is made for a runner: derived, so that whoever comes after a crash finds what was made before it.
 *
 * A Job's name is a label of its pods, which has 63 characters; a runner's name may take all of them.
 */
import { createHash } from 'node:crypto';
import { GROUP, PHASE_LABEL, RUNNER_LABEL } from '../../core/cluster/names.ts';
import type { Phase, Runner } from './kinds.ts';

const MOST = 63;

/** Which AgentRunner made it, for what has no owner while a teardown has to be waited for. */
export const RUNNER_UID_LABEL = `${GROUP}/runner-uid`;

/** @returns "nightly-setup-2" */
export function jobName({ metadata: { name } }: Runner, phase: Phase, attempt: number): string {
  return bounded(name, `${phase}-${attempt}`);
}

/** @returns "nightly-workspace-1" */
export function claimName({ metadata: { name } }: Runner, number: number): string {
  return bounded(name, `workspace-${number}`);
}

/** @returns "crawler-work" */
export function deploymentName({ metadata: { name } }: Runner): string {
  return bounded(name, 'work');
}

/** A long name is cut and gets a hash, so that two runners never share what is made for them. */
function bounded(name: string, suffix: string): string {
  const whole = `${name}-${suffix}`;
  if (whole.length <= MOST) return whole;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 10);
  const kept = name.slice(0, MOST - suffix.length - hash.length - 2).replace(/-+$/, '');
  return `${kept}-${hash}-${suffix}`;
}

/** What everything that is made for a runner is found by. */
export function ownLabels({ metadata: { name, uid } }: Runner): Record<string, string> {
  return { [RUNNER_LABEL]: name, [RUNNER_UID_LABEL]: uid };
}

/** What pods of a phase are found by. */
export function phaseLabels({ metadata: { name } }: Runner, phase: Phase): Record<string, string> {
  return { [RUNNER_LABEL]: name, [PHASE_LABEL]: phase };
}
