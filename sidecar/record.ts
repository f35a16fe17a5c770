/** Step 7: an exchange as the audit log has it. */
import { boundList, boundName, boundNames } from '../core/audit/bounded.ts';
import type {
  Closed,
  OpenedDraft,
  Outcome,
  RequestContent,
  ToolCallFacts,
  WorkloadFacts,
} from '../core/audit/entry.ts';
import type { Call } from '../core/govern/call.ts';
import type { Amounts } from '../core/ledger/fit.ts';
import type { Usage } from '../core/money/price.ts';
import type { Grant } from '../core/ports.ts';
import { type Finding, passedBetas } from '../core/wire/wire.ts';
import { keepReply, keepRequest } from './contents.ts';
import type { Attempt, Progress } from './progress.ts';

/** The entry that is written with the reservation, before the call is made. */
export function openedEntry(x: Progress, call: Call, grant: Grant, observed: readonly string[]): OpenedDraft {
  const { view, provider, snapshot } = call;
  const clientSession =
    x.agent.sessionHeader === undefined ? undefined : x.request.headers[x.agent.sessionHeader];
  return {
    kind: 'opened',
    exchange: x.id,
    lease: grant.lease,
    workload: workloadFacts(x),
    agent: x.agent.id,
    wire: view.endpoint.wire,
    endpoint: view.endpoint.name,
    provider: provider.name,
    requestedModel: call.requestedModel ?? null,
    model: call.model ?? null,
    stream: view.stream,
    askedCap: view.askedCap ?? null,
    cap: grant.cap,
    bytes: view.document?.bytes.length ?? 0,
    reserved: grant.amounts,
    snapshot: snapshot.hash,
    observed: [...observed, ...grant.over],
    findings: boundList(view.findings.map(findingText), ({ length }) => `and ${length} more`),
    removedBetas: boundNames(passedBetas(view.betas, provider.allowedBetas).removed),
    notInForce: snapshot.notInForce.map(({ code }) => code),
    ...(typeof clientSession === 'string' ? { clientSession: boundName(clientSession) } : {}),
    ...requestContent(x),
  };
}

/** How an exchange, or one attempt of it, ended. */
export interface Ending {
  readonly attempt?: Attempt;
  /** A grant that a later stage's refusal gives back. */
  readonly released?: Grant;
  readonly code: string | null;
  readonly verdict: 'allow' | 'deny';
  readonly status: number | null;
  readonly outcome: Outcome;
  readonly amounts: Amounts;
  readonly usage?: Usage | undefined;
  readonly faults?: readonly string[];
}

/** @returns the `closed` entry, not yet bounded; its times are ms */
export function closedEntry(x: Progress, ending: Ending): Closed {
  const { attempt, released } = ending;
  const lease = attempt?.grant.lease ?? released?.lease ?? null;
  return {
    kind: 'closed',
    at: x.sidecar.clock(),
    exchange: x.id,
    lease,
    verdict: ending.verdict,
    code: ending.code,
    status: ending.status,
    outcome: ending.outcome,
    amounts: ending.amounts,
    usage: ending.usage ?? null,
    calls: attempt?.judge.calls ?? [],
    faults: ending.faults ?? [],
    ms: { total: round(performance.now() - x.readAt), governed: round(x.governedMs) },
    ...(lease === null ? { asked: asked(x) } : {}),
  };
}

/**
 * The entry as it is written: bounded, and with where what was said is kept: the reply, and the request where no `opened` has it. Called anew at each try to write
 * the entry. @throws LedgerUnavailable
 */
export function withContent(x: Progress, closed: Closed): Closed {
  const reply = keepReply(x.contents, x.upstream?.received);
  return {
    ...closed,
    calls: boundList(closed.calls, callsLeftOut),
    ...(closed.asked === undefined ? {} : { asked: { ...closed.asked, ...requestContent(x) } }),
    ...(reply === undefined ? {} : { content: reply }),
    ...(x.upstream?.receivedInPart ? { faults: [...closed.faults, 'reply_kept_in_part'] } : {}),
  };
}

/** Who asked for what, where there is no `opened` to say it. */
function asked(x: Progress): NonNullable<Closed['asked']> {
  return {
    workload: workloadFacts(x),
    agent: x.agent.id,
    wire: x.endpoint?.wire ?? null,
    endpoint: x.endpoint?.name ?? null,
    requestedModel: x.view?.model ?? null,
    snapshot: x.snapshot.hash,
    notInForce: x.snapshot.notInForce.map(({ code }) => code),
  };
}

function requestContent({ contents, view }: Progress): { content?: RequestContent } {
  const content = keepRequest(contents, view?.document);
  return content === undefined ? {} : { content };
}

function workloadFacts({ caller }: Progress): WorkloadFacts {
  const { workload, session } = caller.payer;
  return { namespace: workload.namespace, name: workload.name, labels: workload.labels, session };
}

function findingText({ kind, name, path }: Finding): string {
  return `${kind} ${boundName(name)} at ${boundName(path)}`;
}

function callsLeftOut(rest: readonly ToolCallFacts[]): ToolCallFacts {
  const worst = rest.find(({ verdict }) => verdict === 'deny') ?? rest.find(({ code }) => code !== undefined);
  return { verdict: 'allow', ...worst, name: `and ${rest.length} more`, class: 'other' };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
