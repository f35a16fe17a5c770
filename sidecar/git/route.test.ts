/** What no git would send, and what others than git ask for, byte for byte. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { body, CAPABILITIES, NEW, OLD, push, ZERO } from '../../core/git/testing.ts';
import { outputFolder } from '../../test/support/output.ts';
import { RawClient } from '../../test/support/raw-client.ts';
import { SELF_SIGNED } from '../../test/support/tls.ts';
import { GIT_HOST } from './testing-git-host.ts';
import { type RouteChange, repository, shows, startTestRoute, type TestRoute } from './testing-route.ts';

const RECEIVE = 'application/x-git-receive-pack-request';

/** Nothing of a push is ever answered by the server here: what it was sent is looked at. */
async function start(t: TestContext, change: RouteChange = {}): Promise<TestRoute> {
  const route = await startTestRoute(t, change);
  route.host.behave = ({ url }, response) => {
    const type = url?.endsWith('git-receive-pack') ? 'receive-pack-result' : 'upload-pack-result';
    response.writeHead(200, { 'content-type': `application/x-git-${type}` });
    response.on('close', () => undefined);
    response.end('0000');
    return true;
  };
  return route;
}

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly lines?: readonly string[];
}

async function ask(t: TestContext, { port }: TestRoute, bytes: Buffer | string, how: Ask = {}) {
  const { method = 'POST', path = '/git/app/git-receive-pack', headers = {}, lines = [] } = how;
  const client = await RawClient.connect(t, port);
  const all = { host: `127.0.0.1:${port}`, 'content-type': RECEIVE, ...headers };
  const length = lines.length > 0 || 'content-length' in all ? [] : [`content-length: ${bytes.length}`];
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...Object.entries(all).map(([name, value]) => `${name}: ${value}`),
    ...length,
    ...lines,
  ];
  await client.send(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(bytes)]));
  const reply = await client.reply();
  return { status: reply.status, text: reply.body.toString('latin1'), reply };
}

/** What the server got of a push. */
const sentOn = ({ host }: TestRoute) =>
  host.seen
    .filter(({ url }) => url === '/app.git/git-receive-pack')
    .map(({ body: pieces }) => Buffer.concat(pieces));

describe('a push', () => {
  it('goes on as it was judged, whatever else stood in it', async (t) => {
    const route = await start(t);
    const sent = body([`${ZERO} ${NEW} refs/heads/agent/a\0${CAPABILITIES} agent=evil session-id=x\n`]);
    assert.equal((await ask(t, route, sent)).status, 200);
    const [got] = sentOn(route);
    assert.deepEqual(got, body([`${ZERO} ${NEW} refs/heads/agent/a\0 ${CAPABILITIES}`]));
    const { headers } = route.host.seen[0] ?? { headers: {} };
    assert.deepEqual(Object.keys(headers).sort(), [
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
    ]);
  });

  it('carries no header of its client, and its answer none of the server', async (t) => {
    const route = await startTestRoute(t);
    route.host.behave = (_request, response) => {
      response.writeHead(200, {
        'content-type': 'application/x-git-receive-pack-result',
        'set-cookie': 'a=b',
        'www-authenticate': 'Basic',
        'x-other': 'y',
      });
      response.end('0000');
      return true;
    };
    const headers = {
      authorization: 'Basic bWU6bWU=',
      cookie: 'a=b',
      'x-forwarded-for': '10.0.0.1',
      'git-protocol': 'version=2:key=x',
      'accept-encoding': 'gzip',
      range: 'bytes=0-1',
    };
    const { reply } = await ask(t, route, push('refs/heads/agent/a'), { headers });
    const { headers: got = {} } = route.host.seen[0] ?? {};
    for (const name of ['cookie', 'x-forwarded-for', 'git-protocol', 'range'])
      assert.equal(got[name], undefined);
    assert.notEqual(got.authorization, headers.authorization);
    for (const name of ['set-cookie', 'www-authenticate', 'x-other'])
      assert.equal(reply.header(name), undefined);
  });

  for (const [what, bytes] of [
    [
      'a second command list after the first',
      body([`${ZERO} ${NEW} refs/heads/agent/a\0${CAPABILITIES}`], push('refs/heads/main')),
    ],
    [
      'a length that hides the next command',
      Buffer.from(`0200${push('refs/heads/agent/a').toString('latin1').slice(4)}`, 'latin1'),
    ],
    ['a flush before its commands', Buffer.concat([Buffer.from('0000'), push('refs/heads/main')])],
    ['a second command for main', push('refs/heads/agent/a', `${OLD} ${NEW} refs/heads/main`)],
    [
      'main behind a NUL',
      body([`${OLD} ${NEW} refs/heads/agent/a\0${CAPABILITIES}\0${OLD} ${NEW} refs/heads/main`]),
    ],
    [
      'main behind a line end',
      push('refs/heads/agent/a', `${OLD} ${NEW} refs/heads/agent/b\n${OLD} ${NEW} refs/heads/main`),
    ],
    ['a certificate', body([`push-cert\0${CAPABILITIES}`, 'certificate version 0.1\n'])],
    [
      'options',
      body(
        [`${OLD} ${NEW} refs/heads/agent/a\0${CAPABILITIES} push-options`],
        Buffer.from('0009ci.x0000PACK'),
      ),
    ],
    ['no pack', body([`${OLD} ${NEW} refs/heads/agent/a\0${CAPABILITIES}`], Buffer.alloc(0))],
    ['a symbolic way out', push('refs/heads/agent/../main')],
  ] as const)
    it(`with ${what} never reaches the server`, async (t) => {
      const route = await start(t);
      await ask(t, route, bytes);
      assert.deepEqual(route.host.seen, []);
      const [entry] = await route.ended(1);
      assert.equal(entry?.verdict, 'deny');
      assert.ok(!route.entries.some(({ step }) => step === 'sent'));
    });

  it('is the same zipped and in odd chunks; a body that lies about both is refused', async (t) => {
    const route = await start(t);
    const bytes = push('refs/heads/agent/a');
    await ask(t, route, gzipSync(bytes), { headers: { 'content-encoding': 'gzip' } });
    const chunks = [...bytes].map((byte) => `1;x=y\r\n${String.fromCharCode(byte)}\r\n`).join('');
    const chunked = Buffer.from(`${chunks}0\r\nx-trailer: 1\r\n\r\n`, 'latin1');
    await ask(t, route, chunked, { lines: ['transfer-encoding: chunked'] });
    const got = sentOn(route);
    assert.equal(got.length, 2);
    assert.deepEqual(got[0], got[1]);
    for (const lines of [
      ['transfer-encoding: chunked', 'content-length: 4'],
      ['content-length: 4', 'content-length: 5'],
      ['transfer-encoding: gzip, chunked'],
      ['content-encoding: gzip', 'content-encoding: gzip', 'content-length: 4'],
      ['content-encoding: br', 'content-length: 4'],
    ])
      assert.ok((await ask(t, route, bytes, { lines })).status >= 400, lines.join());
    assert.equal(sentOn(route).length, 2);
  });

  it('of another type is refused', async (t) => {
    const route = await start(t);
    for (const type of ['text/plain', `${RECEIVE}; charset=x`, 'application/x-git-upload-pack-request'])
      assert.equal(
        (await ask(t, route, push('refs/heads/agent/a'), { headers: { 'content-type': type } })).status,
        415,
      );
    assert.deepEqual(route.host.seen, []);
  });

  it('of a client that only looks whether it may come in is answered here', async (t) => {
    const route = await start(t);
    const { status, text } = await ask(t, route, '0000');
    assert.deepEqual([status, text], [200, '']);
    assert.deepEqual([route.host.seen, route.entries], [[], []]);
  });

  it('is refused in words that show no credential, whatever the server does with it', async (t) => {
    const route = await startTestRoute(t);
    route.host.behave = ({ headers }, response) => {
      response.writeHead(403, { 'content-type': 'text/plain', location: String(headers.authorization) });
      response.end(headers.authorization);
      return true;
    };
    const { text } = await ask(t, route, push('refs/heads/agent/a'));
    assert.match(text, /git\.example\.com answers 403/);
    assert.ok(!shows(text));
  });

  it('is cut with the connection when half of it came, and the server is not made to believe it is whole', async (t) => {
    const route = await startTestRoute(t);
    route.host.behave = () => true;
    const client = await RawClient.connect(t, route.port);
    const head = `POST /git/app/git-receive-pack HTTP/1.1\r\nhost: 127.0.0.1:${route.port}\r\ncontent-type: ${RECEIVE}\r\ntransfer-encoding: chunked\r\n\r\n`;
    const bytes = Buffer.concat([push('refs/heads/agent/a'), Buffer.alloc(2 * 1024 * 1024)]);
    await client.send(`${head}${bytes.length.toString(16)}\r\n`);
    await client.send(bytes);
    while ((route.host.seen[0]?.body.length ?? 0) === 0) await new Promise(setImmediate);
    client.reset();
    const [entry] = await route.ended(1);
    assert.deepEqual([entry?.code, entry?.verdict], ['gone', 'allow']);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(route.host.seen[0]?.complete(), false);
  });

  it('that stands still is given up', async (t) => {
    const route = await startTestRoute(t, { limits: { silence: 100 } });
    const client = await RawClient.connect(t, route.port);
    await client.send(
      `POST /git/app/git-receive-pack HTTP/1.1\r\nhost: 127.0.0.1:${route.port}\r\ncontent-type: ${RECEIVE}\r\ncontent-length: 500\r\n\r\n00`,
    );
    assert.equal((await client.reply()).status, 408);
    assert.equal((await route.ended(1))[0]?.code, 'slow');
  });
});

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
