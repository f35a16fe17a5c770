/** What is kept of a tunnel: one record each, opened or refused. A port: logs today, the audit log later. */

import type { Caller } from '../adapters/tokens/tokens.ts';
import type { Phase } from '../core/egress/judge.ts';
import type { Door, Purpose } from '../core/egress/names.ts';
import type { EgressCode, EgressEnd } from '../core/egress/refusals.ts';

export interface EgressRecord {
  /** When it was asked for, epoch ms. */
  readonly at: number;
  readonly durationMs: number;
  readonly verdict: 'opened' | 'refused';
  /** Why it was refused, or how it ended. */
  readonly code: EgressCode | EgressEnd;
  /** For people: what happened. */
  readonly detail: string;
  readonly door: Door;
  /** Whence the connection came: the address of the pod, unless something translates it. */
  readonly from: string;
  /** As far as they were read; of somebody without a good token they are claims. */
  readonly purpose: Purpose | null;
  readonly host: string | null;
  readonly port: number | null;
  /** To which it was connected. */
  readonly address: string | null;
  /** Null without a good token. */
  readonly pod: Caller | null;
  readonly phase: Phase | null;
  /** Why a profile that only records (`enforce: false`) would have refused what was opened. */
  readonly wouldRefuse?: EgressCode;
  /** Bytes from the client. */
  readonly bytesUp: number;
  /** Bytes to the client. */
  readonly bytesDown: number;
}

export interface EgressLog {
  write(record: EgressRecord): void;
  /** Says what it has only counted so far. */
  flush?(): void;
}
