import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOTHING } from '../ledger/fit.ts';
import type { Closed } from './entry.ts';
import type { StoredContents } from './source.ts';
import { COUNTER, closed, lease, opened, REAL, TestLog } from './testing.ts';
import { ContentCheck } from './verify-contents.ts';

/** Two turns of one session: the second sends the first again. Messages are one after the other: m1, m2, m3. */
function conversation(): TestLog {
  const log = new TestLog();
  log.write(
    'a',
    opened({ content: { envelope: 'e', messages: 'm1' } }),
    closed({ content: { reply: 'r1' } }),
    opened({ lease: 'l2', exchange: 'x2', content: { envelope: 'e', messages: 'm3' } }),
    closed({ lease: 'l2', exchange: 'x2', content: { reply: 'r2' } }),
  );
  const places = { opened: { chain: 'a', seq: 3 }, closed: { chain: 'a', seq: 4 } };
  log.leases = [lease('settled', REAL), lease('settled', REAL, { id: 'l2', exchange: 'x2', ...places })];
  log.counters = [{ key: COUNTER, spent: 2 * REAL.usd, reserved: 0, resetsAt: null }];
  log.sessions.set('s1', 'kept');
  for (const [address, prev] of Object.entries({
    e: null,
    m1: null,
    m2: 'm1',
    m3: 'm2',
    r1: null,
    r2: null,
  })) {
    log.contents.set(`s1 ${address}`, { prev, intact: true });
  }
  return log;
}

/** "kind exchange" of each. */
function found(log: TestLog): string[] {
  return log.findings().map(({ kind, exchange }) => `${kind} ${exchange ?? ''}`.trim());
}

describe('what entries name', () => {
  it('is there', () => {
    assert.deepEqual(found(conversation()), []);
  });

  it('is missed wherever it was said, and named once, with its exchange', () => {
    for (const [address, exchange] of Object.entries({
      e: 'x1',
      m1: 'x1',
      m2: 'x2',
      m3: 'x2',
      r1: 'x1',
      r2: 'x2',
    })) {
      const log = conversation();
      log.contents.delete(`s1 ${address}`);
      assert.deepEqual(found(log), [`content_missing ${exchange}`], address);
      log.contents.set(`s1 ${address}`, { prev: null, intact: false });
      assert.deepEqual(found(log), [`content_changed ${exchange}`], address);
    }
    const log = conversation();
    log.contents.delete('s1 m2');
    assert.match(
      log.findings()[0]?.sentence ?? '',
      /^Exchange x2 of session s1: message m2, .*, is missing\.$/,
    );
  });

  it('is missed once for a session whose key is gone', () => {
    const log = conversation();
    log.contents.clear();
    log.sessions.clear();
    assert.deepEqual(found(log), ['content_missing x1']);
    log.sessions.set('s1', 'erased');
    assert.deepEqual(found(log), ['content_missing x1']);
    log.sessions.set('s1', 'locked');
    assert.deepEqual(found(log), ['content_changed x1']);
  });

  it('may be gone when its session was erased, and then stays gone', () => {
    const log = conversation();
    log.contents.clear();
    log.sessions.set('s1', 'erased');
    log.write('b', { kind: 'erased', at: 50, session: 's1' });
    assert.deepEqual(found(log), []);
    for (const state of ['kept', 'locked'] as const) {
      log.sessions.set('s1', state);
      assert.deepEqual(found(log), ['erasure_undone']);
    }
    log.sessions.clear();
    assert.deepEqual(found(log), ['erasure_undone']);
    log.sessions.set('s1', 'erased');
    log.ends?.set('b', []);
    assert.deepEqual(found(log), ['content_missing x1'], 'not when the record of it could have been added');
  });

  it('is missed also where only a refusal names it', () => {
    const log = conversation();
    const { workload } = JSON.parse(log.rows[0]?.text ?? '');
    const asked = {
      workload,
      agent: 'custom',
      wire: null,
      endpoint: null,
      requestedModel: null,
      snapshot: null,
      notInForce: [],
      content: { envelope: 'e2', messages: 'm4' },
    } satisfies Closed['asked'];
    log.write('a', closed({ exchange: 'x3', lease: null, asked }));
    assert.deepEqual(found(log), ['content_missing x3', 'content_missing x3']);
    log.contents.set('s1 e2', { prev: null, intact: true });
    log.contents.set('s1 m4', { prev: 'm3', intact: true });
    assert.deepEqual(found(log), []);
    log.contents.delete('s1 m1');
    assert.deepEqual(found(log), ['content_missing x3']);
  });

  it('is looked for, and not into, where the key is not at hand: that is noted', () => {
    const log = conversation();
    log.readable = false;
    assert.deepEqual(found(log), ['contents_unread']);
    assert.deepEqual(log.found(), ['(contents_unread )']);
    const silent = new TestLog();
    silent.readable = false;
    assert.deepEqual(found(silent), []);
  });

  it('may lead into itself, as somebody wrote it: that ends', () => {
    const log = conversation();
    log.readable = false;
    log.contents.set('s1 m1', { prev: 'm3', intact: true });
    assert.deepEqual(found(log), ['contents_unread']);
  });

  it('is looked at once, however long the conversation: each message of 3,000 turns', () => {
    let looked = 0;
    const contents: StoredContents = {
      readable: true,
      session: () => 'kept',
      of: (_session, address) => {
        looked++;
        const n = Number(address);
        return { prev: n === 0 ? null : `${n - 1}`, intact: true };
      },
    };
    const check = new ContentCheck(contents, new Set());
    for (let n = 0; n < 3_000; n++) {
      const content = { envelope: '0', messages: `${n}` };
      const entry = {
        kind: 'opened',
        exchange: `x${n}`,
        place: { chain: 'a', seq: n },
        hash: '',
        content,
      } as const;
      const entries = { opened: [entry], closed: [], incomplete: [] };
      assert.deepEqual([...check.ofLease(lease('open', NOTHING), entries)], []);
    }
    assert.equal(looked, 3_000);
  });
});
