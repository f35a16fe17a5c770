/**
 * What sidecars and control say to each other: JSON over HTTPS, so that it is debugged with curl.
 *
 *   sidecar ── POST hello ────────> who it is by its token; its session. From then on its chain is of this workload
 *           ── GET  events ──────── one SSE stream down: policy, problem, credentials, kill
 *           ── POST reserve ──────> a permit, or a refusal; `opened` stands with the reservation
 *           ── POST extend ──────── keeps leases of running calls from expiring
 *           ── POST entries ──────> its chain of the audit log, in batches; what is acknowledged it may forget.
 *                                   A `closed` entry is also what settles its lease: once, however often it comes
 *           ── POST session ──────> the key of its session's contents, where a profile asks for them
 *           ── POST contents ─────> what was said, sealed with that key; before the entries that name it
 *           ── POST report ───────> by which policy it judges now, or why it can't follow the one in force
 *
 * Who speaks is taken from the token and never from a message. Fields may be added and are ignored by those who do not
 * know them; nothing is removed or given another meaning within two minor releases.
 */
import type { OpenedDraft } from '../core/audit/entry.ts';
import type { Bound, Shortage } from '../core/ledger/fit.ts';
import type { RateShortage } from '../core/ledger/rate.ts';
import type { Grant, Stopped } from '../core/ports.ts';

/** Raised with each change that the other side has to know of; see isSpoken(). */
export const PROTOCOL = 1;

export const PATHS = {
  hello: '/sidecar/v1/hello',
  events: '/sidecar/v1/events',
  reserve: '/sidecar/v1/reserve',
  extend: '/sidecar/v1/extend',
  entries: '/sidecar/v1/entries',
  session: '/sidecar/v1/session',
  contents: '/sidecar/v1/contents',
  report: '/sidecar/v1/report',
} as const;

/** Largest body that control reads, bytes. */
export const MOST_BYTES = 8 * 1024 * 1024;
/** A comment is sent down a stream that says nothing for so long, ms; twice that without a byte and it is dead. */
export const HEARTBEAT_MS = 10_000;

/** @returns whether a sidecar and control of these protocols understand each other: at most two apart */
export function isSpoken(theirs: number, ours = PROTOCOL): boolean {
  return Math.abs(theirs - ours) <= 2;
}

export interface Hello {
  readonly protocol: number;
  /** Tollgate's version. */
  readonly version: string;
  /** The chain that this process writes. */
  readonly chain: string;
}

export interface Welcome {
  readonly protocol: number;
  readonly version: string;
  readonly session: string;
  readonly workload: WorkloadMessage;
  /** Id of the agent kind, when the pod says which. */
  readonly agent: string | null;
  /** The last chain of this pod's sidecar, when it had one before. */
  readonly predecessor: { readonly chain: string; readonly seq: number; readonly hash: string } | null;
}

export interface WorkloadMessage {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The AgentRunner that it is of. */
  readonly runner?: string;
}

/** Events of the stream, by their names. Each says the whole state: whoever missed one has lost nothing. */
export interface Events {
  readonly policy: PolicyEvent;
  readonly problem: ProblemEvent;
  readonly credentials: CredentialsEvent;
  readonly kill: KillEvent;
}

/** Everything that makes the snapshot; the sidecar makes it, and says so when it comes to another hash. */
export interface PolicyEvent {
  readonly hash: string;
  readonly workload: WorkloadMessage;
  readonly profile: string | null;
  /** As the API server has them, without fields that have their default value. */
  readonly manifests: readonly unknown[];
}

/** Why no policy fits the workload now, in words for who runs the pod; null: one does, and comes as `policy`. */
export interface ProblemEvent {
  readonly problem: string | null;
}

/** All of them: a provider that is not named has none. */
export interface CredentialsEvent {
  readonly credentials: Readonly<Record<string, string>>;
}

/** Why no call may be made, in words for the agent's user; null: calls may be made. */
export interface KillEvent {
  readonly reason: string | null;
}

/** What the ledger adds to an `opened` entry stands in the answer. */
export interface ReserveMessage {
  readonly lease: string;
  readonly bound: Bound;
  /** Hash of the snapshot by which the call was judged. */
  readonly snapshot: string;
  /** As it would be for a grant of nothing; who asks, and what is granted, control puts in. */
  readonly opened: OpenedDraft;
}

export type ReserveAnswer =
  /** `closedProof` is the proof of the lease's `closed` entry. */
  | { readonly granted: Grant; readonly counted: Counted; readonly closedProof: string }
  | { readonly refused: Shortage | RateShortage | Stopped }
  /** It was judged by a policy that is no longer in force: the one that is comes down the stream. */
  | { readonly stale: true };

/** As Opened has it. */
export interface Counted {
  readonly at: number;
  readonly counters: readonly (readonly [
    counter: string,
    unit: 'usd' | 'tokens' | 'requests',
    resetsAt: number | null,
  ])[];
  readonly rates: readonly string[];
  readonly proof: string;
}

export interface ExtendMessage {
  readonly leases: readonly string[];
}

/** Entries of one chain, without a gap. */
export interface EntriesMessage {
  readonly chain: string;
  readonly entries: readonly { readonly seq: number; readonly text: string; readonly hash: string }[];
}

export interface EntriesAnswer {
  /** All up to this one are stored. */
  readonly acknowledged: number;
}

/** Its session is known by its token, and by its chain: the one that it was told at hello. */
export interface SessionMessage {
  readonly chain?: string;
}

/** The session's key, base64; or that the session was erased, so that nothing of it is kept. */
export type SessionAnswer = { readonly key: string } | { readonly erased: true };

/** Sealed messages of the session of a chain. */
export interface ContentsMessage {
  readonly chain?: string;
  readonly contents: readonly ContentPart[];
}

/** A sealed message, or one of the parts of it, in order. */
export interface ContentPart {
  /** 64 hex digits. */
  readonly address: string;
  /** Of the message before it. */
  readonly prev: string | null;
  /** Which part this is, from 0, and of how many. */
  readonly part: number;
  readonly parts: number;
  /** Base64. */
  readonly data: string;
}

export type ContentsAnswer = { readonly stored: true } | { readonly erased: true };

/** Most bytes of a part, before base64. */
export const MOST_PART_BYTES = 2 * 1024 * 1024;

export interface ReportMessage {
  /** Hash of the snapshot by which it judges; null: it has none, and refuses all calls. */
  readonly snapshot: string | null;
  /** Why the policy in force is not followed. */
  readonly problem: string | null;
}

/** Every answer that is no success. */
export interface ErrorAnswer {
  readonly error: { readonly code: ErrorCode; readonly message: string };
}

export type ErrorCode =
  /** No token, or one that is not good. */
  | 'unauthenticated'
  /** A good token of a pod that is not governed, or has gone. */
  | 'not_a_sidecar'
  | 'protocol'
  | 'bad_message'
  /** Ledger or audit sink can't be reached: try again. */
  | 'unavailable'
  /** An entry with this chain and seq is stored, and is another one. */
  | 'fork';
