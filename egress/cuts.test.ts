/** Tunnels that have to end because something has changed, and a gateway that goes down. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { POD } from '../adapters/tokens/testing-tokens.ts';
import type { Purpose } from '../core/egress/names.ts';
import {
  CONTROL,
  HOST,
  innerTls,
  over,
  PROVIDER,
  startTestEgress,
  startTlsHost,
  type TestEgress,
} from './testing-gateway.ts';

const PURPOSES = [
  ['control', `${CONTROL}:8443`],
  ['provider', `${PROVIDER}:443`],
  ['agent', `${HOST}:443`],
] as const;

async function startThree(t: TestContext): Promise<{ egress: TestEgress; open: Record<Purpose, TLSSocket> }> {
  const egress = await startTestEgress(t, await startTlsHost(t, (socket) => socket.pipe(socket)));
  const open: Partial<Record<Purpose, TLSSocket>> = {};
  for (const [purpose, target] of PURPOSES) {
    const answer = await egress.connect({ purpose, target });
    assert.equal(answer.status, 200, answer.body);
    const inner = innerTls(answer, target.split(':')[0] ?? '');
    await once(inner, 'secureConnect');
    inner.resume();
    open[purpose] = inner;
  }
  return { egress, open: open as Record<Purpose, TLSSocket> };
}

/** @returns how the records end, by purpose, once there are so many; those that are still open are not there */
async function ended(egress: TestEgress, count: number): Promise<Record<string, string>> {
  if (count > 0) await egress.recorded(count);
  await sleep(50);
  return Object.fromEntries(egress.records.map(({ purpose, code }) => [purpose, code]));
}

describe('open tunnels', { timeout: 300_000 }, () => {
  it('end at once when their pod has gone, all of them', async (t) => {
    for (const change of [
      (egress: TestEgress) => egress.knows({}, { pods: [] }),
      (egress: TestEgress) => egress.knows({}, { gone: [POD.uid] }),
    ]) {
      const { egress, open } = await startThree(t);
      change(egress);
      await Promise.all(Object.values(open).map((inner) => over(inner)));
      assert.deepEqual(await ended(egress, 3), {
        control: 'pod_gone',
        provider: 'pod_gone',
        agent: 'pod_gone',
      });
      assert.equal((await egress.connect()).status, 403);
      assert.equal(egress.dialled.length, 3);
    }
  });

  it('end by the kill switch, but for those to control: it still settles and records', async (t) => {
    const { egress, open } = await startThree(t);
    egress.knows({ killed: 'somebody said so' });
    await Promise.all([open.provider, open.agent].map((inner) => over(inner)));
    assert.deepEqual(await ended(egress, 2), { provider: 'pod_killed', agent: 'pod_killed' });
    const again = await egress.connect();
    assert.equal(again.code, 'pod_killed');
    assert.match(again.body, /somebody said so/);
    const control = await egress.connect({ purpose: 'control', target: `${CONTROL}:8443` });
    assert.equal(control.status, 200);
  });

  it('end with the phase', async (t) => {
    const { egress } = await startThree(t);
    egress.knows({ phase: 'teardown' });
    assert.deepEqual(await ended(egress, 3), {
      control: 'phase_changed',
      provider: 'phase_changed',
      agent: 'phase_changed',
    });
  });

  it('end when they would not be opened now, and others stay', async (t) => {
    const { egress } = await startThree(t);
    egress.knows({ network: { access: 'allowlist', hosts: ['other.example'] } });
    assert.deepEqual(await ended(egress, 1), { agent: 'policy_changed' });
    egress.knows({}, { providers: [{ host: 'other.provider.example' }] });
    assert.deepEqual(await ended(egress, 2), { agent: 'policy_changed', provider: 'policy_changed' });
  });

  it("end when their host becomes a provider's", async (t) => {
    const { egress } = await startThree(t);
    egress.knows({}, { providers: [{ host: PROVIDER }, { host: HOST }] });
    assert.deepEqual(await ended(egress, 1), { agent: 'policy_changed' });
  });

  it('end when a private address is no longer allowed', async (t) => {
    const egress = await startTestEgress(t, await startTlsHost(t, (socket) => socket.resume()));
    const providers = (privateAddresses: boolean) => ({ providers: [{ host: PROVIDER, privateAddresses }] });
    egress.knows({}, providers(true));
    const answer = await egress.connect({ purpose: 'provider', target: `${PROVIDER}:443` });
    egress.knows({}, providers(true));
    assert.deepEqual(await ended(egress, 0), {});
    egress.knows({}, providers(false));
    await over(answer.socket);
    assert.deepEqual(await ended(egress, 1), { provider: 'policy_changed' });
  });

  it('stay when nothing of theirs has changed', async (t) => {
    const { egress } = await startThree(t);
    egress.knows();
    egress.knows({ network: { access: 'full', hosts: [] } });
    assert.deepEqual(await ended(egress, 0), {});
  });
});

describe('a gateway that goes down', { timeout: 300_000 }, () => {
  it("ends control's tunnels at once and lets the others end by themselves, while it opens no new ones", async (t) => {
    const { egress, open } = await startThree(t);
    const stopped = egress.running.stop(20_000);
    await over(open.control);
    assert.deepEqual(await ended(egress, 1), { control: 'drained' });
    const refused = await egress.connect();
    assert.deepEqual([refused.status, refused.code, egress.dialled.length], [503, 'draining', 3]);
    const ready = await fetch(`http://127.0.0.1:${egress.running.ports.telemetry}/readyz`);
    assert.deepEqual([ready.status, await ready.text()], [503, 'it is going down\n']);
    assert.ok(await isReached(egress.running.ports.canary), 'the canary has gone before the doors');
    open.provider.end();
    open.agent.end();
    await stopped;
    assert.deepEqual(
      egress.records.filter(({ verdict }) => verdict === 'opened').map(({ code }) => code),
      ['drained', 'closed', 'closed'],
    );
    for (const port of Object.values(egress.running.ports)) assert.equal(await isReached(port), false);
  });

  it('cuts what is left after the grace', async (t) => {
    const { egress, open } = await startThree(t);
    const began = performance.now();
    await egress.running.stop(400);
    const ms = performance.now() - began;
    assert.ok(ms > 350 && ms < 20_000, String(ms));
    await Promise.all(Object.values(open).map((inner) => over(inner)));
    assert.deepEqual(await ended(egress, 3), { control: 'drained', provider: 'drained', agent: 'drained' });
  });

  it('does not open what it was opening', async (t) => {
    const egress = await startTestEgress(t, await startTlsHost(t, (socket) => socket.resume()), {
      dialMs: 20_000,
    });
    const asked = egress.connect();
    const control = egress.connect({ purpose: 'control', target: `${CONTROL}:8443` });
    while (egress.dialled.length < 2) await sleep(5);
    const stopped = egress.running.stop(1_000);
    for (const one of [asked, control]) assert.notEqual((await one).status, 200);
    await stopped;
  });

  it('does not wait for whoever has said nothing', async (t) => {
    const egress = await startTestEgress(t, undefined, {
      config: { limits: { headerMs: 60_000, handshakeMs: 60_000 } },
    });
    await egress.dialDoor();
    const raw = connect(egress.running.ports.wide, '127.0.0.1');
    raw.on('error', () => undefined);
    await once(raw, 'connect');
    const began = performance.now();
    await egress.running.stop(0);
    assert.ok(performance.now() - began < 30_000);
  });
});

describe('the canary', { timeout: 300_000 }, () => {
  it('takes connections of anybody, and says nothing', async (t) => {
    const egress = await startTestEgress(t, undefined);
    const sockets = Array.from({ length: 50 }, () => connect(egress.running.ports.canary, '127.0.0.1'));
    let said = '';
    for (const socket of sockets) {
      socket.on('error', (error) => assert.fail(`a reset looks like a refusal: ${error}`));
      socket.on('data', (piece) => {
        said += piece;
      });
    }
    await Promise.all(sockets.map((socket) => once(socket, 'end')));
    assert.equal(said, '');
  });
});

function isReached(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
  });
}
