import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messages } from './messages.ts';
import { httpRequest, requestBody, targetAt } from './request.ts';
import { KEY } from './wire.ts';
import { WIRES, wireOfPath } from './wires.ts';

describe('the requests of the bench', () => {
  for (const wire of WIRES) {
    for (const bytes of [2048, 102_400]) {
      it(`have exactly ${bytes} bytes of valid JSON: ${wire.title}`, () => {
        for (const stream of [false, true]) {
          const body = requestBody({ wire, bytes, stream });
          assert.equal(body.length, bytes);
          const { model, stream: streams = false } = JSON.parse(body.toString());
          assert.equal(streams, stream);
          assert.equal(model, stream ? wire.models.stream : wire.models.json);
        }
      });
    }

    it(`are conversations with tools, escapes and characters beyond ASCII: ${wire.title}`, () => {
      const text = requestBody({ wire, bytes: 102_400 }).toString();
      const { messages = [], input = messages, tools } = JSON.parse(text);
      assert.ok(input.length > 60 && tools.length === 8);
      assert.ok(text.split('\\n').length > 1000, 'source text is full of line ends');
      assert.ok(/[^\x20-\x7e]/.test(text));
    });

    it(`show the key of Tollgate's callers: ${wire.title}`, () => {
      assert.equal(wire.headers.length % 2, 0);
      assert.ok(wire.headers.at(-1)?.endsWith(KEY));
      assert.equal(wireOfPath(`/anthropic${wire.path}`), wire);
    });
  }

  it('are whole HTTP requests', () => {
    const request = httpRequest(targetAt(1234, messages), Buffer.from('{}')).toString();
    assert.ok(
      request.startsWith('POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:1234\r\ncontent-length: 2\r\n'),
    );
    assert.ok(request.endsWith('\r\n\r\n{}'));
  });

  it('need some room', () => {
    assert.throws(() => requestBody({ wire: messages, bytes: 500 }), /500 bytes are too few/);
  });
});
