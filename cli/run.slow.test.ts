/** `tollgate run` around small commands: what it leaves alone, what it says, how it ends. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { freePort } from '../test/support/free-port.ts';
import { sameDay } from '../test/support/same-day.ts';
import { entry, runCli, scratch } from './testing.ts';

const node = (code: string) => [process.execPath, '-e', code];
const rehearse = (
  command: readonly string[],
  flags: readonly string[] = [],
  env: Record<string, string> = {},
  input = '',
) => runCli(['run', '--rehearsal', '--state', scratch('run'), ...flags, '--', ...command], env, input);

/** A program on plain HTTP that asks its provider once and prints status and text. */
const ASK = `
  const url = process.env.ANTHROPIC_BASE_URL + '/v1/messages';
  const ask = { model: process.argv[1] ?? 'claude-sonnet-5', max_tokens: 50, messages: [{ role: 'user', content: '/say hello' }] };
  const headers = { 'content-type': 'application/json', 'x-api-key': process.env.ANTHROPIC_API_KEY };
  const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(ask) });
  console.log(reply.status, (await reply.json()).content?.[0].text);`;

const PROFILE = `
apiVersion: tollgate.dev/v1alpha1
kind: ToolProfile
metadata: {name: p}
spec: {tier: full_vm_tools}
`;
const WATCHING = `
apiVersion: tollgate.dev/v1alpha1
kind: BudgetPolicy
metadata: {name: watching}
spec: {limits: [{name: all, window: lifetime, usd: 0, atLimit: warn}]}
---
apiVersion: tollgate.dev/v1alpha1
kind: ToolProfile
metadata: {name: watching}
spec: {enforce: false, tier: full_vm_tools, models: {allow: [claude-haiku-*]}}
`;

describe('tollgate run', { timeout: 600_000 }, () => {
  it('ends with the exit code of the command, or with 128 and its signal', async () => {
    assert.equal((await rehearse(node('process.exit(3)'))).code, 3);
    for (const [signal, code] of [
      ['SIGKILL', 137],
      ['SIGUSR2', 140],
      ['SIGALRM', 142],
    ] as const)
      assert.equal((await rehearse(node(`process.kill(process.pid, "${signal}")`))).code, code);
    assert.equal((await rehearse(['true'])).code, 0);
  });

  it('leaves stdin, stdout, arguments and working folder alone', async () => {
    const echo =
      'process.stdin.pipe(process.stdout); console.error(process.argv.slice(1).join("|"), process.cwd())';
    const { stdout, stderr } = await rehearse(
      [...node(echo), '--', '--policies', 'a b'],
      [],
      {},
      'in\0put\r\n',
    );
    assert.equal(stdout, 'in\0put\r\n');
    assert.ok(stderr.includes(`--policies|a b ${process.cwd()}`), stderr);
  });

  it('keeps the provider key from the command, and says nothing of it', async () => {
    const key = 'sk-ant-api03-provider-key-of-the-tests-3f9a';
    const { stdout, stderr } = await rehearse(node('console.log(JSON.stringify(process.env))'), [], {
      ANTHROPIC_API_KEY: key,
    });
    const env = JSON.parse(stdout) as Record<string, string>;
    assert.match(env.ANTHROPIC_API_KEY ?? '', /^tollgate-[0-9a-f]{48}$/);
    assert.match(env.ANTHROPIC_BASE_URL ?? '', /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.ok(!stdout.includes(key) && !stderr.includes(key));
    assert.equal(Object.keys(env).filter((name) => name.startsWith('npm_')).length, 0);
  });

  it('governs a program, and says at the end what it did and what is left', async () => {
    await sameDay();
    const { stdout, stderr } = await rehearse(node(ASK));
    assert.equal(stdout, '200 [rehearsal] hello\n');
    assert.match(stderr, /tollgate: 1 exchange, \$0\.\d+ spent \(a rehearsal: not really\)\n/);
    assert.match(
      stderr,
      /tollgate: local\/built-in\/per-day: \$9\.\d+ of \$10\.00 left, resets \d{4}-\d\d-\d\dT00:00Z\n/,
    );
    assert.match(stderr, /tollgate: audit log: chain [0-9a-f]{32} ends at 5 [0-9a-f]{64}\n/);
    assert.match(
      stderr,
      /tollgate: not in force in this release: scanning for PII and secrets, .* \(tollgate check says more\)\n/,
    );
  });

  it('shows what would have been refused where nothing is enforced, and which limits only record', async () => {
    const policies = join(scratch('policies'), 'p.yaml');
    writeFileSync(policies, WATCHING);
    const state = join(scratch('run'), 'my state');
    const flags = ['--policies', policies, '--state', state];
    const { stderr } = await rehearse(node(ASK), flags);
    assert.match(
      stderr,
      /tollgate: no budget: spend is not limited \(the limits for local\/node only record\)\n/,
    );
    assert.match(stderr, /tollgate: would have been refused: model_not_allowed ×1\n/);
    assert.match(stderr, /tollgate: over a limit that only records: local\/watching\/all ×1\n/);
    assert.match(stderr, /tollgate: local\/watching\/all: \$0\.00 of \$0\.00 left\n/);
    assert.ok(
      stderr.includes(`see: tollgate audit list --rehearsal --state '${state}', tollgate spend`),
      stderr,
    );
    const { stdout } = await runCli(['audit', 'list', '--rehearsal', '--state', state]);
    assert.match(stdout, /allowed; not enforced: model_not_allowed, local\/watching\/all\n/);
  });

  it('limits spend also where the policies name no budget, and says so where they leave this one out', async () => {
    await sameDay();
    const policies = scratch('policies');
    writeFileSync(join(policies, 'profile.yaml'), PROFILE);
    const limited = await rehearse(node(ASK), ['--policies', policies]);
    assert.match(limited.stderr, /local\/built-in\/per-day: \$9\.\d+ of \$10\.00 left/);
    writeFileSync(
      join(policies, 'budget.yaml'),
      WATCHING.replace('spec: {', 'spec: {selector: {workloads: [other]}, '),
    );
    const { stderr } = await rehearse(node(ASK), ['--policies', policies, '--profile', 'p']);
    assert.match(stderr, /no budget: spend is not limited \(no BudgetPolicy has a limit for local\/node\)\n/);
  });

  it('says so when another process holds the state', async () => {
    const state = scratch('run');
    await rehearse(['true'], ['--state', state]);
    const db = new DatabaseSync(join(state, 'rehearsal', 'tollgate.db'));
    db.exec('BEGIN IMMEDIATE');
    const { code, stderr } = await rehearse(['true'], ['--state', state]);
    db.close();
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /^tollgate: another process holds the state database \(.*locked.*\): end it, or name/m,
    );
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  it('goes on when nobody reads its notes', async () => {
    const { stdout } = spawnSync(
      'bash',
      [
        '-c',
        '"$@" 2> >(true)',
        '-',
        process.execPath,
        entry,
        'run',
        '--rehearsal',
        '--',
        ...node('setTimeout(() => console.log("done"), 500)'),
      ],
      { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: scratch('home') } },
    );
    assert.equal(stdout, 'done\n');
  });

  it('says so when the command made no call', async () => {
    assert.match((await rehearse(['true'])).stderr, /true made no call through Tollgate/);
  });

  it('fails a job that was refused, when asked to', async () => {
    const refused = await rehearse([...node(ASK), 'no-such-model'], ['--fail-on-refusal']);
    assert.equal(refused.stdout, '403 undefined\n');
    assert.equal(refused.code, 77);
    assert.match(refused.stderr, /1 refused\n.*refusals: price_unknown/);
    assert.equal((await rehearse([...node(ASK), 'no-such-model'])).code, 0);
  });

  it('hands SIGTERM on, and ends after the command has', async () => {
    const script =
      'process.on("SIGTERM", () => { console.log("told"); process.exit(5) }); console.log("up"); setInterval(() => {}, 1000)';
    const args = ['run', '--rehearsal', '--state', scratch('run'), '--', ...node(script)];
    const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
      if (out === 'up\n') child.kill('SIGTERM');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(out, 'up\ntold\n');
    assert.equal(code, 5);
  });

  it('says plainly what keeps it from starting', async () => {
    const home = scratch('home');
    const table: [string[], Record<string, string>, number, RegExp][] = [
      [['run'], {}, 2, /no command/],
      [['run', '--', 'true'], {}, 2, /there is no API key: set ANTHROPIC_API_KEY/],
      [
        ['run', '--', 'true'],
        { CLAUDE_CODE_OAUTH_TOKEN: 'x' },
        2,
        /an OAuth login in CLAUDE_CODE_OAUTH_TOKEN, but no API key/,
      ],
      [['run', '--rehearsal', '--', 'no-such-program'], {}, 127, /no-such-program was not found/],
      [['run', '--rehearsal', '--', '/etc/passwd'], {}, 126, /can't be run \(EACCES\)/],
      [
        ['run', '--rehearsal', '--', 'claude'],
        { CLAUDE_CODE_USE_VERTEX: '1' },
        2,
        /CLAUDE_CODE_USE_VERTEX is set/,
      ],
      [['run', '--rehearsal', '--policies', '/nowhere', '--', 'true'], {}, 2, /can't be read \(ENOENT\)/],
      [['run', '--rehearsal', '--state', '/proc/x', '--', 'true'], {}, 2, /state folder \/proc\/x/],
      [['run', '--rehearsal', '--label', 'x', '--', 'true'], {}, 2, /--label takes NAME=VALUE/],
      [
        ['run', '--rehearsal', '--log-level', 'loud', '--', 'true'],
        {},
        2,
        /--log-level takes debug, .*, not "loud"/,
      ],
      [['run', '--rehearsal', '--no-such-flag', '--', 'true'], {}, 2, /^tollgate: unknown option/],
      [['sidecar'], {}, 2, /set TOLLGATE_KEY/],
    ];
    for (const [args, env, code, message] of table) {
      const ended = await runCli(args, { HOME: home, ...env });
      assert.match(ended.stderr, message, args.join(' '));
      assert.equal(ended.code, code, args.join(' '));
      assert.doesNotMatch(ended.stderr, /\n\s+at /, "no stack for what is the user's to mend");
    }
  });

  it('serves metrics and health where asked, and says when that port is taken', async () => {
    const look = `
      const text = await (await fetch(process.argv[1] + '/metrics')).text();
      console.log(/^tollgate_exchanges_running 0$/m.test(text), await (await fetch(process.argv[1] + '/healthz')).text());`;
    const port = await freePort();
    const blocked = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => blocked.once('listening', resolve));
    const taken = await rehearse(['true'], ['--metrics-port', String(port)]);
    assert.match(
      taken.stderr,
      /the port can't be used .*EADDRINUSE.*; choose another, or 0 for any free one/,
    );
    assert.equal(taken.code, 2);
    await new Promise((resolve) => blocked.close(resolve));
    const served = await rehearse(node(look).concat(`http://127.0.0.1:${port}`), [
      '--metrics-port',
      String(port),
    ]);
    assert.equal(served.stdout, 'true ok\n\n', served.stderr);
  });
});
