/**
 * What the audit log consists of. An exchange is its entries: `opened` is written with the reservation and before the
 * call, then `closed`, or `incomplete` by whoever finds it orphaned. Entries are inserted, never updated.
 */
import type { Amounts } from '../ledger/fit.ts';
import type { Usage } from '../money/price.ts';
import type { Unit } from '../policy/budget.ts';

export interface WorkloadFacts {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly session: string;
}

/** One process begins its chain. It names the chain before it, so that a whole chain cannot vanish unnoticed. */
export interface Started {
  readonly kind: 'started';
  readonly at: number;
  readonly version: string;
  readonly command: string;
  readonly predecessor: ChainEnd | null;
}

export interface ChainEnd {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
}

/** The policy in force from here on. */
export interface PolicyInForce {
  readonly kind: 'policy';
  readonly at: number;
  /** namespace/name: for whom. */
  readonly workload?: string;
  readonly snapshot: string;
  readonly policies: readonly string[];
  readonly notInForce: readonly string[];
}

/** Addresses of what was asked, where contents are kept. */
export interface RequestContent {
  /** The request without its messages. */
  readonly envelope: string;
  /** The last message; each names the one before it. */
  readonly messages: string | null;
}

/** A counter that a call stands on, which of its amounts it counts, and when its window ends: epoch ms, null for never. */
export type CounterUse = readonly [counter: string, unit: Unit, resetsAt: number | null];

/** A call is about to be made. */
export interface Opened {
  readonly kind: 'opened';
  /** On the ledger's clock, as are the windows and seconds in which it is counted. */
  readonly at: number;
  readonly exchange: string;
  readonly lease: string;
  readonly workload: WorkloadFacts;
  readonly agent: string;
  readonly wire: string;
  readonly endpoint: string;
  readonly provider: string;
  /** As asked for. */
  readonly requestedModel: string | null;
  /** As the provider is asked for it. */
  readonly model: string | null;
  readonly stream: boolean;
  readonly askedCap: number | null;
  readonly cap: number;
  readonly bytes: number;
  readonly reserved: Amounts;
  readonly snapshot: string;
  /** Codes of refusals that a policy with `enforce: false` or a limit that only warns would have given. */
  readonly observed: readonly string[];
  /** What the request has and the wire's tables do not know, or know as a capability; names cut as in bounded.ts. */
  readonly findings: readonly string[];
  readonly removedBetas: readonly string[];
  readonly notInForce: readonly string[];
  /** The client's own session header: a label, not a session. */
  readonly clientSession?: string;
  readonly content?: RequestContent;
  /** What it is counted in: what the ledger decides on has to be where it can't be changed unseen. */
  readonly counters: readonly CounterUse[];
  /** Keys of the rates it is counted in. */
  readonly rates: readonly string[];
  /** In a cluster: by it control knows what it granted (control/proofs.ts). */
  readonly proof?: string;
}

/** As whoever makes the call writes it; the ledger adds what it counted, and when. */
export type OpenedDraft = Omit<Opened, 'at' | 'counters' | 'rates' | 'proof'>;

export interface ToolCallFacts {
  readonly name: string;
  readonly class: string;
  readonly verdict: 'allow' | 'deny' | 'observed';
  /** Why it was denied, or would have been. */
  readonly code?: string;
}

/** How the ledger was settled. */
export type Outcome = 'settled' | 'charged' | 'released' | 'none';

/** A call ended, or was refused. A refused request that never reached the ledger has no `opened` and no lease. */
export interface Closed {
  readonly kind: 'closed';
  readonly at: number;
  readonly exchange: string;
  readonly lease: string | null;
  readonly verdict: 'allow' | 'deny';
  /** Stable code of the refusal or fault; null when there was none. */
  readonly code: string | null;
  /** HTTP status the agent got; null when it had gone. */
  readonly status: number | null;
  readonly outcome: Outcome;
  readonly amounts: Amounts;
  readonly usage: Usage | null;
  /** The first hundred; one more stands for all others, with the worst of their verdicts. */
  readonly calls: readonly ToolCallFacts[];
  /** What went wrong without ending the exchange: bound_fault, usage_missing, client_gone, … */
  readonly faults: readonly string[];
  /** Milliseconds: in all, and of it in Tollgate before the call was sent. */
  readonly ms: { readonly total: number; readonly governed: number };
  /** For a refusal without `opened`: who, and what was asked for. */
  readonly asked?: {
    readonly workload: WorkloadFacts;
    readonly agent: string;
    readonly wire: string | null;
    readonly endpoint: string | null;
    readonly requestedModel: string | null;
    readonly snapshot: string | null;
    readonly notInForce: readonly string[];
    readonly content?: RequestContent;
  };
  readonly content?: { readonly reply: string };
  /** In a cluster: by it control knows that it granted the lease (control/proofs.ts). */
  readonly proof?: string;
}

/** A lease expired without `closed`: its process ended, or lost the ledger for too long. It was charged in full. */
export interface Incomplete {
  readonly kind: 'incomplete';
  readonly at: number;
  readonly exchange: string;
  readonly lease: string;
  readonly amounts: Amounts;
}

export interface Stopped {
  readonly kind: 'stopped';
  readonly at: number;
}

/** A session's contents were destroyed with its key. */
export interface Erased {
  readonly kind: 'erased';
  readonly at: number;
  readonly session: string;
}

/** Reading contents is itself recorded. */
export interface ContentRead {
  readonly kind: 'content_read';
  readonly at: number;
  readonly exchange: string;
  readonly by: string;
}

/**
 * Entries of a chain up to and with `through` are removed by age, from now on; what is left follows on `through`. Only a
 * record that has its end, kept apart, counts: anything else could be added to the chain of a process that has gone.
 */
export interface Pruned {
  readonly kind: 'pruned';
  readonly at: number;
  readonly through: ChainEnd;
  /** Whether the chain has ended, with `stopped`, and nothing of it is left. */
  readonly whole: boolean;
  /** Epoch ms: all that was removed is older. */
  readonly before: number;
}

/** What leases had spent that were removed by age: it still stands in their counters. Written as they are removed. */
export interface Carried {
  readonly kind: 'carried';
  readonly at: number;
  readonly counters: readonly (readonly [counter: string, spent: number, resetsAt: number | null])[];
}

/** What stands of a key of `serve` in its row, but for its secret's hash and when it was last used. */
export interface KeyFacts {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Null where nothing was said of it: the kind of agent, the ToolProfile, limits. */
  readonly agent: string | null;
  readonly profile: string | null;
  readonly maxConcurrent: number | null;
  readonly maxRequestBytes: number | null;
  /** Epoch ms, of the key and of its present secret. */
  readonly createdAt: number;
  readonly issuedAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** Until when the secret before is good. */
  readonly oldUntil: number | null;
}

/** A key of `serve` was changed; written with the change, so that one that was made by other means is found. */
export interface KeyChanged extends KeyFacts {
  readonly kind: 'key';
  readonly at: number;
  readonly id: string;
  /** `kept`: written again as retention removes the entry before. */
  readonly action: 'created' | 'rotated' | 'revoked' | 'kept';
  /** 1 for the first change of this key. */
  readonly change: number;
  /** The user of this machine who did it. */
  readonly by: string;
  /** By which another secret's hash in its place is found; neither that hash nor a way to it. */
  readonly print: string;
}

/**
 * A request for a repository, through the sidecar's git route. `sent`: it is about to go out; a push that has this and no
 * `ended` may have been taken. `ended`: what became of it, or why it was refused.
 */
export interface GitRequest {
  readonly kind: 'git';
  readonly at: number;
  readonly exchange: string;
  readonly step: 'sent' | 'ended';
  readonly workload: WorkloadFacts;
  readonly phase: string;
  /** Its name at the sidecar, and where it is. */
  readonly repository: string;
  readonly url: string;
  readonly service: string;
  /** Whether it only asked what there is. */
  readonly listing: boolean;
  /** Of a push: object ids, all zeros for none, and what the server said of each. */
  readonly commands: readonly GitCommandFacts[];
  readonly verdict: 'allow' | 'deny';
  /** Why it was refused, or came to nothing; null: neither. */
  readonly code: string | null;
  /** HTTP status of the server; null: it was not asked, or gave none. */
  readonly status: number | null;
  /** Of bodies: to the server, and from it. */
  readonly bytes: { readonly up: number; readonly down: number };
}

export interface GitCommandFacts {
  readonly ref: string;
  readonly old: string;
  readonly new: string;
  readonly result?: 'ok' | 'ng';
}

export type EntryDraft =
  | Started
  | PolicyInForce
  | Opened
  | Closed
  | Incomplete
  | Stopped
  | Erased
  | ContentRead
  | Pruned
  | Carried
  | KeyChanged
  | GitRequest;

export type EntryKind = EntryDraft['kind'];

/** An entry as it is read back. */
export type Entry = EntryDraft & { readonly chain: string; readonly seq: number; readonly prev: string };

/** Kinds that are looked for by themselves. */
const APART: ReadonlySet<unknown> = new Set<EntryKind>(['started', 'pruned', 'carried', 'erased', 'key']);

/** @returns whether an entry is filed apart: it is of such a kind, or a refusal, which has no lease to be found by */
export function isApart({ kind, lease }: { readonly kind?: unknown; readonly lease?: unknown }): boolean {
  return APART.has(kind) || (kind === 'closed' && lease === null);
}

/** @returns whose an entry is; undefined where it says nothing of that */
export function workloadOf(entry: EntryDraft): WorkloadFacts | undefined {
  if (entry.kind === 'closed') return entry.asked?.workload;
  return entry.kind === 'opened' || entry.kind === 'git' ? entry.workload : undefined;
}
