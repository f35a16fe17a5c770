/** Whom the route serves, with how much, and for how long. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { push } from '../../core/git/testing.ts';
import { outputFolder } from '../../test/support/output.ts';
import { RawClient } from '../../test/support/raw-client.ts';
import { SELF_SIGNED } from '../../test/support/tls.ts';
import { GIT_HOST } from './testing-git-host.ts';
import { ask, start } from './testing-raw.ts';
import { repository, startTestRoute } from './testing-route.ts';

describe('the route', () => {
  it('is for programs of the pod, and for no page', async (t) => {
    const route = await start(t);
    for (const headers of [{ origin: 'http://127.0.0.1' }, { host: 'evil.example' }] as Record<
      string,
      string
    >[])
      assert.equal((await ask(t, route, push('refs/heads/agent/a'), { headers })).status, 403);
    assert.deepEqual([route.host.seen, route.entries], [[], []]);
  });

  it('leads nowhere in the work phase, for reading neither', async (t) => {
    const route = await start(t, { phase: 'work' });
    for (const path of ['/git/app/info/refs?service=git-upload-pack', '/git/', '/git/app/x']) {
      const { status, text } = await ask(t, route, '', { method: 'GET', path });
      assert.equal(status, 404);
      assert.match(text, /The agent's phase has no repository/);
    }
  });

  it('has so many requests at the same time, and takes the next when one has ended', async (t) => {
    const route = await startTestRoute(t, { limits: { requests: 1 } });
    const answers: (() => void)[] = [];
    route.host.behave = (_request, response) => {
      answers.push(() => response.writeHead(500).end());
      return true;
    };
    const path = '/git/app/info/refs?service=git-upload-pack';
    const first = ask(t, route, '', { method: 'GET', path });
    while (answers.length === 0) await new Promise(setImmediate);
    assert.equal((await ask(t, route, '', { method: 'GET', path })).status, 429);
    answers[0]?.();
    assert.equal((await first).status, 502);
    const third = ask(t, route, '', { method: 'GET', path });
    while (answers.length === 1) await new Promise(setImmediate);
    answers[1]?.();
    assert.equal((await third).status, 502);
  });

  it('ends what runs when the sidecar has to go, and takes nothing new', async (t) => {
    const route = await startTestRoute(t);
    route.host.behave = () => true;
    const path = '/git/app/info/refs?service=git-upload-pack';
    const running = ask(t, route, '', { method: 'GET', path });
    while (route.host.seen.length === 0) await new Promise(setImmediate);
    route.close();
    assert.equal((await ask(t, route, '', { method: 'GET', path })).status, 503);
    route.stop.abort();
    assert.equal((await running).status, 503);
  });

  it('gives up what nobody waits for any more', async (t) => {
    const route = await startTestRoute(t);
    let isCut = false;
    route.host.behave = (_request, response) => {
      response.on('close', () => {
        isCut = true;
      });
      return true;
    };
    const client = await RawClient.connect(t, route.port);
    const path = '/git/app/info/refs?service=git-upload-pack';
    await client.send(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${route.port}\r\n\r\n`);
    while (route.host.seen.length === 0) await new Promise(setImmediate);
    client.reset();
    assert.equal((await route.ended(1))[0]?.code, 'gone');
    while (!isCut) await new Promise(setImmediate);
  });

  it('takes no longer in all than it may', async (t) => {
    const route = await startTestRoute(t, { limits: { total: 200 } });
    route.host.behave = () => true;
    const path = '/git/app/info/refs?service=git-upload-pack';
    assert.equal((await ask(t, route, '', { method: 'GET', path })).status, 504);
  });

  it('cuts an answer that is larger than it may be', async (t) => {
    const route = await startTestRoute(t, { limits: { answer: 1_000 } });
    route.host.behave = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
      response.end(Buffer.alloc(100_000));
      return true;
    };
    const path = '/git/app/info/refs?service=git-upload-pack';
    await assert.rejects(() =>
      fetch(`http://127.0.0.1:${route.port}${path}`).then((answer) => answer.bytes()),
    );
    assert.equal((await route.ended(1))[0]?.code, 'too_large');
  });

  it('does not grow a zipped body without end', async (t) => {
    const route = await start(t, { limits: { wants: 1_000_000 } });
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const headers = { 'content-type': 'application/x-git-upload-pack-request', 'content-encoding': 'gzip' };
    const { text } = await ask(t, route, bomb, { path: '/git/app/git-upload-pack', headers });
    assert.match(text, /ERR tollgate: It is larger than 1000000 bytes/);
    assert.deepEqual(route.host.seen, []);
  });

  it('asks a repository without a Secret without a credential', async (t) => {
    const open = { name: 'app', url: repository().url, branches: [] };
    const route = await start(t, { phase: 'setup', repositories: [open] });
    await ask(t, route, '', { method: 'GET', path: '/git/app/info/refs?service=git-upload-pack' });
    assert.equal(route.host.seen[0]?.headers.authorization, undefined);
  });

  it('believes the authorities of NODE_EXTRA_CA_CERTS beside the public ones', async (t) => {
    const route = await start(t);
    const folder = outputFolder(t);
    const files = {
      ca: join(folder, 'gateway.crt'),
      extra: join(folder, 'extra.crt'),
      token: join(folder, 'token'),
    };
    writeFileSync(files.ca, SELF_SIGNED.cert);
    writeFileSync(files.extra, route.host.ca);
    writeFileSync(files.token, await route.egress.cluster.token());
    const gateway = {
      url: `https://127.0.0.1:${route.egress.running.ports.wide}`,
      name: 'localhost',
      caFile: files.ca,
      tokenFile: files.token,
    };
    const program = `
      const { connectHost } = await import(${JSON.stringify(join(import.meta.dirname, 'tunnel.ts'))});
      const signal = AbortSignal.timeout(10_000);
      const said = (error) => error.name + ' ' + error.message;
      const url = new URL('https://${GIT_HOST}/a');
      await connectHost(${JSON.stringify(gateway)}, url, signal).then((s) => s.authorized, said).then(console.log);
      process.exit();`;
    const run = async (env: Record<string, string>) => {
      const args = ['--no-warnings', '--input-type=module', '-e', program];
      return (await promisify(execFile)(process.execPath, args, { env })).stdout.trim();
    };
    assert.equal(await run({ NODE_EXTRA_CA_CERTS: files.extra }), 'true');
    assert.match(await run({}), /^CertificateRefused UNABLE_TO/);
  });
});
