import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SseReader } from '../sse.ts';
import { Delivery, type Incoming } from './delivery.ts';

/** An event with a number, or without one. */
function incoming(number: number | undefined, more = ''): Incoming {
  const text = `data: {"type":"x"${number === undefined ? '' : `, "sequence_number" : ${number}`}${more}}\n\n`;
  const [event] = new SseReader().push(Buffer.from(text));
  assert.ok(event);
  return { event, number };
}

/** @returns the numbers of what went out; `-` where one has none */
function numbers(delivery: Delivery): string {
  const events = delivery.take().flatMap((bytes) => bytes.toString().trim().split('\n\n'));
  return events.map((event) => /"sequence_number" ?: ?(\d+)/.exec(event)?.[1] ?? '-').join(' ');
}
const own = [{ type: 'a' }, { type: 'b' }];

describe('delivery', () => {
  it('leaves numbers as they came, gaps included, while nothing is left out, put in or sent later', () => {
    const delivery = new Delivery();
    for (const n of [5, 6, 9]) delivery.pass(incoming(n));
    delivery.hold(0);
    delivery.of(0, incoming(10));
    delivery.of(0, incoming(12));
    assert.equal(numbers(delivery), '5 6 9');
    delivery.settle(0);
    delivery.pass(incoming(undefined));
    delivery.of(1, incoming(13));
    assert.equal(numbers(delivery), '10 12 - 13');
  });

  it('numbers in a row from where something is left out or put in', () => {
    const delivery = new Delivery();
    delivery.pass(incoming(3));
    delivery.skip();
    delivery.pass(incoming(7));
    delivery.of(0, own);
    delivery.pass(incoming(8, ',"x":[1]'));
    assert.equal(numbers(delivery), '3 4 5 6 7');
    delivery.pass({
      ...incoming(9),
      changes: [{ span: { start: 1, end: 9 }, bytes: Buffer.from('"type":"y"') }],
    });
    assert.equal(numbers(delivery), '8');
  });

  it('numbers in the order in which events go out, where one overtakes what waits', () => {
    const delivery = new Delivery();
    delivery.hold(0);
    delivery.of(0, incoming(0));
    delivery.pass(incoming(1));
    delivery.of(0, incoming(2));
    delivery.settle(0);
    assert.equal(numbers(delivery), '0 1 2');
    const quiet = new Delivery();
    quiet.hold(0);
    quiet.of(0, incoming(0));
    quiet.pass(incoming(undefined));
    quiet.of(0, incoming(5));
    quiet.settle(0);
    assert.equal(numbers(quiet), '- 0 5', 'what has no number changes none');
  });

  it('changes nothing of an event but its number', () => {
    const delivery = new Delivery();
    delivery.skip();
    delivery.pass(incoming(7, ', "x": "Grüß" '));
    assert.equal(
      Buffer.concat(delivery.take()).toString(),
      'data: {"type":"x", "sequence_number" : 0, "x": "Grüß" }\n\n',
    );
  });

  it('lets no item begin before one with a lower index, and everything else at once', () => {
    const delivery = new Delivery();
    delivery.of(0, incoming(0));
    delivery.hold(1);
    delivery.of(1, incoming(1));
    delivery.of(2, incoming(2));
    delivery.of(0, incoming(3));
    delivery.pass(incoming(4));
    assert.equal(numbers(delivery), '0 1 2', 'the open item and what is of none');
    assert.equal(delivery.firstHeld, 1);
    delivery.hold(3);
    delivery.of(3, incoming(5));
    delivery.of(2, incoming(6));
    delivery.of(1, incoming(7));
    delivery.settle(1);
    assert.equal(numbers(delivery), '3 4 5 6', 'items 1 and 2 as they came');
    delivery.settle(3, own);
    assert.equal(numbers(delivery), '7 8');
    assert.equal(delivery.firstHeld, undefined);
  });

  it('keeps the place of an item that is settled before an earlier one', () => {
    const delivery = new Delivery();
    for (const index of [0, 1]) {
      delivery.hold(index);
      delivery.of(index, incoming(index));
    }
    delivery.of(1, incoming(2));
    delivery.settle(1, own);
    assert.equal(numbers(delivery), '');
    delivery.of(0, incoming(3));
    delivery.settle(0);
    assert.equal(numbers(delivery), '0 1 2 3', 'its first event, ours, its last');
  });

  it('holds so many items and so much, and no more', () => {
    const many = new Delivery();
    assert.throws(() => {
      for (let n = 0; n <= 128; n++) many.hold(n);
    }, /too many tool calls/);
    const much = new Delivery();
    much.hold(0);
    const event = incoming(0, `,"x":"${'x'.repeat(1_000_000)}"`);
    for (let n = 0; n < 16; n++) much.of(1, event);
    assert.throws(() => much.of(1, event), /too much of the reply waits/);
    much.settle(0);
    much.hold(2);
    for (let n = 0; n < 16; n++) much.of(2, event);
  });
});
