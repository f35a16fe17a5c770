/** What is said next, whatever the API. */
import type { Block, Conversation, Message } from './conversation.ts';
import { readDirectives } from './directives.ts';
import { forcedCall, improvise } from './improvise.ts';
import { textOf } from './json.ts';
import { type Modifiers, type SaidBlock, say, type Turn } from './turn.ts';

function texts(message: Message): string[] {
  return message.content.filter((block) => block.type === 'text').map((block) => textOf(block.text));
}

const hasResult = (message: Message): boolean =>
  message.content.some((block: Block) => block.type === 'tool_result');

/** Agents put reminders beside the results of tools; those may quote what the user said. */
function spoken(message: Message): string {
  const text = texts(message).join('\n');
  return (
    hasResult(message) ? text.replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '') : text
  ).trim();
}

/**
 * The user's message that is being answered. Agents add text of their own in the user's name: beside or after the results
 * of tools, where only directives start something new; and in a message after the user's, which therefore counts before
 * one without directives. Only what has no answer yet counts so, and only the one message before, so that nothing is
 * said again to a user who asks something else.
 */
function findRequest({ messages, textCalls }: Conversation): number {
  const isDirected = (message: Message): boolean => {
    const { turns, modifiers, thinkLater } = readDirectives([spoken(message)], textCalls);
    return turns.length > 0 || thinkLater !== undefined || Object.keys(modifiers).length > 0;
  };
  const starts = (message: Message, index: number): boolean => {
    if (message.role !== 'user' || spoken(message) === '') return false;
    // The messages of the user since the last answer.
    const since = messages.slice(
      messages.findLastIndex(({ role }, at) => at < index && role === 'assistant') + 1,
      index + 1,
    );
    return isDirected(message) || !since.some(hasResult);
  };
  const last = messages.findLastIndex(starts);
  if (last < 0) return messages.findLastIndex(({ role }) => role === 'user');
  const [message, before] = [messages[last], messages[last - 1]];
  const isAdded = message !== undefined && before?.role === 'user' && !isDirected(message);
  return isAdded ? last - 1 : last;
}

/** Bends a turn to the request's tool_choice, as a model is bent. */
function obeyToolChoice(turn: Turn, call: Conversation): Turn {
  if (turn.fault !== undefined) return turn;
  const calls = turn.blocks.filter((block) => block.type === 'tool_use');
  if (call.toolChoice.type === 'none' && calls.length > 0) {
    const rest = turn.blocks.filter((block) => block.type === 'thinking');
    return { ...turn, blocks: [...rest, say('I may not call tools in this answer, so I do not.')] };
  }
  const wanted = (block: SaidBlock): boolean =>
    block.type === 'tool_use' && (call.toolChoice.type === 'any' || block.name === call.toolChoice.name);
  const forced = forcedCall(call);
  if (forced !== undefined && !calls.some(wanted)) return { ...turn, blocks: [forced] };
  if (!call.toolChoice.single || calls.length < 2) return turn;
  return { ...turn, blocks: turn.blocks.filter((block) => block.type !== 'tool_use' || block === calls[0]) };
}

/**
 * What the rehearsal says next. It keeps no state: the conversation alone decides, so a retry gets the same answer.
 *
 * The user's message holds the directives; the number of answers since is the step, and each step is one turn.
 * Without directives it greets, calls one harmless tool if there is one, and quotes what came back.
 */
export function nextTurn(call: Conversation): { readonly turn: Turn; readonly modifiers: Modifiers } {
  const start = findRequest(call);
  const request = call.messages[start];
  const { turns, modifiers, thinkLater } = readDirectives(
    request === undefined ? [] : texts(request),
    call.textCalls,
  );
  // An assistant message at the very end is a beginning to be continued, not an answer.
  const answers = call.messages.slice(start + 1, call.messages.at(-1)?.role === 'assistant' ? -1 : undefined);
  const step = answers.filter(
    ({ role }, index) => role === 'assistant' && answers[index - 1]?.role !== 'assistant',
  ).length;

  const directed = turns[step];
  if (directed !== undefined) return { turn: obeyToolChoice(directed, call), modifiers };
  const blocks = turns.length > 0 ? [say('done')] : improvise(call, start, step);
  const first = thinkLater !== undefined && step === turns.length ? [thinkLater] : [];
  return { turn: obeyToolChoice({ blocks: [...first, ...blocks] }, call), modifiers };
}
