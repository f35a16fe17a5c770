/** Control is replaced: nobody is turned away while its Service still sends to it. */
import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { Agent, request } from 'undici';
import { SELF_SIGNED } from '../test/support/tls.ts';
import { type SidecarApi, sidecarApp } from './server.ts';
import { Serving } from './serving.ts';
import { SidecarStreams } from './streams.ts';

const GRACE_MS = 20_000;
const KILL = { reason: null };

async function start(t: { after(end: () => void): void }) {
  const serving = new Serving();
  const streams = new SidecarStreams<string>({
    state: () => ({
      policy: undefined,
      problem: { problem: null },
      credentials: { credentials: {} },
      kill: KILL,
    }),
    namespaceOf: () => 'team',
  });
  const api = {
    authenticate: async () => 'somebody',
    extend: async () => ({}),
    events: (caller: string, response: never) => streams.open(caller, response),
  } as unknown as SidecarApi<string>;
  const whyNotReady = () => (serving.closing ? 'it is being stopped' : undefined);
  const app = sidecarApp(api, { whyNotReady, closing: () => serving.closing, onFault: () => undefined });
  const server = createServer(SELF_SIGNED, app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dispatcher = new Agent({ connect: { ca: SELF_SIGNED.cert } });
  t.after(() => {
    server.closeAllConnections();
    server.close();
    dispatcher.destroy().catch(() => undefined);
  });
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    stop: (wait: (ms: number) => Promise<void>) =>
      serving.stop({ server, endStreams: () => streams.close(), wait }, GRACE_MS),
    get: (path: string) => request(`${origin}${path}`, { dispatcher }),
    extend: async () => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ leases: [] });
      const url = `${origin}/sidecar/v1/extend`;
      const answer = await request(url, { dispatcher, method: 'POST', headers, body });
      await answer.body.dump();
      return answer;
    },
  };
}

describe('control that is stopped', { timeout: 60_000 }, () => {
  it('says that it goes, and serves for half of its time; then it ends its streams and takes nobody', async (t) => {
    const control = await start(t);
    const ready = await control.get('/readyz');
    assert.deepEqual([ready.statusCode, await ready.body.text()], [200, 'ready\n']);
    const stream = await control.get('/sidecar/v1/events');
    let ended = false;
    const streamed = stream.body.dump().then(() => {
      ended = true;
    });
    const half = Promise.withResolvers<void>();
    const waited: number[] = [];
    const stopped = control.stop((ms) => {
      waited.push(ms);
      return half.promise;
    });
    const going = await control.get('/readyz');
    assert.deepEqual([going.statusCode, await going.body.text()], [503, 'it is being stopped\n']);
    const served = await control.extend();
    assert.deepEqual([served.statusCode, served.headers.connection], [200, 'close']);
    assert.equal(ended, false);
    assert.deepEqual(waited, [GRACE_MS / 2]);
    half.resolve();
    await stopped;
    await streamed;
    await assert.rejects(control.extend());
  });
});
