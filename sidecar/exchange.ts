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
import { type Refusal, refusal, refusalText } from '../core/govern/refusals.ts';
import { govern } from '../core/govern/stages.ts';
import { isProblem, readJson } from '../core/json/read.ts';
import { type Checks, checksFor } from '../core/ledger/checks.ts';
import { costOf } from '../core/money/price.ts';
import type { Grant } from '../core/ports.ts';
import type { RequestView } from '../core/wire/wire.ts';
import { wireOf } from '../core/wire/wires.ts';
import { CHARGED, close, crash, fail, owed, RELEASED, refuse, say } from './endings.ts';
import { type Answer, forward } from './forward.ts';
import { reservePatiently } from './patience.ts';
import { keyRates, takePlace } from './places.ts';
import { type Attempt, attempt, begin, type Progress } from './progress.ts';
import { readBody } from './read-body.ts';
import { openedEntry } from './record.ts';
import { receiveBody, receiveError } from './reply/body.ts';
import { IncompleteReply } from './reply/collect.ts';
import { backHeaders, formOf } from './reply/form.ts';
import { tellable } from './reply/names.ts';
import type { Marks } from './reply/responder.ts';
import { amountsOf, settlementOf, withBoundFault } from './reply/settlement.ts';
import { pumpStream } from './reply/stream.ts';
import type { Caller, Sidecar } from './sidecar.ts';
import { AgentGone } from './upstream/call.ts';

/** Statuses after which a fallback is tried: the provider has nothing to say about the request itself. */
const FALL_BACK_ON = new Set([429, 500, 502, 503, 504, 529]);

/**
 * Takes one request from its reading to its record.
 * @returns when it is recorded; rejects only when not even that could be done
 */
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
  } catch (error) {
    await crash(x, error);
  } finally {
    x.leavePlace?.();
    sidecar.metrics.finished();
    sidecar.traces?.over(x);
  }
}

async function run(x: Progress): Promise<void> {
  // 1. Read: exactly one reading of the request is possible, or it is refused.
  const view = await read(x);
  if (view === undefined) return;
  if ('code' in view) return refuse(x, view);
  x.view = view;
  const place = await placeForContents(x);
  if (place) return refuse(x, place);

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
    if (x.responder.gone) return close(x, paid, RELEASED, { faults: ['client_gone'] });
    const answer = await forward(x, paid, onDisconnect).catch(unlessGone);
    if (answer === 'gone') return close(x, paid, owed(x), { faults: ['client_gone'] });
    const last = n === calls.length - 1 || x.responder.gone;
    if ('refusal' in answer) {
      if (last) return fail(x, paid, answer.refusal, owed(x));
      await close(x, paid, owed(x), { code: answer.refusal.code });
      continue;
    }
    if (!last && FALL_BACK_ON.has(answer.head.status)) {
      answer.upstream.abort();
      await close(x, paid, RELEASED, { faults: [`upstream_${answer.head.status}`] });
      continue;
    }

    // 5. Guard the reply; 6. settle and 7. record it (endings.ts).
    if ((await deliver(x, paid, answer, onDisconnect).catch(unlessGone)) !== 'gone') return;
    return close(x, paid, answer.head.status >= 400 ? RELEASED : CHARGED, { faults: ['client_gone'] });
  }
}

/** Budgets may want a call to be broken off when nobody waits for it: then it ends with AgentGone wherever it is. */
function unlessGone(error: unknown): 'gone' {
  if (error instanceof AgentGone) return 'gone';
  throw error;
}

// ---------------------------------------------------------------------------------------------------------- 1. read

async function read(x: Progress): Promise<RequestView | Refusal | undefined> {
  const { request, match: endpoint } = x;
  const { method = '', url: target = '', headers } = request;
  if (endpoint === undefined)
    return refusal('unknown_path', { method, path: (target.split('?')[0] ?? '').slice(0, 200) });
  if ('badQuery' in endpoint) return refusal('unknown_query', { name: endpoint.badQuery.slice(0, 40) });
  x.endpoint = endpoint;
  const wire = wireOf(endpoint.wire);
  if (endpoint.method === 'GET') {
    const view = wire.readRequest(endpoint, undefined, headers);
    return 'bad' in view ? refusal('bad_request', { detail: view.bad }) : view;
  }
  const crowded = await takePlace(x);
  if (crowded) return crowded === 'gone' ? undefined : crowded;
  const body = await readBody(request, x.caller.limits?.requestBytes);
  x.readAt = performance.now();
  if (!Buffer.isBuffer(body)) return body;
  const document = readJson(body);
  if (isProblem(document)) return refusal('bad_body', { detail: document.detail });
  const view = wire.readRequest(endpoint, document, headers);
  return 'bad' in view ? refusal('bad_request', { detail: view.bad }) : view;
}

/** One profile that wants what is said to be kept is enough. @returns why it can't be */
async function placeForContents(x: Progress): Promise<Refusal | undefined> {
  if (x.snapshot.profiles.every(({ content }) => content === 'none')) return undefined;
  const contents = await x.sidecar.contents.of(x.caller.payer.session);
  if ('code' in contents) return contents;
  x.contents = contents;
  return undefined;
}

// --------------------------------------------------------------------------------------------------------- 3. govern

async function judge(
  x: Progress,
  call: Call,
  n: number,
): Promise<Attempt | { readonly refusal: Refusal; readonly grant: Grant | undefined }> {
  const { leases, clock } = x.sidecar;
  const { workload, session } = call.payer;
  const lease = n === 0 ? x.id : `${x.id}.${n}`;
  const governed = await govern(call, clock(), async ({ bound }, observed) => {
    x.responder.startKeepAlive(call.view, x.agent);
    const answer = await reservePatiently(
      x.sidecar,
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
        ...withRates(checksFor(call.snapshot.budgets, call.payer, clock()), keyRates(x.caller)),
        opened: (grant) => openedEntry(x, call, grant, observed),
      }),
      x.responder,
    );
    x.responder.stopKeepAlive();
    return answer;
  });
  if ('refusal' in governed) return governed;
  leases.add(lease);
  x.upstream = undefined;
  x.named = undefined;
  x.paid = attempt(x, call, governed.permits, governed.observed);
  return x.paid;
}

function withRates(checks: Checks, rates: Checks['rates']): Checks {
  return rates.length === 0 ? checks : { ...checks, rates: [...checks.rates, ...rates] };
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
  const { head, upstream, credential } = answer;
  const form = formOf(head);
  if (form === 'error') return passError(x, paid, answer);
  // What did not ask for a stream would not be read as one, and what has begun as one can't end as anything else.
  if (form === 'stream' && paid.call.view.stream) return deliverStream(x, paid, answer, onDisconnect);
  if (form === 'body' && !x.responder.begun) return deliverBody(x, paid, answer);
  upstream.abort();
  const wrong = typeof form === 'object' ? form.wrong : `a ${form} that was not asked for`;
  const detail = credential.isIn(JSON.stringify(head.headers)) ? 'its headers cannot be passed on' : wrong;
  return fail(x, paid, garbage(paid, detail), head.status < 300 ? CHARGED : RELEASED);
}

/** The provider refuses, and nothing is owed: its own words go back unchanged, if they are that and nothing else. */
async function passError(x: Progress, paid: Attempt, answer: Answer): Promise<void> {
  const { status } = answer.head;
  const error = await receiveError(paid, answer, x.id).catch(asIncomplete);
  if (error instanceof IncompleteReply) return fail(x, paid, garbage(paid, error.message), RELEASED);
  const { body, withheld } = error;
  if (withheld) say(x, withheld, 'withheld');
  const verdict = withheld ? ({ verdict: 'fault' } as const) : {};
  const said = marks(x, paid, { cost: 0, ...verdict });
  x.responder.reply(status, backHeaders(answer, 'application/json'), body, said);
  const how = told(x, status, [`upstream_${status}`]);
  return close(x, paid, RELEASED, { code: withheld?.code ?? null, ...how });
}

async function deliverStream(
  x: Progress,
  paid: Attempt,
  answer: Answer,
  onDisconnect: 'drain' | 'cancel',
): Promise<void> {
  const { call, grant } = paid;
  const { wire, head, upstream, credential } = answer;
  x.responder.head(head.status, backHeaders(answer, 'text/event-stream'), marks(x, paid));
  const guard = wire.guardStream({
    judge: paid.judge,
    view: call.view,
    cap: grant.cap,
    outruns: (soFar) =>
      call.price !== undefined && grant.amounts.usd > 0 && costOf(soFar, call.price) > grant.amounts.usd,
  });
  const { times } = x.sidecar;
  const cutText = (cut: Refusal) => refusalText(cut, x.id);
  const cutEvent = (cut: Refusal) => wire.words.errorEvent(cutText(cut), cut.code);
  const options = { onDisconnect, cutText, cutEvent, times, credential };
  const end = await pumpStream(upstream, guard, x.responder, options);
  const facts = guard.facts();
  x.named = tellable(guard.named(), credential);
  if (end.cut) say(x, end.cut, 'cut off');
  const settlement = settlementOf(call, grant, facts);
  const faults = withBoundFault(facts.faults, settlement, grant);
  return close(x, paid, settlement, {
    code: end.cut?.code ?? null,
    status: end.clientGone ? null : head.status,
    usage: facts.usage,
    faults: end.clientGone ? [...faults, 'client_gone'] : faults,
  });
}

async function deliverBody(x: Progress, paid: Attempt, answer: Answer): Promise<void> {
  const { grant, call } = paid;
  const { status } = answer.head;
  const guarded = await receiveBody(paid, answer);
  if (guarded instanceof Error) return fail(x, paid, garbage(paid, guarded.message), CHARGED);
  const { bytes, usage } = guarded;
  x.named = tellable(guarded.named, answer.credential);
  const settlement = settlementOf(call, grant, guarded);
  const faults = withBoundFault(guarded.faults, settlement, grant);
  const { usd } = amountsOf(settlement, grant);
  x.responder.reply(status, backHeaders(answer, 'application/json'), bytes, marks(x, paid, { cost: usd }));
  return close(x, paid, settlement, { usage, ...told(x, status, faults) });
}

/** What was told to an agent that may have gone. */
function told({ responder }: Progress, status: number, faults: readonly string[]) {
  return responder.gone ? { status: null, faults: [...faults, 'client_gone'] } : { status, faults };
}

function asIncomplete(error: unknown): IncompleteReply {
  if (error instanceof IncompleteReply) return error;
  throw error;
}

function garbage({ call }: Attempt, detail: string): Refusal {
  return refusal('upstream_garbage', { provider: call.provider.name, detail });
}

function marks(x: Progress, { grant, observed }: Attempt, more: Partial<Marks> = {}): Marks {
  const verdict = observed.length > 0 ? 'observe' : 'allow';
  return { verdict, reserved: grant.amounts.usd, governedMs: x.governedMs, ...more };
}
