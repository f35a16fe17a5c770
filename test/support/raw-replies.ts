/** A short reply of each wire as its real API writes it, byte by byte: 10 tokens in, 5 out, and the words one and two. */
import { jsonReply, MESSAGE, sse, sseEnd, sseReply, sseStart, sseText } from './raw-upstream.ts';
import { CHEAP, type Form, type WireName } from './wires.ts';

const CHAT_USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const HEAD = { id: 'chatcmpl-1', created: 1, model: CHEAP['openai-chat'] };

const chatData = (data: object | string) =>
  `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

const chatChunk = (delta: object, finish_reason: string | null = null) =>
  chatData({ ...HEAD, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] });

/** The chunk that only who asked for it gets to see. */
export const CHAT_USAGE_CHUNK: string = chatData({
  ...{ ...HEAD, object: 'chat.completion.chunk', choices: [], usage: CHAT_USAGE },
});

const RESPONSE = {
  ...{ id: 'resp_1', object: 'response', created_at: 1, status: 'completed' },
  ...{ error: null, incomplete_details: null, model: CHEAP['openai-responses'] },
};
const ITEM = { id: 'msg_1', type: 'message', status: 'completed', role: 'assistant' };
const PART = { type: 'output_text', text: 'one two', annotations: [], logprobs: [] };
const WHOLE = {
  ...RESPONSE,
  output: [{ ...ITEM, content: [PART] }],
  usage: {
    ...{ input_tokens: 10, input_tokens_details: { cached_tokens: 0 }, output_tokens: 5 },
    ...{ output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 15 },
  },
};

function responseEvents(): [string, string, string] {
  let n = 0;
  const event = (type: string, more: object) => sse(`response.${type}`, { sequence_number: n++, ...more });
  const at = { item_id: ITEM.id, output_index: 0, content_index: 0 };
  const delta = (text: string) => event('output_text.delta', { ...at, delta: text, logprobs: [] });
  return [
    event('created', { response: { ...RESPONSE, status: 'in_progress', output: [], usage: null } }) +
      event('output_item.added', {
        output_index: 0,
        item: { ...ITEM, status: 'in_progress', content: [] },
      }) +
      event('content_part.added', { ...at, part: { ...PART, text: '' } }) +
      delta('one'),
    delta(' two'),
    event('output_text.done', { ...at, text: PART.text, logprobs: [] }) +
      event('content_part.done', { ...at, part: PART }) +
      event('output_item.done', { output_index: 0, item: { ...ITEM, content: [PART] } }) +
      event('completed', { response: WHOLE }),
  ];
}

/** A stream in three steps: up to the first word, the second, and its end. */
export const STEPS: Readonly<Record<Exclude<WireName, 'openai-embeddings'>, [string, string, string]>> = {
  'anthropic-messages': [sseStart() + sseText('one'), sseText('two', 1), sseEnd()],
  'openai-chat': [
    chatChunk({ role: 'assistant', content: 'one', refusal: null }),
    chatChunk({ content: ' two' }),
    chatChunk({}, 'stop') + CHAT_USAGE_CHUNK + chatData('[DONE]'),
  ],
  'openai-responses': responseEvents(),
};

/** What is the last of a stream for those who read it. */
export const LAST: Readonly<Record<Exclude<WireName, 'openai-embeddings'>, string>> = {
  'anthropic-messages': 'message_stop',
  'openai-chat': '[DONE]',
  'openai-responses': 'response.completed',
};

/** The same in one piece. */
export const PLAIN: Readonly<Record<WireName, object>> = {
  'anthropic-messages': MESSAGE,
  'openai-chat': {
    ...{ ...HEAD, object: 'chat.completion', usage: CHAT_USAGE },
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'one two', refusal: null },
        finish_reason: 'stop',
      },
    ],
  },
  'openai-responses': WHOLE,
  'openai-embeddings': {
    ...{ object: 'list', model: CHEAP['openai-embeddings'] },
    data: [{ object: 'embedding', index: 0, embedding: [0.25, -0.5] }],
    usage: { prompt_tokens: 10, total_tokens: 10 },
  },
};

/** @returns the steps of a form; one that is not streamed has a single one */
export function stepsOf({ wire, stream }: Form): readonly string[] {
  return stream && wire !== 'openai-embeddings' ? STEPS[wire] : [JSON.stringify(PLAIN[wire])];
}

/** @returns the whole reply, head and body */
export function rawReply(form: Form): Buffer {
  const text = stepsOf(form).join('');
  return form.stream ? sseReply(text) : jsonReply(Buffer.from(text));
}

/** @returns what an agent reads of it that did not ask for the usage of a stream */
export function readOf(form: Form): string {
  return stepsOf(form).join('').replace(CHAT_USAGE_CHUNK, '');
}

/** @returns the form in which a provider was asked */
export function formAsked(path: string, body: Buffer): Form {
  const wire: WireName = path.includes('chat/completions')
    ? 'openai-chat'
    : path.includes('responses')
      ? 'openai-responses'
      : path.includes('embeddings')
        ? 'openai-embeddings'
        : 'anthropic-messages';
  return { wire, stream: (JSON.parse(body.toString()) as { stream?: unknown }).stream === true };
}
