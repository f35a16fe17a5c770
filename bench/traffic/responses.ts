/** OpenAI Responses, as Codex speaks it. https://platform.openai.com/docs/api-reference/responses */
import type { Turn } from './conversation.ts';
import { OPENAI_HEADERS, OPENAI_MODELS, OPENAI_REPLY_HEADERS } from './openai.ts';
import { ARGUMENT_PIECES, argumentPieces, CALL, namedEvent, TEXT, TEXT_PIECE } from './reply.ts';
import { EVENTS, type WireTraffic } from './wire.ts';

const ID = 'resp_0bench0bench0bench0bench0bench0bench0bench0bench';
const MESSAGE_ID = 'msg_0bench0bench0bench0bench0bench0bench0bench0bench0';
const CALL_ID = 'fc_0bench0bench0bench0bench0bench0bench0bench0bench00';

const FUNCTION_CALL = {
  id: CALL_ID,
  type: 'function_call',
  status: 'completed',
  arguments: JSON.stringify(CALL.arguments),
  call_id: 'call_BenchBenchBenchBenchBenc',
  name: CALL.name,
};

export const responses: WireTraffic = {
  id: 'openai-responses',
  title: 'Responses',
  path: '/v1/responses',
  headers: OPENAI_HEADERS,
  models: OPENAI_MODELS,

  body: ({ system, tools, task, turns, last }, stream) => ({
    model: stream ? OPENAI_MODELS.stream : OPENAI_MODELS.json,
    instructions: system,
    input: [userSays(task), ...turns.flatMap(asItems), userSays(last)],
    tools: tools.map(({ name, description, schema }) => ({
      type: 'function',
      name,
      description,
      strict: false,
      parameters: schema,
    })),
    tool_choice: 'auto',
    parallel_tool_calls: false,
    max_output_tokens: 8192,
    store: false,
    prompt_cache_key: '3f0c9a52-5c0e-4b86-9a6d-0c6f5c1f9e11',
    ...(stream ? { stream } : {}),
  }),

  replyHeaders: OPENAI_REPLY_HEADERS,

  reply: () => response(OPENAI_MODELS.json, [message(TEXT), FUNCTION_CALL], 96),

  events() {
    const texts = EVENTS - (12 - 1 + ARGUMENT_PIECES);
    const text = TEXT_PIECE.repeat(texts);
    const begun = { ...response(OPENAI_MODELS.stream, [], 0), status: 'in_progress', usage: null };
    const said = { item_id: MESSAGE_ID, output_index: 0, content_index: 0 };
    const called = { item_id: CALL_ID, output_index: 1 };
    const part = { type: 'output_text', annotations: [], logprobs: [], text: '' };
    const open = { status: 'in_progress' };
    const events: [type: string, fields: object][] = [
      ['response.created', { response: begun }],
      ['response.in_progress', { response: begun }],
      ['response.output_item.added', { output_index: 0, item: { ...message(''), ...open, content: [] } }],
      ['response.content_part.added', { ...said, part }],
      ...Array.from({ length: texts }, (): [string, object] => [
        'response.output_text.delta',
        { ...said, delta: TEXT_PIECE, logprobs: [] },
      ]),
      ['response.output_text.done', { ...said, text, logprobs: [] }],
      ['response.content_part.done', { ...said, part: { ...part, text } }],
      ['response.output_item.done', { output_index: 0, item: message(text) }],
      ['response.output_item.added', { output_index: 1, item: { ...FUNCTION_CALL, ...open, arguments: '' } }],
      ...argumentPieces().map((delta): [string, object] => [
        'response.function_call_arguments.delta',
        { ...called, delta },
      ]),
      ['response.function_call_arguments.done', { ...called, arguments: FUNCTION_CALL.arguments }],
      ['response.output_item.done', { output_index: 1, item: FUNCTION_CALL }],
      [
        'response.completed',
        { response: response(OPENAI_MODELS.stream, [message(text), FUNCTION_CALL], 640) },
      ],
    ];
    return events.map(([type, fields], sequence_number) => namedEvent(type, { ...fields, sequence_number }));
  },
  streamEnd: 'response.completed',
};

function response(model: string, output: object[], output_tokens: number): object {
  return {
    id: ID,
    object: 'response',
    created_at: 1_795_348_800,
    status: 'completed',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: 8192,
    max_tool_calls: null,
    model,
    output,
    parallel_tool_calls: false,
    previous_response_id: null,
    prompt_cache_key: '3f0c9a52-5c0e-4b86-9a6d-0c6f5c1f9e11',
    reasoning: { effort: 'none', summary: null },
    safety_identifier: null,
    service_tier: 'default',
    store: false,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    truncation: 'disabled',
    usage: {
      input_tokens: 18_977,
      input_tokens_details: { cached_tokens: 18_034 },
      output_tokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 18_977 + output_tokens,
    },
    user: null,
    metadata: {},
  };
}

function message(text: string): object {
  const content = [{ type: 'output_text', annotations: [], logprobs: [], text }];
  return { id: MESSAGE_ID, type: 'message', status: 'completed', content, role: 'assistant' };
}

function userSays(text: string): object {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
}

function asItems({ said, number, arguments: args, result }: Turn): object[] {
  const call_id = `call_BenchBenchBen${number}`;
  return [
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: said }] },
    { type: 'function_call', call_id, name: 'Bash', arguments: JSON.stringify(args) },
    { type: 'function_call_output', call_id, output: result },
  ];
}
