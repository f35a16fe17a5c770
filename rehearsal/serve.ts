/** Sends one answer, on whatever API: at the pace asked for, broken as asked for, and billed. */
import type { ServerResponse } from 'node:http';
import type { Bill, BillLine } from './bill.ts';
import { Delivery } from './delivery.ts';
import {
  type CannedReply,
  type Failed,
  type Form,
  lostReply,
  refusedReply,
  spoilBody,
  spoilEvents,
} from './faults.ts';
import { type StreamEvent, sseText } from './stream-event.ts';
import { tokensOf } from './tokens.ts';
import type { FaultKind, GivenUsage, Modifiers, Turn } from './turn.ts';

/** What all calls to one server share. */
export type ServerState = { readonly paceMs: number; readonly bill: Bill };

/** One answer, written down. */
export type Answer = {
  /** The whole of it as the body of a reply. */
  readonly json: string;
  /**
   * @param textBytes the size of the pieces of text; left out, a few words at a time
   * @param argsBytes the same of arguments of calls
   */
  events(textBytes: number | undefined, argsBytes: number | undefined): Iterable<StreamEvent>;
  readonly failed?: Failed;
  readonly outputTokens: number;
  /** The counts of a `/bill` line, which are billed even if the stream is cut. */
  readonly given?: GivenUsage;
  charge(outputTokens: number, ended: BillLine['ended']): void;
};

export type Asked = {
  readonly stream: boolean;
  readonly requestId: string;
  readonly res: ServerResponse;
};

/** Faults after which the client has had a whole answer all the same. */
const harmless: readonly (FaultKind | undefined)[] = [
  undefined,
  'slow-head',
  'tool-args-split',
  'tool-args-bad',
];

/**
 * Whatever is sold is on the bill before the client can have read the last of it.
 * @param write makes the answer; a call that is turned down has none
 */
export async function serveTurn(
  state: ServerState,
  form: Form,
  { stream, requestId, res }: Asked,
  { turn, modifiers }: { readonly turn: Turn; readonly modifiers: Modifiers },
  write: () => Answer,
): Promise<void> {
  const { fault } = turn;
  const client = new Delivery(res, modifiers.splitBytes);
  const refused = refusedReply(fault, stream, form, requestId);
  if (refused !== undefined) return sendCanned(refused, client, res);

  const answer = write();
  if (fault === 'hang') {
    await client.untilGone();
    return answer.charge(tokensMade(answer, 0), 'client_gone');
  }
  if (turn.headDelayMs !== undefined) await client.pause(turn.headDelayMs);
  const lost = lostReply(fault, stream, answer.json);
  if (lost !== undefined) {
    answer.charge(answer.outputTokens, 'fault');
    return sendCanned(lost, client, res);
  }

  const asEvents = stream || fault === 'wrong-type';
  if (asEvents && !client.clientGone) {
    const type = fault === 'wrong-type' ? 'application/json' : 'text/event-stream; charset=utf-8';
    res.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
    res.flushHeaders();
  }
  const { chunkBytes } = modifiers;
  const planned = answer.events(chunkBytes, fault === 'tool-args-split' ? 1 : chunkBytes);
  await speak({
    events: spoilEvents(stream ? fault : undefined, planned, form, requestId, answer.failed),
    paceMs: modifiers.paceMs ?? state.paceMs,
    answer,
    ended: harmless.includes(fault) ? 'complete' : 'fault',
    client,
    sends: asEvents,
  });
  if (client.clientGone) return;
  if (!asEvents) {
    const body = Buffer.from(spoilBody(fault, answer.json, form, answer.failed));
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    await client.write(fault === 'cut' ? body.subarray(0, body.length / 2) : body);
  }
  await (fault === 'cut' ? client.breakOff() : client.end());
}

/** Output tokens of an answer that broke off after so many bytes had been made. */
function tokensMade({ outputTokens, given }: Answer, made: number): number {
  return given?.output ?? Math.min(outputTokens, Math.max(1, tokensOf(made)));
}

type Speech = {
  readonly events: Iterable<StreamEvent>;
  readonly paceMs: number;
  readonly answer: Answer;
  readonly ended: BillLine['ended'];
  readonly client: Delivery;
  /** False if the events only stand for the time that a reply takes that is sent as a whole. */
  readonly sends: boolean;
};

/** Makes the answer event by event, until it is done, is broken, or the client has left; and charges for it once. */
async function speak({ events, paceMs, answer, ended, client, sends }: Speech): Promise<void> {
  let charged = false;
  let made = 0;
  for (const event of events) {
    if (event.part === 'delta') await client.pause(paceMs);
    if (client.clientGone) break;
    made = event.made;
    if (event.part === 'final' && !charged) {
      answer.charge(answer.outputTokens, ended);
      charged = true;
    }
    if (sends) await client.write(sseText(event));
  }
  if (!charged) answer.charge(tokensMade(answer, made), client.clientGone ? 'client_gone' : ended);
}

async function sendCanned(canned: CannedReply, client: Delivery, res: ServerResponse): Promise<void> {
  if (client.clientGone) return;
  const body = Buffer.from(canned.body);
  res.writeHead(canned.status, {
    'content-type': canned.contentType,
    ...canned.headers,
    'content-length': body.length,
  });
  await client.write(body);
  await client.end();
}
