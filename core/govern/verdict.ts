/** What a stage answers. */
import type { Refusal } from './refusals.ts';

/** The six stages, in the order in which their verdicts count. */
export const STAGES = ['rate_limit', 'budget', 'data', 'security', 'tools', 'approval'] as const;
export type StageName = (typeof STAGES)[number];

declare const passed: unique symbol;

/** Proof that a stage let a call pass. Forwarding asks for one of each; only the stages can make them. */
export interface Permit<S extends StageName> {
  readonly [passed]: S;
}

export type Verdict<P> =
  | { readonly permit: P; readonly observed: readonly string[] }
  | { readonly refusal: Refusal };

/** @param facts what the permit carries beside being one */
export function permit<S extends StageName, F extends object>(_stage: S, facts: F): Permit<S> & F {
  return facts as Permit<S> & F;
}
