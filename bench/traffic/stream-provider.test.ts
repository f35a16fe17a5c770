import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readStreams } from '../load/streams.ts';
import { messages } from './messages.ts';
import { httpRequest, requestBody, targetAt } from './request.ts';
import { WIRES } from './wires.ts';

describe('the provider of streams', () => {
  const program = spawn(process.execPath, [join(import.meta.dirname, 'stream-provider.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let port = 0;
  before(async () => {
    const [line] = await once(program.stdout, 'data');
    port = Number(String(line));
  });
  after(() => program.kill());

  const read = (wire: (typeof WIRES)[number], end = wire.streamEnd) => {
    const request = httpRequest(targetAt(port, wire), requestBody({ wire, bytes: 2048, stream: true }));
    return readStreams({ port, request, end, concurrent: 2, rounds: 1 });
  };

  it('answers each wire with its own events, which say when they were sent', async () => {
    for (const { headMs, chunkMs } of await Promise.all(WIRES.map((wire) => read(wire)))) {
      assert.equal(headMs.length, 2);
      const texts = chunkMs.length / 2;
      assert.ok(texts > 30 && texts < 50, `${texts} events have a time`);
      assert.deepEqual(
        chunkMs.filter((ms) => ms < -0.1 || ms > 5_000),
        [],
      );
    }
  });

  it('is found out when a stream does not end as one of its wire', async () => {
    await assert.rejects(read(messages, '[DONE]'), /a stream ended before its message did/);
  });

  it('is left when that takes too long', async () => {
    const request = httpRequest(
      targetAt(port, messages),
      requestBody({ wire: messages, bytes: 2048, stream: true }),
    );
    const streams = { port, request, end: messages.streamEnd, concurrent: 20, rounds: 40 };
    const began = performance.now();
    await assert.rejects(readStreams({ ...streams, signal: AbortSignal.timeout(100) }), /abort/);
    assert.ok(performance.now() - began < 10_000, 'they would take 20 s');
  });

  it('knows no other path', async () => {
    await assert.rejects(read({ ...messages, path: '/v1/other' }), /no success: HTTP\/1\.1 404/);
  });
});
