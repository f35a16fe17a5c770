import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type SseEvent, SseReader, sseEvent } from './sse.ts';

function read(text: string, size = text.length, max?: number): { events: SseEvent[]; rest: Buffer } {
  const reader = new SseReader(max);
  const bytes = Buffer.from(text);
  const events: SseEvent[] = [];
  for (let i = 0; i < bytes.length; i += size) events.push(...reader.push(bytes.subarray(i, i + size)));
  return { events, rest: reader.rest() };
}

const plain = (events: SseEvent[]) => events.map((event) => [event.type, event.data?.toString()]);

describe('server-sent events', () => {
  const stream =
    '\ufeff: hello\r\nevent: a\r\ndata: 1\r\ndata:2\r\n\r\n' +
    'data:  two spaces\n\n' +
    'id: 7\nevent:b\nretry: 3\n\n' +
    'data\rdata: x\r\r' +
    'event: a\nevent: c\ndata: {"k":":"}\n\nevent: unfinished\ndata: z\n';
  const expected = [
    ['a', '1\n2'],
    ['message', ' two spaces'],
    ['b', undefined],
    ['message', '\nx'],
    ['c', '{"k":":"}'],
  ];

  it('reads fields, comments, all line ends and the byte order mark, however the stream is cut', () => {
    for (let size = 1; size <= stream.length; size++) {
      assert.deepEqual(plain(read(stream, size).events), expected, `pieces of ${size} bytes`);
    }
  });

  it('gives back every byte it was given', () => {
    for (let size = 1; size <= stream.length; size++) {
      const { events, rest } = read(stream, size);
      assert.equal(Buffer.concat([...events.map((event) => event.raw), rest]).toString(), stream);
    }
  });

  it('refuses to hold an event beyond its bound', () => {
    assert.throws(() => read(`data: ${'x'.repeat(200)}`, 64, 100), RangeError);
    assert.throws(() => read(`data: ${'x'.repeat(200)}\n\n`, 64, 100), RangeError);
  });

  it('stays linear on one long event cut into small chunks', () => {
    const started = performance.now();
    const { events } = read(`data: ${'x'.repeat(4_000_000)}\n\n`, 100);
    assert.equal(events[0]?.data?.length, 4_000_000);
    assert.ok(performance.now() - started < 2000);
  });

  it('writes what it reads', () => {
    const [event] = read(sseEvent('ping', { type: 'ping' }).toString()).events;
    assert.equal(event?.type, 'ping');
    assert.equal(event?.data?.toString(), '{"type":"ping"}');
  });
});
