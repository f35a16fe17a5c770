/** Who gets a tunnel, and what is said and recorded of each. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { POD, TestCluster } from '../adapters/tokens/testing-tokens.ts';
import { EGRESS_REFUSALS } from '../core/egress/refusals.ts';
import {
  CONTROL,
  type ConnectOptions,
  HOST,
  innerTls,
  over,
  PROVIDER,
  startPlainHost,
  startTestEgress,
  startTlsHost,
} from './testing-gateway.ts';

const echo = (t: TestContext) => startTlsHost(t, (socket) => socket.pipe(socket));

describe('the egress gateway', { timeout: 300_000 }, () => {
  it('opens a tunnel to a listed host, and records it when it ends', async (t) => {
    const egress = await startTestEgress(t, await echo(t));
    const answer = await egress.connect();
    assert.equal(answer.status, 200, answer.body);
    const inner = innerTls(answer, HOST);
    inner.write('hello');
    const [piece] = await once(inner, 'data');
    assert.equal(String(piece), 'hello');
    inner.end();
    const record = await egress.recorded();
    assert.ok(record.bytesUp > 300 && record.bytesDown > 300);
    assert.ok(record.durationMs >= 0 && Math.abs(record.at - Date.now()) < 10_000);
    const { at, durationMs, bytesUp, bytesDown, ...rest } = record;
    assert.deepEqual(rest, {
      verdict: 'opened',
      code: 'closed',
      detail: 'Both sides closed it.',
      door: 'wide',
      from: '127.0.0.1',
      purpose: 'agent',
      host: HOST,
      port: 443,
      address: '127.0.0.1',
      pod: POD,
      phase: 'work',
    });
    assert.deepEqual(
      egress.dialled.map(({ host, port, privateAddresses }) => [host, port, privateAddresses]),
      [[HOST, 443, false]],
    );
  });

  it('opens control and providers on both ports, and plain HTTP to a provider of our own', async (t) => {
    const egress = await startTestEgress(t, await echo(t));
    for (const door of ['narrow', 'wide'] as const) {
      for (const [purpose, host, port] of [
        ['control', CONTROL, 8443],
        ['provider', PROVIDER, 443],
      ] as const) {
        const answer = await egress.connect({ door, purpose, target: `${host}:${port}` });
        assert.equal(answer.status, 200, answer.body);
        const inner = innerTls(answer, host);
        await once(inner, 'secureConnect');
        inner.destroy();
      }
    }
    assert.deepEqual(
      egress.dialled.map(({ privateAddresses }) => privateAddresses),
      [true, false, true, false],
    );
    const plain = await startTestEgress(
      t,
      await startPlainHost(t, (socket) => socket.end('HTTP/1.1 200 OK')),
    );
    const answer = await plain.connect({
      door: 'narrow',
      purpose: 'provider',
      target: 'plain.provider.example:8000',
    });
    answer.socket.resume();
    const [piece] = await once(answer.socket, 'data');
    assert.equal(String(piece), 'HTTP/1.1 200 OK');
  });

  it('refuses everything else with a code, a sentence and a record, and nothing is dialled', async (t) => {
    const egress = await startTestEgress(t, await echo(t));
    const other = await TestCluster.create();
    const bound = {
      namespace: POD.namespace,
      pod: { name: POD.name, uid: POD.uid },
      serviceaccount: { name: 'runner' },
    };
    const cases: [ConnectOptions, string][] = [
      [{ target: 'evil.example:443' }, 'host_not_allowed'],
      [{ target: `${HOST}:22` }, 'port_not_allowed'],
      [{ target: `${PROVIDER}:443` }, 'provider_host'],
      [{ target: `${CONTROL}:8443` }, 'control_host'],
      [{ door: 'narrow' }, 'narrow_door'],
      [{ purpose: 'provider' }, 'not_a_provider'],
      [{ purpose: 'control' }, 'not_control'],
      [{ target: '10.0.0.1:443' }, 'host_is_address'],
      [{ target: '[::1]:443' }, 'host_is_address'],
      [{ target: 'localhost:443' }, 'host_syntax'],
      [{ target: `${HOST}:0` }, 'port_syntax'],
      [{ purpose: 'admin' }, 'purpose_unknown'],
      [{ token: await egress.cluster.token({ exp: 1 }) }, 'token_invalid'],
      [{ token: await other.token() }, 'token_invalid'],
      [
        {
          token: await egress.cluster.token({
            'kubernetes.io': { ...bound, pod: { name: POD.name, uid: 'x' } },
          }),
        },
        'pod_not_governed',
      ],
      [
        {
          token: await egress.cluster.token({
            'kubernetes.io': { ...bound, pod: { name: 'x', uid: POD.uid } },
          }),
        },
        'pod_not_governed',
      ],
      [
        {
          token: await egress.cluster.token({
            'kubernetes.io': { ...bound, namespace: 'x' },
            sub: 'system:serviceaccount:x:runner',
          }),
        },
        'pod_not_governed',
      ],
      [
        {
          token: await egress.cluster.token({
            'kubernetes.io': { ...bound, serviceaccount: { name: 'x' } },
            sub: 'system:serviceaccount:agents:x',
          }),
        },
        'pod_not_governed',
      ],
    ];
    for (const [n, [options, code]] of cases.entries()) {
      const { status, code: said, body, socket } = await egress.connect(options);
      assert.deepEqual(
        [said, status],
        [code, EGRESS_REFUSALS[code as keyof typeof EGRESS_REFUSALS].status],
        body,
      );
      assert.match(body, /^[A-Z{][^{}]*\. ?.*\([a-z_]+\)\n$|^\S/);
      assert.ok(body.endsWith(`(${code})\n`) && !/\{\w+\}/.test(body), body);
      await over(socket);
      const record = await egress.recorded(n + 1);
      assert.deepEqual([record.verdict, record.code, record.bytesUp], ['refused', code, 0]);
      assert.ok(body.startsWith(record.detail));
      assert.ok(!JSON.stringify(record).includes('eyJ'), 'a token stands in the record');
    }
    assert.deepEqual(egress.dialled, []);
  });

  it('asks who comes without a token for one', async (t) => {
    const egress = await startTestEgress(t, undefined);
    for (const header of [
      '',
      'Proxy-Authorization: Basic eDp5\r\n',
      'Proxy-Authorization: Bearer\r\n',
      'Authorization: Bearer x\r\n',
    ]) {
      const { status, code, head } = await egress.send(
        `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\nTollgate-Purpose: agent\r\n${header}\r\n`,
      );
      assert.deepEqual([status, code], [407, 'token_missing']);
      assert.match(head, /^proxy-authenticate: Bearer/m);
    }
    const record = await egress.recorded();
    assert.deepEqual([record.pod, record.host, record.purpose], [null, null, null]);
  });

  it('knows nobody before it has heard who is governed, and no token before it has read a key', async (t) => {
    const egress = await startTestEgress(t, undefined, { known: false });
    assert.equal((await egress.connect()).code, 'directory_unready');
    egress.knows({}, { pods: [] });
    assert.equal((await egress.connect()).code, 'pod_not_governed');
    const before = await startTestEgress(t, undefined, {
      config: { tokens: { issuer: 'x', jwks: { file: 'none' } } },
    });
    assert.equal((await before.connect()).code, 'keys_unavailable');
  });

  it('opens control alone when nothing was heard of pods for long', async (t) => {
    const egress = await startTestEgress(t, await echo(t), {
      config: { directory: { file: 'none', staleMs: 1_000 } },
    });
    egress.directory.heard(Date.now() - 2_000);
    assert.equal((await egress.connect()).code, 'directory_stale');
    assert.equal(
      (await egress.connect({ purpose: 'provider', target: `${PROVIDER}:443` })).code,
      'directory_stale',
    );
    const control = await egress.connect({ purpose: 'control', target: `${CONTROL}:8443` });
    assert.equal(control.status, 200);
    control.socket.destroy();
    egress.directory.heard();
    const again = await egress.connect();
    assert.equal(again.status, 200);
    again.socket.destroy();
  });

  it('says so when the host does not take the connection', async (t) => {
    const egress = await startTestEgress(t, undefined, {
      config: { limits: { purposes: { agent: { tunnelsPerPod: 2 } } } },
    });
    // What has failed takes nobody's place.
    for (let n = 0; n < 5; n++) await egress.connect();
    const { status, code, body } = await egress.connect();
    assert.deepEqual([status, code], [502, 'connect_failed']);
    assert.match(body, /^host\.example\.com does not take the connection \(ECONNREFUSED\)\./);
  });

  it('gives up what it was opening when the client goes', async (t) => {
    const egress = await startTestEgress(t, await echo(t), { dialMs: 10_000 });
    for (const [n, leave] of (
      [(socket) => socket.destroy(), (socket) => socket.end()] as ((
        socket: import('node:net').Socket,
      ) => void)[]
    ).entries()) {
      const socket = await egress.dialDoor();
      socket.write(await egress.header());
      while (egress.dialled.length <= n) await new Promise((resolve) => setTimeout(resolve, 5));
      leave(socket);
      const record = await egress.recorded(n + 1);
      assert.deepEqual([record.verdict, record.code], ['refused', 'client_gone']);
      socket.destroy();
    }
  });

  it('does not open what became forbidden while the name was looked up', async (t) => {
    for (const [change, code] of [
      [{ killed: 'enough' }, 'pod_killed'],
      [{ uid: 'other' }, 'pod_gone'],
      [{ phase: 'teardown' }, 'pod_gone'],
      [{ network: { access: 'local' } }, 'phase_local'],
    ] as const) {
      const egress = await startTestEgress(t, await echo(t), { dialMs: 100 });
      const asked = egress.connect();
      while (egress.dialled.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      egress.knows(change);
      assert.equal((await asked).code, code);
    }
  });

  it('gives a pod so many tunnels and no more, those that are being opened among them', async (t) => {
    const config = { limits: { purposes: { agent: { tunnelsPerPod: 2 } } } };
    const egress = await startTestEgress(t, await echo(t), { config, dialMs: 100 });
    const answers = await Promise.all([egress.connect(), egress.connect(), egress.connect()]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 429]);
    const provider = await egress.connect({ purpose: 'provider', target: `${PROVIDER}:443` });
    assert.equal(provider.status, 200);
    for (const { socket } of answers) socket.destroy();
    await egress.recorded(3);
    const again = await egress.connect();
    assert.equal(again.status, 200);
  });

  it('counts what it refuses and opens, and is ready when it can open', async (t) => {
    const egress = await startTestEgress(t, await echo(t), { known: false });
    const get = (path: string) => fetch(`http://127.0.0.1:${egress.running.ports.telemetry}${path}`);
    const unready = await get('/readyz');
    assert.deepEqual(
      [unready.status, await unready.text()],
      [503, 'which pods are governed is not known yet\n'],
    );
    assert.equal((await get('/healthz')).status, 200);
    egress.knows();
    assert.equal((await get('/readyz')).status, 200);
    await egress.connect({ target: 'evil.example:443' });
    const open = await egress.connect();
    const text = await (await get('/metrics')).text();
    assert.match(text, /tollgate_egress_refused_total\{code="host_not_allowed"\} 1\n/);
    assert.match(text, /tollgate_egress_tunnels\{purpose="agent"\} 1\n/);
    open.socket.destroy();
    await egress.recorded(2);
    const later = await (await get('/metrics')).text();
    assert.match(later, /tollgate_egress_ended_total\{purpose="agent",code="client_gone"\} 1\n/);
    assert.match(later, /tollgate_egress_tunnels\{purpose="agent"\} 0\n/);
    assert.equal((await get('/x')).status, 404);
  });

  it('shows a renewed certificate to new connections', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const egress = await startTestEgress(t, await echo(t));
    const { RENEWED } = await import('../test/support/tls.ts');
    const shown = async () => {
      const socket = await egress.dialDoor('narrow');
      const { subject } = socket.getPeerCertificate();
      assert.equal(socket.getProtocol(), 'TLSv1.3');
      socket.destroy();
      return subject.CN;
    };
    assert.equal(await shown(), 'localhost');
    writeFileSync(join(egress.folder, 'tls.crt'), RENEWED.cert);
    t.mock.timers.tick(5_000);
    writeFileSync(join(egress.folder, 'tls.key'), RENEWED.key);
    t.mock.timers.tick(5_000);
    assert.equal(await shown(), 'localhost');
    t.mock.timers.tick(5_000);
    assert.equal(await shown(), 'gateway.example');
    rmSync(join(egress.folder, 'tls.key'));
    t.mock.timers.tick(15_000);
    assert.equal(await shown(), 'gateway.example');
  });
});
