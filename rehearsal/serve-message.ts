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

/** Faults after which the client has had a whole and valid answer. */
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
  const refusal = refusedReply(fault, call.stream, requestId);
  if (refusal !== undefined) return sendCanned(refusal, client, res);

  const reply = writeReply(call, turn, modifiers, state.cache.use(call, Date.now()));
  const charge = (outputTokens: number, ended: BillLine['ended']): void => {
    const { id, modelName: model, input, geo: place } = reply;
    state.bill.charge({
      id,
      model,
      ...input,
      outputTokens,
      stream: call.stream,
      ended,
      priceList: call.model.id,
      place,
    });
  };
  if (fault === 'hang') {
    await client.untilGone();
    return charge(tokensMade(reply, 0), 'client_gone');
  }
  if (turn.headDelayMs !== undefined) await client.pause(turn.headDelayMs);
  const message = messageJson(reply, 'whole');
  const lost = lostReply(fault, call.stream, message);
  if (lost !== undefined) {
    charge(reply.outputTokens, 'fault');
    return sendCanned(lost, client, res);
  }

  const asEvents = call.stream || fault === 'wrong-type';
  const labelledAsEvents = call.stream && fault !== 'wrong-type';
  if (asEvents && !client.clientGone) {
    res.writeHead(200, {
      'content-type': labelledAsEvents ? 'text/event-stream; charset=utf-8' : 'application/json',
    });
    res.flushHeaders();
  }
  const events = spoilEvents(
    call.stream ? fault : undefined,
    planEvents(reply, fault, modifiers.chunkBytes),
    requestId,
  );
  let billed = false;
  let made = 0;
  for (const event of events) {
    if (event.event === 'content_block_delta') await client.pause(modifiers.paceMs ?? state.paceMs);
    if (client.clientGone) break;
    made = event.made;
    if (event.event === 'message_delta' && !billed) {
      billed = true;
      charge(reply.outputTokens, harmless.includes(fault) ? 'complete' : 'fault');
    }
    if (asEvents) await client.write(`event: ${event.event}\ndata: ${event.data}\n\n`);
  }
  if (!billed) charge(tokensMade(reply, made), client.clientGone ? 'client_gone' : 'fault');
  if (client.clientGone) return;
  if (!asEvents) {
    const body = Buffer.from(spoilBody(fault, message));
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    await client.write(fault === 'cut' ? body.subarray(0, body.length / 2) : body);
  }
  await (fault === 'cut' ? client.breakOff() : client.end());
}

function planEvents(
  reply: Reply,
  fault: FaultKind | undefined,
  chunkBytes: number | undefined,
): StreamEvent[] {
  const size = fault === 'tool-args-split' ? 1 : chunkBytes;
  return [...eventsOf(reply, (block) => (block.type === 'tool_use' ? size : chunkBytes))];
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
