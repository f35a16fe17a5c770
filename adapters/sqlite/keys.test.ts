import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { KeyError, listKeys, revokeKey, rotateKey, stateOf } from './keys.ts';
import { parseToken } from './keys-token.ts';
import { rows } from './testing.ts';
import { Keys, tokenOf } from './testing-keys.ts';
import { tamper } from './testing-log.ts';
import { DAY } from './testing-machine.ts';

const HOUR = 3_600_000;

describe('a key', () => {
  it('has 256 bits that nobody can guess, and a name that says nothing of them', async (t) => {
    const keys = await Keys.on(t);
    const all = [await keys.create(), await keys.create({ name: 'web' })];
    for (const issued of all) {
      const parsed = parseToken(tokenOf(issued));
      assert.deepEqual(parsed, { id: issued.key.id, secret: issued.secret });
      assert.equal(Buffer.from(issued.secret, 'base64url').length, 32);
      assert.match(issued.key.id, /^[a-z0-9]{8}$/);
    }
    assert.notEqual(all[0]?.secret, all[1]?.secret);
    await keys.end();
  });

  it('is nowhere in the state folder but as the SHA-256 of its secret, in its row', async (t) => {
    const keys = await Keys.on(t);
    const first = await keys.create();
    const second = await rotateKey(keys.store, 'ci', { graceMs: HOUR });
    await keys.end();
    const sha256 = (text: string) => createHash('sha256').update(text).digest();
    tamper(keys.machine.folder, (db) => {
      const [row] = rows(db, 'SELECT hash, old_hash FROM keys');
      assert.deepEqual(Buffer.from(row?.hash as Uint8Array), sha256(second.secret));
      assert.deepEqual(Buffer.from(row?.old_hash as Uint8Array), sha256(first.secret));
      const texts = rows(db, 'SELECT text FROM entries').map(({ text }) => String(text));
      for (const { secret } of [first, second]) {
        for (const form of ['hex', 'base64', 'base64url'] as const) {
          assert.ok(!texts.join().includes(sha256(secret).toString(form)), 'a hash is in the log');
        }
      }
    });
    const { folder } = keys.machine;
    for (const name of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      const bytes = readFileSync(join(name.parentPath, name.name));
      for (const { secret } of [first, second]) {
        assert.equal(bytes.includes(secret), false, name.name);
        assert.equal(bytes.includes(Buffer.from(secret, 'base64url')), false, name.name);
      }
    }
  });

  it('keeps what was said of it', async (t) => {
    const keys = await Keys.on(t);
    const said = {
      name: 'web',
      namespace: 'payments',
      labels: { team: 'payments', tier: '' },
      agent: 'claude-code',
      profile: 'strict',
      maxConcurrent: 4,
      maxRequestBytes: 1_000,
    };
    const { key } = await keys.create({ ...said, lifetimeMs: DAY });
    const { now } = keys.machine;
    const times = { createdAt: now, issuedAt: now, expiresAt: now + DAY, revokedAt: null, oldUntil: null };
    assert.deepEqual(key, { id: key.id, ...said, ...times, usedAt: null });
    assert.deepEqual(listKeys(keys.open.db, now), [key]);
    const [entry] = keys.entries();
    assert.deepEqual(
      { id: entry?.id, action: entry?.action, by: entry?.by, change: entry?.change, labels: entry?.labels },
      { id: key.id, action: 'created', by: 'tester', change: 1, labels: said.labels },
    );
    assert.deepEqual(await keys.end(), []);
  });

  it('has a name that no other active key has', async (t) => {
    const keys = await Keys.on(t);
    const first = await keys.create({ lifetimeMs: DAY });
    await assert.rejects(
      keys.create(),
      (error) => error instanceof KeyError && /already/.test(error.message),
    );
    await assert.rejects(keys.create({ namespace: 'other' }), KeyError);
    assert.equal(keys.entries().length, 1, 'nothing was recorded of what was not done');
    keys.machine.now += DAY;
    const second = await keys.create();
    await revokeKey(keys.store, 'ci');
    const third = await keys.create();
    assert.equal(new Set([first, second, third].map(({ key }) => key.id)).size, 3);
    assert.equal(keys.find(tokenOf(third)), 'ci');
    assert.deepEqual(
      listKeys(keys.open.db, keys.machine.now).map(({ id }) => id)[0],
      third.key.id,
      'active ones first',
    );
    assert.deepEqual(await keys.end(), []);
  });
});

describe('a key that expires', () => {
  it('is good until then, and no longer', async (t) => {
    const keys = await Keys.on(t);
    const issued = await keys.create({ lifetimeMs: DAY });
    keys.machine.now += DAY - 1;
    assert.equal(keys.find(tokenOf(issued)), 'ci');
    keys.machine.now += 1;
    assert.equal(keys.find(tokenOf(issued)), 'expired');
    assert.equal(stateOf(issued.key, keys.machine.now), 'expired');
    await assert.rejects(rotateKey(keys.store, 'ci', { graceMs: 0 }), /expired since 2026-01-02T00:00/);
    await keys.end();
  });
});

describe('a key that is revoked', () => {
  it('may be revoked again, which is recorded anew and changes nothing else', async (t) => {
    const keys = await Keys.on(t);
    await keys.create();
    const { revokedAt } = await revokeKey(keys.store, 'ci');
    keys.machine.now += HOUR;
    assert.equal((await revokeKey(keys.store, 'ci')).revokedAt, revokedAt);
    assert.deepEqual(
      keys.entries().map(({ action, change }) => [action, change]),
      [
        ['created', 1],
        ['revoked', 2],
        ['revoked', 3],
      ],
    );
    await assert.rejects(rotateKey(keys.store, 'ci', { graceMs: 0 }), /revoked since 2026-01-01T00:00/);
    await assert.rejects(revokeKey(keys.store, 'nobody'), /there is no key nobody/);
    assert.deepEqual(await keys.end(), []);
  });
});

describe('a key that is rotated', () => {
  it('has a new secret, and the one before until its grace ends', async (t) => {
    const keys = await Keys.on(t);
    const old = await keys.create();
    keys.machine.now += HOUR;
    const issued = await rotateKey(keys.store, 'ci', { graceMs: HOUR });
    assert.equal(issued.key.id, old.key.id, 'its session and its budgets go on');
    assert.equal(issued.key.oldUntil, keys.machine.now + HOUR);
    assert.equal(issued.key.createdAt, old.key.createdAt);
    keys.machine.now += HOUR - 1;
    assert.equal(keys.find(tokenOf(old)), 'ci');
    keys.machine.now += 1;
    assert.equal(keys.find(tokenOf(old)), 'replaced');
    assert.equal(keys.find(tokenOf(issued)), 'ci');
    assert.deepEqual(await keys.end(), []);
  });

  it('without grace, or twice, has no secret but the last and the one before', async (t) => {
    const keys = await Keys.on(t);
    const all = [await keys.create()];
    all.push(await rotateKey(keys.store, 'ci', { graceMs: DAY }));
    all.push(await rotateKey(keys.store, 'ci', { graceMs: DAY }));
    assert.deepEqual(
      all.map((issued) => keys.find(tokenOf(issued))),
      ['unknown', 'ci', 'ci'],
    );
    all.push(await rotateKey(keys.store, 'ci', { graceMs: 0 }));
    assert.deepEqual(
      all.map((issued) => keys.find(tokenOf(issued))),
      ['unknown', 'unknown', 'unknown', 'ci'],
    );
    assert.deepEqual(await keys.end(), []);
  });

  it('lives as long again as it was to live, or as is said; the secret before no longer than it would have', async (t) => {
    const keys = await Keys.on(t);
    const old = await keys.create({ lifetimeMs: 10 * DAY });
    keys.machine.now += 9 * DAY;
    const again = await rotateKey(keys.store, 'ci', { graceMs: 5 * DAY });
    assert.equal(again.key.expiresAt, keys.machine.now + 10 * DAY);
    assert.equal(again.key.oldUntil, old.key.expiresAt);
    keys.machine.now += DAY;
    assert.equal(keys.find(tokenOf(old)), 'replaced');
    const shorter = await rotateKey(keys.store, 'ci', { graceMs: 0, lifetimeMs: HOUR });
    assert.equal(shorter.key.expiresAt, keys.machine.now + HOUR);
    keys.machine.now += HOUR / 2;
    const same = await rotateKey(keys.store, 'ci', { graceMs: 0 });
    assert.equal(same.key.expiresAt, keys.machine.now + HOUR, 'as long as the one before');
    const forEver = await rotateKey(keys.store, 'ci', { graceMs: 0, lifetimeMs: null });
    assert.equal(forEver.key.expiresAt, null);
    assert.deepEqual(await keys.end(), []);
  });
});

describe('what retention leaves of keys', () => {
  it('is how each was changed last, however old that is: it still verifies', async (t) => {
    const keys = await Keys.on(t);
    await keys.create();
    await rotateKey(keys.store, 'ci', { graceMs: HOUR });
    await keys.create({ name: 'gone' });
    await revokeKey(keys.store, 'gone');
    await keys.open.ledger.stop();
    for (const pruner of ['one', 'two']) {
      keys.machine.now += 40 * DAY;
      await keys.machine.prune(pruner, keys.machine.now - 30 * DAY);
      assert.deepEqual([...new Set(keys.machine.found())], ['(pruned)']);
    }
    const after = new Keys(keys.machine, await keys.machine.open('after'));
    assert.deepEqual(
      after.entries().map(({ name, action, change }) => [name, action, change]),
      [
        ['ci', 'kept', 2],
        ['gone', 'kept', 2],
      ],
    );
    await rotateKey(after.store, 'ci', { graceMs: HOUR });
    assert.deepEqual([...new Set(await after.end())], ['(pruned)']);
  });
});
