import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { advance, type ChainState, link, newChain } from '../../core/audit/chain.ts';
import type { EntryDraft } from '../../core/audit/entry.ts';
import { LedgerUnavailable } from '../../core/ports.ts';
import { binary } from '../../test/cluster/binaries.ts';
import { atEnd } from '../../test/support/output.ts';
import { ForkError, MongoAudit, type StoredEntry } from './audit.ts';
import { startTestMongo, type TestMongo } from './testing.ts';
import { startMongoProxy } from './testing-proxy.ts';

/** A chain of so many entries, each of another lease. */
function chainOf(name: string, count: number): StoredEntry[] {
  let state: ChainState = newChain(name);
  return Array.from({ length: count }, (_, i) => {
    const entry: EntryDraft = {
      kind: 'incomplete',
      at: 1_000 + i,
      exchange: `${name}-x${i}`,
      lease: `${name}-l${i}`,
      amounts: { usd: i, tokens: 0, requests: 1 },
    };
    const linked = link(state, entry);
    state = advance(state, linked);
    return { ...linked, entry };
  });
}

const bare = (entries: readonly StoredEntry[]) => entries.map(({ seq, text, hash }) => ({ seq, text, hash }));

describe('the audit log in MongoDB', { timeout: 600_000 }, () => {
  let server: TestMongo;
  let audit: MongoAudit;

  before(async () => {
    server = await startTestMongo(await binary('ferretdb'));
    audit = await MongoAudit.open(server.url);
  });
  after(async () => {
    await audit.close();
    await server.close();
  });

  it('keeps entries as they were hashed, and knows where a chain ends', async () => {
    const entries = chainOf('a', 5);
    await audit.store('a', entries.slice(0, 3));
    await audit.store('a', entries.slice(3));
    assert.deepEqual(await audit.chain('a'), bare(entries));
    assert.deepEqual(await audit.end('a'), { chain: 'a', seq: 5, hash: entries[4]?.hash });
    assert.equal(await audit.end('none'), undefined);
  });

  it('takes the same entries again, in any order, and is not shortened by that', async () => {
    const entries = chainOf('b', 6);
    await audit.store('b', entries);
    await audit.store('b', entries.slice(0, 2));
    await Promise.all([audit.store('b', entries.slice(2, 5)), audit.store('b', entries)]);
    assert.deepEqual(await audit.chain('b'), bare(entries));
    assert.equal((await audit.end('b'))?.seq, 6);
  });

  it('refuses another entry in a place that is taken, and keeps the first', async () => {
    const entries = chainOf('c', 3);
    await audit.store('c', entries);
    const other = chainOf('c', 4).map((entry, i) =>
      i === 1 ? { ...entry, hash: 'f'.repeat(64), text: '{}' } : entry,
    );
    await assert.rejects(audit.store('c', other), ForkError);
    assert.deepEqual((await audit.chain('c')).slice(0, 3), bare(entries));
  });

  it('finds what is stored of leases, and what happened since', async () => {
    const [entry] = chainOf('d', 1);
    assert.ok(entry);
    const opened = {
      ...entry,
      entry: { ...entry.entry, kind: 'opened', lease: 'd-open' } as unknown as EntryDraft,
    };
    await audit.store('d', [opened]);
    assert.deepEqual(
      await audit.of(['d-open', 'd-none', 'a-l0']),
      new Set(['opened d-open', 'incomplete a-l0']),
    );
    const since: string[] = [];
    for await (const { at, ...draft } of audit.since(1_004))
      if ('exchange' in draft) since.push(`${draft.exchange} ${at}`);
    assert.deepEqual(since.toSorted(), ['a-x4 1004', 'b-x4 1004', 'b-x5 1005']);
  });

  it('hands over what counters are counted from one lease after another, each in order of its chains', async () => {
    const other = await MongoAudit.open(`${server.url}leases`);
    try {
      const leases = ['b', 'ä', 'a', 'Z', 'b', 'a10', 'a', 'a2'];
      for (const chain of ['two', 'one']) {
        const amounts = { usd: 1, tokens: 0, requests: 1 };
        let state = newChain(chain);
        const entries = [
          { kind: 'stopped', at: 1 } as const,
          { kind: 'carried', at: 1, counters: [[chain, 1, null]] } as const,
          ...leases.map((lease) => ({ kind: 'incomplete', at: 1, exchange: 'x', lease, amounts }) as const),
          { kind: 'content_read', at: 1, exchange: 'x', by: 'me' } as const,
        ].map((entry) => {
          const linked = link(state, entry);
          state = advance(state, linked);
          return { ...linked, entry };
        });
        await other.store(chain, entries);
      }
      const read: string[] = [];
      for await (const entry of other.byLease()) {
        const { chain, seq } = entry as EntryDraft & { chain: string; seq: number };
        read.push('lease' in entry ? `${entry.lease} ${chain} ${seq}` : `${entry.kind} ${chain}`);
      }
      assert.deepEqual(read.slice(0, 2).toSorted(), ['carried one', 'carried two']);
      const places = (lease: string) =>
        ['one', 'two'].flatMap((chain) =>
          leases.flatMap((one, i) => (one === lease ? [`${lease} ${chain} ${i + 3}`] : [])),
        );
      assert.deepEqual(read.slice(2), ['Z', 'a', 'a10', 'a2', 'b', 'ä'].flatMap(places));
    } finally {
      await other.close();
    }
  });

  it('says that it can not be reached, and goes on when it can', async () => {
    const [first, second] = chainOf('e', 2);
    assert.ok(first && second);
    await audit.store('e', [first]);
    await server.kill();
    const short = await MongoAudit.open(server.url, { serverSelectionTimeoutMS: 300 }).catch(
      (error) => error,
    );
    assert.ok(short instanceof LedgerUnavailable);
    await server.start();
    await audit.store('e', [first, second]);
    assert.equal((await audit.chain('e')).length, 2);
  });

  it('never says that something is stored which the server never saw, or of which nobody heard', async (t) => {
    const proxy = await startMongoProxy(t, server.url);
    const cut = await MongoAudit.open(proxy.url);
    atEnd(t, () => cut.close());
    const key = Buffer.alloc(32, 7);
    await cut.contents.keyOf('f-session', key, 1);
    const part = { address: 'a'.repeat(64), prev: null, part: 0, parts: 1, data: 'eHh4' };
    for (const [i, when] of (['before', 'after'] as const).entries()) {
      const name = `f${i}`;
      const [first, second] = chainOf(name, 2);
      assert.ok(first && second);
      await cut.store(name, [first]);
      proxy.cutAt('insert', 'entries', when);
      await assert.rejects(cut.store(name, [second]), LedgerUnavailable);
      proxy.cutAt('insert', 'contents', when);
      await assert.rejects(cut.contents.put('f-session', [part], 1), LedgerUnavailable);
      proxy.mend();
      assert.deepEqual(await audit.end(name), { chain: name, seq: 1, hash: first.hash });
      await cut.store(name, [first, second]);
      assert.deepEqual(await audit.chain(name), bare([first, second]));
      assert.equal((await audit.end(name))?.seq, 2);
    }
  });

  it('waits for a walk through the log for longer than for an answer that a call waits for', async (t) => {
    const proxy = await startMongoProxy(t, server.url);
    const slow = await MongoAudit.open(proxy.url, { socketTimeoutMS: 1_000 });
    atEnd(t, () => slow.close());
    await slow.store('slow', chainOf('slow', 1));
    proxy.holdUp(3_000);
    await assert.rejects(slow.opened(['slow-l0']), LedgerUnavailable);
    assert.deepEqual(await slow.of(['slow-l0']), new Set(['incomplete slow-l0']));
    const read: unknown[] = [];
    for await (const entry of slow.byLease()) if ('lease' in entry) read.push(entry.lease);
    assert.ok(read.includes('slow-l0'));
  });

  it('never shows the password of its URL', async () => {
    const url = new URL(server.url);
    url.username = 'u';
    url.password = 'geheim';
    const error = await MongoAudit.open(url.href, { serverSelectionTimeoutMS: 500 }).then(
      async (open) => {
        await open.close();
        return new Error('it opened');
      },
      (failed: Error) => failed,
    );
    assert.doesNotMatch(`${error.stack}`, /geheim/);
  });
});
