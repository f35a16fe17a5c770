/**
 * The event reader against eventsource-parser, on streams that were spoilt and cut by chance.
 *
 * The library reads text, so it gets each byte as one character. It follows the standard in all that is compared here,
 * with the whole stream in one piece; ours gets the same bytes cut anywhere. Events without data are no events for it.
 *
 * One deviation is on purpose: where lines end with CRLF, an event is over with the LF of its blank line and not with
 * the CR, so that an event stays whole whatever becomes of its neighbours. It shows only where a stream stops right
 * between the two, so such streams get their LF.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createParser } from 'eventsource-parser';
import { CASES, Chance, SEED } from '../json/testing.ts';
import { type SseEvent, SseReader } from './sse.ts';

const STREAM =
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","content":[]}}\n\n' +
  'event: ping\ndata: {"type": "ping"}\n\n: comment\n\n' +
  'id: 1\nevent:content_block_delta\nretry: 10\ndata:{"text":"Grüß 👩‍🚀 :: \u2028 data: x"}\n\n' +
  'data\ndata: [\ndata:  1]\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n';

const LINE_ENDS = ['\n', '\r\n', '\r'];
const PIECES = [
  ...['\n', '\r', '\r\n', '\n\n', '\r\r', '\n\r', '\ufeff', '\0', ' ', ':', '\t', '\v', '\u2028', '\u0085'],
  ...[
    'data',
    'data:',
    'data: ',
    'Data: x',
    ' data: x',
    'event',
    'event:',
    'event: \n',
    'event: x\n',
    'id: \0',
    'datax: y',
  ],
];

/** A part of a stream, with other line ends and other bytes in some places. */
function makeStream(chance: Chance): Buffer {
  const text = chance.pick([STREAM, STREAM.replaceAll('\n', '\r\n'), STREAM.replaceAll('\n', '\r')]);
  const whole = Buffer.from(
    text.replace(/\n/g, (end) => (chance.below(40) === 0 ? chance.pick(LINE_ENDS) : end)),
  );
  const from = chance.pick([0, chance.below(whole.length)]);
  const parts: Buffer[] = [whole.subarray(from, from + chance.pick([40, 90, 200, 900]))];
  if (chance.below(8) === 0) parts.unshift(Buffer.from('\ufeff'));
  let bytes = Buffer.concat(parts);
  for (let times = chance.below(4); times > 0; times--) {
    const at = chance.below(bytes.length + 1);
    const added = chance.below(6) === 0 ? Buffer.from([chance.below(256)]) : Buffer.from(chance.pick(PIECES));
    bytes = Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + chance.below(3))]);
  }
  return bytes;
}

function readInPieces(bytes: Buffer, chance: Chance): { events: SseEvent[]; rest: Buffer } {
  const reader = new SseReader();
  const most = chance.pick([1, 3, 20, 1000]);
  const events: SseEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + chance.below(most));
    events.push(...reader.push(bytes.subarray(at, end)));
    at = end;
  }
  return { events, rest: reader.rest() };
}

function consult(bytes: Buffer): [string, string][] {
  const events: [string, string][] = [];
  createParser({ onEvent: ({ event, data }) => events.push([event ?? 'message', data]) }).feed(
    bytes.toString('latin1'),
  );
  return events;
}

/** Whether one of its lines is none of the standard's, or one other than data has more than printable ASCII. */
function hasForeignLine(raw: Buffer, first: boolean): boolean {
  const text = raw.toString('latin1');
  const lines = (first ? text.replace(/^\xef\xbb\xbf/, '') : text).split(/\r\n|\r|\n/);
  return lines.some((line) => !/^(?:$|data(?:$|:.*$)|(?::|(?:event|id|retry)(?:$|:))[\t -~]*$)/s.test(line));
}

test('the event reader and eventsource-parser read every one of 100,000 spoilt streams alike', () => {
  const chance = new Chance(SEED);
  let accepted = 0;
  let foreign = 0;
  for (let n = 0; n < CASES; n++) {
    let bytes = makeStream(chance);
    if (bytes.subarray(-3).equals(Buffer.from('\r\n\r'))) bytes = Buffer.concat([bytes, Buffer.from('\n')]);
    const { events, rest } = readInPieces(bytes, chance);
    const say = () => `seed ${SEED}, case ${n}: ${JSON.stringify(bytes.toString('latin1'))}`;
    assert.ok(Buffer.concat([...events.map(({ raw }) => raw), rest]).equals(bytes), say());
    const got = events.flatMap(({ type, data }) =>
      data === undefined ? [] : [[Buffer.from(type).toString('latin1'), data.toString('latin1')]],
    );
    const expected = consult(bytes);
    // A label is decoded as UTF-8 here, so that bytes which are none come out as U+FFFD.
    for (const event of expected)
      event[0] = Buffer.from(Buffer.from(event[0], 'latin1').toString()).toString('latin1');
    assert.deepEqual(got, expected, say());
    for (const [i, { raw, data, dataAt, foreign: odd }] of events.entries()) {
      assert.equal(odd, hasForeignLine(raw, i === 0), say());
      if (odd) foreign++;
      if (data !== undefined && dataAt !== undefined) {
        assert.ok(raw.subarray(dataAt, dataAt + data.length).equals(data), say());
        assert.match(raw.toString('latin1', 0, dataAt), /(?:^|[\n\r]|\xef\xbb\xbf)data:? ?$/, say());
      }
    }
    if (expected.length > 0) accepted++;
  }
  const rate = accepted / CASES;
  console.log(`SSE fuzz, seed ${SEED}: ${(rate * 100).toFixed(1)} % of the streams have an event`);
  assert.ok(rate > 0.05 && rate < 0.95, `acceptance ${rate}`);
  assert.ok(foreign > CASES / 200, 'the fuzz does not reach lines that are none of the standard’s');
});
