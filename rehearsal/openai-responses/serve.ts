/** Answering responses. */
import { isObject, type JsonObject } from '../json.ts';
import type { InputTokens } from '../openai/cache.ts';
import { writeReply } from '../openai/reply.ts';
import { nextTurn } from '../script.ts';
import { type Answer, type Asked, type ServerState, serveTurn } from '../serve.ts';
import type { ResponsesCall } from './call.ts';
import { eventsOf, failedEvent, form } from './events.ts';
import { responseJson, type Written, write } from './response.ts';
import type { ResponseStore } from './store.ts';

function keep({ id, call, reply }: Written, body: JsonObject, store: ResponseStore): void {
  if (!call.store) return;
  const output = Array.isArray(body.output) ? body.output.filter(isObject) : [];
  // A call that was cut can't be answered.
  const whole = reply.cut ? output.filter(({ status }) => status !== 'incomplete') : output;
  store.keep(id, { input: call.items, output: whole, json: JSON.stringify(body) });
}

/**
 * Answers one `POST /v1/responses`.
 * @param countInput counts the prompt; it is remembered, so it is asked once, and only for calls that are answered
 */
export async function serveResponse(
  state: ServerState,
  call: ResponsesCall,
  asked: Asked,
  store: ResponseStore,
  countInput: () => InputTokens,
): Promise<void> {
  const said = nextTurn(call);
  const answer = (): Answer => {
    const reply = writeReply(call, said.turn, said.modifiers, countInput());
    const written = write(call, reply);
    const body = responseJson(written, 'whole');
    keep(written, body, store);
    return {
      json: JSON.stringify(body),
      events: (textBytes, argsBytes) => eventsOf(written, textBytes, argsBytes),
      failed: {
        json: JSON.stringify(responseJson(written, 'failed')),
        event: (sent) => failedEvent(written, sent),
      },
      outputTokens: reply.outputTokens,
      ...(reply.given === undefined ? {} : { given: reply.given }),
      charge: (outputTokens, ended) =>
        state.bill.charge({
          id: written.id,
          model: call.modelName,
          ...reply.input,
          outputTokens,
          ...{ stream: call.stream, ended, priceList: call.model.id, place: 'global' },
        }),
    };
  };
  await serveTurn(state, form, asked, said, answer);
}
