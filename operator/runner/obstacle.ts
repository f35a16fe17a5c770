/** Why a pod does not run, in a sentence, and how long that may be so. */
import { cut } from '../../adapters/kube/event-record.ts';
import { GOVERNED_LABEL, SIDECAR_CONTAINER } from '../../core/cluster/names.ts';
import type { Pod } from './kinds.ts';
import { AGENT_CONTAINER } from './template.ts';

export interface Obstacle {
  readonly reason: 'ImageNotPulled' | 'NotCreated' | 'Unschedulable' | 'Crashing' | 'Ungoverned';
  readonly message: string;
  /** From the pod's creation on; undefined: for ever, since it is not the pod's fault, or its agent runs. */
  readonly mostMs?: number;
}

/** A registry that is slow to answer, or a Secret that comes a moment later, is no obstacle yet. */
export const PATIENCE_MS = 30_000;
export const MOST_MS = 600_000;
const MOST_MESSAGE = 500;

const IMAGE = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
]);
const CREATION = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'StartError',
]);

/** @returns undefined when it runs, or may be about to */
export function obstacleOf(pod: Pod): Obstacle | undefined {
  if (pod.metadata.labels?.[GOVERNED_LABEL] !== 'true') {
    const message = `the pod ${pod.metadata.name} has no sidecar: nobody injected it`;
    return { reason: 'Ungoverned', message, mostMs: 0 };
  }
  const { conditions = [], containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False')
    return { reason: 'Unschedulable', message: text(`no node takes its pod: ${scheduled.message ?? ''}`) };
  // Work of hours is not given up because its sidecar is just being started again.
  const most = isStarted(pod) ? {} : { mostMs: MOST_MS };
  for (const { name, state, lastState } of [...initContainerStatuses, ...containerStatuses]) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    const what = name === AGENT_CONTAINER ? 'it' : name === SIDECAR_CONTAINER ? 'its sidecar' : name;
    if (IMAGE.has(reason)) {
      const sentence = `the image of ${what} can't be fetched: ${message || reason}`;
      return { reason: 'ImageNotPulled', message: text(sentence), ...most };
    }
    if (CREATION.has(reason)) {
      const sentence = `the container of ${what} can't be made: ${message || reason}`;
      return { reason: 'NotCreated', message: text(sentence), ...most };
    }
    if (reason === 'CrashLoopBackOff') {
      const { exitCode, message: last = '' } = lastState?.terminated ?? {};
      const sentence = `${what} ends again and again, last with ${exitCode ?? '?'}${last === '' ? '' : `: ${last}`}`;
      return { reason: 'Crashing', message: text(sentence), ...most };
    }
  }
  return undefined;
}

export function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
}

/** Its agent runs. */
export function isStarted({ status }: Pod): boolean {
  const agent = status?.containerStatuses?.find(({ name }) => name === AGENT_CONTAINER);
  return agent?.state?.running !== undefined;
}

function text(sentence: string): string {
  return cut(sentence, MOST_MESSAGE).replace(/[\s:.]+$/, '');
}
