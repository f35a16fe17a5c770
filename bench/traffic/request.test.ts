import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { httpRequest, requestBody } from './request.ts';

describe('the requests of the bench', () => {
  for (const bytes of [2048, 102_400]) {
    it(`have exactly ${bytes} bytes of valid JSON`, () => {
      for (const stream of [false, true]) {
        const body = requestBody({ bytes, stream });
        assert.equal(body.length, bytes);
        assert.equal(JSON.parse(body.toString()).stream ?? false, stream);
      }
    });
  }

  it('are conversations with tools, escapes and characters beyond ASCII where there is room for them', () => {
    const text = requestBody({ bytes: 102_400 }).toString();
    const { messages, tools } = JSON.parse(text);
    assert.ok(messages.length > 60 && tools.length === 8);
    assert.ok(text.split('\\n').length > 1000, 'source text is full of line ends');
    assert.ok(/[^\x20-\x7e]/.test(text));
  });

  it('are whole HTTP requests', () => {
    const request = httpRequest(1234, Buffer.from('{}')).toString();
    assert.ok(
      request.startsWith('POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:1234\r\ncontent-length: 2\r\n'),
    );
    assert.ok(request.endsWith('\r\n\r\n{}'));
  });
});
