import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Access, openAccess } from './access.ts';
import type { ApiError } from './answer.ts';
import { KubeClient } from './client.ts';
import { cut, type EventText } from './event-record.ts';
import { EventRecorder, type RecorderOptions } from './events.ts';
import { resource } from './object.ts';
import { FakeApi, status } from './testing-api.ts';
import { eventually } from './testing-oracle.ts';

const PODS = resource('v1 Pod', 'pods');
const NODES = resource('v1 Node', 'nodes', false);
const COLLECTION = 'events.k8s.io/events';
const pod = (name: string) => ({
  of: PODS,
  object: { metadata: { name, namespace: 'team', uid: `u-${name}`, resourceVersion: '5' } },
});
const TEXT: EventText = { type: 'Warning', reason: 'EgressWidened', action: 'Reconcile', note: 'why' };

describe('an event recorder', () => {
  let api: FakeApi;
  let access: Access;
  let recorder: EventRecorder;
  let dropped: (ApiError | undefined)[];

  const start = (more: Partial<RecorderOptions> = {}) => {
    recorder = new EventRecorder(new KubeClient(access, 'test'), {
      controller: 'tollgate.dev/operator',
      instance: 'operator-0',
      dropped: (error) => dropped.push(error),
      patchMs: 30,
      ...more,
    });
  };
  const events = () => api.store.list(COLLECTION);
  const series = () => events().map((event) => (event.series as { count: number } | undefined)?.count ?? 1);
  const soon = (holds: () => boolean) => eventually(holds, 3000, () => JSON.stringify(events()));

  beforeEach(async () => {
    api = await FakeApi.start();
    access = openAccess(api.url);
    dropped = [];
  });
  afterEach(async () => {
    await recorder.stop();
    await access.close();
    await api.close();
  });

  it('writes what the API asks for', async () => {
    start();
    recorder.record(pod('a'), TEXT);
    await soon(() => events().length === 1);
    const [event] = events();
    assert.match(String(event?.metadata.name), /^a\.[0-9a-f.]+$/);
    assert.equal(event?.metadata.namespace, 'team');
    assert.match(String(event?.eventTime), /\.\d{6}Z$/);
    const { type, reason, action, note, regarding, reportingController, reportingInstance } = event ?? {};
    assert.deepEqual({ type, reason, action, note }, TEXT);
    assert.deepEqual([reportingController, reportingInstance], ['tollgate.dev/operator', 'operator-0']);
    assert.deepEqual(regarding, {
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'a',
      namespace: 'team',
      uid: 'u-a',
      resourceVersion: '5',
    });
  });

  it('writes what is told once as one event, whoever else tells of it, and does not count it', async () => {
    start();
    const once = { ...TEXT, once: '0123abcd' };
    recorder.record(pod('a'), once);
    await soon(() => events().length === 1);
    const first = recorder;
    start({ instance: 'operator-1' });
    const before = api.seen.length;
    for (let n = 0; n < 3; n++) recorder.record(pod('a'), once);
    for (let n = 0; n < 3; n++) first.record(pod('a'), once);
    await soon(() => api.seen.length > before);
    recorder.record(pod('a'), { ...TEXT, once: '4567' });
    await soon(() => events().length === 2);
    await sleep(100);
    assert.deepEqual(
      events().map(({ metadata }) => metadata.name),
      ['a.0123abcd', 'a.4567'],
    );
    assert.deepEqual([series(), dropped], [[1, 1], []]);
    // One request each: the second is told that it is there.
    assert.equal(api.seen.length, before + 2);
    await first.stop();
  });

  it('counts what repeats in one event, whatever its note is, and asks for it now and then only', async () => {
    start();
    for (let n = 0; n < 500; n++) recorder.record(pod('a'), { ...TEXT, note: `${n}` });
    recorder.record(pod('b'), TEXT);
    recorder.record(pod('a'), { ...TEXT, reason: 'Other' });
    await soon(() => events().length === 3 && Math.max(...series()) === 500);
    assert.deepEqual(series().sort(), [1, 1, 500]);
    assert.ok(api.seen.length <= 6, `${api.seen.length} requests`);
    recorder.record(pod('a'), TEXT);
    await soon(() => Math.max(...series()) === 501);
  });

  it('begins a new event when the series has ended, and when the API server has forgotten it', async () => {
    start({ seriesMs: 60 });
    recorder.record(pod('a'), TEXT);
    await soon(() => events().length === 1);
    await sleep(80);
    recorder.record(pod('a'), TEXT);
    await soon(() => events().length === 2);
    await recorder.stop();

    start();
    recorder.record(pod('b'), TEXT);
    await soon(() => events().length === 3);
    for (const { metadata } of events()) api.store.delete(COLLECTION, metadata.name, 'team');
    recorder.record(pod('b'), TEXT);
    await soon(() => dropped.length === 1);
    recorder.record(pod('b'), TEXT);
    await soon(() => events().length === 1);
  });

  it('never asks more often than its rate, and says what it dropped', async () => {
    const began = performance.now();
    start({ burst: 5, perSecond: 4 });
    for (let n = 0; n < 50; n++) recorder.record(pod(`p${n}`), TEXT);
    const least = 44 - (performance.now() - began) / 250;
    assert.ok(dropped.length >= least, `${dropped.length}`);
    await soon(() => events().length === 50 - dropped.length);
    // Repetitions wait for their turn, and are not dropped.
    const made = api.seen.length;
    for (let n = 0; n < made; n++) recorder.record(pod(`p${n}`), TEXT);
    await sleep(300);
    const most = 5 + (performance.now() - began) / 250 + 1;
    assert.ok(api.seen.length <= most, `${api.seen.length} requests, at most ${most}`);
    await soon(() => series().filter((count) => count === 2).length === made);
  });

  it('goes on after an API server that failed', async () => {
    start();
    api.answer = () => status(500, 'InternalError');
    recorder.record(pod('a'), TEXT);
    await soon(() => dropped.length === 1);
    assert.equal(dropped[0]?.code, 500);
    api.answer = undefined;
    recorder.record(pod('a'), TEXT);
    await soon(() => events().length === 1);
  });

  it('stays within the bounds of the API: bytes, one line, names, and a namespace for what has none', async () => {
    start({ instance: 'i'.repeat(300) });
    const metadata = { name: 'System:Node_1-', uid: 'u', resourceVersion: '1' };
    const long = {
      type: 'Normal',
      reason: 'R'.repeat(200),
      action: 'A'.repeat(200),
      note: '日本語'.repeat(500),
    } as const;
    recorder.record({ of: NODES, object: { metadata } }, long);
    await soon(() => events().length === 1);
    const [event] = events();
    assert.equal(event?.metadata.namespace, 'default');
    assert.match(String(event?.metadata.name), /^system-node-1\.[0-9a-f.]+$/);
    for (const [field, most] of [
      ['reason', 128],
      ['action', 128],
      ['reportingInstance', 128],
      ['note', 1024],
    ] as const) {
      assert.ok(Buffer.byteLength(String(event?.[field])) <= most, field);
    }
    assert.match(String(event?.note), /^(日本語)+日?本?…$/);
    assert.equal(cut('a\n\tb\u0000c\ud800', 100), 'a b c\ufffd');
    for (let bytes = 4; bytes < 30; bytes++) {
      const text = cut('ab日本👩‍👩‍👧xxxxxxxxxxxxx', bytes);
      assert.ok(Buffer.byteLength(text) <= bytes && !text.includes('\ufffd'), text);
    }
  });

  it('is silent after it was stopped', async () => {
    start({ dropped: () => assert.fail('somebody was told') });
    api.answer = () => 'silence';
    recorder.record(pod('a'), TEXT);
    await soon(() => api.seen.length === 1);
    await recorder.stop();
    recorder.record(pod('b'), TEXT);
    await sleep(50);
    assert.equal(api.seen.length, 1);
  });
});
