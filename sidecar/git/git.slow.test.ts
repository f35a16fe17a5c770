/** Real git, through the route and a real gateway, at a real server of repositories. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GitRequest } from '../../core/audit/entry.ts';
import { outputFolder } from '../../test/support/output.ts';
import { cloned, commit, run, runIn } from './testing-client.ts';
import { GIT_ENV, git } from './testing-git-host.ts';
import { BASIC, shows, type TestRoute } from './testing-route.ts';

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

describe('git through the route', { timeout: 600_000 }, () => {
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
      assert.match(said.text, /remote: tollgate: Nothing was pushed: refs/);
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
