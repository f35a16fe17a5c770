import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { content, found, read, view } from './testing-requests.ts';

const image = (url: unknown, more: object = {}) => ({ type: 'image_url', image_url: { url, ...more } });
const PNG = 'data:image/png;base64,iVBORw0KGgo=';
const sizeOf = (...parts: readonly unknown[]) => view(content(...parts)).size;

describe('content parts', () => {
  it('are known by their type', () => {
    assert.deepEqual(found(content({ type: 'text', text: 'x' }, { type: 'refusal', refusal: 'x' })), []);
    assert.deepEqual(found(content({ type: 'thinking', thinking: [] })), []);
    assert.deepEqual(found(content({ type: 'hologram' })), [
      'unknown_part hologram at messages[0].content[0]',
    ]);
    assert.deepEqual(found(content({ type: 'video_url', video_url: { url: PNG } })), [
      'capability video_url at messages[0].content[0] (url_content)',
    ]);
    for (const part of ['x', null, { text: 'x' }, { type: 7 }]) assert.ok('bad' in read(content(part)));
  });

  it('with an image in them count it, and not its bytes', () => {
    const text = sizeOf({ type: 'text', text: '' }).textBytes;
    for (const part of [image(PNG), image(PNG, { detail: 'high' }), { type: 'image_url', image_url: PNG }]) {
      const long = JSON.parse(JSON.stringify(part).replace('iVBOR', 'A'.repeat(5000)));
      assert.equal(sizeOf(long).images, 1);
      assert.ok(sizeOf(long).textBytes < text + 100);
      assert.deepEqual(found(content(part)), []);
    }
    assert.equal(sizeOf(image('DATA:image/webp;base64,AAAA')).images, 1);
    const mini = { model: 'openai/GPT-4O-Mini-2024', ...content(image(PNG), image(PNG)) };
    assert.equal(view(mini).size.images, 2, 'how much each counts is for the model that is called');
  });

  it('that the provider fetches are a capability', () => {
    for (const url of [
      'https://example.com/a.png',
      'http://10.0.0.1/',
      'HTTPS://x',
      'gs://x/y',
      'file:///etc/passwd',
      'x',
      ' data:image/png;base64,AA',
    ]) {
      for (const part of [image(url), { type: 'image_url', image_url: url }]) {
        assert.deepEqual(found(content(part)), [
          'capability image_url at messages[0].content[0].image_url (url_content)',
        ]);
        assert.equal(sizeOf(part).images, 0);
      }
    }
    const file = { type: 'file', file: { file_data: 'https://example.com/a.pdf' } };
    assert.deepEqual(found(content(file)), ['capability file at messages[0].content[0].file (url_content)']);
    const hidden = { type: 'text', text: 'x', image_url: { url: 'https://example.com' } };
    assert.deepEqual(found(content(hidden)).length, 1, 'whatever the type says');
  });

  it('with other data where an image is expected are documents, and count as text too', () => {
    for (const url of ['data:application/pdf;base64,AAAA', 'data:image/png,AAAA', 'data:,hello']) {
      const { images, documents, textBytes } = sizeOf(image(url));
      assert.deepEqual([images, documents], [0, 1]);
      assert.ok(textBytes > JSON.stringify(content(image(url))).length - 5);
    }
  });

  it('with audio count no more tokens than it has bytes', () => {
    const data = 'A'.repeat(4000);
    const { audioTokens, textBytes } = sizeOf({ type: 'input_audio', input_audio: { data, format: 'mp3' } });
    assert.equal(audioTokens, 4000);
    assert.ok(textBytes < 300);
  });

  it('with a file are a document, or a file that the provider keeps', () => {
    for (const file_data of ['data:application/pdf;base64,AAAA', 'AAAA'.repeat(1000)]) {
      const part = { type: 'file', file: { file_data, filename: 'x.pdf' } };
      const { documents, textBytes } = sizeOf(part);
      assert.equal(documents, 1);
      assert.ok(textBytes < 300);
      assert.deepEqual(found(content(part)), []);
    }
    assert.deepEqual(found(content({ type: 'file', file: { file_id: 'file-1', file_data: null } })), [
      'capability messages[].content[].file_id at messages[0].content[0].file (files)',
    ]);
    assert.deepEqual(found(content({ type: 'file', file: { file_url: 'https://x' } })), [
      'unknown_field messages[].content[].file_url at messages[0].content[0].file',
    ]);
  });

  it('that are not of their form are refused', () => {
    for (const part of [
      { type: 'image_url' },
      { type: 'image_url', image_url: null },
      { type: 'image_url', image_url: 7 },
      image(7),
      { type: 'input_audio' },
      { type: 'input_audio', input_audio: { data: {} } },
      { type: 'file', file: { file_data: ['x'] } },
      { type: 'file', file: [] },
    ]) {
      assert.ok('bad' in read(content(part)), JSON.stringify(part));
    }
  });
});

describe('tools', () => {
  it('are known by their type, which some clients leave out', () => {
    const tools = [
      { type: 'function', function: {} },
      { type: 'custom', custom: {} },
      { function: {} },
      { type: null },
    ];
    assert.deepEqual(found({ tools }), []);
    const { size } = view({ tools, functions: [{ name: 'x' }] });
    assert.deepEqual([size.tools, size.providerTools], [5, 0]);
    assert.deepEqual(found({ tools: [{ type: 'web_search' }, { type: 'mcp' }, { type: 'brand_new' }] }), [
      'capability web_search at tools[0] (server_tools)',
      'capability mcp at tools[1] (mcp)',
      'unknown_tool_type brand_new at tools[2]',
    ]);
  });
});
