import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cpuMs } from '../testing-cpu.ts';
import { type SseEvent, SseReader, sseEvent, withData } from './sse.ts';

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

  it('gives back every byte it was given, to each event its own', () => {
    const raws = (text: string, size?: number) => read(text, size).events.map(({ raw }) => raw.toString());
    for (const text of [stream, stream.replace(/\r\n|\r|\n/g, '\r\n'), 'data: 1\r\n\r\ndata: 2\r\n\r\n']) {
      for (let size = 1; size <= text.length; size++) assert.deepEqual(raws(text, size), raws(text));
    }
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
    const ms = cpuMs(() => {
      const { events } = read(`data: ${'x'.repeat(4_000_000)}\n\n`, 100);
      assert.equal(events[0]?.data?.length, 4_000_000);
    });
    assert.ok(ms < 10_000, `${ms} ms`);
  });

  it('stays linear on an event of very many lines of data', () => {
    const ms = cpuMs(() => {
      const { events } = read(`${'data:x\n'.repeat(500_000)}\n`);
      assert.equal(events[0]?.data?.length, 999_999);
    });
    assert.ok(ms < 10_000, `${ms} ms`);
  });

  it('tells of lines that are none of the standard’s, which some clients read all the same', () => {
    const odd = ['\ufeffdata: x', ' data: x', 'Data: x', 'DATA', 'datum: x', '\ufeff', 'event : x', '\0'];
    for (const line of odd) {
      assert.equal(read(`: first\n\ndata: y\n${line}\n\n`).events[1]?.foreign, true, JSON.stringify(line));
      assert.equal(read(`: first\n\n${line}\n\n`).events[1]?.foreign, true, JSON.stringify(line));
    }
    for (const line of ['data', 'data:', 'event', 'id: 7', 'id', 'retry: 1', ':', ': comment', ':data: x']) {
      assert.equal(read(`: first\n\ndata: y\n${line}\n\n`).events[1]?.foreign, false, line);
    }
    assert.equal(read('\ufeffdata: y\n\n').events[0]?.foreign, false);
  });

  it('tells of lines other than data that some clients would read as several', () => {
    const ends = [
      '\u2028',
      '\u2029',
      '\u0085',
      '\x0b',
      '\x0c',
      '\x1c',
      '\x1d',
      '\x1e',
      '\0',
      '\x7f',
      '\u00a0',
      'ü',
    ];
    for (const end of ends) {
      for (const line of [
        `:${end}`,
        `: a${end}data: x`,
        `id: 7${end}`,
        `id${end}`,
        `retry: 1${end}`,
        `event: a${end}b`,
      ]) {
        for (const text of [`${line}\n\n`, `${line}\ndata: y\n\n`, `data: y\n${line}\r\n\r\n`]) {
          const { events } = read(`: first\n\n${text}`);
          assert.equal(events[1]?.foreign, true, JSON.stringify(text));
        }
      }
      assert.equal(read(`data: "${end}"\n\n`).events[0]?.foreign, false, 'in data the JSON decides');
    }
    assert.equal(read(': a\tb ~\nid:\t7\n\n').events[0]?.foreign, false);
  });

  it('puts other data into an event and leaves everything around it', () => {
    const change = (text: string, data = '{"new":1}'): string => {
      const [event] = read(text).events;
      assert.ok(event);
      return withData(event, Buffer.from(data)).toString();
    };
    assert.equal(
      change(': {"a":1}\r\nevent: a\r\nid: {"a":1}\r\ndata:{"a":1}\r\nretry: 1\r\n\r\n'),
      ': {"a":1}\r\nevent: a\r\nid: {"a":1}\r\ndata:{"new":1}\r\nretry: 1\r\n\r\n',
    );
    assert.equal(
      change('event: a\ndata: {\ndata: "a":1}\n\n', '{\n"n":1}'),
      'event: a\ndata: {\ndata: "n":1}\n\n',
    );
    assert.equal(change('data: {\ndata: "a":1}\n\n', '{\n"n":1}'), 'data: {\ndata: "n":1}\n\n');
    assert.equal(change('data: {\ndata: "a":1}\n\n', '{"n":1}'), 'data: {"n":1}\n\n');
    assert.equal(change('data: 1\n\n', '1\n2'), 'data: 1\ndata: 2\n\n');
  });

  it('writes what it reads', () => {
    const [event] = read(sseEvent('ping', { type: 'ping' }).toString()).events;
    assert.equal(event?.type, 'ping');
    assert.equal(event?.data?.toString(), '{"type":"ping"}');
  });
});
