import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../../testing-fast-check.ts';
import { inputBound } from './bound.ts';
import { content, read, view } from './testing-requests.ts';

const MODEL = 'claude-sonnet-4-5';

/** Anthropic, "Vision": the most that one image costs, tokens. */
const DEAREST_IMAGE = 4784;

/** All text of a request, in bytes of UTF-8, and its images; by walking the value, whatever it is. */
function weigh(value: unknown): { bytes: number; images: number } {
  if (typeof value === 'string') return { bytes: Buffer.byteLength(value), images: 0 };
  if (typeof value === 'number' || typeof value === 'boolean')
    return { bytes: String(value).length, images: 0 };
  if (typeof value !== 'object' || value === null) return { bytes: 0, images: 0 };
  const { type, source } = value as { type?: unknown; source?: { type?: unknown; data?: string } };
  const media = type === 'image' && source?.type === 'base64';
  const parts = Object.entries(value).map(([key, item]) => {
    const { bytes, images } = weigh(item);
    return { bytes: bytes + (Array.isArray(value) ? 0 : Buffer.byteLength(key)), images };
  });
  const sum = (of: 'bytes' | 'images'): number => parts.reduce((total, part) => total + part[of], 0);
  return {
    bytes: sum('bytes') - (media ? (source?.data?.length ?? 0) : 0),
    images: sum('images') + (media ? 1 : 0),
  };
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('👩‍🚀'.repeat(20), '\ud800', '\u0000\u0001', '"\\/\b'.repeat(9)),
);
const image = fc.record({
  type: fc.constant('image'),
  source: fc.record({
    type: fc.constant('base64'),
    media_type: fc.constant('image/png'),
    data: fc.base64String({ maxLength: 400 }),
  }),
});
const textPart = fc.record({ type: fc.constant('text'), text });
const part = fc.oneof(
  textPart,
  image,
  fc.record({
    type: fc.constant('tool_use'),
    id: text,
    name: text,
    input: fc.dictionary(text, fc.jsonValue()),
  }),
  fc.record({
    type: fc.constant('tool_result'),
    content: fc.oneof(text, fc.array(fc.oneof(textPart, image), { maxLength: 3 })),
  }),
  fc.record({ type: fc.constant('thinking'), thinking: text, signature: text }),
);
const request = fc.record({
  system: fc.oneof(text, fc.array(textPart, { maxLength: 3 })),
  messages: fc.array(
    fc.record({
      role: fc.constantFrom('user', 'assistant'),
      content: fc.oneof(text, fc.array(part, { maxLength: 4 })),
    }),
    { maxLength: 6 },
  ),
  tools: fc.array(
    fc.record({ name: text, description: text, input_schema: fc.dictionary(text, fc.jsonValue()) }),
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
  it('is never below the bytes of its text, the dearest images, and something for each message and tool', () => {
    let judged = 0;
    fc.assert(
      fc.property(request, spelt, (fields, spell) => {
        const body = { model: 'm', max_tokens: 1, ...fields };
        let result: ReturnType<typeof read>;
        try {
          result = read(spell(body));
        } catch {
          // A key stands in one object twice, but for its case.
          return;
        }
        assert.ok(!('bad' in result));
        judged++;
        const { bytes, images } = weigh(fields);
        const least = bytes + images * DEAREST_IMAGE + fields.messages.length * 8 + fields.tools.length * 32;
        const bound = inputBound(result.size, MODEL, undefined);
        assert.ok(bound !== undefined && bound >= least, `${bound} < ${least}`);
        // And not without end: what a person sees of it should have to do with the request.
        const raw = Buffer.byteLength(spell(body));
        assert.ok(
          bound <= raw + images * 5_000 + fields.messages.length * 16 + fields.tools.length * 64 + 2_000,
        );
      }),
      { numRuns: 150 },
    );
    assert.ok(judged > 100);
  });

  it('has room for each message, tool and image beside its own bytes', () => {
    const { size } = view({});
    const bound = (more: Partial<typeof size>): number =>
      inputBound({ ...size, ...more }, MODEL, undefined) ?? Number.NaN;
    assert.ok(bound({ messages: 100 }) - bound({}) >= 100 * 8);
    assert.ok(bound({ images: 100 }) - bound({}) >= 100 * DEAREST_IMAGE);
    assert.ok(bound({ tools: 101 }) - bound({ tools: 1 }) >= 100 * 32);
  });

  it('grows with what the provider adds to tools, and to those that it defines itself', () => {
    const bound = (body: object): number => inputBound(view(body).size, MODEL, undefined) ?? Number.NaN;
    const none = bound({});
    assert.ok(none >= 256 && none < 1000);
    const own = bound({ tools: [{ name: 'x', input_schema: {} }] });
    assert.ok(own - none >= 700, 'the system prompt that comes with tools');
    assert.ok(bound({ tools: [{ type: 'bash_20250124', name: 'bash' }] }) - own >= 1500, 'their definitions');
  });

  it('is the whole window of the model where a document has pages, and none where the window is unknown', () => {
    const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } };
    const { size } = view(content(pdf));
    assert.equal(inputBound(size, MODEL, 200_000), 200_000);
    assert.equal(inputBound(size, MODEL, undefined), undefined);
    const { size: long } = view(content(pdf, { type: 'text', text: 'x'.repeat(300_000) }));
    assert.ok((inputBound(long, MODEL, 200_000) ?? 0) > 300_000);
    const { size: wide } = view(content(pdf), 'context-1m-2025-08-07');
    assert.equal(inputBound(wide, MODEL, 200_000), 1_000_000, 'the beta for long contexts widens it');
    assert.equal(inputBound(wide, MODEL, 2_000_000), 2_000_000);
  });
});
