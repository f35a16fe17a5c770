import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listKeys, revokeKey, rotateKey } from './keys.ts';
import { formatToken } from './keys-token.ts';
import { Keys, tokenOf } from './testing-keys.ts';
import { DAY } from './testing-machine.ts';

describe('a key that is looked up', () => {
  it('is found by what its holder was given, and by nothing else', async (t) => {
    const keys = await Keys.on(t);
    const [ci, web] = [await keys.create(), await keys.create({ name: 'web' })];
    assert.equal(keys.find(tokenOf(ci)), 'ci');
    assert.equal(keys.find(tokenOf(web)), 'web');
    const token = tokenOf(ci);
    for (const other of [
      '',
      ci.secret,
      `tg_${ci.key.id}`,
      `tg_${ci.key.id}_`,
      formatToken({ id: ci.key.id, secret: web.secret }),
      formatToken({ id: 'aaaaaaaa', secret: ci.secret }),
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      token.slice(0, -1),
      `${token}A`,
      ` ${token}`,
      token.toUpperCase(),
      `${token}\n`,
      "tg_' OR 1=1_",
    ]) {
      assert.equal(keys.find(other), 'unknown', other);
    }
    assert.deepEqual(await keys.end(), []);
  });

  it('is bad at once, also in another process, with every secret that it has', async (t) => {
    const keys = await Keys.on(t);
    const old = await keys.create();
    const issued = await rotateKey(keys.store, 'ci', { graceMs: DAY });
    const other = new Keys(keys.machine, await keys.machine.open('other'));
    assert.equal(other.find(tokenOf(issued)), 'ci');
    assert.equal(other.find(tokenOf(old)), 'ci');
    await revokeKey(keys.store, issued.key.id);
    for (const token of [tokenOf(issued), tokenOf(old)]) {
      assert.equal(other.find(token), 'revoked');
      assert.equal(keys.find(token), 'revoked');
    }
    assert.equal(keys.find(formatToken({ id: issued.key.id, secret: 'A'.repeat(43) })), 'unknown');
    await other.open.ledger.stop();
    assert.deepEqual(await keys.end(), []);
  });
});

describe('a key of which somebody has changed the labels', () => {
  it('is good for nothing, and keeps no other from being found', async (t) => {
    const keys = await Keys.on(t);
    const issued = await keys.create();
    const other = await keys.create({ name: 'other' });
    keys.open.db.exec(`UPDATE keys SET labels = 'none' WHERE name = 'ci'`);
    const says = { name: 'StateError', message: /labels of the key \w+ are not as they were written/ };
    assert.throws(() => keys.find(tokenOf(issued)), says);
    assert.throws(() => listKeys(keys.open.db, keys.machine.now), says);
    assert.equal(keys.find(tokenOf(other)), 'other');
    assert.deepEqual(
      keys.lookup.active(keys.machine.now, 10).map(({ name }) => name),
      ['other'],
    );
    assert.match((await keys.end()).join(), /key_mismatch/);
  });
});

describe('when a key was used', () => {
  const usedAt = (keys: Keys) => listKeys(keys.open.db, keys.machine.now)[0]?.usedAt;

  it('is written down with its first use, and no more than once a minute by all processes', async (t) => {
    const keys = await Keys.on(t);
    const issued = await keys.create();
    assert.equal(usedAt(keys), null);
    const first = keys.machine.now;
    const use = async (by: Keys) => {
      by.find(tokenOf(issued));
      await by.open.ledger.extend([]);
    };
    await use(keys);
    assert.equal(usedAt(keys), first);
    keys.machine.now += 59_000;
    const other = new Keys(keys.machine, await keys.machine.open('other'));
    await use(other);
    assert.equal(usedAt(keys), first);
    keys.machine.now += 2_000;
    const third = new Keys(keys.machine, await keys.machine.open('third'));
    await use(third);
    assert.equal(usedAt(keys), keys.machine.now);
    keys.machine.now += 120_000;
    await use(third);
    assert.equal(usedAt(keys), keys.machine.now - 120_000, 'one process asks for it no more often either');
    for (const { open } of [other, third]) await open.ledger.stop();
    assert.deepEqual(await keys.end(), []);
  });

  it('is not told by tries with another secret', async (t) => {
    const keys = await Keys.on(t);
    const { key } = await keys.create();
    assert.equal(keys.find(formatToken({ id: key.id, secret: 'A'.repeat(43) })), 'unknown');
    await keys.open.ledger.extend([]);
    assert.equal(usedAt(keys), null);
    await keys.end();
  });

  it('goes on being written down by a clock that was set back', async (t) => {
    const keys = await Keys.on(t);
    const issued = await keys.create();
    keys.find(tokenOf(issued));
    await keys.open.ledger.extend([]);
    keys.machine.now -= DAY;
    const other = new Keys(keys.machine, await keys.machine.open('other'));
    other.find(tokenOf(issued));
    await other.open.ledger.stop();
    assert.equal(usedAt(keys), keys.machine.now);
    await keys.end();
  });
});
