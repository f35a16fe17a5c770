import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../../testing-fast-check.ts';
import { inputBound } from './bound.ts';
import { content, items, read, view } from './testing-requests.ts';

const MODEL = 'gpt-6-sol';

/** OpenAI, "Images and vision": 10,000 patches with `original` detail, times 1.2 at most. */
const DEAREST_IMAGE = 12_000;

/** All text of a request, in bytes of UTF-8, and its images; by walking the value, whatever it is. */
function weigh(value: unknown): { bytes: number; images: number } {
  if (typeof value === 'string') return { bytes: Buffer.byteLength(value), images: 0 };
  if (typeof value !== 'object' || value === null) return { bytes: String(value).length, images: 0 };
  const { type, image_url } = value as { type?: unknown; image_url?: string };
  const media = type === 'input_image';
  const parts = Object.entries(value).map(([key, item]) => {
    const { bytes, images } = weigh(item);
    return { bytes: bytes + (Array.isArray(value) ? 0 : Buffer.byteLength(key)), images };
  });
  const sum = (of: 'bytes' | 'images'): number => parts.reduce((total, part) => total + part[of], 0);
  return {
    bytes: sum('bytes') - (media ? (image_url?.length ?? 0) : 0),
    images: sum('images') + (media ? 1 : 0),
  };
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('👩‍🚀'.repeat(20), '\ud800', '\u0000\u0001', '"\\/\b'.repeat(9)),
);
const image = fc.base64String({ maxLength: 400 }).map((data) => ({
  type: 'input_image',
  image_url: `data:image/png;base64,${data}`,
}));
const textPart = fc.record({ type: fc.constant('input_text'), text });
const parts = fc.oneof(text, fc.array(fc.oneof(textPart, image), { maxLength: 4 }));
const item = fc.oneof(
  fc.record({ role: fc.constantFrom('user', 'assistant'), content: parts }),
  fc.record({ type: fc.constant('function_call'), call_id: text, name: text, arguments: text }),
  fc.record({ type: fc.constant('function_call_output'), call_id: text, output: parts }),
  fc.record({ type: fc.constant('reasoning'), summary: fc.constant([]), encrypted_content: text }),
  fc.record({ type: fc.constant('shell_call_output'), output: fc.array(fc.record({ stdout: text })) }),
);
const tool = fc.oneof(
  fc.record({
    type: fc.constant('function'),
    name: text,
    description: text,
    parameters: fc.dictionary(text, fc.jsonValue()),
  }),
  fc.record({ type: fc.constant('custom'), name: text, description: text }),
);
const request = fc.record({
  instructions: text,
  input: fc.oneof(text, fc.array(item, { maxLength: 6 })),
  tools: fc.array(tool, { maxLength: 3 }),
});

/** As clients write it: raw, with white space, or with everything beyond ASCII escaped. */
const spelt = fc.constantFrom<(body: object) => string>(
  (body) => JSON.stringify(body),
  (body) => JSON.stringify(body, null, '\t'),
  (body) =>
    JSON.stringify(body).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
);

describe('the bound of a request’s input', () => {
  it('is never below the bytes of its text, the dearest images, and something for each item and tool', () => {
    let judged = 0;
    fc.assert(
      fc.property(request, spelt, (fields, spell) => {
        let result: ReturnType<typeof read>;
        try {
          result = read(spell({ model: 'm', ...fields }));
        } catch {
          // A key stands in one object twice, but for its case.
          return;
        }
        assert.ok(!('bad' in result), JSON.stringify(result));
        judged++;
        const { bytes, images } = weigh(fields);
        const count = Array.isArray(fields.input) ? fields.input.length : 1;
        const least = bytes + images * DEAREST_IMAGE + count * 8 + fields.tools.length * 32;
        const bound = inputBound(result.size, MODEL, undefined);
        assert.ok(bound !== undefined && bound >= least, `${bound} < ${least}`);
        // And not without end: what a person sees of it should have to do with the request.
        const raw = Buffer.byteLength(spell({ model: 'm', ...fields }));
        assert.ok(bound <= raw + images * 12_000 + count * 16 + fields.tools.length * 64 + 2_000);
      }),
      { numRuns: 200 },
    );
    assert.ok(judged > 100);
  });

  it('has room for each item, tool and image beside its own bytes, and counts audio by its bytes', () => {
    const { size } = view({});
    const bound = (more: Partial<typeof size>): number =>
      inputBound({ ...size, ...more }, MODEL, undefined) ?? Number.NaN;
    assert.ok(bound({}) >= 256 && bound({}) < 1000);
    assert.ok(bound({ messages: 100 }) - bound({}) >= 100 * 8);
    assert.ok(bound({ images: 100 }) - bound({}) >= 100 * DEAREST_IMAGE);
    assert.ok(bound({ tools: 101 }) - bound({ tools: 1 }) >= 100 * 32);
    assert.ok(bound({ tools: 1 }) - bound({}) >= 700, 'what is said about tools as such');
    assert.equal(bound({ audioTokens: 5000 }) - bound({}), 5000);
    const built = view({ tools: [{ type: 'apply_patch' }] }).size;
    const own = view({ tools: [{ type: 'custom', name: '' }] }).size;
    assert.ok(
      (inputBound(built, MODEL, undefined) ?? 0) - (inputBound(own, MODEL, undefined) ?? 0) >= 1500,
      'their definitions',
    );
  });

  it('has five times as much for an image of gpt-4o-mini, whose images count so', () => {
    const part = content({ type: 'input_image', image_url: 'data:,' });
    const bound = (model: string) => inputBound(view(part).size, model, undefined) ?? 0;
    assert.ok(bound('gpt-4o-mini') - bound('gpt-4o-maxi') >= 48_169 - DEAREST_IMAGE);
  });

  it('is the whole window of the model where a file has pages, and none where the window is unknown', () => {
    const pdf = { type: 'input_file', file_data: 'AAAA' };
    const { size } = view(content(pdf));
    assert.equal(inputBound(size, MODEL, 200_000), 200_000);
    assert.equal(inputBound(size, MODEL, undefined), undefined);
    const { size: long } = view(content(pdf, { type: 'input_text', text: 'x'.repeat(300_000) }));
    assert.ok((inputBound(long, MODEL, 200_000) ?? 0) > 300_000);
    assert.ok((inputBound(view(items()).size, MODEL, 200_000) ?? 0) < 1000);
  });
});
