/** How a try ended, from its Job and its pod: for the status, and for the judgement whether there is another. */
import type { Job, Pod } from './kinds.ts';
import { endOf } from './seen.ts';
import { AGENT_CONTAINER } from './template.ts';

export interface PodEnd {
  readonly exitCode?: number;
  readonly reason?: 'OutOfMemory' | 'WorkspaceFull';
  readonly message?: string;
}

const MOST_MESSAGE = 2000;
const FULL = /no space left on device|disk quota exceeded|\b(?:ENOSPC|EDQUOT)\b/i;

/** @returns what the agent's container ended with, else why it never began; undefined while that is not known */
export function podEnd(pod: Pod | undefined): PodEnd | undefined {
  const { status } = pod ?? {};
  const agent = status?.containerStatuses?.find(({ name }) => name === AGENT_CONTAINER)?.state?.terminated;
  if (agent !== undefined) {
    const message = tail(agent.message ?? '');
    const reason =
      agent.reason === 'OOMKilled' ? 'OutOfMemory' : FULL.test(message) ? 'WorkspaceFull' : undefined;
    return {
      exitCode: agent.exitCode,
      ...(reason === undefined || agent.exitCode === 0 ? {} : { reason }),
      ...(message === '' ? {} : { message }),
    };
  }
  const before = status?.initContainerStatuses?.find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
  if (before !== undefined) {
    const { exitCode, message } = before.state?.terminated ?? {};
    const said = message === undefined || message === '' ? '' : `: ${message}`;
    return { message: tail(`${before.name} ended with ${exitCode}${said}`) };
  }
  if (status?.phase !== 'Failed') return undefined;
  const why = [status.reason, status.message].filter(Boolean).join(': ');
  return why === '' ? {} : { message: tail(why) };
}

/** @returns its last characters, without those that only a terminal reads */
function tail(text: string): string {
  const plain = text.replace(COLOURS, '').replace(CONTROLS, '').toWellFormed().trim();
  return plain.length <= MOST_MESSAGE ? plain : `…${plain.slice(1 - MOST_MESSAGE).toWellFormed()}`;
}

const COLOURS = /\p{Cc}\[[\d;]*m/gu;
const CONTROLS = /(?![\n\t])\p{Cc}/gu;

export type JobEnd = 'Succeeded' | 'Failed' | 'TimedOut' | 'Disrupted';

/** @returns undefined while it runs */
export function jobEnd(job: Job): JobEnd | undefined {
  const end = endOf(job);
  if (end === undefined) return undefined;
  if (end.ok) return 'Succeeded';
  if (end.reason === 'DeadlineExceeded') return 'TimedOut';
  // The only rule of its podFailurePolicy is that for pods that their node has lost.
  return end.reason === 'PodFailurePolicy' ? 'Disrupted' : 'Failed';
}
