/** OpenAI chat completions, as agents on the AI SDK speak it. https://platform.openai.com/docs/api-reference/chat */
import type { Turn } from './conversation.ts';
import { OPENAI_HEADERS, OPENAI_MODELS, OPENAI_REPLY_HEADERS } from './openai.ts';
import { ARGUMENT_PIECES, argumentPieces, CALL, TEXT, TEXT_PIECE } from './reply.ts';
import { EVENTS, type WireTraffic } from './wire.ts';

const ID = 'chatcmpl-BenchBenchBenchBenchBenchBen';
const CALL_ID = 'call_BenchBenchBenchBenchBenc';
const CREATED = 1_795_348_800;

const USAGE = {
  prompt_tokens: 18_977,
  completion_tokens: 96,
  total_tokens: 19_073,
  prompt_tokens_details: { cached_tokens: 18_034, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};

export const chat: WireTraffic = {
  id: 'openai-chat',
  title: 'chat completions',
  path: '/v1/chat/completions',
  headers: OPENAI_HEADERS,
  models: OPENAI_MODELS,

  body: ({ system, tools, task, turns, last }, stream) => ({
    model: stream ? OPENAI_MODELS.stream : OPENAI_MODELS.json,
    max_completion_tokens: 8192,
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: task },
      ...turns.flatMap(asMessages),
      { role: 'user', content: last },
    ],
    tools: tools.map(({ name, description, schema }) => ({
      type: 'function',
      function: { name, description, parameters: schema },
    })),
    tool_choice: 'auto',
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
  }),

  replyHeaders: OPENAI_REPLY_HEADERS,

  reply: () => ({
    id: ID,
    object: 'chat.completion',
    created: CREATED,
    model: OPENAI_MODELS.json,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: TEXT,
          tool_calls: [
            {
              id: CALL_ID,
              type: 'function',
              function: { name: CALL.name, arguments: JSON.stringify(CALL.arguments) },
            },
          ],
          refusal: null,
          annotations: [],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ],
    usage: USAGE,
    service_tier: 'default',
    system_fingerprint: null,
  }),

  events() {
    const others = 5 + ARGUMENT_PIECES;
    const call = { index: 0, id: CALL_ID, type: 'function', function: { name: CALL.name, arguments: '' } };
    return [
      chunk({ role: 'assistant', content: '', refusal: null }),
      ...Array.from({ length: EVENTS - others }, () => chunk({ content: TEXT_PIECE })),
      chunk({ tool_calls: [call] }),
      ...argumentPieces().map((piece) =>
        chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }),
      ),
      chunk({}, 'tool_calls'),
      event({ choices: [], usage: { ...USAGE, completion_tokens: 640, total_tokens: 19_617 } }),
      'data: [DONE]\n\n',
    ];
  },
  streamEnd: '[DONE]',
};

function asMessages({ said, number, arguments: args, result }: Turn): object[] {
  const id = `call_BenchBenchBen${number}`;
  const call = { name: 'Bash', arguments: JSON.stringify(args) };
  return [
    { role: 'assistant', content: said, tool_calls: [{ id, type: 'function', function: call }] },
    { role: 'tool', tool_call_id: id, content: result },
  ];
}

function chunk(delta: object, finish_reason: string | null = null): string {
  return event({ choices: [{ index: 0, delta, logprobs: null, finish_reason }], usage: null });
}

function event(fields: object): string {
  const head = {
    id: ID,
    object: 'chat.completion.chunk',
    created: CREATED,
    model: OPENAI_MODELS.stream,
    service_tier: 'default',
    system_fingerprint: null,
  };
  return `data: ${JSON.stringify({ ...head, ...fields })}\n\n`;
}
