/** Anthropic Messages, as Claude Code speaks it. https://docs.anthropic.com/en/api/messages */
import type { Turn } from './conversation.ts';
import { ARGUMENT_PIECES, argumentPieces, CALL, namedEvent, TEXT, TEXT_PIECE } from './reply.ts';
import { EVENTS, KEY, type WireTraffic } from './wire.ts';

const MODEL = 'claude-sonnet-5';

const USAGE = {
  input_tokens: 431,
  cache_creation_input_tokens: 512,
  cache_read_input_tokens: 18_034,
  cache_creation: { ephemeral_5m_input_tokens: 512, ephemeral_1h_input_tokens: 0 },
  output_tokens: 96,
  service_tier: 'standard',
};

const TOOL_USE = {
  type: 'tool_use',
  id: 'toolu_01BenchBenchBenchBench',
  name: CALL.name,
  input: CALL.arguments,
};

export const messages: WireTraffic = {
  id: 'anthropic-messages',
  title: 'messages',
  path: '/v1/messages',
  headers: [
    'accept',
    'application/json',
    'content-type',
    'application/json',
    'anthropic-version',
    '2023-06-01',
    'anthropic-beta',
    'claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27',
    'user-agent',
    'claude-cli/2.1.330 (external, cli)',
    'x-app',
    'cli',
    'x-stainless-lang',
    'js',
    'x-claude-code-session-id',
    '3f0c9a52-5c0e-4b86-9a6d-0c6f5c1f9e11',
    'x-api-key',
    KEY,
  ],
  models: { json: MODEL, stream: 'claude-haiku-4-5' },

  body: ({ system, tools, task, turns, last }, stream) => ({
    model: stream ? messages.models.stream : MODEL,
    max_tokens: 8192,
    ...(stream ? { stream } : {}),
    system: [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }],
    tools: tools.map(({ name, description, schema }) => ({ name, description, input_schema: schema })),
    metadata: { user_id: 'user_3f0c9a52_account__session_5c0e' },
    messages: [userSays(task), ...turns.flatMap(asMessages), userSays(last)],
  }),

  replyHeaders: [
    ...['request-id', 'req_011CVbenchbenchbenchbench'],
    ...['anthropic-organization-id', '00000000-0000-4000-8000-000000000000'],
    ...['anthropic-ratelimit-requests-limit', '4000'],
    ...['anthropic-ratelimit-requests-remaining', '3999'],
    ...['anthropic-ratelimit-requests-reset', '2026-11-22T12:00:00Z'],
    ...['anthropic-ratelimit-input-tokens-limit', '2000000'],
    ...['anthropic-ratelimit-input-tokens-remaining', '1999000'],
    ...['anthropic-ratelimit-input-tokens-reset', '2026-11-22T12:00:00Z'],
    ...['anthropic-ratelimit-output-tokens-limit', '400000'],
    ...['anthropic-ratelimit-output-tokens-remaining', '399000'],
    ...['anthropic-ratelimit-output-tokens-reset', '2026-11-22T12:00:00Z'],
  ],

  reply: () => ({
    model: MODEL,
    id: 'msg_01BenchBenchBenchBench',
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: TEXT }, TOOL_USE],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: USAGE,
  }),

  events() {
    const start = { ...messages.reply(), content: [], stop_reason: null };
    const others = 7 + ARGUMENT_PIECES;
    return [
      namedEvent('message_start', { message: { ...start, usage: { ...USAGE, output_tokens: 1 } } }),
      namedEvent('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ...Array.from({ length: EVENTS - others }, () =>
        namedEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text: TEXT_PIECE } }),
      ),
      namedEvent('content_block_stop', { index: 0 }),
      namedEvent('content_block_start', { index: 1, content_block: { ...TOOL_USE, input: {} } }),
      ...argumentPieces().map((partial_json) =>
        namedEvent('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json } }),
      ),
      namedEvent('content_block_stop', { index: 1 }),
      namedEvent('message_delta', {
        delta: { stop_reason: 'tool_use', stop_sequence: null },
        usage: { output_tokens: 640 },
      }),
      namedEvent('message_stop', {}),
    ];
  },
  streamEnd: 'message_stop',
};

function userSays(text: string): object {
  return { role: 'user', content: [{ type: 'text', text }] };
}

function asMessages({ said, number, arguments: input, result }: Turn): object[] {
  const id = `toolu_01Bench${number}`;
  return [
    {
      role: 'assistant',
      content: [
        { type: 'text', text: said },
        { type: 'tool_use', id, name: 'Bash', input },
      ],
    },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text: result }] }],
    },
  ];
}
