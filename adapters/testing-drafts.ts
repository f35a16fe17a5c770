/** Entries and requests for tests of ledgers: what a sidecar would write, in short. */
import type { Closed, EntryDraft, OpenedDraft } from '../core/audit/entry.ts';
import type { LimitCheck, RateCheck } from '../core/ledger/checks.ts';
import { type Amounts, type Bound, NOTHING } from '../core/ledger/fit.ts';
import type { Grant, LeaseFacts, ReserveRequest, Settlement } from '../core/ports.ts';

export interface CallForTest {
  readonly lease: string;
  /** By default one for each lease. */
  readonly exchange?: string;
  readonly session?: string;
  readonly workload?: string;
  readonly model?: string;
  readonly at?: number;
  readonly bound?: Bound;
  readonly limits?: readonly LimitCheck[];
  readonly rates?: readonly RateCheck[];
  readonly content?: { readonly envelope: string; readonly messages: string | null };
}

/** 10 tokens in, up to 10 out, 1 nano-USD each. */
export const SMALL_BOUND: Bound = {
  inputTokens: 10,
  rates: { input: 1_000_000, output: 1_000_000 },
  cap: 10,
  minCap: 10,
  requests: 1,
};

/** What SMALL_BOUND reserves. */
export const SMALL: Amounts = { usd: 20, tokens: 20, requests: 1 };

export function factsOf(call: CallForTest): LeaseFacts {
  return {
    exchange: call.exchange ?? `x-${call.lease}`,
    namespace: 'local',
    workload: call.workload ?? 'crawler',
    session: call.session ?? 's1',
    provider: 'anthropic',
    model: call.model ?? 'claude-opus-5',
  };
}

export function requestFor(call: CallForTest): ReserveRequest {
  return {
    lease: call.lease,
    facts: factsOf(call),
    bound: call.bound ?? SMALL_BOUND,
    limits: call.limits ?? [],
    rates: call.rates ?? [],
    opened: (grant) => openedDraft(call, grant),
  };
}

function openedDraft(call: CallForTest, grant: Grant): OpenedDraft {
  const { exchange, namespace, workload, session, provider, model } = factsOf(call);
  return {
    kind: 'opened',
    exchange,
    lease: call.lease,
    workload: { namespace, name: workload, labels: {}, session },
    agent: 'claude-code',
    wire: 'anthropic-messages',
    endpoint: 'messages',
    provider,
    requestedModel: 'opus',
    model,
    stream: true,
    askedCap: null,
    cap: grant.cap,
    bytes: 2000,
    reserved: grant.amounts,
    snapshot: 'snapshot-1',
    observed: grant.over,
    findings: [],
    removedBetas: [],
    notInForce: [],
    ...(call.content ? { content: call.content } : {}),
  };
}

/** @param reserved what the lease holds: what is charged by outcome `charged` */
export function closedDraft(
  call: CallForTest,
  settlement: Settlement,
  reserved: Amounts = SMALL,
  more: Partial<Closed> = {},
): EntryDraft {
  const amounts = {
    settled: settlement.outcome === 'settled' ? settlement.amounts : NOTHING,
    charged: reserved,
    released: NOTHING,
  };
  return {
    kind: 'closed',
    at: call.at ?? Date.now(),
    exchange: factsOf(call).exchange,
    lease: call.lease,
    verdict: 'allow',
    code: null,
    status: 200,
    outcome: settlement.outcome,
    amounts: amounts[settlement.outcome],
    usage: null,
    calls: [],
    faults: [],
    ms: { total: 40, governed: 0.3 },
    ...more,
  };
}

/** A request that was refused before the ledger was asked. */
export function refusedDraft(exchange: string, at = Date.now(), session = 's1'): EntryDraft {
  const workload = { namespace: 'local', name: 'crawler', labels: {}, session };
  return {
    ...(closedDraft({ lease: 'none', exchange, at }, { outcome: 'released' }) as Closed),
    lease: null,
    verdict: 'deny',
    code: 'model_not_allowed',
    outcome: 'none',
    asked: {
      workload,
      agent: 'claude-code',
      wire: 'anthropic-messages',
      endpoint: 'messages',
      requestedModel: 'gpt-9',
      snapshot: 'snapshot-1',
      notInForce: [],
    },
  };
}

/** A limit that counts for all time. */
export function limitOf(amount: number, more: Partial<LimitCheck> = {}): LimitCheck {
  return {
    id: 'local/test/budget',
    counter: 'local/test/budget|cluster|lifetime|usd',
    unit: 'usd',
    amount,
    refuse: true,
    resetsAt: Number.POSITIVE_INFINITY,
    ...more,
  };
}
