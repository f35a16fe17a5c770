/** What the stand-in providers answer: a message of about 1.1 KB that calls a tool, whole or as a stream of events. */

const MODEL = 'claude-sonnet-5';

const USAGE = {
  input_tokens: 431,
  cache_creation_input_tokens: 512,
  cache_read_input_tokens: 18_034,
  cache_creation: { ephemeral_5m_input_tokens: 512, ephemeral_1h_input_tokens: 0 },
  output_tokens: 96,
  service_tier: 'standard',
};

const TEXT =
  'The failing test compares the whole object, and the new field `resetsAt` is not in its expectation. ' +
  'Two callers build that object: the ledger, which always sets it, and the preview, which leaves it out for ' +
  'a limit per request. I will first look at how both are covered, then change the test and nothing else. In order:\n\n' +
  '1. run only the tests of this folder,\n2. read the expectation,\n3. add the field where it is "missing",\n4. run all tests of core/.\n\nNothing outside of `core/ledger` changes.';

const CALL = {
  type: 'tool_use',
  id: 'toolu_01BenchBenchBenchBench',
  name: 'Bash',
  input: {
    command: 'node --test core/ledger/*.test.ts 2>&1 | tail -40',
    description: 'Run the tests of the ledger',
  },
};

/** The body of a reply that is not streamed. */
export function messageText(): string {
  return JSON.stringify({
    model: MODEL,
    id: 'msg_01BenchBenchBenchBench',
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: TEXT }, CALL],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: USAGE,
  });
}

/** Where an event has this, the time of its sending stands: microseconds of the monotonic clock, in as many digits. */
export const TIME_MARK = '@000000000000000';

const TEXT_PIECES = 38;
const ARGUMENT_PIECES = 5;

/** The events of one stream: 50, of about 170 bytes each. */
export function streamEvents(): string[] {
  const start = { ...JSON.parse(messageText()), content: [], stop_reason: null };
  const piece = ' so the limit holds for calls that run at the same time, and the next one';
  return [
    event('message_start', { message: { ...start, usage: { ...USAGE, output_tokens: 1 } } }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...Array.from({ length: TEXT_PIECES }, () =>
      event('content_block_delta', {
        index: 0,
        delta: { type: 'text_delta', text: `${TIME_MARK}${piece.slice(0, 46)}` },
      }),
    ),
    event('content_block_stop', { index: 0 }),
    event('content_block_start', { index: 1, content_block: { ...CALL, input: {} } }),
    ...argumentPieces().map((partial_json) =>
      event('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json } }),
    ),
    event('content_block_stop', { index: 1 }),
    event('message_delta', {
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { output_tokens: 640 },
    }),
    event('message_stop', {}),
  ];
}

function argumentPieces(): string[] {
  const text = JSON.stringify(CALL.input);
  const size = Math.ceil(text.length / ARGUMENT_PIECES);
  return Array.from({ length: ARGUMENT_PIECES }, (_, i) => text.slice(i * size, (i + 1) * size));
}

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
