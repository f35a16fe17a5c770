import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from './object.ts';
import { readWatch, type WatchEvent } from './watch.ts';

const line = (type: string, version: string) =>
  `${JSON.stringify({ type, object: { metadata: { name: 'Grüße', uid: 'u', resourceVersion: version } } })}\n`;

async function all(events: AsyncIterable<WatchEvent<KubeObject>>): Promise<string[]> {
  const told: string[] = [];
  for await (const event of events) {
    if (event.type === 'ERROR') told.push(`ERROR ${event.error.reason}`);
    else if (event.type === 'BOOKMARK') told.push(`BOOKMARK ${event.resourceVersion}`);
    else told.push(`${event.type} ${event.object.metadata.resourceVersion}`);
  }
  return told;
}

describe('a watch', () => {
  it('ends with its first error, whatever comes after it', async () => {
    for (const [bad, reason] of [
      ['{"type":"ADDED"}\n', 'Garbage'],
      [line('RENAMED', '2'), 'Garbage'],
      [line('ADDED', ''), 'Garbage'],
      ['{"type":"BOOKMARK","object":{"metadata":{}}}\n', 'Garbage'],
      ['{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n', 'Expired'],
      ['{"type":"ERROR","object":{}}\n', 'Unknown'],
    ]) {
      const body = new PassThrough();
      body.end(line('ADDED', '1') + bad + line('ADDED', '3'));
      assert.deepEqual(await all(readWatch(body, 'watch', 1000)), ['ADDED 1', `ERROR ${reason}`]);
      assert.ok(body.destroyed);
    }
  });

  it('is not idle while an event comes slowly, and is when nothing comes', async () => {
    const body = new PassThrough();
    const told = all(readWatch(body, 'watch', 1_000));
    const bytes = Buffer.from(line('ADDED', '1') + line('BOOKMARK', '2'));
    const size = Math.ceil(bytes.length / 8);
    for (let at = 0; at < bytes.length; at += size) {
      body.write(bytes.subarray(at, at + size));
      await sleep(150);
    }
    assert.deepEqual(await told, ['ADDED 1', 'BOOKMARK 2', 'ERROR Idle']);
    assert.ok(body.destroyed);
  });

  it('ends without a word when it is stopped, and leaves no listener', async () => {
    const stop = new AbortController();
    const [body, late] = [new PassThrough(), new PassThrough()];
    const told = all(readWatch(body, 'watch', 10_000, stop.signal));
    body.write(line('ADDED', '1'));
    await sleep(10);
    const ended = new PassThrough().end();
    assert.deepEqual(await all(readWatch(ended, 'watch', 10_000, stop.signal)), []);
    assert.equal(getEventListeners(stop.signal, 'abort').length, 1, 'more than the open one listens');
    stop.abort();
    assert.deepEqual(await told, ['ADDED 1']);
    assert.deepEqual(await all(readWatch(late, 'watch', 10_000, stop.signal)), []);
    assert.ok(body.destroyed && late.destroyed);
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  });
});
