import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { POD } from '../adapters/tokens/testing-tokens.ts';
import { MemoryDirectory } from './directory.ts';
import { startPlainHost, startTestEgress, stateOf } from './testing-gateway.ts';
import { awaitOwn, whence } from './whence.ts';

const { uid } = POD;

describe('whence a connection comes', () => {
  it("is its pod's own address in whatever form it is written", () => {
    for (const [from, address] of [
      ['10.244.0.7', '10.244.0.7'],
      ['::ffff:10.244.0.7', '10.244.0.7'],
      ['::ffff:af4:7', '10.244.0.7'],
      ['fd00::7', 'FD00:0:0:0:0:0:0:7'],
      ['fe80::7%eth0', 'fe80::7'],
    ] as const)
      assert.equal(whence(from, [address]), 'own', from);
    // Of a pod with two families either counts.
    assert.equal(whence('fd00::7', ['10.244.0.7', 'fd00::7']), 'own');
  });

  it('is another address for everything else', () => {
    for (const from of ['10.244.0.8', '10.244.0.70', '', 'x', 'fd00::7', '::ffff:10.244.0.8', '10.244.7'])
      assert.equal(whence(from, ['10.244.0.7']), 'other', from);
    assert.equal(whence('x', ['x']), 'other');
  });

  it('is not known before the pod has one, and does not matter where nobody says', () => {
    assert.equal(whence('10.244.0.7', []), 'unknown');
    assert.equal(whence('10.244.0.7', undefined), 'own');
  });
});

describe('a pod whose addresses are not known yet', { timeout: 300_000 }, () => {
  const from = '::ffff:10.244.0.7';
  const at = (directory: MemoryDirectory, addresses?: readonly string[]) =>
    directory.replace(stateOf(addresses === undefined ? {} : { addresses }));
  const asked = (ms: number, addresses: readonly string[] | undefined) => {
    const directory = new MemoryDirectory();
    at(directory, addresses);
    const controller = new AbortController();
    return { directory, controller, answer: awaitOwn(directory, { uid, from }, ms, controller.signal) };
  };

  it('is waited for, and no longer than it takes', async () => {
    const { directory, answer } = asked(60_000, []);
    await sleep(20);
    at(directory, ['10.244.0.9']);
    at(directory, ['10.244.0.7']);
    assert.equal(await answer, 'own');
  });

  it('is not waited for when they are known', async () => {
    assert.equal(await asked(60_000, ['10.244.0.7']).answer, 'own');
    assert.equal(await asked(60_000, undefined).answer, 'own');
  });

  it('is refused after a while', async () => {
    assert.equal(await asked(20, []).answer, 'unknown');
    assert.equal(await asked(20, ['10.244.0.8']).answer, 'other');
  });

  it('is not waited for when it has gone, or nobody waits any more', async () => {
    const gone = asked(60_000, []);
    gone.directory.replace(stateOf({}, { pods: [] }));
    assert.equal(await gone.answer, 'unknown');
    const left = asked(60_000, ['10.244.0.8']);
    left.controller.abort();
    assert.equal(await left.answer, 'other');
  });
});

describe('the gateway', { timeout: 300_000 }, () => {
  const taker = (t: TestContext) => startPlainHost(t, (socket) => socket.resume());

  it('opens nothing to a token that comes from elsewhere than its pod, and records whence it came', async (t) => {
    const egress = await startTestEgress(t, await taker(t), { config: { limits: { addressMs: 200 } } });
    egress.knows({ addresses: ['10.244.0.7', 'fd00::7'] });
    const { status, code, body } = await egress.connect();
    assert.deepEqual([status, code], [403, 'pod_elsewhere']);
    assert.match(
      body,
      /pod agents\/fix-bug-work, which has 10\.244\.0\.7, fd00::7, and it came from 127\.0\.0\.1/,
    );
    const record = await egress.recorded();
    assert.deepEqual(
      [record.code, record.from, record.pod?.name],
      ['pod_elsewhere', '127.0.0.1', 'fix-bug-work'],
    );
    for (const purpose of ['control', 'provider'])
      assert.equal((await egress.connect({ purpose })).code, 'pod_elsewhere');
    assert.deepEqual(egress.dialled, []);
    egress.knows({ addresses: ['127.0.0.1'] });
    assert.equal((await egress.connect()).status, 200);
  });

  it('waits for the address of a pod that was just started, and says so when none comes', async (t) => {
    const egress = await startTestEgress(t, await taker(t));
    egress.knows({ addresses: [] });
    const answer = egress.connect();
    await sleep(300);
    egress.knows({ addresses: ['127.0.0.1'] });
    assert.equal((await answer).status, 200);
    egress.knows({ addresses: [] });
    const { status, code } = await egress.connect();
    assert.deepEqual([status, code], [503, 'pod_address_unknown']);
    egress.knows({ addresses: [] });
    const late = egress.connect();
    await sleep(300);
    egress.knows({}, { pods: [], gone: [uid] });
    assert.equal((await late).code, 'pod_gone');
  });
});
