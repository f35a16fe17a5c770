import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteLedger } from '../adapters/sqlite/ledger.ts';
import { StateError } from '../adapters/sqlite/state.ts';
import { freePort } from '../test/support/free-port.ts';
import { HANG_MS } from '../test/support/hang.ts';
import { outputFolder } from '../test/support/output.ts';
import { budget, PLENTY, profile, provider } from '../test/support/policies.ts';
import { RawClient } from '../test/support/raw-client.ts';
import { jsonReply, MESSAGE, RawUpstream } from '../test/support/raw-upstream.ts';
import { assertConsistent } from '../test/support/records.ts';
import { assertRefused } from '../test/support/refused.ts';
import { startTestSidecar } from '../test/support/sidecar.ts';
import type { SidecarConfig } from './config.ts';
import { PolicyError } from './policies.ts';
import type { Times } from './times.ts';
import { TIMES } from './times.ts';

type Settled = Parameters<SqliteLedger['settle']>;

describe('a sidecar that is stopped', () => {
  it('lets running streams end, turns new calls away, and leaves nothing open', async (t) => {
    const sidecar = await startTestSidecar(t, { config: { graceMs: 30_000 } });
    const client = await RawClient.connect(t, sidecar.port);
    const response = await sidecar.ask('/pace 20\n/tokens 100\n/chunk 40', { stream: true });
    const stopped = sidecar.running.stop();
    await client.send(`POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}`);
    const reply = await client.reply();
    await assertRefused(reply, 'shutting_down', /is shutting down/);
    assert.equal(reply.header('connection'), 'close');
    assert.match(await response.text(), /message_stop/);
    await stopped;
    const { closed, entries } = assertConsistent(sidecar.state);
    assert.deepEqual(
      closed.map(({ outcome, status }) => [outcome, status]),
      [['settled', 200]],
    );
    assert.equal(entries.at(-1)?.kind, 'stopped');
    await assert.rejects(fetch(sidecar.url), /fetch failed/);
    await assert.rejects(fetch(`${sidecar.running.metricsUrl}/healthz`), /fetch failed/);
  });

  it('sends the whole of a large reply before it closes the connection', async (t) => {
    const body = Buffer.from(JSON.stringify({ ...MESSAGE, pad: 'x'.repeat(20_000_000) }));
    const upstream = await RawUpstream.start(t, () => jsonReply(body));
    const sidecar = await startTestSidecar(t, { upstream: upstream.url, config: { graceMs: 30_000 } });
    const response = await sidecar.ask('hi');
    const stopped = sidecar.running.stop();
    await sleep(50);
    assert.equal((await response.arrayBuffer()).byteLength, body.length);
    await stopped;
  });

  it('breaks off what outlasts the grace period: charged, recorded, and said to the agent', async (t) => {
    const sidecar = await startTestSidecar(t, { config: { graceMs: 100 } });
    const stream = await sidecar.ask('/pace 100\n/tokens 1500\n/chunk 40', { stream: true });
    const silent = sidecar.ask('/fault hang').catch((error: unknown) => error);
    await sidecar.recorded(({ opened }) => opened.length === 2);
    const started = performance.now();
    await sidecar.running.stop();
    assert.ok(performance.now() - started < 10_000);
    assert.match(await stream.text().catch(String), /reply_cut|terminated/);
    await silent;
    const { closed } = assertConsistent(sidecar.state);
    assert.deepEqual(
      closed.map(({ outcome }) => outcome),
      ['charged', 'charged'],
    );
  });

  it('records what it broke off before it closes the ledger, if that takes a moment', async (t) => {
    const sidecar = await startTestSidecar(t, { config: { graceMs: 0 } });
    const silent = sidecar.ask('/fault hang').catch(() => undefined);
    await sidecar.recorded(({ opened }) => opened.length === 1);
    const { settle } = SqliteLedger.prototype;
    t.mock.method(SqliteLedger.prototype, 'settle', async function (this: SqliteLedger, ...how: Settled) {
      await sleep(100);
      return settle.apply(this, how);
    });
    await sidecar.running.stop();
    await silent;
    const { closed, entries } = assertConsistent(sidecar.state);
    assert.deepEqual([closed.length, entries.at(-1)?.kind], [1, 'stopped']);
  });

  it('does not wait for calls that wait themselves', async (t) => {
    const policies = [PLENTY, budget({ rates: [{ name: 'pace', concurrent: 1 }] }), profile({})];
    const sidecar = await startTestSidecar(t, { policies, config: { graceMs: 100 } });
    const running = sidecar.ask('/fault hang').catch(() => undefined);
    await sidecar.recorded(({ opened }) => opened.length === 1);
    const waiting = sidecar.ask('hi').catch(() => undefined);
    await sidecar.arrived(2);
    await sleep(50);
    const started = performance.now();
    await sidecar.running.stop();
    assert.ok(performance.now() - started < TIMES.rate / 2);
    await Promise.all([running, waiting]);
    assertConsistent(sidecar.state);
  });

  it('does not go on connecting to a provider: that would keep the process for as long as it takes', async (t) => {
    // It accepts, and never says anything: no handshake of TLS ends, and no proxy opens a tunnel.
    const sockets = new Set<Socket>();
    let connected = 0;
    const silent = createServer((socket) => {
      sockets.add(socket.resume());
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
      if (++connected === 3) socket.write('HTTP/1.1 200 OK\r\n\r\n');
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    t.after(() => silent.close());
    const at = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    for (const [n, to] of [
      provider(`https://${at}`),
      provider('https://127.0.0.1:9', { proxy: `http://${at}` }),
      provider('https://127.0.0.1:9', { proxy: `http://${at}` }),
      provider('https://127.0.0.1:9', { proxy: `https://${at}` }),
    ].entries()) {
      const policies = [PLENTY, profile({}), to];
      const sidecar = await startTestSidecar(t, {
        upstream: `https://${at}`,
        policies,
        config: { graceMs: 0 },
      });
      const asked = sidecar.ask('hi').catch(() => undefined);
      while (connected <= n) await sleep(5);
      await sleep(20);
      await sidecar.running.stop();
      await asked;
      const { closed } = assertConsistent(sidecar.state);
      assert.deepEqual([closed[0]?.outcome, closed[0]?.code], ['released', 'upstream_unreachable']);
    }
    for (const deadline = Date.now() + HANG_MS; sockets.size > 0; ) {
      assert.ok(Date.now() < deadline, `${sockets.size} connections are still being made`);
      await sleep(10);
    }
  });

  it('does not wait for ever for a ledger that cannot be written', async (t) => {
    const sidecar = await startTestSidecar(t, { config: { graceMs: 50 }, times: { lock: 50 } });
    const running = sidecar.ask('/fault hang').catch(() => undefined);
    await sidecar.recorded(({ opened }) => opened.length === 1);
    const db = new DatabaseSync(join(sidecar.state, 'tollgate.db'));
    db.exec('BEGIN IMMEDIATE');
    const started = performance.now();
    sidecar.stopsBadly = true;
    await assert.rejects(sidecar.running.stop(), /can't be written/);
    assert.ok(performance.now() - started < 30_000);
    db.close();
    await running;
    const { leases } = sidecar.records();
    assert.equal(leases[0]?.state, 'open', 'it expires and is charged by the next');
    assert.ok(sidecar.logs().some(({ msg }) => msg.includes('what it reserved will be charged')));
  });

  it('may be stopped again: both wait for the one end', async (t) => {
    const sidecar = await startTestSidecar(t);
    await sidecar.ask('/say hi');
    const stopped = sidecar.running.stop();
    assert.equal(sidecar.running.stop(), stopped);
    await stopped;
    await sidecar.running.stop();
    assert.equal(assertConsistent(sidecar.state).entries.filter(({ kind }) => kind === 'stopped').length, 1);
  });

  it('leaves a second one on the same state folder alone', async (t) => {
    const one = await startTestSidecar(t);
    const two = await startTestSidecar(t, { state: one.state });
    const running = two.ask('/pace 20\n/tokens 60\n/chunk 40', { stream: true });
    await two.recorded(({ opened }) => opened.length === 1);
    await one.ask('/say one');
    await one.stop();
    assert.match(await (await running).text(), /message_stop/);
    await two.ask('/say two');
    await two.stop();
    const { closed, entries } = assertConsistent(one.state);
    assert.equal(closed.length, 3);
    assert.equal(new Set(entries.map(({ chain }) => chain)).size, 2);
  });
});

describe('a sidecar that cannot start', () => {
  interface Fault {
    readonly says: RegExp;
    readonly type?: new (...args: never[]) => Error;
    readonly state?: string;
    readonly policies?: readonly object[];
    readonly times?: Partial<Times>;
    readonly config?: Partial<SidecarConfig>;
  }

  /** What it left listening would keep the process, and the port. */
  async function assertNothingLeft(t: TestContext, { says, type = Error, ...options }: Fault): Promise<void> {
    const port = options.config?.port ?? (await freePort());
    const config = { port, ...options.config };
    await assert.rejects(
      startTestSidecar(t, { upstream: 'http://127.0.0.1:9', ...options, config }),
      (error) => {
        assert.ok(error instanceof type, String(error));
        assert.match(error.message, says);
        return true;
      },
    );
    if (options.config?.port === undefined)
      await assert.rejects(fetch(`http://127.0.0.1:${port}`), /fetch failed/);
  }

  async function taken(t: TestContext): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    return (server.address() as AddressInfo).port;
  }

  it('because its port is taken, says so and leaves nothing behind', async (t) => {
    const state = join(outputFolder(t), 'state');
    await assertNothingLeft(t, { state, config: { port: await taken(t) }, says: /EADDRINUSE.*127\.0\.0\.1/ });
    assert.equal(assertConsistent(state).entries.at(-1)?.kind, 'stopped');
  });

  it('because the port of its metrics is taken, says so and leaves nothing behind', async (t) => {
    const state = join(outputFolder(t), 'state');
    await assertNothingLeft(t, { state, config: { metricsPort: await taken(t) }, says: /EADDRINUSE/ });
    assert.equal(assertConsistent(state).entries.at(-1)?.kind, 'stopped');
  });

  it('because of its policies, says file, line and field, and makes no state', async (t) => {
    const state = join(outputFolder(t), 'state');
    const policies = [PLENTY, profile({ tier: 'nothing' })];
    await assertNothingLeft(t, { state, policies, type: PolicyError, says: /test\.yaml:\d+: .*spec\.tier/ });
    assert.throws(() => assertConsistent(state));
    const missing = join(outputFolder(t), 'nowhere');
    const says = /nowhere: the policies can't be read \(ENOENT\)/;
    await assertNothingLeft(t, { state, config: { policies: missing }, type: PolicyError, says });
  });

  it('because of its state folder, says what is wrong with it and what to do', async (t) => {
    const folder = outputFolder(t);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const type = StateError;
    await assertNothingLeft(t, { state: join(file, 'state'), type, says: /a file is in its place.*--state/ });
    // Not even root can write there.
    await assertNothingLeft(t, { state: '/sys/tollgate', type, says: /can't be (made|written)/ });

    const damaged = join(folder, 'damaged');
    mkdirSync(damaged);
    writeFileSync(join(damaged, 'tollgate.db'), Buffer.alloc(8192, 'not a database '));
    await assertNothingLeft(t, { state: damaged, type, says: /tollgate\.db is damaged.*move it away/s });

    const newer = join(folder, 'newer');
    mkdirSync(newer);
    const db = new DatabaseSync(join(newer, 'tollgate.db'));
    db.exec('CREATE TABLE t (a); PRAGMA user_version = 99');
    db.close();
    await assertNothingLeft(t, { state: newer, type, says: /written by a newer Tollgate.*Update Tollgate/s });
  });

  it('because the ledger is locked by another, says so and leaves nothing behind', async (t) => {
    const other = await startTestSidecar(t);
    const db = new DatabaseSync(join(other.state, 'tollgate.db'));
    db.exec('BEGIN IMMEDIATE');
    const says = /the state database can't be written: .*locked/;
    await assertNothingLeft(t, { state: other.state, times: { lock: 50 }, says });
    db.close();
    await other.assertWell();
  });
});
