/** What real git shows of what goes wrong. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { cloned, commit, runIn } from './testing-client.ts';
import { repository, startTestRoute } from './testing-route.ts';

describe('git is told why', { timeout: 600_000 }, () => {
  it('there is no repository for the agent, or none of this name', async (t) => {
    const work = await startTestRoute(t, { phase: 'work' });
    assert.match(
      (await runIn(t, ['clone', work.url])).said.text,
      /remote: tollgate: The agent's phase has no repository/,
    );
    assert.deepEqual(work.host.seen, []);
    const setup = await startTestRoute(t, { phase: 'setup' });
    const { said } = await runIn(t, ['clone', `${setup.url}x`]);
    assert.match(said.text, /remote: tollgate: There is no repository appx .* It has: app\./);
  });

  it('setup does not push, nor teardown where no branches are named', async (t) => {
    const setup = await cloned(t, { phase: 'setup' });
    commit(setup.work);
    assert.match(
      (await setup.git('push', 'origin', 'HEAD:refs/heads/agent/a')).text,
      /Nothing is pushed in the phase setup/,
    );
    const read = await cloned(t, { repositories: [repository({ branches: [] })] });
    commit(read.work);
    assert.match(
      (await read.git('push', 'origin', 'HEAD:refs/heads/agent/a')).text,
      /Repository app is only read/,
    );
  });

  it('the host is not in the network of the phase', async (t) => {
    const route = await startTestRoute(t, { network: { access: 'allowlist', hosts: ['other.example.com'] } });
    const { said } = await runIn(t, ['clone', route.url]);
    assert.match(
      said.text,
      /remote: tollgate: The egress gateway does not open git\.example\.com: git\.example\.com is not listed\. Add it to spec\.network\.teardown\.hosts/,
    );
    const [entry] = await route.ended(1);
    assert.deepEqual([entry?.verdict, entry?.code, entry?.status], ['deny', 'gateway_refused', null]);
    assert.equal((await route.egress.recorded()).code, 'host_not_allowed');
  });

  it('the host shows a certificate of an authority that is not believed', async (t) => {
    const route = await startTestRoute(t, { believed: false });
    const { said } = await runIn(t, ['clone', route.url]);
    assert.match(said.text, /The certificate of git\.example\.com is not to be believed/);
    assert.match(said.text, /trust\.extraCertificates/);
    assert.deepEqual(route.host.seen, []);
  });

  it('the server does not take the credential, and git does not ask for another', async (t) => {
    const route = await startTestRoute(t, { secret: 'me:old' });
    const { said } = await runIn(t, ['clone', route.url]);
    assert.match(said.text, /git\.example\.com answers 401: it does not take the Secret git-token/);
    assert.doesNotMatch(said.text, /Username/);
    assert.equal(route.host.seen[0]?.headers.authorization, `Basic ${btoa('me:old')}`);
  });

  it('the Secret is not there, or holds something else', async (t) => {
    const missing = await startTestRoute(t, { secret: null });
    assert.match(
      (await runIn(t, ['clone', missing.url])).said.text,
      /the Secret git-token of this namespace has no key token/,
    );
    const odd = await startTestRoute(t, { secret: 'two\nlines' });
    assert.match((await runIn(t, ['clone', odd.url])).said.text, /is not one line of printable text/);
    assert.deepEqual([missing.host.seen, odd.host.seen], [[], []]);
  });

  it('the repository has moved, is not there, or is no repository; nobody goes where it points', async (t) => {
    const route = await startTestRoute(t);
    for (const [status, headers, words] of [
      [
        301,
        { location: 'https://elsewhere.example.com/a.git/info/refs?token=x' },
        /is at https:\/\/elsewhere\.example\.com\/a\.git\. Write/,
      ],
      [404, {}, /has no repository at the URL of app/],
      [500, {}, /git\.example\.com answers 500/],
      [200, { 'content-type': 'text/html' }, /answers with text\/html, not as a git server/],
      [200, { 'content-type': 'text/plain' }, /not as a git server/],
    ] as const) {
      route.host.behave = (_request, response) => {
        response.writeHead(status, headers).end('<html>');
        return true;
      };
      const { said } = await runIn(t, ['clone', route.url]);
      assert.equal(said.status, 128);
      assert.match(said.text, words);
      assert.doesNotMatch(said.text, /token=x/);
    }
    assert.equal(new Set(route.host.seen.map(({ url }) => url)).size, 1);
  });

  it('the server is silent, or breaks off in the middle of a fetch', async (t) => {
    const route = await startTestRoute(t, { limits: { silence: 300 } });
    route.host.behave = () => true;
    assert.match(
      (await runIn(t, ['clone', route.url])).said.text,
      /The connection to git\.example\.com broke \(nothing came for 300 ms\)/,
    );
    route.host.behave = ({ method }, response) => {
      if (method !== 'POST') return false;
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
      response.write('0008NAK\n', () => response.destroy());
      return true;
    };
    const { said, folder } = await runIn(t, ['clone', '-c', 'protocol.version=0', route.url, 'half']);
    assert.equal(said.status, 128, said.text);
    assert.ok(!existsSync(join(folder, 'half')) || readdirSync(join(folder, 'half')).length === 0);
  });

  it('it could not be recorded: then nothing is sent', async (t) => {
    const route = await startTestRoute(t, { record: () => Promise.reject(new Error('the spool is full')) });
    assert.match(
      (await runIn(t, ['clone', route.url])).said.text,
      /could not be recorded, so it was not done: the spool is full/,
    );
    assert.deepEqual(route.host.seen, []);
  });

  it('the fetch is refused after the list was shown', async (t) => {
    let records = 0;
    const record = async () => {
      records += 1;
      if (records > 2) throw new Error('the spool is full');
    };
    const route = await startTestRoute(t, { record });
    for (const version of ['0', '2']) {
      records = 0;
      const { said } = await runIn(t, ['-c', `protocol.version=${version}`, 'clone', route.url]);
      assert.match(said.text, /remote error: tollgate: It could not be recorded/, said.text);
    }
  });
});
