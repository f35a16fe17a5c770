import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageText, streamEvents, TIME_MARK } from './reply.ts';

describe('the replies of the stand-in providers', () => {
  it('are a message of about 1.1 KB with usage and a tool call', () => {
    const text = messageText();
    const message = JSON.parse(text);
    assert.ok(Math.abs(text.length - 1100) < 60, `${text.length} bytes`);
    assert.equal(message.content[1].name, 'Bash');
    assert.equal(message.usage.output_tokens, 96);
    assert.doesNotMatch(text, /\$/, 'nginx would take it for a variable');
  });

  it('are streams of 50 events of about 170 bytes that say the same', () => {
    const events = streamEvents();
    assert.equal(events.length, 50);
    assert.ok(Math.abs(events.join('').length / 50 - 170) < 15);
    const data = events.map((event) => JSON.parse(event.split('\ndata: ')[1] ?? ''));
    const args = data.map(({ delta }) => delta?.partial_json ?? '').join('');
    assert.match(JSON.parse(args).command, /^node --test/);
    assert.equal(data.at(-1).type, 'message_stop');
    assert.ok(events.filter((event) => event.includes(TIME_MARK)).length > 30);
  });
});
