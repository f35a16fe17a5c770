import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { messages } from '../traffic/messages.ts';
import { httpRequest, targetAt } from '../traffic/request.ts';
import { keptUp, pace } from './pace.ts';

describe('calls at a fixed pace', () => {
  it('queue behind a server that is too slow for them, and their latency counts from when they were due', async () => {
    let last: Promise<unknown> = Promise.resolve();
    const server = createServer((request, response) => {
      request.resume();
      last = last
        .then(() => new Promise((resolve) => setTimeout(resolve, 12)))
        .then(() => response.end('{}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const request = httpRequest(targetAt(port, messages), Buffer.from('{}'));
    try {
      const slow = await pace({ port, request, rate: 200, seconds: 0.25 });
      assert.equal(slow.length, 50);
      assert.ok((slow.at(-1) ?? 0) > 250, `the last of them waited ${slow.at(-1)} ms`);
      assert.equal(keptUp(slow, 0.25), false);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  describe('where some get no answer', () => {
    let calls = 0;
    let answers: (call: number) => 200 | 500 | undefined;
    const server = createServer((request, response) => {
      request.resume();
      const status = answers(++calls);
      if (status === undefined) return;
      response.statusCode = status;
      response.end('{}');
    });
    let port = 0;
    before(async () => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });

    it('end with the first that fails, and wait for none', async () => {
      answers = (call) => (call === 10 ? undefined : call === 20 ? 500 : 200);
      const request = httpRequest(targetAt(port, messages), Buffer.from('{}'));
      await assert.rejects(pace({ port, request, rate: 200, seconds: 60 }), /no success: HTTP\/1\.1 500/);
      assert.ok(calls < 30);
    });

    it('end when there is no more time', async () => {
      // Calls of the test before may still be on their way.
      answers = () => undefined;
      const request = httpRequest(targetAt(port, messages), Buffer.from('{}'));
      const signal = AbortSignal.timeout(100);
      await assert.rejects(pace({ port, request, rate: 100, seconds: 0.08, signal }), /abort/);
    });
  });

  it('do not queue where they wait equally long, or by chance', () => {
    assert.equal(keptUp([3, 4, 3, 5, 3, 4], 1), true);
    assert.equal(keptUp([1, 1, 1, 1, 9, 9], 1), true);
    assert.equal(keptUp([400, 420, 410, 440, 430, 450], 1), true);
    assert.equal(keptUp([10, 20, 60, 100, 200, 300], 1), false);
    assert.equal(keptUp([800, 820, 810, 840, 830, 850], 1), false, 'none was answered when most were due');
  });
});
