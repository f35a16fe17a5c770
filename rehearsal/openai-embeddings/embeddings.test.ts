import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { ask, errorOf } from '../openai/testing.ts';
import { startRehearsal } from '../server.ts';

const rehearsal = await startRehearsal({ paceMs: 0 });
after(() => rehearsal.close());

const model = 'text-embedding-3-small';
const asked = (body: object) => ask(rehearsal, 'embeddings', { model, ...body });
const embed = async (body: object) => JSON.parse((await asked(body)).text);
const floatsOf = (base64: string): number[] => {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
};

test('each input has a vector of length 1, the same every time, and another for every other input', async () => {
  const body = await embed({ input: ['one', 'two'] });
  assert.deepEqual([body.object, body.model], ['list', model]);
  const [one, two] = body.data;
  assert.deepEqual([one.object, one.index, two.object, two.index], ['embedding', 0, 'embedding', 1]);
  for (const { embedding } of body.data) {
    assert.equal(embedding.length, 1536);
    assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-6);
  }
  assert.notDeepEqual(one.embedding, two.embedding);
  assert.deepEqual((await embed({ input: 'two' })).data[0].embedding, two.embedding);
  assert.notDeepEqual(
    (await embed({ model: 'text-embedding-ada-002', input: 'two' })).data[0].embedding,
    two.embedding,
  );
});

test('base64 holds the very same numbers, in 32 bits', async () => {
  const [floats] = (await embed({ input: 'x', encoding_format: 'float' })).data;
  const [bytes] = (await embed({ input: 'x', encoding_format: 'base64' })).data;
  assert.deepEqual(floatsOf(bytes.embedding), floats.embedding.map(Math.fround));
});

test('dimensions are what was asked for, where the model can', async () => {
  assert.equal((await embed({ input: 'x', dimensions: 8 })).data[0].embedding.length, 8);
  assert.equal((await embed({ model: 'text-embedding-3-large', input: 'x' })).data[0].embedding.length, 3072);
  const ada = errorOf(await asked({ model: 'text-embedding-ada-002', input: 'x', dimensions: 8 }));
  assert.deepEqual(ada.slice(0, 2), [400, 'This model does not support specifying dimensions.']);
  assert.match(String(errorOf(await asked({ input: 'x', dimensions: 1537 }))), /integer_above_max_value/);
});

test('text is counted by its bytes, tokens as they are, and both are billed as input', async () => {
  const tokens = async (input: unknown): Promise<unknown> => (await embed({ input })).usage;
  assert.deepEqual(await tokens('x'.repeat(41)), { prompt_tokens: 11, total_tokens: 11 });
  assert.deepEqual(await tokens(['aaaa', 'bbbbb']), { prompt_tokens: 3, total_tokens: 3 });
  assert.deepEqual(await tokens([1, 2, 3]), { prompt_tokens: 3, total_tokens: 3 });
  assert.deepEqual(await tokens([[1, 2, 3], [4]]), { prompt_tokens: 4, total_tokens: 4 });
  const { id, at, ...line } = rehearsal.bill().at(-1) ?? {};
  assert.deepEqual(line, {
    model,
    inputTokens: 4,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    stream: false,
    ended: 'complete',
    nanoUsd: 4 * 20,
  });
  assert.deepEqual(await tokens('/bill input=1000'), { prompt_tokens: 1000, total_tokens: 1000 });
  assert.equal(rehearsal.bill().at(-1)?.nanoUsd, 20_000);
});

test('what the API refuses is refused, and costs nothing', async () => {
  const sold = rehearsal.bill().length;
  const problem = async (body: object): Promise<string> => errorOf(await asked(body)).join(' | ');
  assert.match(await problem({}), /^400 \| Missing required parameter: 'input'/);
  assert.match(await problem({ input: '' }), /input cannot be an empty string/);
  assert.match(await problem({ input: ['a', ''] }), /^400 \| Invalid 'input\[1\]'/);
  assert.match(await problem({ input: ['a', 1] }), /Invalid type for 'input\[1\]'/);
  assert.match(await problem({ input: [1.5] }), /Invalid type for 'input\[0\]'/);
  assert.match(await problem({ input: [] }), /empty_array/);
  assert.match(await problem({ input: Array(2049).fill('a') }), /array_above_max_length/);
  assert.match(
    await problem({ input: 'x', encoding_format: 'hex' }),
    /Supported values are: 'float', 'base64'/,
  );
  assert.match(await problem({ input: 'x', input_type: 'query' }), /Unknown parameter: 'input_type'/);
  assert.match(
    await problem({ input: 'x', model: 'gpt-5.4' }),
    /^403 \| You are not allowed to generate embeddings/,
  );
  assert.match(await problem({ input: 'x', model: 'nope' }), /^404 \| The model `nope` does not exist/);
  assert.match(await problem({ input: 'look:\n/fault http429' }), /^429/);
  assert.equal(rehearsal.bill().length, sold);
});

test('faults break it like any other answer', async () => {
  assert.equal((await asked({ input: '/fault cut' })).whole, false);
  assert.equal(rehearsal.bill().at(-1)?.ended, 'fault');
  assert.equal((await embed({ input: '/fault no-usage' })).usage, undefined);
  const { text } = await asked({ input: '/fault dup-keys' });
  assert.match(text, /"usage":\{"prompt_tokens":1,"total_tokens":1\},"usage":/);
});
