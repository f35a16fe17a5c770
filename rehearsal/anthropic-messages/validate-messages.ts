/** Checks of the messages in a request of the Messages API. */
import { isObject, type JsonObject, textOf } from '../json.ts';
import type { Model } from './models.ts';
import { isSigned } from './signature.ts';

const roles = ['user', 'assistant', 'system'];

/** All cache markers of a request, wherever they stand. */
function cacheMarkers(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(cacheMarkers);
  if (!isObject(value)) return [];
  const { cache_control: marker, input: _arguments, input_schema: _schema, ...rest } = value;
  const here = marker === undefined || marker === null ? [] : [marker];
  return [...here, ...Object.values(rest).flatMap(cacheMarkers)];
}

function cacheProblem(body: JsonObject): string | undefined {
  const markers = cacheMarkers([
    body.cache_control && { cache_control: body.cache_control },
    body.tools,
    body.system,
  ]).concat(cacheMarkers(body.messages));
  for (const marker of markers) {
    if (!isObject(marker) || marker.type !== 'ephemeral')
      return 'cache_control: Input should be of type `ephemeral`';
    if (marker.ttl !== undefined && marker.ttl !== '5m' && marker.ttl !== '1h') {
      return "cache_control.ephemeral.ttl: Input should be '5m' or '1h'";
    }
  }
  return markers.length > 4
    ? `A maximum of 4 blocks with cache_control may be provided. Found ${markers.length}.`
    : undefined;
}

function blockProblem(block: unknown, at: string, role: string, version: string): string | undefined {
  if (!isObject(block)) return `${at}: Input should be a valid dictionary or object to extract fields from`;
  if (typeof block.type !== 'string') return `${at}.type: Field required`;
  switch (block.type) {
    case 'text':
      if (typeof block.text !== 'string') return `${at}.text.text: Field required`;
      if (block.text === '') return 'messages: text content blocks must be non-empty';
      if (
        version === '2026-10-21' &&
        role === 'user' &&
        Array.isArray(block.citations) &&
        block.citations.length > 0
      ) {
        return `${at}.text.citations: citations are not permitted in user messages`;
      }
      return undefined;
    case 'document':
      return version === '2026-10-21' && role === 'assistant'
        ? `${at}: document blocks are not permitted in assistant messages`
        : undefined;
    case 'tool_use':
      if (typeof block.id !== 'string') return `${at}.tool_use.id: Field required`;
      if (typeof block.name !== 'string') return `${at}.tool_use.name: Field required`;
      return isObject(block.input) ? undefined : `${at}.tool_use.input: Input should be a valid dictionary`;
    case 'tool_result':
      return typeof block.tool_use_id === 'string'
        ? undefined
        : `${at}.tool_result.tool_use_id: Field required`;
    case 'thinking':
      return isSigned(textOf(block.thinking), textOf(block.signature))
        ? undefined
        : `${at}: Invalid \`signature\` in \`thinking\` block`;
    default:
      return undefined;
  }
}

function messageProblem(message: unknown, index: number, last: boolean, version: string): string | undefined {
  const at = `messages.${index}`;
  if (!isObject(message)) return `${at}: Input should be a valid dictionary or object to extract fields from`;
  const { role, content } = message;
  if (role === undefined) return `${at}.role: Field required`;
  if (!roles.includes(textOf(role))) return `${at}.role: Input should be 'user', 'assistant' or 'system'`;
  if (content === undefined) return `${at}.content: Field required`;
  if (typeof content !== 'string' && !Array.isArray(content))
    return `${at}.content: Input should be a valid list`;
  if (content.length === 0 && !(last && role === 'assistant')) {
    return `${at}: all messages must have non-empty content except for the optional final assistant message`;
  }
  if (typeof content === 'string') return undefined;
  for (const [part, block] of content.entries()) {
    const problem = blockProblem(block, `${at}.content.${part}`, textOf(role), version);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Messages as turns: neighbours of one role count as one, and system messages stand between turns. */
function turnsOf(
  messages: readonly JsonObject[],
): { role: string; blocks: { at: string; block: JsonObject }[] }[] {
  const turns: ReturnType<typeof turnsOf> = [];
  for (const [index, message] of messages.entries()) {
    const role = textOf(message.role);
    if (role === 'system') continue;
    const content: JsonObject[] = Array.isArray(message.content) ? message.content : [];
    const blocks = content.map((block, part) => ({ at: `messages.${index}.content.${part}`, block }));
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else turns.push({ role, blocks });
  }
  return turns;
}

/** Every call has its result in the very next turn, and no result stands without its call. */
function pairingProblem(messages: readonly JsonObject[]): string | undefined {
  const seen = new Set<unknown>();
  let open: { at: string; id: unknown }[] = [];
  for (const { blocks } of [...turnsOf(messages), { blocks: [] }]) {
    const results = blocks.filter(({ block }) => block.type === 'tool_result');
    const missing = open.filter(({ id }) => !results.some(({ block }) => block.tool_use_id === id));
    if (missing[0] !== undefined) {
      const where = missing[0].at.replace(/\.content.*/, '');
      const ids = missing.map(({ id }) => id).join(', ');
      return `${where}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
    }
    const stray = results.find(({ block }) => !open.some(({ id }) => id === block.tool_use_id));
    if (stray !== undefined) {
      return `${stray.at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${textOf(stray.block.tool_use_id)}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
    }
    open = blocks
      .filter(({ block }) => block.type === 'tool_use')
      .map(({ at, block }) => ({ at, id: block.id }));
    for (const { id } of open) {
      if (seen.has(id)) return 'messages: `tool_use` ids must be unique';
      seen.add(id);
    }
  }
  return undefined;
}

/** The first thing wrong with the messages (and cache markers) of a request, as the API words it; or undefined. */
export function problemWithMessages(body: JsonObject, version: string, model: Model): string | undefined {
  const messages = body.messages;
  if (!Array.isArray(messages)) return 'messages: Input should be a valid list';
  if (messages.length === 0) return 'messages: at least one message is required';
  for (const [index, message] of messages.entries()) {
    const problem = messageProblem(message, index, index === messages.length - 1, version);
    if (problem !== undefined) return problem;
  }
  if (messages[0].role === 'assistant') return 'messages: first message must use the "user" role';
  if (messages.at(-1).role === 'assistant' && model.modern) {
    return 'This model does not support assistant message prefill. The conversation must end with a user message.';
  }
  return pairingProblem(messages) ?? cacheProblem(body);
}
