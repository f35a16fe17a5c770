import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../../testing-fast-check.ts';
import { inputBound } from './bound.ts';
import { content, read, view } from './testing-requests.ts';

const MODEL = 'gpt-6-sol';

/** OpenAI, "Images and vision": 10,000 patches, the most of any detail; gpt-4o-mini: 2,833 + 8 × 5,667. */
const DEAREST_IMAGE = 10_000;
const DEAREST_OF_4O_MINI = 48_169;

/** All text of a request, in bytes of UTF-8, its images and its audio; by walking the value, whatever it is. */
function weigh(value: unknown): { bytes: number; images: number; audio: number } {
  const none = { bytes: 0, images: 0, audio: 0 };
  if (typeof value === 'string') {
    if (value.startsWith('data:image/')) return { ...none, images: 1 };
    if (value.startsWith('RIFF')) return { ...none, audio: value.length };
    return { ...none, bytes: Buffer.byteLength(value) };
  }
  if (typeof value === 'number' || typeof value === 'boolean')
    return { ...none, bytes: String(value).length };
  if (typeof value !== 'object' || value === null) return none;
  const parts = Object.entries(value).map(([key, item]) => {
    const own = weigh(item);
    return { ...own, bytes: own.bytes + (Array.isArray(value) ? 0 : Buffer.byteLength(key)) };
  });
  const sum = (of: 'bytes' | 'images' | 'audio'): number =>
    parts.reduce((total, part) => total + part[of], 0);
  return { bytes: sum('bytes'), images: sum('images'), audio: sum('audio') };
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('👩‍🚀'.repeat(20), '\ud800', '\u0000\u0001', '"\\/\b'.repeat(9)),
);
const image = fc.base64String({ maxLength: 400 }).map((data) => ({
  type: 'image_url',
  image_url: { url: `data:image/png;base64,${data}`, detail: 'high' },
}));
const audio = fc.base64String({ maxLength: 400 }).map((data) => ({
  type: 'input_audio',
  input_audio: { data: `RIFF${data}`, format: 'wav' },
}));
const textPart = fc.record({ type: fc.constant('text'), text });
const call = fc.record({
  id: text,
  type: fc.constant('function'),
  function: fc.record({ name: text, arguments: fc.jsonValue().map((one) => JSON.stringify(one)) }),
});
const request = fc.record({
  messages: fc.array(
    fc.record(
      {
        role: fc.constantFrom('system', 'user', 'assistant', 'tool'),
        content: fc.oneof(text, fc.array(fc.oneof(textPart, image, audio), { maxLength: 4 })),
        tool_calls: fc.array(call, { maxLength: 2 }),
      },
      { requiredKeys: ['role', 'content'] },
    ),
    { maxLength: 6 },
  ),
  tools: fc.array(
    fc.record({
      type: fc.constant('function'),
      function: fc.record({ name: text, description: text, parameters: fc.dictionary(text, fc.jsonValue()) }),
    }),
    { maxLength: 3 },
  ),
});

/** As clients write it: raw, with white space, or with everything beyond ASCII escaped. */
const spelt = fc.constantFrom<(body: object) => string>(
  (body) => JSON.stringify(body),
  (body) => JSON.stringify(body, null, '\t'),
  (body) =>
    JSON.stringify(body).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
);

describe('the bound of a request’s input', () => {
  it('is never below the bytes of its text, the dearest images, its audio, and something for each message and tool', () => {
    let judged = 0;
    fc.assert(
      fc.property(request, spelt, fc.constantFrom(MODEL, 'gpt-4o-mini'), (fields, spell, model) => {
        const body = { model, ...fields };
        let result: ReturnType<typeof read>;
        try {
          result = read(spell(body));
        } catch {
          // A key stands in one object twice, but for its case.
          return;
        }
        assert.ok(!('bad' in result));
        judged++;
        const { bytes, images, audio } = weigh(fields);
        const dearest = model === 'gpt-4o-mini' ? DEAREST_OF_4O_MINI : DEAREST_IMAGE;
        const some = fields.messages.length * 8 + fields.tools.length * 32;
        const least = bytes + images * dearest + audio + some;
        const bound = inputBound(result.size, model, undefined);
        assert.ok(bound !== undefined && bound >= least, `${bound} < ${least}`);
        // And not without end: what a person sees of it should have to do with the request.
        const raw = Buffer.byteLength(spell(body));
        assert.ok(bound <= raw + images * dearest * 1.3 + audio + 2 * some + 2_100);
      }),
      { numRuns: 150 },
    );
    assert.ok(judged > 100);
  });

  it('has room for each message, tool, image and second of audio beside its own bytes', () => {
    const { size } = view({});
    const bound = (more: Partial<typeof size>): number =>
      inputBound({ ...size, ...more }, MODEL, undefined) ?? Number.NaN;
    assert.ok(bound({}) < 1000);
    assert.ok(bound({ messages: 100 }) - bound({}) >= 100 * 8);
    assert.ok(bound({ images: 100 }) - bound({}) >= 100 * DEAREST_IMAGE);
    assert.ok(bound({ tools: 1 }) - bound({}) >= 700);
    assert.ok(bound({ tools: 101 }) - bound({ tools: 1 }) >= 100 * 32);
    assert.equal(bound({ audioTokens: 100 }) - bound({}), 100);
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    const many = content(...Array.from({ length: 100 }, () => image));
    assert.ok(
      (inputBound(view(many).size, 'openai/GPT-4O-Mini', undefined) ?? 0) >= 100 * DEAREST_OF_4O_MINI,
    );
  });

  it('is the whole window of the model where a document has pages, and none where the window is unknown', () => {
    const pdf = { type: 'file', file: { filename: 'x.pdf', file_data: 'data:application/pdf;base64,AAAA' } };
    const { size } = view(content(pdf));
    assert.equal(inputBound(size, MODEL, 200_000), 200_000);
    assert.equal(inputBound(size, MODEL, undefined), undefined);
    const { size: long } = view(content(pdf, { type: 'text', text: 'x'.repeat(300_000) }));
    assert.ok((inputBound(long, MODEL, 200_000) ?? 0) > 300_000);
  });
});
