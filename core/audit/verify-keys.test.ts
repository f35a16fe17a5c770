import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeyChanged } from './entry.ts';
import type { StoredKey } from './source.ts';
import { edited, TestLog } from './testing.ts';

const KEY: StoredKey = {
  id: 'k1',
  change: 1,
  name: 'ci',
  namespace: 'local',
  labels: { team: 'a' },
  agent: null,
  profile: null,
  maxConcurrent: null,
  maxRequestBytes: null,
  createdAt: 10,
  issuedAt: 10,
  expiresAt: null,
  revokedAt: null,
  oldUntil: null,
  print: 'p1',
};

const changed = (key: StoredKey, action: KeyChanged['action'], at = 10): KeyChanged => ({
  kind: 'key',
  at,
  action,
  by: 'me',
  ...key,
});

const REVOKED: StoredKey = { ...KEY, change: 2, revokedAt: 20 };

/** A key that was made by one process and revoked by another, whose clock was set back. */
function revoked(): TestLog {
  const log = new TestLog();
  log.write('b', changed(KEY, 'created', 30));
  log.write('a', changed(REVOKED, 'revoked', 20));
  log.keys = [REVOKED];
  return log;
}

const said = (log: TestLog) =>
  log
    .findings()
    .filter(({ note }) => !note)
    .map(({ kind, sentence }) => `${kind} ${sentence}`);

describe('keys of serve', () => {
  it('are as the last change of each says, whatever the clocks said', () => {
    assert.deepEqual(revoked().found(), []);
  });

  it('that somebody revived, or changed in any other way, are found', () => {
    const changes: Partial<StoredKey>[] = [
      { revokedAt: null },
      { name: 'other' },
      { namespace: 'other' },
      { labels: {} },
      { labels: { team: 'a', more: 'b' } },
      { agent: 'sdk' },
      { profile: 'open' },
      { maxConcurrent: 1 },
      { maxRequestBytes: 1 },
      { createdAt: 11 },
      { issuedAt: 11 },
      { expiresAt: 1_000 },
      { oldUntil: 1_000 },
      { print: 'p2' },
      { change: 3 },
    ];
    for (const change of changes) {
      const log = revoked();
      log.keys = [{ ...REVOKED, ...change }];
      const [found = '', ...more] = said(log);
      assert.match(
        found,
        /^key_mismatch The key k1 \((ci|other)\) was changed by other means than tollgate keys: /,
      );
      assert.equal(more.length, 0);
    }
    const log = revoked();
    log.keys = [KEY];
    assert.match(said(log)[0] ?? '', /is not what its last entry says/, 'an older state of it');
  });

  it('that were added or removed are found', () => {
    const added = revoked();
    added.keys = [REVOKED, { ...KEY, id: 'k2', name: 'mine' }];
    assert.match(said(added).join(), /^key_mismatch The key k2 \(mine\) .*no entry says that it was created/);
    const removed = revoked();
    removed.keys = [];
    assert.match(said(removed).join(), /^key_mismatch The key k1 \(ci\) .*it is gone/);
  });

  it('are not excused by an entry that was added to a chain whose process has gone', () => {
    const log = revoked();
    log.writeWithoutEnd('a', changed({ ...REVOKED, change: 3, revokedAt: null }, 'created', 40));
    log.keys = [{ ...REVOKED, change: 3, revokedAt: null }];
    assert.deepEqual(log.found(), ['(longer_than_end 1)', 'key_mismatch']);
  });

  it('are compared with what is not an entry of a key as with none', () => {
    const log = revoked();
    log.ends = undefined;
    log.rows = log.rows.map((row) => edited(row, { change: 'no number' }));
    assert.match(said(log).join(), /no entry says that it was created/);
  });
});
