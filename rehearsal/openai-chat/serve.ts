/** Answering chat completions. */
import type { InputTokens } from '../openai/cache.ts';
import { newId } from '../openai/ids.ts';
import { writeReply } from '../openai/reply.ts';
import { nextTurn } from '../script.ts';
import { type Answer, type Asked, type ServerState, serveTurn } from '../serve.ts';
import type { ChatCall } from './call.ts';
import { completionJson, eventsOf, form } from './events.ts';

/**
 * Answers one `POST /v1/chat/completions`.
 * @param countInput counts the prompt; it is remembered, so it is asked once, and only for calls that are answered
 */
export async function serveChat(
  state: ServerState,
  call: ChatCall,
  asked: Asked,
  countInput: () => InputTokens,
): Promise<void> {
  const said = nextTurn(call);
  const write = (): Answer => {
    const reply = writeReply(call, said.turn, said.modifiers, countInput());
    const id = newId('chatcmpl');
    return {
      json: completionJson(id, call, reply),
      events: (textBytes, argsBytes) => eventsOf(id, call, reply, textBytes, argsBytes),
      outputTokens: reply.outputTokens,
      ...(reply.given === undefined ? {} : { given: reply.given }),
      charge: (outputTokens, ended) =>
        state.bill.charge({
          id,
          model: call.modelName,
          ...reply.input,
          outputTokens,
          ...{ stream: call.stream, ended, priceList: call.model.id, place: 'global' },
        }),
    };
  };
  await serveTurn(state, form, asked, said, write);
}
