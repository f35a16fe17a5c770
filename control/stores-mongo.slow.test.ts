/** MongoDB with TLS and a replica set, as the Secret of an installation says it. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { startTestMongo, type TestMongo } from '../adapters/mongo/testing.ts';
import { type ReplicaSet, startReplicaSet } from '../adapters/mongo/testing-replica-set.ts';
import { link, newChain } from '../core/audit/chain.ts';
import { binary } from '../test/cluster/binaries.ts';
import { atEnd, outputFolder } from '../test/support/output.ts';
import { SELF_SIGNED } from '../test/support/tls.ts';
import type { StoreConfig } from './config.ts';
import { openAudit } from './stores.ts';

const SECRET = 'hunter2';
const CERTIFICATES = { 'ca.crt': SELF_SIGNED.cert, 'tls.crt': SELF_SIGNED.cert, 'tls.key': SELF_SIGNED.key };

function secret(t: TestContext, url: string, files: Readonly<Record<string, string>> = {}): StoreConfig {
  const folder = join(outputFolder(t), `secret-${Math.random()}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries({ url, ...files })) writeFileSync(join(folder, name), text);
  return { urlFile: join(folder, 'url'), tlsFolder: folder };
}

/** The first entry of a chain of this name. */
function entryOf(name: string) {
  const entry = { kind: 'stopped', at: 1 } as const;
  return { ...link(newChain(name), entry), entry };
}

describe('MongoDB of one’s own', { timeout: 900_000 }, () => {
  let ferretdb: TestMongo;
  let set: ReplicaSet;

  before(async () => {
    ferretdb = await startTestMongo(await binary('ferretdb'));
    set = await startReplicaSet(Number(new URL(ferretdb.url).port), { ...SELF_SIGNED, ca: SELF_SIGNED.cert });
  });
  after(async () => {
    set.close();
    await ferretdb.close();
  });

  const urlOf = (rest: string) => `mongodb://${set.members.join(',')}/${rest}`;

  it('is a replica set over TLS, by a URL of several hosts, and its next primary is found', async (t) => {
    const audit = await openAudit(secret(t, urlOf('records?replicaSet=rs0&tls=true'), CERTIFICATES));
    atEnd(t, () => audit.close());
    assert.equal((await audit.store('a', [entryOf('a')])).length, 1);
    set.failOver();
    for (const deadline = Date.now() + 60_000; ; await sleep(200)) {
      const stored = await audit.store('b', [entryOf('b')]).catch(() => undefined);
      if (stored !== undefined) break;
      assert.ok(Date.now() < deadline, 'the new primary was not found');
    }
    assert.deepEqual([(await audit.end('a'))?.seq, (await audit.end('b'))?.seq], [1, 1]);
    assert.ok(set.shown > 0);
    // Its database is the one of the URL.
    const other = await openAudit(secret(t, urlOf('?replicaSet=rs0&tls=true'), CERTIFICATES));
    atEnd(t, () => other.close());
    assert.equal(await other.end('a'), undefined);
  });

  it('is spoken to by TLS where there are certificates, whatever its URL says', async (t) => {
    const audit = await openAudit(secret(t, urlOf('?replicaSet=rs0&tls=false'), CERTIFICATES));
    await audit.close();
  });

  it('is not believed, or does not believe us, without certificates', async (t) => {
    for (const files of [{}, { 'ca.crt': SELF_SIGNED.cert }])
      await assert.rejects(openAudit(secret(t, urlOf('?replicaSet=rs0&tls=true'), files)), {
        name: 'LedgerUnavailable',
      });
    await assert.rejects(openAudit(secret(t, urlOf('x'), { 'tls.key': 'x' })), /go together/);
  });

  it('is not found by a URL that is mistaken, and nothing of it is repeated', async (t) => {
    for (const [url, says] of [
      [`mongodb://${SECRET}@x:y@host`, /has the form/],
      [`mongodb://user:${SECRET}@/x`, /has the form/],
      [`mongodb://user:${SECRET}/x@host`, /has the form/],
      [`http://user:${SECRET}@host`, /has the form/],
      [`mongodb://user:p@host/?${SECRET}=1`, /has the form/],
      [`mongodb://user:${SECRET}@127.0.0.1:1/`, /can't be reached/],
      ['', /the Secret has no URL/],
    ] as const)
      await assert.rejects(openAudit(secret(t, url)), (error) => {
        assert.match(String(error), says, url);
        assert.ok(!inspect(error, { depth: 20, showHidden: true }).includes(SECRET), inspect(error));
        return true;
      });
  });
});
