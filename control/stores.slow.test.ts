/** Redis with TLS, users and Sentinel, as the Secret of an installation says it. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { MINIMAL_RIGHTS } from '../adapters/redis/config.ts';
import { RedisLedger } from '../adapters/redis/ledger.ts';
import { NOTHING_ELSE } from '../adapters/redis/testing.ts';
import { isQuick, knowsReplica, PATIENT_MS, TestRedis } from '../adapters/redis/testing-server.ts';
import { closedDraft, limitOf, requestFor, SMALL } from '../adapters/testing-drafts.ts';
import { freePort } from '../test/support/free-port.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { atEnd, outputFolder } from '../test/support/output.ts';
import { SELF_SIGNED } from '../test/support/tls.ts';
import type { StoreConfig } from './config.ts';
import { redisConfig } from './stores.ts';

const PASSWORD = 'correct/horse@battery';
const WRONG = 'wrong-donkey-battery';
const USER = `tollgate:${encodeURIComponent(PASSWORD)}`;
const CERTIFICATES = { 'ca.crt': SELF_SIGNED.cert, 'tls.crt': SELF_SIGNED.cert, 'tls.key': SELF_SIGNED.key };

/** A Secret as the kubelet mounts it. */
function secret(t: TestContext, url: string, files: Readonly<Record<string, string>> = {}): StoreConfig {
  const folder = join(outputFolder(t), `secret-${Math.random()}`);
  mkdirSync(folder);
  // With the newline that an editor leaves.
  for (const [name, text] of Object.entries({ url: `${url}\n`, ...files }))
    writeFileSync(join(folder, name), text);
  return { urlFile: join(folder, 'url'), tlsFolder: folder };
}

/** Settings of servers that speak TLS alone, and with who has a certificate alone; that is Redis' own default. */
async function tls(t: TestContext): Promise<{ port: number; settings: Record<string, string> }> {
  const folder = outputFolder(t);
  const [cert, key, port] = [join(folder, 'cert'), join(folder, 'key'), await freePort()];
  writeFileSync(cert, SELF_SIGNED.cert);
  writeFileSync(key, SELF_SIGNED.key);
  const files = { 'tls-cert-file': cert, 'tls-key-file': key, 'tls-ca-cert-file': cert };
  return { port, settings: { port: '0', 'tls-port': String(port), 'tls-replication': 'yes', ...files } };
}

async function start(t: TestContext): Promise<{ server: TestRedis; port: number }> {
  const { port, settings } = await tls(t);
  const server = await TestRedis.start(t, settings);
  await server.run((redis) =>
    redis.acl('SETUSER', 'tollgate', 'on', `>${PASSWORD}`, ...MINIMAL_RIGHTS.split(' ')),
  );
  return { server, port };
}

async function open(t: TestContext, store: StoreConfig, minReplicas = 0): Promise<RedisLedger> {
  const ledger = await RedisLedger.open({ config: redisConfig({ ...store, minReplicas }), chain: 'c' });
  atEnd(t, () => ledger.stop());
  return ledger;
}

const LIMITS = [limitOf(1000 * SMALL.usd)];
const COUNTER = [LIMITS[0]?.counter ?? ''];
const SETTLED = { outcome: 'settled', amounts: SMALL } as const;

async function spend(ledger: RedisLedger, lease: string): Promise<void> {
  const answer = await ledger.reserve(requestFor({ lease, limits: LIMITS }));
  assert.ok('granted' in answer, JSON.stringify(answer));
  await ledger.settle(lease, SETTLED, closedDraft({ lease }, SETTLED));
}

/** Waits until a question is answered, whatever errors come before that. */
async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  let last: unknown;
  for (const deadline = Date.now() + 2 * HANG_MS; Date.now() < deadline; await sleep(100)) {
    const answer = await ask().catch((error: unknown) => {
      last = error;
      return undefined;
    });
    if (answer !== undefined) return answer;
  }
  throw new Error(`${what}: never, last ${last}`);
}

describe('Redis of one’s own', { timeout: 1_500_000 }, () => {
  it('is spoken to by TLS, with a certificate of ours, as the user of its URL', async (t) => {
    const { server, port } = await start(t);
    const ledger = await open(t, secret(t, `rediss://${USER}@127.0.0.1:${port}/0`, CERTIFICATES));
    await ledger.rebuild(NOTHING_ELSE);
    await spend(ledger, 'a');
    assert.match(String(await server.run((redis) => redis.call('CLIENT', 'LIST'))), /user=tollgate/);
  });

  it('is not spoken to by whoever is somebody else, or without our certificate, and no error has a password', async (t) => {
    const { port } = await start(t);
    const [, ca] = ['', { 'ca.crt': SELF_SIGNED.cert }];
    for (const [url, files, says] of [
      [`rediss://tollgate:${WRONG}@127.0.0.1:${port}`, CERTIFICATES, /WRONGPASS/],
      [`rediss://${USER}@127.0.0.1:${port}`, {}, /self-signed|certificate/i],
      [`rediss://${USER}@127.0.0.1:${port}`, ca, /Redis can't be reached/],
      [`redis://${USER}@127.0.0.1:${port}`, {}, /Redis can't be reached/],
      [`redis://${USER}@127.0.0.1:${port}`, CERTIFICATES, /Write rediss:/],
    ] as const)
      await assert.rejects(open(t, secret(t, url, files)), (error) => {
        assert.match(String(error), says);
        const all = inspect(error, { depth: 20, showHidden: true });
        for (const part of [PASSWORD, WRONG, encodeURIComponent(PASSWORD), 'battery'])
          assert.ok(!all.includes(part), all);
        return true;
      });
  });

  it('is followed by Sentinel through a failover, all by TLS: spending is shut until it is counted anew', async (t) => {
    const [one, other] = [await start(t), await start(t)];
    await other.server.run((redis) => redis.replicaof('127.0.0.1', one.port));
    await one.server.isFollowed();
    const { port, settings } = await tls(t);
    const watcher = 'user watcher on >watch-word allkeys allchannels +@all';
    const lines = [
      ...Object.entries(settings).map((setting) => setting.join(' ')),
      watcher,
      `sentinel monitor ledger 127.0.0.1 ${one.port} 1`,
      `sentinel down-after-milliseconds ledger ${PATIENT_MS}`,
      'sentinel failover-timeout ledger 3000',
    ];
    const sentinel = await TestRedis.start(t, {}, lines.map((line) => `${line}\n`).join(''));
    await knowsReplica(sentinel);
    const url = `rediss+sentinel://${USER}@127.0.0.1:${port}/ledger`;
    const word = (password: string) => `${url}?sentinel_username=watcher&sentinel_password=${password}`;
    await assert.rejects(open(t, secret(t, word(WRONG), CERTIFICATES), 1), /Redis can't be reached/);
    const ledger = await open(t, secret(t, word('watch-word'), CERTIFICATES), 1);
    await ledger.rebuild(NOTHING_ELSE);
    for (const lease of ['a', 'b', 'c']) await spend(ledger, lease);
    await one.server.isFollowed();

    await one.server.kill();
    await isQuick(sentinel, true);
    const shut = await eventually('the new primary is asked', async () => {
      const standing = await ledger.standing();
      return standing.open ? undefined : standing;
    });
    assert.equal(shut.open, false);
    await isQuick(sentinel, false);
    await assert.rejects(
      ledger.reserve(requestFor({ lease: 'd', limits: LIMITS })),
      /Spending waits until it is counted anew/,
    );
    // It stands alone: what it grants would be lost with it.
    await assert.rejects(ledger.rebuild(NOTHING_ELSE), /stays shut: only 0 of 1 replicas/);
    await assert.rejects(spend(ledger, 'e'), /Spending waits/);
    await one.server.start();
    await eventually('the old primary follows, and spending goes on', async () => {
      if (!(await ledger.standing()).open) await ledger.rebuild(NOTHING_ELSE);
      await spend(ledger, 'f');
      return true;
    });
    const [counted] = await ledger.counters(COUNTER);
    assert.deepEqual(counted, { spent: 4 * SMALL.usd, reserved: 0 });
    assert.match(String(await other.server.run((redis) => redis.info('replication'))), /role:master/);
  });
});
