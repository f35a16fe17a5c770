/** Conditions as Kubernetes has them (API conventions, "Typical status properties"). */

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  /** RFC 3339: since when the status is as it is. */
  readonly lastTransitionTime: string;
}

/** @param at epoch ms; @returns the condition, with its time of before where its status is that of before */
export function conditionOf(
  said: Omit<Condition, 'lastTransitionTime'>,
  before: readonly Condition[],
  at: number,
): Condition {
  const same = before.find(({ type, status }) => type === said.type && status === said.status);
  return { ...said, lastTransitionTime: same?.lastTransitionTime ?? timeOf(at) };
}

/** @param at epoch ms; @returns it to the second, as the API server writes times */
export function timeOf(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
