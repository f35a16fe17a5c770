/** The door of a pod: model calls keep their time to arrive, though pushes may take longer. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { createLog } from '../../adapters/telemetry/log.ts';
import { Metrics } from '../../adapters/telemetry/metrics.ts';
import { refusal } from '../../core/govern/refusals.ts';
import { atEnd } from '../../test/support/output.ts';
import { RawClient } from '../../test/support/raw-client.ts';
import { createDoor, type DoorOptions } from '../server.ts';
import type { Sidecar } from '../sidecar.ts';
import { TIMES } from '../times.ts';
import { Connections } from '../unreadable.ts';

const HEAD = 'POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 4\r\n\r\n';

/** What of a sidecar a request needs that nobody lets in. */
async function bare(): Promise<Sidecar> {
  const parts = {
    times: TIMES,
    clock: Date.now,
    log: await createLog('silent'),
    metrics: new Metrics(() => []),
  };
  return parts as unknown as Sidecar;
}

async function portOf(t: TestContext, server: ReturnType<typeof createDoor>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

describe('the door of a pod', () => {
  it('leads what begins with /git/ to the git route, and nothing else', async (t) => {
    const seen: string[] = [];
    const options: DoorOptions = {
      callers: { of: () => refusal('shutting_down'), known: () => [] } as unknown as DoorOptions['callers'],
      snapshots: { of: () => refusal('shutting_down') },
      names: new Set(),
      tls: undefined,
      closing: () => false,
      git: {
        requestMs: 3_600_000,
        takes: ({ url = '' }) => url.startsWith('/git/'),
        async handle({ url = '' }, response) {
          seen.push(url);
          response.writeHead(204).end();
        },
      },
    };
    const running = new Set<Promise<unknown>>();
    const server = createDoor(await bare(), options, running);
    assert.equal(server.requestTimeout, 3_600_000);
    const { git: _, ...elsewhere } = options;
    assert.equal(createDoor(await bare(), elsewhere, running).requestTimeout, TIMES.request);
    const at = `http://127.0.0.1:${await portOf(t, server)}`;
    assert.equal((await fetch(`${at}/git/app/info/refs`)).status, 204);
    assert.equal((await fetch(`${at}/v1/messages`, { method: 'POST' })).status, 503);
    assert.equal((await fetch(`${at}/gitx`)).status, 503);
    assert.deepEqual(seen, ['/git/app/info/refs']);
  });

  it('answers a call that does not come whole in its time, and leaves one that did to its answer', async (t) => {
    const connections = new Connections(await bare());
    const server = createServer({ requestTimeout: 0 }, (request, response) => {
      void connections.open(request, response);
      connections.limit(request, 100);
      request.resume();
      request.on('end', () => setTimeout(() => response.end('late'), 250));
    });
    const port = await portOf(t, server);
    const half = await RawClient.connect(t, port);
    await half.send(`${HEAD}ab`);
    const whole = await RawClient.connect(t, port);
    await whole.send(`${HEAD}abcd`);
    assert.equal((await half.reply()).status, 408);
    await half.untilClosed();
    const reply = await whole.reply();
    assert.deepEqual([reply.status, reply.body.toString()], [200, 'late']);
  });
});
