/** Whose a chain is, whatever becomes of the pod's owners: two replicas of control, real Redis and a real MongoDB server. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { SidecarCaller } from '../adapters/cluster/caller.ts';
import { MongoAudit } from '../adapters/mongo/audit.ts';
import { startTestMongo, type TestMongo } from '../adapters/mongo/testing.ts';
import { TestRedis } from '../adapters/redis/testing-server.ts';
import { createLog } from '../adapters/telemetry/log.ts';
import { PATHS, PROTOCOL, type Welcome } from '../control-api/messages.ts';
import { advance, type ChainState, link, newChain } from '../core/audit/chain.ts';
import type { EntryDraft } from '../core/audit/entry.ts';
import { binary } from '../test/cluster/binaries.ts';
import { atEnd } from '../test/support/output.ts';
import { OwnChain } from './own-chain.ts';
import { caller, connectSidecar, type FakeCluster, startTestControl, type TestControl } from './testing.ts';
import { refusedOf } from './testing-entries.ts';

let mongo: TestMongo;
before(async () => {
  mongo = await startTestMongo(await binary('ferretdb'));
});
after(() => mongo.close());

function ofRunner(pod: string, runner: string, session: string): SidecarCaller {
  const one = caller(`agentrunner/${runner}`, pod);
  return { ...one, runner, payer: { workload: { ...one.payer.workload, runner }, session } };
}

/** A request of this pod that was refused, as its sidecar tells of it. */
function refused({ payer }: SidecarCaller): EntryDraft {
  const { namespace, name, labels } = payer.workload;
  const draft = refusedOf();
  const workload = { namespace, name, labels, session: payer.session };
  return { ...draft, exchange: randomUUID(), asked: { ...draft.asked, workload } } as EntryDraft;
}

interface World {
  readonly fake: FakeCluster;
  readonly controls: readonly [TestControl, TestControl];
  hello(pod: string, chain: string, at?: TestControl): Promise<Welcome>;
  /** The chain's next entry. @returns how far it is stored */
  bring(pod: string, state: ChainState, draft: EntryDraft, at?: TestControl): Promise<ChainState>;
}

async function world(t: TestContext): Promise<World> {
  const redis = await TestRedis.start(t);
  const fake: FakeCluster = { pods: new Map(), killed: new Map() };
  const replica = () => startTestControl(t, redis, mongo.url, fake, []);
  const controls = [await replica(), await replica()] as const;
  const post = (pod: string, path: string, message: unknown, { url }: TestControl) =>
    connectSidecar(t, url, pod, randomUUID()).connection.post(path, message);
  return {
    fake,
    controls,
    hello: async (pod, chain, at = controls[0]) =>
      (await post(pod, PATHS.hello, { protocol: PROTOCOL, version: '0', chain }, at)) as Welcome,
    bring: async (pod, state, draft, at = controls[0]) => {
      const entry = link(state, draft);
      assert.deepEqual(await post(pod, PATHS.entries, { chain: state.chain, entries: [entry] }, at), {
        acknowledged: entry.seq,
      });
      return advance(state, entry);
    },
  };
}

describe('a chain is of the pod, workload and session that it was begun for', { timeout: 180_000 }, () => {
  it('also when the pod’s owner is another one by now, on every replica', async (t) => {
    const { fake, controls, hello, bring } = await world(t);
    const pod = randomUUID();
    const session = randomUUID();
    const before_ = ofRunner(pod, 'nightly', session);
    fake.pods.set(pod, before_);
    let state = newChain(randomUUID());
    const first = await hello(pod, state.chain);
    // Its AgentRunner is gone, and what is left of it is the pod.
    const now = caller('serviceaccount/bot', pod);
    fake.pods.set(pod, now);
    for (const at of controls) {
      state = await bring(pod, state, refused(before_), at);
      await assert.rejects(bring(pod, state, refused(now), at), { code: 'bad_message' });
      // An answer to hello that was lost is asked for again.
      assert.deepEqual(await hello(pod, state.chain, at), {
        ...first,
        workload: { ...first.workload, labels: {} },
      });
    }
    assert.deepEqual(
      [first.session, first.workload.name, first.workload.runner],
      [session, 'agentrunner/nightly', 'nightly'],
    );
    const counted = await controls[0].audit.sessions.of([session, pod]);
    assert.deepEqual([counted.get(session)?.exchanges, counted.get(pod)], [2, undefined]);
    // A sidecar that is started again in this pod begins another chain, as what the pod is now.
    const next = newChain(randomUUID());
    assert.equal((await hello(pod, next.chain)).workload.name, 'serviceaccount/bot');
    await bring(pod, next, refused(now), controls[1]);
  });

  it('and no other pod writes under it, of the same workload or not; nor under control’s own', async (t) => {
    const { fake, controls, hello, bring } = await world(t);
    const [pod, other] = [randomUUID(), randomUUID()];
    const same = caller('deployment/w', pod);
    fake.pods.set(pod, same);
    fake.pods.set(other, { ...same, pod: { ...same.pod, uid: other } });
    const state = newChain(randomUUID());
    await hello(pod, state.chain);
    const { audit } = controls[0];
    const own = new OwnChain({
      audit,
      chain: randomUUID(),
      version: '0',
      command: 'control',
      log: await createLog('silent'),
    });
    await own.begin();
    for (const at of controls)
      for (const end of [state, own.end]) {
        await assert.rejects(bring(other, end, refused(same), at), {
          code: 'bad_message',
          message: /another pod/,
        });
        await assert.rejects(hello(other, end.chain, at), { code: 'bad_message' });
      }
    assert.deepEqual(await audit.chain(state.chain), []);
    assert.equal((await audit.end(own.end.chain))?.seq, 1);
  });

  it('as it was said while MongoDB was away, when nobody could write it down', async (t) => {
    const { fake, controls, hello, bring } = await world(t);
    const pod = randomUUID();
    const before_ = caller('deployment/before', pod);
    fake.pods.set(pod, before_);
    const state = newChain(randomUUID());
    await mongo.kill();
    const began = performance.now();
    assert.equal((await hello(pod, state.chain)).workload.name, 'deployment/before');
    assert.ok(performance.now() - began < 8_000, 'a pod starts without it');
    fake.pods.set(pod, caller('deployment/after', pod));
    await assert.rejects(bring(pod, state, refused(before_)), { name: 'LedgerUnavailable' });
    // Nothing was said here, so it can't be said that the entry is wrong.
    await assert.rejects(bring(pod, state, refused(before_), controls[1]), { name: 'LedgerUnavailable' });
    await mongo.start();
    for (let n = 0; ; n++) {
      const stored = await bring(pod, state, refused(before_)).catch((error: Error) => error);
      if (!(stored instanceof Error)) break;
      assert.ok(n < 40 && stored.name === 'LedgerUnavailable', stored.message);
    }
    assert.equal((await controls[0].audit.end(state.chain))?.seq, 1);
  });

  it('and so is what is kept of what was said', async (t) => {
    const { fake, controls, hello } = await world(t);
    const [pod, session] = [randomUUID(), randomUUID()];
    fake.pods.set(pod, ofRunner(pod, 'nightly', session));
    const { chain } = newChain(randomUUID());
    await hello(pod, chain);
    fake.pods.set(pod, caller('serviceaccount/bot', pod));
    const { connection } = connectSidecar(t, controls[1].url, pod, chain);
    const { key } = (await connection.post(PATHS.session, { chain })) as { key: string };
    assert.ok(key);
    const content = { address: 'a'.repeat(64), prev: null, part: 0, parts: 1, data: 'eHh4' };
    assert.deepEqual(await connection.post(PATHS.contents, { chain, contents: [content] }), { stored: true });
    const { contents } = controls[0].audit;
    assert.deepEqual([await contents.knows(session), await contents.knows(pod)], [true, false]);
    assert.equal(await contents.erase(session, 1), 1);
  });

  it('the first who claims it has it, of all replicas at once', async (t) => {
    const audits = await Promise.all(Array.from({ length: 4 }, () => MongoAudit.open(mongo.url)));
    atEnd(t, () => Promise.all(audits.map((audit) => audit.close())));
    const chain = randomUUID();
    const claims = await Promise.all(
      audits.map(({ chains }, i) =>
        chains.bind(chain, { pod: `p${i}`, namespace: 'n', workload: 'w', session: 's', runner: null }),
      ),
    );
    assert.equal(new Set(claims.map(({ pod }) => pod)).size, 1);
  });
});
