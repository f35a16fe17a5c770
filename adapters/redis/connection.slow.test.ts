import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { freePort } from '../../test/support/free-port.ts';
import { HANG_MS } from '../../test/support/hang.ts';
import { outputFolder } from '../../test/support/output.ts';
import { SELF_SIGNED } from '../../test/support/tls.ts';
import { closedDraft, limitOf, requestFor, SMALL } from '../testing-drafts.ts';
import { MINIMAL_RIGHTS, type RedisConfig } from './config.ts';
import { connectForGood } from './connection.ts';
import { RedisLedger } from './ledger.ts';
import { librarySource } from './library.ts';
import { connectLedger, NOTHING_ELSE, openLedger } from './testing.ts';
import { TestRedis } from './testing-server.ts';

const SETTLED = { outcome: 'settled', amounts: SMALL } as const;
const SECRET = 'correct-horse-battery';

/** All that the ledger can be asked. */
async function everything(ledger: RedisLedger): Promise<void> {
  const limits = [limitOf(1000, { warns: { amount: 1000, percents: [1], send: true } })];
  const rates = [
    { id: 'r', key: 'r', requestsPerMinute: 5, tokensPerMinute: 500, concurrent: 2, refuse: true },
  ];
  assert.equal((await ledger.rebuild(NOTHING_ELSE)).outcome, 'rebuilt');
  assert.ok('granted' in (await ledger.reserve(requestFor({ lease: 'a', limits, rates }))));
  assert.ok('granted' in (await ledger.reserve(requestFor({ lease: 'a', limits, rates }))));
  await ledger.extend(['a']);
  await ledger.settle('a', SETTLED, closedDraft({ lease: 'a' }, SETTLED));
  await ledger.record({ kind: 'stopped', at: 1 });
  await ledger.sweep();
  const [chain = ''] = await ledger.outbox.chains();
  const waiting = await ledger.outbox.entries(chain, '', 10, 'all');
  assert.equal(waiting.length, 3);
  await ledger.outbox.acknowledge(
    chain,
    waiting.map(({ id }) => id),
  );
  const warnings = await ledger.outbox.warnings(10);
  await ledger.outbox.acknowledgeWarnings(warnings.map(({ id }) => id));
  await ledger.kill('cluster', 'now');
  assert.equal((await ledger.killed()).size, 1);
  await ledger.kill('cluster', null);
  assert.deepEqual(await ledger.counters([limits[0]?.counter as string]), [
    { spent: SMALL.usd, reserved: 0 },
  ]);
  assert.deepEqual(await ledger.standing(), { open: true });
}

function opening(config: RedisConfig): Promise<RedisLedger> {
  return RedisLedger.open({ config, chain: 'c' });
}

describe('Redis', () => {
  it('is not used when it may throw away what was spent', async (t) => {
    const server = await TestRedis.start(t, { 'maxmemory-policy': 'allkeys-lru' });
    await assert.rejects(opening(server.config()), {
      name: 'LedgerUnavailable',
      message: /maxmemory-policy is allkeys-lru. Set it to noeviction/,
    });
    await server.run((redis) => redis.config('SET', 'maxmemory-policy', 'noeviction'));
    const ledger = await openLedger(t, server);
    await everything(await connectLedgerAfresh(t, server, ledger));
  });

  it('that is another one after a lost connection is looked at again', async (t) => {
    const server = await TestRedis.start(t);
    const ledger = await openLedger(t, server);
    await server.run((redis) => redis.config('SET', 'maxmemory-policy', 'volatile-ttl'));
    assert.deepEqual(await ledger.standing(), { open: true });
    await server.run((redis) => redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
    await rejectsInTime(() => ledger.reserve(requestFor({ lease: 'l' })), /volatile-ttl/);
  });

  it('is connected to again also when its client has given up, until it is closed', async (t) => {
    const server = await TestRedis.start(t);
    const redis = server.connect(t);
    let isClosed = false;
    connectForGood(redis, () => isClosed);
    for (let i = 0; i < 3; i++) {
      await redis.ping();
      redis.disconnect();
      await once(redis, 'end');
      await once(redis, 'ready');
    }
    isClosed = true;
    redis.disconnect();
    await once(redis, 'end');
    await sleep(300);
    assert.equal(redis.status, 'end');
  });

  it('that is not there is said so, and how a password was wrong, without the password', async (t) => {
    await assert.rejects(
      opening({ server: { host: '127.0.0.1', port: await freePort() }, minReplicas: 0, answerMs: 1_100 }),
      {
        name: 'LedgerUnavailable',
      },
    );
    const server = await TestRedis.start(t);
    await server.run((redis) =>
      redis.acl('SETUSER', 'tollgate', 'on', `>${SECRET}`, ...MINIMAL_RIGHTS.split(' ')),
    );
    const wrong = { ...server.config(), username: 'tollgate', password: `${SECRET}-wrong` };
    await assert.rejects(opening(wrong), (error) => {
      assert.match(String(error), /WRONGPASS/);
      assert.ok(!inspect(error, { depth: 20, showHidden: true }).includes(SECRET));
      return true;
    });
  });

  it('needs no more rights than are documented, and each of these', async (t) => {
    const server = await TestRedis.start(t);
    const redis = server.connect(t);
    await redis.acl('SETUSER', 'tollgate', 'on', `>${SECRET}`, ...MINIMAL_RIGHTS.split(' '));
    const config = { username: 'tollgate', password: SECRET };
    await everything(await connectLedger(t, server, { config }));
    const log = (await redis.acl('LOG')) as unknown[];
    assert.deepEqual(log, []);
    for (const right of MINIMAL_RIGHTS.split(' ').filter((right) => right.startsWith('+'))) {
      await redis.flushall();
      await redis.function('FLUSH');
      await redis.acl(
        'SETUSER',
        'tollgate',
        'reset',
        'on',
        `>${SECRET}`,
        ...MINIMAL_RIGHTS.split(' '),
        right.replace('+', '-'),
      );
      const run = async () => {
        const ledger = await RedisLedger.open({
          config: server.config({ ...config, minReplicas: 0 }),
          chain: 'c',
        });
        try {
          await everythingAnd(ledger, right);
        } finally {
          ledger.stop();
        }
      };
      await assert.rejects(run, /NOPERM|The user executing the script can't/, `nothing needs ${right}`);
    }
  });

  it('keeps a user of the ledger off other keys, functions of others included', async (t) => {
    const server = await TestRedis.start(t);
    const redis = server.connect(t);
    await redis.acl('SETUSER', 'tollgate', 'on', `>${SECRET}`, ...MINIMAL_RIGHTS.split(' '));
    await redis.set('other', '1');
    await redis.function(
      'LOAD',
      "#!lua name=others\nredis.register_function('steal', function(keys) return redis.call('GET', keys[1]) end)",
    );
    const mine = redis.duplicate({ username: 'tollgate', password: SECRET });
    t.after(() => mine.disconnect());
    await assert.rejects(mine.get('other'), /NOPERM/);
    await assert.rejects(mine.fcall('steal', 1, 'other'), /NOPERM|permission/i);
    await assert.rejects(mine.flushall(), /NOPERM/);
    await assert.rejects(mine.config('SET', 'maxmemory-policy', 'allkeys-lru'), /NOPERM/);
  });

  it('has its functions loaded by others where the config says so, and finds them again when they were removed', async (t) => {
    const server = await TestRedis.start(t);
    const config = { loadFunctions: false };
    await assert.rejects(connectLedger(t, server, { config }), {
      name: 'LedgerUnavailable',
      message: /Load them/,
    });
    await server.run((redis) => redis.function('LOAD', librarySource()));
    await everything(await connectLedger(t, server, { config }));
    const ledger = await connectLedger(t, server);
    await server.run((redis) => redis.function('FLUSH'));
    await assert.rejects(ledger.reserve(requestFor({ lease: 'l' })), /Function not found/);
    assert.ok('granted' in (await ledger.reserve(requestFor({ lease: 'l' }))));
  });

  it('is spoken to by TLS, and not when its certificate is of nobody we trust', async (t) => {
    const folder = outputFolder(t);
    const [cert, key, port] = [join(folder, 'cert'), join(folder, 'key'), await freePort()];
    writeFileSync(cert, SELF_SIGNED.cert);
    writeFileSync(key, SELF_SIGNED.key);
    const settings = {
      'tls-port': String(port),
      'tls-cert-file': cert,
      'tls-key-file': key,
      'tls-auth-clients': 'no',
    };
    const server = await TestRedis.start(t, { ...settings, 'tls-ca-cert-file': cert });
    const config = { server: { host: '127.0.0.1', port }, answerMs: 10_000 };
    await everything(
      await connectLedger(t, server, { config: { ...config, tls: { ca: SELF_SIGNED.cert } } }),
    );
    await assert.rejects(
      connectLedger(t, server, { config: { ...config, tls: {} } }),
      /self-signed|certificate/i,
    );
  });

  it('is given nothing with a wrong config', async () => {
    const server = { host: '127.0.0.1', port: 1 };
    for (const [wrong, says] of [
      [{ prefix: 'tollgate:' }, /prefix/],
      [{ minReplicas: -1 }, /minReplicas is -1/],
      [{ minReplicas: 0.5 }, /minReplicas is 0.5/],
      [{ replicationMs: 3_000 }, /replicationMs is 3000/],
      [{ replicationMs: 0 }, /replicationMs is 0/],
      [{ answerMs: 1000 }, /answerMs is 1000: write more than replicas may take, 1000/],
    ] as const) {
      await assert.rejects(opening({ server, minReplicas: 0, ...wrong }), (error: Error) => {
        assert.ok(error instanceof RangeError);
        assert.match(error.message, says);
        return true;
      });
    }
  });
});

/** Also what only some need: replicas, and the keys of what was counted before. */
async function everythingAnd(ledger: RedisLedger, right: string): Promise<void> {
  await everything(ledger);
  if (right === '+wait') throw new Error('NOPERM is tested with replicas');
  if (right === '+scan' || right === '+unlink')
    throw new Error('NOPERM only keeps old keys from being removed');
}

async function connectLedgerAfresh(
  t: Parameters<typeof connectLedger>[0],
  server: TestRedis,
  open: RedisLedger,
) {
  open.stop();
  await server.run((redis) => redis.flushall());
  return connectLedger(t, server);
}

/** Waits for a connection that is being made again. */
async function rejectsInTime(run: () => Promise<unknown>, message: RegExp): Promise<void> {
  for (const deadline = Date.now() + HANG_MS; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const error = await run().then(
      () => new Error('it did not reject'),
      (error: Error) => error,
    );
    if (message.test(error.message)) return;
    assert.ok(Date.now() < deadline, error.message);
  }
}
