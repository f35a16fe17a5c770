/** The sidecar's admin socket, as its pod's startup probe asks it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { atEnd, outputFolder, type Scope } from '../../test/support/output.ts';
import { startAdmin, waitReady } from './admin.ts';

async function admin(t: Scope, socket: string, notReady: () => string | undefined): Promise<void> {
  const server = await startAdmin(socket, { notReady, registry: new Registry() });
  atEnd(t, () => server.close());
}

describe('the startup probe of a sidecar', () => {
  it('waits for one that is not there yet, and for one that is not ready, and ends once it is', async (t) => {
    const socket = join(outputFolder(t), 'admin.sock');
    let ready = false;
    let asked = 0;
    const waited = waitReady(socket, 60_000);
    await sleep(50);
    await admin(t, socket, () => {
      asked += 1;
      return ready ? undefined : 'control has not answered yet';
    });
    while (asked < 2) await sleep(5);
    ready = true;
    assert.equal(await waited, undefined);
  });

  it('says why it gave up', async (t) => {
    const socket = join(outputFolder(t), 'admin.sock');
    assert.equal(await waitReady(socket, 10), 'the sidecar does not listen yet (ENOENT)');
    await admin(t, socket, () => 'control has not answered yet');
    assert.equal(await waitReady(socket, 10), 'control has not answered yet');
  });
});
