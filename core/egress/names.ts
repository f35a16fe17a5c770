/** What sidecar, operator and egress gateway have to call by the same names. */

/** Audience of the token that a sidecar shows to the egress gateway; it is good for nothing else. */
export const EGRESS_AUDIENCE = 'tollgate-egress-gateway';

/** With this header of its CONNECT the sidecar says what a tunnel is for. */
export const PURPOSE_HEADER = 'tollgate-purpose';

/** With this header of its answer the gateway says why there is no tunnel: a code of refusals.ts. */
export const REFUSAL_HEADER = 'tollgate-refusal';

/**
 * What a tunnel is for. `control` and `provider` are the sidecar's own; a CONNECT that the agent made is always `agent`.
 * The token that says so is in the sidecar's hands alone.
 */
export const PURPOSES = ['control', 'provider', 'agent'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** @returns undefined for anything else, also for another case */
export function readPurpose(text: string | undefined): Purpose | undefined {
  return PURPOSES.find((purpose) => purpose === text);
}

/**
 * The gateway's ports, by what they open: `narrow` control and providers, `wide` the hosts of a phase too. Which of them
 * a pod can reach is its NetworkPolicy's.
 */
export type Door = 'narrow' | 'wide';
