import type { ServerResponse } from 'node:http';
import type { Bill, BillLine } from './bill.ts';
import type { PromptCache } from './cache.ts';
import type { Call } from './conversation.ts';
import { Delivery } from './delivery.ts';
import { eventsOf, messageJson, type StreamEvent, tokensMade } from './events.ts';
import { type CannedReply, lostReply, refusedReply, spoilBody, spoilEvents } from './faults.ts';
import { type Reply, writeReply } from './reply.ts';
import { nextTurn } from './script.ts';
import type { FaultKind } from './turn.ts';

/** What all calls to one server share. */
export type ServerState = { readonly paceMs: number; readonly cache: PromptCache; readonly bill: Bill };

/** Faults after which the client has had a whole answer all the same. */
const harmless: readonly (FaultKind | undefined)[] = [
  undefined,
  'slow-head',
  'tool-args-split',
  'tool-args-bad',
];

/**
 * Answers one `POST /v1/messages`: makes the answer, sends it at the pace asked for, bills it.
 * Whatever is sold is on the bill before the client can have read the last of it.
 */
export async function serveMessage(
  state: ServerState,
  call: Call,
  requestId: string,
  res: ServerResponse,
): Promise<void> {
  const { turn, modifiers } = nextTurn(call);
  const { fault } = turn;
  const client = new Delivery(res, modifiers.splitBytes);
  const refused = refusedReply(fault, call.stream, requestId);
  if (refused !== undefined) return sendCanned(refused, client, res);

  const reply = writeReply(call, turn, modifiers, state.cache.use(call, Date.now()));
  const charge = (outputTokens: number, ended: BillLine['ended']): void => {
    const { id, modelName: model, input, geo: place } = reply;
    const priceList = call.model.id;
    state.bill.charge({ id, model, ...input, outputTokens, stream: call.stream, ended, priceList, place });
  };
  if (fault === 'hang') {
    await client.untilGone();
    return charge(tokensMade(reply, 0), 'client_gone');
  }
  if (turn.headDelayMs !== undefined) await client.pause(turn.headDelayMs);
  const lost = lostReply(fault, call.stream, messageJson(reply, 'whole'));
  if (lost !== undefined) {
    charge(reply.outputTokens, 'fault');
    return sendCanned(lost, client, res);
  }

  const asEvents = call.stream || fault === 'wrong-type';
  if (asEvents && !client.clientGone) {
    const type = fault === 'wrong-type' ? 'application/json' : 'text/event-stream; charset=utf-8';
    res.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
    res.flushHeaders();
  }
  const { chunkBytes } = modifiers;
  const planned = eventsOf(reply, ({ type }) =>
    type === 'tool_use' && fault === 'tool-args-split' ? 1 : chunkBytes,
  );
  await speak({
    events: spoilEvents(call.stream ? fault : undefined, planned, requestId),
    paceMs: modifiers.paceMs ?? state.paceMs,
    reply,
    ended: harmless.includes(fault) ? 'complete' : 'fault',
    client,
    sends: asEvents,
    charge,
  });
  if (client.clientGone) return;
  if (!asEvents) {
    const body = Buffer.from(spoilBody(fault, messageJson(reply, 'whole')));
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    await client.write(fault === 'cut' ? body.subarray(0, body.length / 2) : body);
  }
  await (fault === 'cut' ? client.breakOff() : client.end());
}

type Speech = {
  readonly events: Iterable<StreamEvent>;
  readonly paceMs: number;
  readonly reply: Reply;
  readonly ended: BillLine['ended'];
  readonly client: Delivery;
  /** False if the events only stand for the time that a reply takes that is sent as a whole. */
  readonly sends: boolean;
  readonly charge: (outputTokens: number, ended: BillLine['ended']) => void;
};

/** Makes the answer event by event, until it is done, is broken, or the client has left; and charges for it once. */
async function speak({ events, paceMs, reply, ended, client, sends, charge }: Speech): Promise<void> {
  let charged = false;
  let made = 0;
  for (const event of events) {
    if (event.event === 'content_block_delta') await client.pause(paceMs);
    if (client.clientGone) break;
    made = event.made;
    if (event.event === 'message_delta' && !charged) {
      charge(reply.outputTokens, ended);
      charged = true;
    }
    if (sends) await client.write(`event: ${event.event}\ndata: ${event.data}\n\n`);
  }
  if (!charged) charge(tokensMade(reply, made), client.clientGone ? 'client_gone' : ended);
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
