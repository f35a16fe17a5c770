import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Closed } from '../../core/audit/entry.ts';
import { closedDraft, limitOf, refusedDraft, requestFor, SMALL } from '../testing-drafts.ts';
import { ContentReader } from './content-reader.ts';
import { eraseSession } from './erase.ts';
import { prune } from './prune.ts';
import { rows } from './testing.ts';
import { DAY, Machine, SETTLED, START } from './testing-machine.ts';

const asked = ({ asked }: Closed) => asked as NonNullable<Closed['asked']>;

describe('retention of contents', () => {
  it('keeps what an entry still names, with all before it, and removes the rest', async (t) => {
    const machine = new Machine(t);
    const open = await machine.open('a');
    const { ledger } = open;
    const contents = await ledger.openContents('s1');
    const put = (text: string, prev: string | null) => contents.put(Buffer.from(text), prev);
    const one = put('one', null);
    const two = put('two', one);
    const aside = put('aside', one);
    const envelope = put('envelope', null);
    await machine.call(ledger, 'first', 's1', [], { envelope, messages: two });
    await machine.call(ledger, 'side', 's1', [], { envelope, messages: aside });
    const other = await ledger.openContents('s2');
    const gone = other.put(Buffer.from('gone'), null);
    await machine.call(ledger, 'other', 's2', [], { envelope: gone, messages: gone });
    machine.now += 40 * DAY;
    const three = put('three', two);
    await machine.call(ledger, 'second', 's1', [], { envelope, messages: three });
    const report = await prune({ ...open, before: machine.now - DAY, now: machine.now });
    assert.deepEqual([report.messages, report.sessions], [2, 1]);
    const reader = new ContentReader(open.db, open.paths.key);
    assert.deepEqual(reader.list('s1', three).map(String), ['one', 'two', 'three']);
    assert.equal(reader.get('s1', envelope).toString(), 'envelope');
    assert.throws(() => reader.get('s1', aside), { message: /^There is no content/ });
    assert.throws(() => reader.get('s2', gone), { message: /^Nothing is stored/ });
    await ledger.stop();
    assert.deepEqual(machine.found(), ['(pruned)']);
  });

  it('keeps a reply that only a closed entry names', async (t) => {
    const machine = new Machine(t);
    const open = await machine.open('a');
    const contents = await open.ledger.openContents('s1');
    machine.now += 40 * DAY;
    const call = { lease: 'l', at: machine.now };
    const reply = contents.put(Buffer.from('reply'), null);
    await open.ledger.reserve(requestFor(call));
    await open.ledger.settle('l', SETTLED, closedDraft(call, SETTLED, SMALL, { content: { reply } }));
    open.db.exec(`UPDATE contents SET at = ${START}`);
    const report = await prune({ ...open, before: machine.now - DAY, now: machine.now });
    assert.equal(report.messages, 0);
    assert.equal(new ContentReader(open.db, open.paths.key).get('s1', reply).toString(), 'reply');
    await open.ledger.stop();
  });

  it('keeps a request that only a refusal names, as long as its entry', async (t) => {
    const machine = new Machine(t);
    const open = await machine.open('a');
    const contents = await open.ledger.openContents('s1');
    machine.now += 40 * DAY;
    const put = (text: string, prev: string | null) => contents.put(Buffer.from(text), prev);
    const messages = put('no', put('before', null));
    const content = { envelope: put('{}', null), messages };
    put('unnamed', null);
    const refused = refusedDraft('x', machine.now) as Closed;
    await open.ledger.record({ ...refused, asked: { ...asked(refused), content } });
    open.db.exec(`UPDATE contents SET at = ${START}`);
    assert.equal((await prune({ ...open, before: machine.now - DAY, now: machine.now })).messages, 1);
    assert.equal(new ContentReader(open.db, open.paths.key).list('s1', messages).length, 2);
    machine.now += 40 * DAY;
    assert.equal((await prune({ ...open, before: machine.now - DAY, now: machine.now })).messages, 3);
    await open.ledger.stop();
  });

  it('spares what a process may still take for stored, and lets a session come back', async (t) => {
    const machine = new Machine(t);
    const open = await machine.open('a');
    const contents = await open.ledger.openContents('s1');
    contents.put(Buffer.from('unnamed'), null);
    await machine.call(open.ledger, 'l1', 's2');
    const pruneAll = () => prune({ ...open, before: machine.now, now: machine.now });
    assert.equal((await pruneAll()).messages, 0);
    machine.now += DAY;
    const { messages, sessions } = await pruneAll();
    assert.deepEqual([messages, sessions], [1, 1]);
    const address = contents.put(Buffer.from('something else'), null);
    await machine.call(open.ledger, 'l2', 's1', [], { envelope: address, messages: null });
    assert.equal(new ContentReader(open.db, open.paths.key).get('s1', address).toString(), 'something else');
    await open.ledger.stop();
  });

  it('never lets an erased session come back', async (t) => {
    const machine = new Machine(t);
    const open = await machine.open('a');
    const contents = await open.ledger.openContents('s1');
    await eraseSession('s1', open);
    machine.now += 900 * DAY;
    await prune({ ...open, before: machine.now, now: machine.now });
    contents.put(Buffer.from('again'), null);
    await open.ledger.record({ kind: 'stopped', at: machine.now });
    assert.deepEqual(rows(open.db, 'SELECT * FROM contents'), []);
    assert.equal((await open.ledger.openContents('s1')).erased, true);
    await open.ledger.stop();
  });
});

describe('retention of counters', () => {
  it('removes those whose window ended more than 400 days ago', async (t) => {
    const machine = new Machine(t);
    const open = await machine.open('a');
    const window = (name: string, resetsAt: number) => limitOf(1e9, { id: name, counter: name, resetsAt });
    const limits = [window('hour', START + 3_600_000), window('ever', Number.POSITIVE_INFINITY)];
    await machine.call(open.ledger, 'l1', 's1', limits);
    const remaining = () => rows(open.db, 'SELECT key FROM counters ORDER BY key').map(({ key }) => key);
    machine.now = START + 400 * DAY;
    await prune({ ...open, before: machine.now, now: machine.now });
    assert.deepEqual(remaining(), ['ever', 'hour']);
    machine.now += DAY;
    assert.equal(
      (await prune({ ...open, before: START, now: machine.now })).counters,
      0,
      'not before its leases',
    );
    assert.equal((await prune({ ...open, before: machine.now, now: machine.now })).counters, 1);
    assert.deepEqual(remaining(), ['ever']);
    await open.ledger.stop();
    assert.deepEqual(machine.found(), ['(pruned)']);
  });
});
