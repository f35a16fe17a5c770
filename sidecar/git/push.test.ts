/** Pushes as no git would send them, byte for byte. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { body, CAPABILITIES, NEW, OLD, push, ZERO } from '../../core/git/testing.ts';
import { RawClient } from '../../test/support/raw-client.ts';
import { ask, RECEIVE, start } from './testing-raw.ts';
import { shows, startTestRoute, type TestRoute } from './testing-route.ts';

/** What the server got of a push. */
const sentOn = ({ host }: TestRoute) =>
  host.seen
    .filter(({ url }) => url === '/app.git/git-receive-pack')
    .map(({ body: pieces }) => Buffer.concat(pieces));

describe('a push', () => {
  it('goes on as it was judged, whatever else stood in it', async (t) => {
    const route = await start(t);
    const sent = body([`${ZERO} ${NEW} refs/heads/agent/a\0${CAPABILITIES} agent=evil session-id=x\n`]);
    const headers = { 'git-protocol': 'version=1' };
    assert.equal((await ask(t, route, sent, { headers })).status, 200);
    const [got] = sentOn(route);
    assert.deepEqual(got, body([`${ZERO} ${NEW} refs/heads/agent/a\0 ${CAPABILITIES}`]));
    assert.deepEqual(Object.keys(route.host.seen[0]?.headers ?? {}).sort(), [
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
