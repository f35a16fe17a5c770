/** Real git, through the route and a real gateway, at a real server of repositories. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GitRequest } from '../../core/audit/entry.ts';
import { outputFolder } from '../../test/support/output.ts';
import { GIT_ENV, git } from './testing-git-host.ts';
import {
  BASIC,
  type RouteChange,
  repository,
  shows,
  startTestRoute,
  type TestRoute,
} from './testing-route.ts';

interface Said {
  readonly status: number | null;
  readonly text: string;
}

/** Git as a program of a phase runs it; the route is in this process, so it must not wait for git. */
async function run(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  const child = spawn('git', args, { cwd, env: { ...GIT_ENV, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, text };
}

interface Cloned {
  readonly route: TestRoute;
  readonly work: string;
  git(...args: string[]): Promise<Said>;
}

async function cloned(t: TestContext, change: RouteChange = {}): Promise<Cloned> {
  const route = await startTestRoute(t, change);
  const folder = outputFolder(t);
  const said = await run(folder, ['clone', route.url, 'work']);
  assert.equal(said.status, 0, said.text);
  const work = join(folder, 'work');
  return { route, work, git: (...args) => run(work, args) };
}

function commit(work: string, file = 'made'): void {
  writeFileSync(join(work, file), file);
  git(work, 'add', '.');
  git(work, 'commit', '--quiet', '--message', file);
}

const branches = ({ host }: TestRoute) =>
  git(join(host.root, 'app.git'), 'for-each-ref', '--format=%(refname)').split('\n');
/** The record of a push, once it has ended. */
async function pushed(route: TestRoute): Promise<GitRequest> {
  for (;;) {
    const found = route.entries.find(
      ({ step, service, listing }) => step === 'ended' && service === 'git-receive-pack' && !listing,
    );
    if (found !== undefined) return found;
    await sleep(5);
  }
}
const tip = ({ host }: TestRoute, ref: string) => git(join(host.root, 'app.git'), 'rev-parse', ref);

describe('git through the route', { timeout: 120_000 }, () => {
  it('clones and fetches, with every version of the protocol and without seeing the credential', async (t) => {
    const { route, work } = await cloned(t, { phase: 'setup' });
    for (const version of ['0', '1', '2']) {
      const said = await run(work, ['-c', `protocol.version=${version}`, 'fetch', '-v', 'origin'], {
        GIT_TRACE_CURL: '1',
        GIT_TRACE_PACKET: '1',
      });
      assert.equal(said.status, 0, said.text);
      assert.ok(!shows(said.text));
    }
    assert.equal(git(work, 'log', '--format=%s'), 'first');
    assert.ok(route.host.seen.every(({ headers }) => headers.authorization === BASIC));
    const versions = new Set(route.host.seen.map(({ headers }) => headers['git-protocol']));
    assert.deepEqual(versions, new Set(['version=2', 'version=1', undefined]));
    const entries = await route.ended(2);
    assert.deepEqual(
      entries
        .slice(0, 2)
        .map(({ service, listing, verdict, code, status }) => [service, listing, verdict, code, status]),
      [
        ['git-upload-pack', true, 'allow', null, 200],
        ['git-upload-pack', false, 'allow', null, 200],
      ],
    );
    assert.ok(
      entries.every(
        ({ bytes, phase, repository: of }) => bytes.down > 0 && phase === 'setup' && of === 'app',
      ),
    );
    assert.ok(!shows(JSON.stringify(route.entries)));
  });

  it('sends a long list of what it has zipped, and is understood', async (t) => {
    const { route, git: run, work } = await cloned(t);
    let zipped = 0;
    route.server.on('request', ({ headers }) => {
      if (headers['content-encoding'] === 'gzip') zipped += 1;
    });
    for (let i = 0; i < 100; i++) git(work, 'commit', '--quiet', '--allow-empty', `--message=${i}`);
    const seed = join(route.host.root, 'app.git-seed');
    git(seed, 'commit', '--quiet', '--allow-empty', '--message=second');
    git(seed, 'push', '--quiet', join(route.host.root, 'app.git'), 'main');
    const said = await run('-c', 'protocol.version=0', 'fetch', 'origin');
    assert.equal(said.status, 0, said.text);
    assert.match(said.text, /main +-> origin\/main/);
    assert.ok(zipped > 0);
    const posted = route.host.seen.filter(({ method }) => method === 'POST');
    assert.ok(posted.every(({ headers }) => headers['content-encoding'] === undefined));
    assert.ok(
      posted.some(({ body }) => Buffer.concat(body).length > 1024),
      'git zips what is longer',
    );
  });

  it('pushes a new branch, pushes it again, and the record says what was pushed', async (t) => {
    const { route, git: run, work } = await cloned(t);
    commit(work);
    const said = await run('push', 'origin', 'HEAD:refs/heads/agent/fix');
    assert.equal(said.status, 0, said.text);
    assert.equal(tip(route, 'agent/fix'), git(work, 'rev-parse', 'HEAD'));
    const first = git(work, 'rev-parse', 'HEAD');
    commit(work, 'more');
    assert.equal((await run('push', 'origin', 'HEAD:refs/heads/agent/fix')).status, 0);
    const pushes = route.entries.filter(({ service, listing }) => service === 'git-receive-pack' && !listing);
    const now = git(work, 'rev-parse', 'HEAD');
    const [ref, none] = ['refs/heads/agent/fix', '0'.repeat(40)];
    assert.deepEqual(
      pushes.map(({ step, commands }) => [step, commands]),
      [
        ['sent', [{ ref, old: none, new: first }]],
        ['ended', [{ ref, old: none, new: first, result: 'ok' }]],
        ['sent', [{ ref, old: first, new: now }]],
        ['ended', [{ ref, old: first, new: now, result: 'ok' }]],
      ],
    );
    assert.equal(pushes[0]?.exchange, pushes[1]?.exchange);
    assert.ok(!shows(said.text));
  });

  for (const [what, args, words] of [
    [
      'another branch',
      ['HEAD:main'],
      /refs\/heads\/main is not among the branches that may be pushed: agent\/\*/,
    ],
    ['a branch that only begins alike', ['HEAD:refs/heads/agents/x'], /agents\/x is not among the branches/],
    ['a tag', ['HEAD:refs/tags/v1'], /refs\/tags\/v1 is no branch/],
    ['a ref of review', ['HEAD:refs/for/agent/x'], /refs\/for\/agent\/x is no branch/],
    [
      'a good branch with a bad one',
      ['HEAD:refs/heads/agent/a', 'HEAD:main'],
      /another ref of the same push/,
    ],
    ['a deletion', [':refs/heads/agent/old'], /refs\/heads\/agent\/old would be deleted/],
    ['a deletion with a push', ['HEAD:refs/heads/agent/a', ':refs/heads/agent/old'], /would be deleted/],
  ] as const) {
    it(`shows why it does not push ${what}, and pushes nothing`, async (t) => {
      const { route, git: run, work } = await cloned(t);
      git(join(route.host.root, 'app.git'), 'branch', 'agent/old', 'main');
      commit(work);
      const before = [branches(route), tip(route, 'main')];
      const said = await run('push', 'origin', ...args);
      assert.equal(said.status, 1, said.text);
      assert.match(said.text, words);
      assert.match(said.text, /remote: tollgate: Nothing was pushed|! \[remote rejected\]/);
      assert.match(said.text, /! \[remote rejected\].*tollgate: /);
      assert.deepEqual([branches(route), tip(route, 'main')], before);
      assert.ok(
        !route.host.seen.some(({ method, url }) => method === 'POST' && url.endsWith('receive-pack')),
      );
      const { verdict, status, commands } = await pushed(route);
      assert.deepEqual([verdict, status, commands.length], ['deny', null, args.length]);
    });
  }

  it('shows what the server has against a push', async (t) => {
    const { route, git: run, work } = await cloned(t);
    const hook = join(route.host.root, 'app.git/hooks/update');
    writeFileSync(hook, '#!/bin/sh\necho "not on Fridays" >&2\nexit 1\n', { mode: 0o755 });
    commit(work);
    const said = await run('push', 'origin', 'HEAD:refs/heads/agent/a');
    assert.equal(said.status, 1);
    assert.match(said.text, /remote: not on Fridays/);
    assert.match(said.text, /hook declined/);
    const { verdict, commands } = await pushed(route);
    assert.deepEqual([verdict, commands[0]?.result], ['allow', 'ng']);
  });

  it('pushes from a shallow clone', async (t) => {
    const { route } = await cloned(t);
    const seed = join(route.host.root, 'app.git-seed');
    git(seed, 'commit', '--quiet', '--allow-empty', '--message=second');
    git(seed, 'push', '--quiet', join(route.host.root, 'app.git'), 'main');
    const folder = outputFolder(t);
    assert.equal((await run(folder, ['clone', '--depth=1', route.url, 'work'])).status, 0);
    const work = join(folder, 'work');
    commit(work);
    const said = await run(work, ['push', 'origin', 'HEAD:refs/heads/agent/shallow']);
    assert.equal(said.status, 0, said.text);
    assert.equal(tip(route, 'agent/shallow'), git(work, 'rev-parse', 'HEAD'));
  });

  it('pushes and clones a pack of 30 MB', async (t) => {
    const { route, git: run, work } = await cloned(t);
    writeFileSync(join(work, 'large'), randomBytes(30 * 1024 * 1024));
    commit(work);
    const said = await run('push', 'origin', 'HEAD:refs/heads/agent/large');
    assert.equal(said.status, 0, said.text);
    const last = await pushed(route);
    assert.ok(last.bytes.up > 30 * 1024 * 1024);
    const again = await runIn(t, ['clone', '--branch=agent/large', route.url, 'again']);
    assert.equal(again.said.status, 0, again.said.text);
    const [one, two] = [work, join(again.folder, 'again')].map((at) => readFileSync(join(at, 'large')));
    assert.ok(one && two && one.equals(two));
  });

  it('refuses a large push before it sends any of it on, and git still reads why', async (t) => {
    const { route, git: run, work } = await cloned(t);
    writeFileSync(join(work, 'large'), randomBytes(20 * 1024 * 1024));
    commit(work);
    const said = await run('push', 'origin', 'HEAD:main');
    assert.equal(said.status, 1);
    assert.match(said.text, /refs\/heads\/main is not among the branches/);
    assert.ok(!route.host.seen.some(({ url }) => url.endsWith('/git-receive-pack')));
  });

  it('cuts a push that is larger than it may be, and nothing of it is taken', async (t) => {
    const { route, git: run, work } = await cloned(t, { limits: { push: 4 * 1024 * 1024 } });
    writeFileSync(join(work, 'large'), randomBytes(20 * 1024 * 1024));
    commit(work);
    const said = await run('push', 'origin', 'HEAD:refs/heads/agent/large');
    assert.equal(said.status, 1);
    assert.match(said.text, /larger than 4194304 bytes/);
    assert.deepEqual(branches(route), ['refs/heads/main']);
    assert.equal((await pushed(route)).code, 'too_large');
  });

  it('does not take half a push from a client that dies', async (t) => {
    const { route, work } = await cloned(t);
    writeFileSync(join(work, 'large'), randomBytes(30 * 1024 * 1024));
    commit(work);
    const child = spawn('git', ['push', 'origin', 'HEAD:refs/heads/agent/half'], {
      cwd: work,
      env: { ...GIT_ENV },
      stdio: 'ignore',
      detached: true,
    });
    const isPushing = () =>
      route.host.seen.some(({ url, body }) => url.endsWith('/git-receive-pack') && body.length > 3);
    while (!isPushing()) await sleep(1);
    process.kill(-Number(child.pid), 'SIGKILL');
    assert.equal((await pushed(route)).code, 'gone');
    assert.deepEqual(branches(route), ['refs/heads/main']);
  });
});

async function runIn(t: TestContext, args: readonly string[]): Promise<{ said: Said; folder: string }> {
  const folder = outputFolder(t);
  return { said: await run(folder, args), folder };
}

describe('git is told why', { timeout: 120_000 }, () => {
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
