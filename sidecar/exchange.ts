/**
 * One exchange, from a request to the record of it: the whole product, top to bottom.
 *
 *   read ── resolve ── govern ── forward ── guard the reply ── settle ── record
 *
 * What is refused on the way is a value and goes to refuse(), which tells the agent, gives back what was reserved, and
 * records it. Only faults are exceptions.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Call, resolve } from '../core/govern/call.ts';
import { REFUSALS, type Refusal, refusal, refusalText } from '../core/govern/refusals.ts';
import { govern } from '../core/govern/stages.ts';
import { isProblem, readJson } from '../core/json/read.ts';
import { checksFor } from '../core/ledger/checks.ts';
import { costOf } from '../core/money/price.ts';
import type { Grant, Settlement } from '../core/ports.ts';
import { matchEndpoint } from '../core/wire/anthropic-messages/endpoints.ts';
import { passesBack } from '../core/wire/anthropic-messages/headers.ts';
import { guardReply } from '../core/wire/anthropic-messages/reply.ts';
import { readRequest } from '../core/wire/anthropic-messages/request.ts';
import { GuardedStream } from '../core/wire/anthropic-messages/stream.ts';
import { ReplyFault, type RequestView } from '../core/wire/wire.ts';
import { type Answer, forward } from './forward.ts';
import { reservePatiently } from './patience.ts';
import { type Attempt, attempt, begin, type Progress } from './progress.ts';
import { readBody } from './read-body.ts';
import { closedEntry, type Ending, openedEntry } from './record.ts';
import { collect, IncompleteReply } from './reply/collect.ts';
import type { Headers, Marks } from './reply/responder.ts';
import { amountsOf, settlementOf } from './reply/settlement.ts';
import { pumpStream } from './reply/stream.ts';
import { settleSurely } from './settle.ts';
import type { Caller, Sidecar } from './sidecar.ts';

const NOTHING = { usd: 0, tokens: 0, requests: 0 };

/** Statuses after which a fallback is tried: the provider has nothing to say about the request itself. */
const FALL_BACK_ON = new Set([429, 500, 502, 503, 504, 529]);

export async function handleExchange(
  sidecar: Sidecar,
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const x = begin(sidecar, caller, request, response);
  sidecar.metrics.begun();
  try {
    await run(x);
  } finally {
    sidecar.metrics.finished();
  }
}

async function run(x: Progress): Promise<void> {
  // 1. Read: exactly one reading of the request is possible, or it is refused.
  const view = await read(x);
  if (view === undefined) return;
  if ('code' in view) return refuse(x, view);
  x.view = view;

  // 2. Resolve: alias, route, provider and output cap give the call as it will be made, and what to fall back to.
  const calls = resolve(view, x.agent, x.caller.payer, x.snapshot, x.at);
  if ('code' in calls) return refuse(x, calls);

  for (const [n, call] of calls.entries()) {
    const credential = missingCredential(x, call);
    if (credential) return refuse(x, credential);

    // 3. Govern: six stages judge that call; a call that passes has been paid for and recorded as opened.
    const paid = await judge(x, call, n);
    if ('refusal' in paid) return refuse(x, paid.refusal, paid.grant);
    x.governedMs = performance.now() - x.readAt;
    x.sidecar.metrics.added(x.governedMs);

    // 4. Forward: what goes out is built from the wire's table.
    const onDisconnect = disconnectPolicy(call);
    if (x.responder.gone)
      return close(x, paid, { outcome: 'released' }, { code: null, faults: ['client_gone'] });
    const answer = await forward(x, paid, onDisconnect);
    const last = n === calls.length - 1 || x.responder.gone || x.responder.begun;
    if ('refusal' in answer) {
      const settlement: Settlement = { outcome: answer.sent ? 'charged' : 'released' };
      if (last) return fail(x, paid, answer.refusal, settlement);
      await close(x, paid, settlement, { code: answer.refusal.code, status: null });
      continue;
    }
    if (!last && FALL_BACK_ON.has(answer.head.status)) {
      answer.upstream.abort();
      await close(
        x,
        paid,
        { outcome: 'released' },
        { status: null, faults: [`upstream_${answer.head.status}`] },
      );
      continue;
    }

    // 5. Guard the reply, 6. settle, 7. record.
    return deliver(x, paid, answer, onDisconnect);
  }
}

// ---------------------------------------------------------------------------------------------------------- 1. read

async function read(x: Progress): Promise<RequestView | Refusal | undefined> {
  const { request } = x;
  const method = request.method ?? '';
  const target = request.url ?? '';
  const endpoint = matchEndpoint(method, target);
  if (endpoint === undefined)
    return refusal('unknown_path', { method, path: (target.split('?')[0] ?? '').slice(0, 200) });
  if ('badQuery' in endpoint) return refusal('unknown_query', { name: endpoint.badQuery.slice(0, 40) });
  x.endpoint = endpoint;
  const betas = request.headers['anthropic-beta'];
  const betaHeader = Array.isArray(betas) ? betas.join(',') : betas;
  if (endpoint.method === 'GET') {
    const view = readRequest(endpoint, undefined, betaHeader);
    return 'bad' in view ? refusal('bad_request', { detail: view.bad }) : view;
  }
  const body = await readBody(request);
  x.readAt = performance.now();
  if (!Buffer.isBuffer(body)) return body;
  const document = readJson(body);
  if (isProblem(document)) return refusal('bad_body', { detail: document.detail });
  const view = readRequest(endpoint, document, betaHeader);
  return 'bad' in view ? refusal('bad_request', { detail: view.bad }) : view;
}

// --------------------------------------------------------------------------------------------------------- 3. govern

async function judge(
  x: Progress,
  call: Call,
  n: number,
): Promise<Attempt | { readonly refusal: Refusal; readonly grant: Grant | undefined }> {
  const { ledger, leases, clock } = x.sidecar;
  const { workload, session } = call.payer;
  const lease = n === 0 ? x.id : `${x.id}.${n}`;
  const governed = await govern(call, clock(), async ({ bound }, observed) => {
    x.responder.startKeepAlive(call.view, x.agent);
    const answer = await reservePatiently(
      ledger,
      leases,
      () => ({
        lease,
        facts: {
          exchange: x.id,
          namespace: workload.namespace,
          workload: workload.name,
          session,
          provider: call.provider.name,
          model: call.model ?? '',
        },
        bound,
        // Asked for anew at each try: a call belongs to the windows in which it is reserved.
        ...checksFor(call.snapshot.budgets, call.payer, clock()),
        opened: (grant) => openedEntry(x, call, grant, observed),
      }),
      () => x.responder.gone,
    );
    x.responder.stopKeepAlive();
    return answer;
  });
  if ('refusal' in governed) return governed;
  leases.add(lease);
  return attempt(x, call, governed.permits, governed.observed);
}

function missingCredential({ sidecar }: Progress, { provider }: Call): Refusal | undefined {
  if (provider.auth.type === 'none' || sidecar.credentialOf(provider) !== undefined) return undefined;
  return refusal('no_credential', {
    provider: provider.name,
    variable: sidecar.credentialVariable(provider),
  });
}

/** One budget that wants its calls broken off is enough. */
function disconnectPolicy({ snapshot }: Call): 'drain' | 'cancel' {
  return snapshot.budgets.some(({ enforce, onDisconnect }) => enforce && onDisconnect === 'cancel')
    ? 'cancel'
    : 'drain';
}

// ----------------------------------------------------------------------------------------------- 5. guard the reply

async function deliver(
  x: Progress,
  paid: Attempt,
  answer: Answer,
  onDisconnect: 'drain' | 'cancel',
): Promise<void> {
  const { status } = answer.head;
  const type = String(answer.head.headers['content-type'] ?? '');
  if (status >= 400) return passError(x, paid, answer);
  if (status < 300 && paid.call.view.endpoint.billed && type.startsWith('text/event-stream')) {
    return deliverStream(x, paid, answer, onDisconnect);
  }
  if (status < 300 && type.startsWith('application/json')) return deliverBody(x, paid, answer);
  answer.upstream.abort();
  const what =
    status < 300 ? `content type ${type === '' ? 'none' : type.slice(0, 60)}` : `a redirect (${status})`;
  return fail(x, paid, garbage(paid, what), { outcome: status < 300 ? 'charged' : 'released' });
}

/** The provider refuses: its own words go back unchanged, and nothing is owed. */
async function passError(x: Progress, paid: Attempt, { head, upstream }: Answer): Promise<void> {
  const settlement: Settlement = { outcome: 'released' };
  try {
    const body = await collect(upstream);
    x.responder.reply(head.status, backHeaders(head.headers), body, marks(x, paid, { cost: 0 }));
    return close(x, paid, settlement, { status: head.status, faults: [`upstream_${head.status}`] });
  } catch (error) {
    if (!(error instanceof IncompleteReply)) throw error;
    return fail(x, paid, garbage(paid, error.message), settlement);
  }
}

async function deliverStream(
  x: Progress,
  paid: Attempt,
  { head, upstream }: Answer,
  onDisconnect: 'drain' | 'cancel',
): Promise<void> {
  const { call, grant } = paid;
  x.responder.head(head.status, backHeaders(head.headers), marks(x, paid));
  const guard = new GuardedStream({
    judge: paid.judge,
    cacheWrite: call.view.cacheWrite,
    cap: grant.cap,
    outruns: (soFar) =>
      call.price !== undefined && grant.amounts.usd > 0 && costOf(soFar, call.price) > grant.amounts.usd,
  });
  const end = await pumpStream(upstream, guard, x.responder, onDisconnect, (cut) => refusalText(cut, x.id));
  const { usage, faults } = guard.facts();
  return close(x, paid, settlementOf(call, grant, usage), {
    code: end.cut?.code ?? null,
    status: end.clientGone ? null : head.status,
    usage,
    faults: end.clientGone ? [...faults, 'client_gone'] : faults,
  });
}

async function deliverBody(x: Progress, paid: Attempt, { head, upstream }: Answer): Promise<void> {
  const { call, grant } = paid;
  try {
    const body = await collect(upstream);
    if (!call.view.endpoint.billed) {
      const read = readJson(body);
      if (isProblem(read)) throw new ReplyFault('reply_garbage', read.detail);
      x.responder.reply(head.status, backHeaders(head.headers), body, marks(x, paid));
      return close(x, paid, settlementOf(call, grant, undefined), { status: head.status });
    }
    const { bytes, usage, faults } = guardReply(body, paid.judge, call.view.cacheWrite);
    const settlement = settlementOf(call, grant, usage);
    const { usd } = amountsOf(settlement, grant);
    const outran = usd > grant.amounts.usd ? ['bound_fault'] : [];
    x.responder.reply(head.status, backHeaders(head.headers), bytes, marks(x, paid, { cost: usd }));
    const status = x.responder.gone ? null : head.status;
    const gone = x.responder.gone ? ['client_gone'] : [];
    return close(x, paid, settlement, { status, usage, faults: [...faults, ...outran, ...gone] });
  } catch (error) {
    if (!(error instanceof IncompleteReply || error instanceof ReplyFault)) throw error;
    return fail(x, paid, garbage(paid, error.message), { outcome: 'charged' });
  }
}

function garbage({ call }: Attempt, detail: string): Refusal {
  return refusal('upstream_garbage', { provider: call.provider.name, detail });
}

function backHeaders(headers: Answer['head']['headers']): Headers {
  const passed: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && passesBack(name)) passed[name] = String(value);
  }
  return passed;
}

function marks(x: Progress, { grant, observed }: Attempt, more: { cost?: number } = {}): Marks {
  const verdict = observed.length > 0 ? 'observe' : 'allow';
  return { verdict, reserved: grant.amounts.usd, governedMs: x.governedMs, ...more };
}

// ------------------------------------------------------------------------------------------- 6. settle and 7. record

/** An attempt ended, well or badly: settles it and writes its `closed` entry. */
async function close(
  x: Progress,
  paid: Attempt,
  settlement: Settlement,
  how: Partial<Pick<Ending, 'code' | 'status' | 'usage' | 'faults' | 'verdict'>>,
): Promise<void> {
  const amounts = amountsOf(settlement, paid.grant);
  const ending = { attempt: paid, code: null, verdict: 'allow', status: null, ...how } as const;
  const closed = closedEntry(x, { ...ending, outcome: settlement.outcome, amounts });
  count(x, closed, paid.call);
  await settleSurely(x.sidecar, () => x.sidecar.ledger.settle(paid.grant.lease, settlement, closed));
  x.sidecar.leases.end(paid.grant.lease);
}

/** Something broke after the call was paid for: tells the agent, settles, records. */
function fail(x: Progress, paid: Attempt, refused: Refusal, settlement: Settlement): Promise<void> {
  const status = x.responder.refuse(refused, x.view, x.agent, x.governedMs);
  const gone = status === null ? ['client_gone'] : [];
  return close(x, paid, settlement, { code: refused.code, status, faults: gone });
}

/** Refuses before anything was sent. */
async function refuse(x: Progress, refused: Refusal, grant?: Grant): Promise<void> {
  const { ledger, log } = x.sidecar;
  const status = x.responder.refuse(refused, x.view, x.agent, performance.now() - x.readAt);
  const kind = REFUSALS[refused.code].kind;
  log[kind === 'policy' ? 'info' : 'warn'](
    { exchange: x.id, code: refused.code, ...refused.params },
    'refused',
  );
  const ending = { code: refused.code, verdict: 'deny', status, amounts: NOTHING } as const;
  if (grant === undefined) {
    const closed = closedEntry(x, { ...ending, outcome: 'none' });
    count(x, closed, undefined);
    return settleSurely(x.sidecar, () => ledger.record(closed));
  }
  const closed = closedEntry(x, { ...ending, released: grant, outcome: 'released' });
  count(x, closed, undefined);
  await settleSurely(x.sidecar, () => ledger.settle(grant.lease, { outcome: 'released' }, closed));
}

function count(
  { sidecar, endpoint }: Progress,
  closed: ReturnType<typeof closedEntry>,
  call: Call | undefined,
): void {
  const code = closed.code as keyof typeof REFUSALS | null;
  const fault = code !== null && ['fault', 'cut'].includes(REFUSALS[code].kind);
  sidecar.tally.add(closed, fault);
  if (code !== null) sidecar.metrics.refused(code);
  for (const { verdict, code: why } of closed.calls)
    if (verdict === 'deny' && why) sidecar.metrics.refused(why);
  const labels = {
    wire: endpoint?.wire ?? 'none',
    provider: call?.provider.name ?? 'none',
    model: call?.model ?? 'none',
    verdict: fault ? 'fault' : closed.verdict,
  } as const;
  sidecar.metrics.ended(labels, closed.amounts.usd / 1e9);
}
