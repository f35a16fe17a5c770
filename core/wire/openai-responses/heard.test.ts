import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Heard } from './heard.ts';

describe('what was heard of a reply', () => {
  it('is counted for each item by itself, so that interleaved pieces make no words', () => {
    const heard = new Heard();
    for (let n = 0; n < 100; n++) {
      heard.delta(0, 'text', 'abc');
      heard.delta(1, 'text', '-');
      heard.delta(1, 'arguments', 'abc');
    }
    assert.equal(heard.atLeast, 0, 'three words, half a token each at least, rounded down');
    for (let n = 0; n < 100; n++) heard.delta(0, 'text', ' abc');
    assert.equal(heard.atLeast, 50);
  });

  it('is what an item says at its end, where its deltas were less', () => {
    const heard = new Heard();
    const words = (n: number): string => 'w '.repeat(n);
    heard.delta(0, 'text', words(10));
    heard.done(0, { type: 'message', content: [{ text: words(10) }, { refusal: words(20) }, 'x'] });
    assert.equal(heard.atLeast, 15);
    heard.done(1, { type: 'function_call', arguments: words(10) });
    heard.done(2, { type: 'reasoning', summary: [{ text: words(10) }], content: [{ text: words(10) }] });
    heard.done(3, { type: 'custom_tool_call', input: words(10) });
    assert.equal(heard.atLeast, 15 + 5 + 10 + 5);
    heard.done(4, { type: 'shell_call', action: { commands: [words(10)] } });
    assert.ok(heard.atLeast >= 40);
    const before = heard.atLeast;
    heard.delta(5, 'text', words(10));
    heard.done(5, { type: 'message', content: [] });
    heard.done(6, { type: 'reasoning', encrypted_content: words(50) });
    heard.done(7, { type: 'mcp_call', output: words(50) });
    heard.done(8, { type: 'image_generation_call', result: words(50) });
    assert.equal(heard.atLeast, before + 5, 'what is sealed or comes from tools is no output');
  });
});
