/** The AgentRunners of examples/kubernetes: right as manifests, and what their setup and teardown run is real git. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readManifests } from '../core/policy/manifests.ts';
import { formatProblem } from '../core/policy/problem.ts';
import type { AgentRunner, ToolProfile } from '../core/policy/types.generated.ts';

const folder = join(import.meta.dirname, 'kubernetes');
const files = readdirSync(folder)
  .filter((name) => /-(runner|profile)\.yaml$/.test(name))
  .map((name) => ({ path: name, text: readFileSync(join(folder, name), 'utf8') }));

const { manifests, problems } = readManifests(files);
const ofKind = <T>(kind: string) =>
  manifests.flatMap(({ manifest }) => (manifest.kind === kind ? [manifest as T] : []));
const runners = ofKind<AgentRunner>('AgentRunner');

describe('the example runners', () => {
  it('are right', () => {
    assert.equal(files.length, 3);
    assert.deepEqual(problems.map(formatProblem), []);
    assert.deepEqual(
      runners.map(({ spec }) => [spec.agent, spec.mode]),
      [
        ['claude-code', 'task'],
        ['codex', 'service'],
      ],
    );
  });

  it('reach no repository but those that they name, and push only where they may', () => {
    for (const { spec } of runners) {
      const [repository, ...more] = spec.git;
      assert.ok(repository && more.length === 0);
      const commands = [spec.setup, spec.teardown].map((phase) => phase?.command.join(' ') ?? '');
      for (const command of commands)
        assert.deepEqual(command.match(/https?:\/\/\S+/g), [`http://127.0.0.1:4141/git/${repository.name}`]);
      const [, branch = ''] = /refs\/heads\/(\S+)/.exec(commands[1] ?? '') ?? [];
      const [pattern = ''] = repository.push?.branches ?? [];
      assert.ok(branch === pattern || branch.startsWith(pattern.replace('*', '')), branch);
    }
  });
});

describe('the profile of the example runners', () => {
  it('is there, lets setup and teardown reach their repositories, and the agent nothing', () => {
    for (const { spec } of runners) {
      const profile = ofKind<ToolProfile>('ToolProfile').find(
        ({ metadata }) => metadata.name === spec.toolProfile,
      );
      const { setup, work, teardown } = profile?.spec.network ?? {};
      for (const { url } of spec.git)
        for (const phase of [setup, teardown]) assert.ok(phase?.hosts?.includes(new URL(url).host), url);
      assert.equal(work?.access, 'local');
    }
  });
});

describe('their setup and teardown', () => {
  const root = mkdtempSync(join(tmpdir(), 'tollgate-runners-'));
  const [remote, workspace, home] = ['remote.git', 'workspace', 'home'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  const env = { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
  const planted = join(root, 'planted');

  /** Runs a phase's command as its container would, with the folders of this test in place of the pod's. */
  const run = (command: readonly string[]) => {
    const [program = '', ...args] = command.map((text) =>
      text
        .replaceAll('http://127.0.0.1:4141/git/app', remote)
        .replaceAll('/workspace', workspace)
        .replaceAll('/tmp/out', join(root, 'out')),
    );
    return execFileSync(program, args, {
      cwd: workspace,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };

  before(() => {
    for (const path of [workspace, home]) mkdirSync(path);
    git(root, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
    git(root, 'clone', '--quiet', remote, 'seed');
    git(join(root, 'seed'), ...identity, 'commit', '--quiet', '--allow-empty', '-m', 'first');
    git(join(root, 'seed'), 'push', '--quiet', 'origin', 'HEAD:main');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('bring the commits of work to their branch, and run nothing that work has planted', () => {
    const [runner] = runners;
    assert.ok(runner?.spec.setup && runner.spec.teardown);
    run(runner.spec.setup.command);
    const app = join(workspace, 'app');
    writeFileSync(join(app, 'fix.txt'), 'fixed\n');
    git(app, 'add', '.');
    git(app, ...identity, 'commit', '--quiet', '-m', 'the fix');
    const fix = git(app, 'rev-parse', 'HEAD');

    const trap = join(app, 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\ntouch ${planted}\nexec "$@"\n`);
    chmodSync(trap, 0o755);
    for (const name of [
      'core.fsmonitor',
      'core.sshCommand',
      'core.pager',
      'core.editor',
      'core.askPass',
      'core.alternateRefsCommand',
      'uploadpack.packObjectsHook',
      'credential.helper',
      'diff.external',
      'filter.x.clean',
      'filter.x.smudge',
      'gpg.program',
    ])
      git(app, 'config', name, trap);
    git(app, 'config', 'core.hooksPath', app);
    for (const hook of [
      'pre-push',
      'post-checkout',
      'reference-transaction',
      'pre-receive',
      'update',
      'post-index-change',
    ]) {
      writeFileSync(join(app, hook), readFileSync(trap));
      chmodSync(join(app, hook), 0o755);
    }
    writeFileSync(join(app, '.gitattributes'), '* filter=x\n');
    // The traps are such: a tool that runs inside steps on one.
    git(app, 'status');
    assert.ok(existsSync(planted));
    rmSync(planted);

    run(runner.spec.teardown.command);
    assert.equal(existsSync(planted), false, 'teardown ran what work had planted');
    assert.equal(git(remote, 'rev-parse', 'refs/heads/agents/bugfix'), fix);
  });
});
