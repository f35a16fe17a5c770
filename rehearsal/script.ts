/** What is said next, whatever the API. */
import type { Block, Conversation, Message } from './conversation.ts';
import { readDirectives } from './directives.ts';
import { forcedCall, improvise } from './improvise.ts';
import { textOf } from './json.ts';
import { type Modifiers, type SaidBlock, say, type Turn } from './turn.ts';

function texts(message: Message): string[] {
  return message.content.filter((block) => block.type === 'text').map((block) => textOf(block.text));
}

/**
 * The user's last message with something to say in it. Agents add reminders of their own to the messages that carry
 * tool results; those alone don't start a new task.
 */
function findRequest(messages: readonly Message[]): number {
  const spoken = (message: Message): boolean => {
    const reminder = message.content.some((block: Block) => block.type === 'tool_result')
      ? /<system-reminder>[\s\S]*?<\/system-reminder>/g
      : /^$/;
    return texts(message).join('\n').replace(reminder, '').trim() !== '';
  };
  const index = messages.findLastIndex((message) => message.role === 'user' && spoken(message));
  return index >= 0 ? index : messages.findLastIndex(({ role }) => role === 'user');
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
 * The user's last message holds the directives; the number of answers since is the step, and each step is one turn.
 * Without directives it greets, calls one harmless tool if there is one, and quotes what came back.
 */
export function nextTurn(call: Conversation): { readonly turn: Turn; readonly modifiers: Modifiers } {
  const start = findRequest(call.messages);
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
