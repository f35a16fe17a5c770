/** The gateway as a process among networks of its own: names, addresses, pods, signals. Takes root. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { ISSUER, POD, TestCluster } from '../adapters/tokens/testing-tokens.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { fileScope } from '../test/support/output.ts';
import { SELF_SIGNED } from '../test/support/tls.ts';
import { over, readAnswer } from './testing-gateway.ts';
import { firstLine, GATEWAY, NAME_SERVER, World } from './testing-netns.ts';

interface Seen {
  readonly reached?: string;
  readonly asked?: string;
  readonly type?: number;
}

const PORTS = { narrow: 8443, wide: 8444, canary: 8445, telemetry: 9090 };
const PUBLIC = '4-52-10-0-10.names.example';
const scope = fileScope();
const cluster = await TestCluster.create();
let world: World;
let gateway: ChildProcess;
let dial: (address: string, port: number) => Socket;
const seen: Seen[] = [];
const logged: Record<string, unknown>[] = [];

function directory(change: object = {}, providers: object[] = []): void {
  const pod = { ...POD, phase: 'work', network: { access: 'full' }, ...change };
  writeFileSync(join(world.folder, 'directory.json'), JSON.stringify({ pods: [pod], gone: [], providers }));
}

async function startGateway(): Promise<ChildProcess> {
  const child = world.start('gw', [
    'cli/tollgate.ts',
    'egress-gateway',
    '--config',
    join(world.folder, 'config.yaml'),
  ]);
  await firstLine(child);
  if (child.stderr === null) throw new Error('it has no log');
  createInterface({ input: child.stderr }).on('line', (line) => logged.push(JSON.parse(line)));
  return child;
}

before(async () => {
  world = World.create(scope);
  const file = (name: string, text: string) => {
    const path = join(world.folder, name);
    writeFileSync(path, text);
    return path;
  };
  directory();
  const internet = world.start('net', ['egress/testing-internet.ts']);
  await firstLine(internet);
  if (internet.stdout === null) throw new Error('it has no output');
  createInterface({ input: internet.stdout }).on('line', (line) => seen.push(JSON.parse(line)));
  // On the gateway's own loopback too something listens, so that it would be reached.
  const own = world.start('gw', [
    '-e',
    "require('net').createServer(s=>{console.log('reached');s.destroy()}).listen(443,'::',()=>console.log('on'))",
  ]);
  await firstLine(own);
  file(
    'config.yaml',
    `
listen: {address: "0.0.0.0", narrow: ${PORTS.narrow}, wide: ${PORTS.wide}, canary: ${PORTS.canary}, telemetry: ${PORTS.telemetry}}
tls: {cert: ${file('tls.crt', SELF_SIGNED.cert)}, key: ${file('tls.key', SELF_SIGNED.key)}}
tokens: {issuer: "${ISSUER}", jwks: {file: ${file('jwks.json', cluster.jwks())}}}
control: {host: 4-10-66-0-1.control.names.example, port: 443}
directory: {file: ${join(world.folder, 'directory.json')}}
clusterRanges: [10.244.0.0/16, 10.96.0.0/12, 52.10.0.11/32, "2600:1f10::11/128"]
nameServers: ["${NAME_SERVER}"]
graceMs: 20000
limits: {nameMs: 4000, connectMs: 2500}
`,
  );
  gateway = await startGateway();
  dial = await world.from('pod');
});

async function ask(host: string, more: { purpose?: string; port?: number; door?: 'narrow' | 'wide' } = {}) {
  const { purpose = 'agent', port = 443, door = 'wide' } = more;
  const socket = connect({ socket: dial(GATEWAY, PORTS[door]), rejectUnauthorized: false });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  const token = await cluster.token();
  socket.write(
    `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\nProxy-Authorization: Bearer ${token}\r\nTollgate-Purpose: ${purpose}\r\n\r\n`,
  );
  return readAnswer(socket);
}

async function talk(outer: TLSSocket, host: string): Promise<{ inner: TLSSocket; address: string }> {
  const inner = connect({ socket: outer, servername: host, rejectUnauthorized: false });
  inner.on('error', () => undefined);
  const [address] = await once(inner, 'data');
  return { inner, address: String(address).trim().replace('::ffff:', '') };
}

const reached = () =>
  seen.filter((line) => line.reached !== undefined).map((line) => line.reached?.replace('::ffff:', ''));

/** Waits for what is on its way between processes. */
const settle = () => sleep(150);

/** Asks until the answer is this: the gateway looks at its directory five times a second, when the machine lets it. */
async function askUntil(code: string | undefined, ...how: Parameters<typeof ask>) {
  for (const deadline = Date.now() + HANG_MS; ; await sleep(50)) {
    const answer = await ask(...how);
    if (answer.code === code) return answer;
    answer.socket.destroy();
    assert.ok(Date.now() < deadline, `${answer.code}: ${answer.body}`);
  }
}

describe('the egress gateway among networks', { timeout: 600_000 }, () => {
  it('reaches a public host, by IPv4 and by IPv6, at an address that its name has', async () => {
    for (const [host, expected] of [
      [PUBLIC, '52.10.0.10'],
      ['6-2600-1f10--10.names.example', '2600:1f10::10'],
      ['6-2600-1f10--10.4-52-10-0-10.names.example', '2600:1f10::10'],
      ['6-2600-1f10--99.4-52-10-0-10.names.example', '52.10.0.10'],
      ['4-52-10-0-99.4-52-10-0-10.names.example', '52.10.0.10'],
    ] as const) {
      const { status, body, socket } = await ask(host);
      assert.equal(status, 200, body);
      const { inner, address } = await talk(socket, host);
      assert.equal(address, expected);
      inner.destroy();
    }
  });

  it('reaches no other address, and not one of them gets a connection', async () => {
    await settle();
    const before = reached().length;
    const opened: string[] = [];
    for (const labels of [
      '4-10-66-0-1',
      '4-192-168-66-1',
      '4-172-16-66-1',
      '4-100-64-66-1',
      '4-169-254-169-254',
      '4-168-63-129-16',
      '4-192-0-0-192',
      '4-198-18-66-1',
      '4-10-96-0-1',
      '4-52-10-0-11',
      '4-127-0-0-1',
      '4-0-0-0-0',
      '4-10-244-8-2',
      '4-10-244-9-2',
      '4-255-255-255-255',
      '4-224-0-0-1',
      '6-fd66--1',
      '6---1',
      '6-0-0-0-0-0-0-0-0',
      '6-0-0-0-0-0-ffff-a42-1',
      '6-0-0-0-0-0-ffff-7f00-1',
      '6-0-0-0-0-0-ffff-340a-a',
      '6-2002-a42-1--1',
      '6-3fff--66',
      '6-64-ff9b--a42-1',
      '6-64-ff9b-1--66',
      '6-fe80--1',
      '6-ff02--1',
      '6-2600-1f10--11',
      '6-fd00-8--2',
      // One such address spoils the answer, wherever it stands.
      '4-52-10-0-10.4-10-66-0-1',
      '4-10-66-0-1.4-52-10-0-10',
      '4-52-10-0-10.6---1',
      '6-2600-1f10--10.4-127-0-0-1',
    ]) {
      const { code, body, socket } = await ask(`${labels}.names.example`);
      if (code !== 'address_refused') opened.push(`${labels}: ${code} ${body}`);
      else assert.match(body, /has the address \S+, which is not opened \([^)]+\)/);
      socket.destroy();
    }
    assert.deepEqual(opened, []);
    await settle();
    assert.deepEqual(reached().slice(before), []);
  });

  it('asks for a name once, and connects to what it was told then, not to what it would be told next', async () => {
    const host = 'flip.a.names.example';
    const first = await ask(host);
    assert.equal(first.status, 200, first.body);
    assert.equal((await talk(first.socket, host)).address, '52.10.0.10');
    await settle();
    assert.deepEqual(
      seen
        .filter(({ asked }) => asked === host)
        .map(({ type }) => type)
        .sort(),
      [1, 28],
    );
    first.socket.destroy();
    const second = await ask(host);
    assert.equal(second.code, 'address_refused');
    assert.ok(!reached().includes('10.66.0.1'));
  });

  it('asks for no name that it would not open', async () => {
    directory({ network: { access: 'allowlist', hosts: [PUBLIC] } });
    (await askUntil('host_not_allowed', 'other.names.example')).socket.destroy();
    const secret = 'c2VjcmV0.names.example';
    assert.equal((await ask(secret)).code, 'host_not_allowed');
    await settle();
    assert.ok(!seen.some(({ asked }) => asked?.startsWith('c2v')));
    directory();
    (await askUntil('name_not_found', 'nx.names.example')).socket.destroy();
  });

  it('says what is wrong with a name', async () => {
    for (const [label, status, code] of [
      ['nx', 502, 'name_not_found'],
      ['empty', 502, 'name_not_found'],
      ['servfail', 502, 'name_failed'],
      ['never', 504, 'name_timeout'],
      ['slow.4-52-10-0-10', 504, 'name_timeout'],
      ['broken', 502, 'name_failed'],
      ['huge', 502, 'name_addresses'],
      ['4-52-10-0-99', 504, 'connect_timeout'],
    ] as const) {
      const answer = await ask(`${label}.names.example`);
      assert.deepEqual([answer.code, answer.status], [code, status], `${label}: ${answer.body}`);
    }
  });

  it('reaches control at its private address, and a private provider where its Provider says so', async () => {
    const control = '4-10-66-0-1.control.names.example';
    const { status, socket } = await ask(control, { purpose: 'control', door: 'narrow' });
    assert.equal(status, 200);
    assert.equal((await talk(socket, control)).address, '10.66.0.1');
    socket.destroy();
    const provider = '4-192-168-66-1.provider.names.example';
    const loop = '4-127-0-0-1.provider.names.example';
    for (const [privateAddresses, host, code] of [
      [false, provider, 'address_refused'],
      [true, provider, undefined],
      [true, loop, 'address_refused'],
    ] as const) {
      directory({}, [{ host, privateAddresses }]);
      // Of each Provider the agent's own way is closed; which it is then the answer says.
      (await askUntil('provider_host', host)).socket.destroy();
      const answer = await askUntil(code, host, { purpose: 'provider', door: 'narrow' });
      answer.socket.destroy();
    }
    directory();
    (await askUntil('address_refused', loop)).socket.destroy();
  });

  it('cuts a tunnel after the kill, and after the pod has gone', async () => {
    for (const change of [{ killed: 'enough' }, { uid: 'another' }]) {
      const { socket } = await askUntil(undefined, PUBLIC);
      const { inner } = await talk(socket, PUBLIC);
      const pace = setInterval(() => inner.write('x'), 20);
      directory(change);
      await over(inner);
      clearInterval(pace);
      directory();
    }
  });

  it('writes one line for each tunnel, with its address, and no token', async () => {
    const found = () => logged.find(({ code, host }) => code === 'pod_killed' && host === PUBLIC);
    for (const most = Date.now() + HANG_MS; found() === undefined && Date.now() < most; ) await sleep(20);
    const line = found();
    assert.equal(line?.address, '52.10.0.10');
    assert.equal(line?.from, '10.244.9.2');
    assert.equal(line?.pod, 'agents/fix-bug-work');
    assert.ok(Number(line?.bytesUp) > 0);
    assert.ok(!JSON.stringify(logged).includes('eyJ'));
  });

  it('drains on SIGTERM: refuses new tunnels, lets running ones end, and then goes', async () => {
    const provider = '4-52-10-0-10.provider.names.example';
    directory({}, [{ host: provider }]);
    const { socket } = await askUntil(undefined, provider, { purpose: 'provider' });
    const { inner } = await talk(socket, provider);
    const exited = once(gateway, 'exit');
    execFileSync('kill', ['-TERM', String(gateway.pid)]);
    (await askUntil('draining', PUBLIC)).socket.destroy();
    inner.write('still here');
    assert.equal(String((await once(inner, 'data'))[0]), 'still here');
    inner.end();
    await over(inner);
    assert.deepEqual(await exited, [0, null]);
  });
});
