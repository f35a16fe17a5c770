/** What control writes to the audit log itself, when a write fails halfway: the real driver and a real MongoDB server. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { after, before, describe, it, type TestContext } from 'node:test';
import { MongoAudit } from '../adapters/mongo/audit.ts';
import { startTestMongo, type TestMongo } from '../adapters/mongo/testing.ts';
import { type MongoProxy, startMongoProxy } from '../adapters/mongo/testing-proxy.ts';
import type { WaitingEntry } from '../adapters/redis/outbox.ts';
import { createLog } from '../adapters/telemetry/log.ts';
import { type ChainedEntry, GENESIS, hashText, link, newChain } from '../core/audit/chain.ts';
import type { EntryDraft } from '../core/audit/entry.ts';
import { binary } from '../test/cluster/binaries.ts';
import { atEnd } from '../test/support/output.ts';
import { Housekeeping } from './housekeeping.ts';
import { OwnChain } from './own-chain.ts';

let mongo: TestMongo;
before(async () => {
  mongo = await startTestMongo(await binary('ferretdb'));
});
after(() => mongo.close());

interface World {
  readonly chain: string;
  readonly proxy: MongoProxy;
  readonly audit: MongoAudit;
  readonly own: OwnChain;
  /** What waits in Redis. */
  readonly waiting: WaitingEntry[];
  readonly keeping: Housekeeping;
  /** Another replica, with a chain of its own. */
  replica(leads: boolean): Promise<{ readonly own: OwnChain; readonly keeping: Housekeeping }>;
  readonly lines: string[];
}

async function world(t: TestContext): Promise<World> {
  const proxy = await startMongoProxy(t, mongo.url);
  const audit = await MongoAudit.open(proxy.url);
  atEnd(t, () => audit.close());
  const lines: string[] = [];
  const stream = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line));
      done();
    },
  });
  const log = await createLog('info', false, stream);
  const chain = randomUUID();
  const waiting: WaitingEntry[] = [];
  const outbox = {
    chains: async () => ['c'],
    entries: async (_chain: string, from: string) => waiting.filter(({ id }) => id > from),
    acknowledge: async (_chain: string, ids: readonly string[]) => {
      const left = waiting.filter(({ id }) => !ids.includes(id));
      waiting.splice(0, waiting.length, ...left);
    },
  };
  const replica = async (leads: boolean, id: string = randomUUID()) => {
    const own = new OwnChain({ audit, chain: id, version: '0', command: 'control', log });
    await own.begin();
    const keeping = new Housekeeping({
      ledger: { sweep: async () => undefined, outbox: outbox as never },
      audit,
      chain: own,
      log,
      openSpending: async () => undefined,
      leads: () => leads,
      everyMs: 1_000,
      patienceMs: 1_000,
    });
    return { own, keeping };
  };
  return { chain, proxy, audit, waiting, lines, replica, ...(await replica(true, chain)) };
}

/** A call that was never heard of again. */
function orphan(lease: string): EntryDraft {
  return {
    kind: 'incomplete',
    at: 1,
    exchange: `x-${lease}`,
    lease,
    amounts: { usd: 1, tokens: 1, requests: 1 },
  };
}

/** The chain, as verify would read it. @returns what its entries are: "started", "incomplete L" */
function kinds(chain: string, entries: readonly ChainedEntry[]): string[] {
  let prev = GENESIS;
  return entries.map(({ seq, text, hash }, i) => {
    const entry = JSON.parse(text);
    assert.equal(hashText(text), hash);
    assert.deepEqual([entry.chain, entry.seq, entry.prev], [chain, i + 1, prev]);
    assert.equal(seq, i + 1);
    prev = hash;
    return [entry.kind, entry.lease].filter(Boolean).join(' ');
  });
}

async function assertWhole({ audit, own }: World, expected: readonly string[], chain = own.end.chain) {
  const entries = await audit.chain(chain);
  assert.deepEqual(kinds(chain, entries), expected);
  assert.deepEqual(await audit.end(chain), { chain, seq: entries.length, hash: entries.at(-1)?.hash });
}

describe('the chain that control writes itself', { timeout: 180_000 }, () => {
  for (const [what, command, collection, when] of [
    ['its entries never arrive', 'insert', 'entries', 'before'],
    ['nobody hears that its entries are stored', 'insert', 'entries', 'after'],
    ['its end is not written', 'update', 'ends', 'before'],
    ['nobody hears that its end is written', 'update', 'ends', 'after'],
  ] as const)
    it(`goes on where it was, and doubles nothing, when ${what}`, async (t) => {
      const all = await world(t);
      const l = (n: number) => `${all.chain}-${n}`;
      all.waiting.push({ id: '1', entry: orphan(l(1)) }, { id: '2', entry: orphan(l(2)) });
      all.proxy.cutAt(command, collection, when);
      await assert.rejects(all.keeping.round(), { name: 'LedgerUnavailable' });
      assert.ok(all.proxy.cuts > 0);
      all.proxy.mend();
      assert.equal(all.waiting.length, 2);
      all.waiting.push({ id: '3', entry: orphan(l(3)) });
      await all.keeping.round();
      assert.deepEqual(all.waiting, []);
      await all.own.record([{ kind: 'stopped', at: 2 }]);
      assert.equal(all.own.end.chain, all.chain);
      await assertWhole(all, ['started', ...[1, 2, 3].map((n) => `incomplete ${l(n)}`), 'stopped']);
    });

  it('ends where somebody else has written under it: a new one names it and goes on, and the log says so', async (t) => {
    const all = await world(t);
    const [started] = await all.audit.chain(all.chain);
    assert.ok(started);
    const stranger = { kind: 'stopped', at: 7 } as const;
    const theirs = { ...link({ chain: all.chain, seq: 1, hash: started.hash }, stranger), entry: stranger };
    await all.audit.store(all.chain, [theirs]);
    const lease = `${all.chain}-1`;
    all.waiting.push({ id: '1', entry: orphan(lease) });
    await assert.rejects(all.keeping.round(), { name: 'ForkError' });
    const end = { chain: all.chain, seq: 1, hash: started.hash };
    const line = all.lines.map((text) => JSON.parse(text)).find(({ msg }) => /somebody else/.test(msg));
    assert.deepEqual([line.level, line.chain, line.end, line.next], [50, all.chain, 1, all.own.end.chain]);
    assert.notEqual(line.next, all.chain);
    await all.keeping.round();
    assert.deepEqual(all.waiting, []);
    await assertWhole(all, ['started', `incomplete ${lease}`]);
    const [first] = await all.audit.chain(all.own.end.chain);
    assert.deepEqual(JSON.parse(first?.text ?? '').predecessor, end);
    // What stands in the old one is left as it is.
    assert.deepEqual(
      (await all.audit.chain(all.chain)).map(({ hash }) => hash),
      [started.hash, theirs.hash],
    );
  });

  it('writes one batch after the other, however many are told at once', async (t) => {
    const all = await world(t);
    const leases = Array.from({ length: 20 }, (_, i) => `${all.chain}-${i}`);
    await Promise.all(leases.map((lease) => all.own.record([orphan(lease)])));
    await assertWhole(all, ['started', ...leases.map((lease) => `incomplete ${lease}`)]);
  });

  it('has what sidecars have left behind when it is the leader’s, and no other; each replica drops what is stored', async (t) => {
    const all = await world(t);
    const others = [await all.replica(false), await all.replica(false)];
    const leases = Array.from({ length: 9 }, (_, i) => `${all.chain}-${i}`);
    all.waiting.push(...leases.map((lease, i) => ({ id: `${i}`, entry: orphan(lease) })));
    await Promise.all(others.map(({ keeping }) => keeping.round()));
    assert.equal(all.waiting.length, 9, 'they wait for a leader');
    await Promise.all([all, ...others].map(({ keeping }) => keeping.round()));
    assert.equal(all.waiting.length, 0);
    await assertWhole(all, ['started', ...leases.map((lease) => `incomplete ${lease}`)]);
    for (const { own } of others) assert.equal((await all.audit.end(own.end.chain))?.seq, 1);
    // Also while nobody leads, as when the API server is away: else the outbox would fill up.
    all.waiting.push({ id: 'again', entry: orphan(leases[0] ?? '') });
    await others[0]?.keeping.round();
    assert.equal(all.waiting.length, 0);
  });

  it('is none before its beginning is stored', async (t) => {
    const { audit } = await world(t);
    const log = await createLog('silent');
    const own = new OwnChain({ audit, chain: 'unbegun', version: '0', command: 'control', log });
    assert.deepEqual(own.end, newChain('unbegun'));
  });
});
