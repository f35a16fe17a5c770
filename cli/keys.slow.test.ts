/** `tollgate keys`, as people and scripts use it. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCli, scratch } from './testing.ts';

const KEY = /^tg_[a-z0-9]{8}_[A-Za-z0-9_-]{43}$/;

/** @returns runs the command on a state folder of its own */
function on(state = scratch('keys')) {
  return (...args: string[]) => runCli(['keys', ...args, '--state', state]);
}

describe('tollgate keys', { timeout: 600_000 }, () => {
  it('shows a key once, alone on stdout, and never again', async () => {
    const state = scratch('keys');
    const keys = on(state);
    const made = await keys('create', '--name', 'ci', '--label', 'team=payments', '--expires', '90d');
    assert.equal(made.code, 0, made.stderr);
    const key = made.stdout.trim();
    assert.match(key, KEY);
    const id = String(key.split('_')[1]);
    assert.match(made.stderr, new RegExp(`this is the key ci \\(${id}\\), good until 20.*shown this once`));
    assert.ok(!made.stderr.includes(key));
    const listed = await keys('list');
    assert.match(listed.stdout, /^name +id +namespace +labels +limits +created +last used +state\n/);
    assert.match(
      listed.stdout,
      new RegExp(`^ci +${id} +local +team=payments +20\\S+ \\S+ +never +active until 20`, 'm'),
    );
    const audit = await runCli(['audit', 'export', '--state', state]);
    assert.match(audit.stdout, new RegExp(`"kind":"key".*"id":"${id}","action":"created"`));
    for (const { stdout, stderr } of [listed, audit, await keys('list', '--json')])
      assert.ok(!(stdout + stderr).includes(key.slice(12)));
    assert.equal((await runCli(['audit', 'verify', '--state', state])).code, 0);
  });

  it('gives machines what it gives people', async () => {
    const keys = on();
    const flags = ['--namespace', 'payments', '--agent', 'claude-code', '--profile', 'strict'];
    const limits = ['--max-concurrent', '4', '--max-request-bytes', '1000'];
    const made = JSON.parse((await keys('create', '--name', 'web', ...flags, ...limits, '--json')).stdout);
    assert.match(made.key, KEY);
    const { key, ...rest } = made;
    assert.deepEqual(rest, {
      id: key.split('_')[1],
      name: 'web',
      namespace: 'payments',
      labels: {},
      agent: 'claude-code',
      profile: 'strict',
      maxConcurrent: 4,
      maxRequestBytes: 1000,
      createdAt: rest.createdAt,
      issuedAt: rest.createdAt,
      expiresAt: null,
      revokedAt: null,
      oldUntil: null,
      usedAt: null,
      state: 'active',
    });
    assert.deepEqual(JSON.parse((await keys('list', '--json')).stdout), [rest]);
    assert.match(
      (await keys('list')).stdout,
      /4 at once, 1000 bytes, agent claude-code, profile strict +20.* active$/m,
    );
    const rotated = JSON.parse((await keys('rotate', 'web', '--json')).stdout);
    assert.notEqual(rotated.key, key);
    assert.equal(rotated.id, rest.id);
    assert.equal(rotated.oldUntil - rotated.issuedAt, 24 * 3_600_000);
    assert.match((await keys('list')).stdout, /active, the secret before until 20/);
    assert.equal(JSON.parse((await keys('revoke', rest.id, '--json')).stdout).state, 'revoked');
    assert.match((await keys('list')).stdout, /revoked 20/);
  });

  it('rotates with the grace that is asked for, and says until when', async () => {
    const keys = on();
    await keys('create', '--name', 'ci', '--expires', '1h');
    const none = await keys('rotate', 'ci', '--grace', '0s', '--expires', '2h');
    assert.match(none.stdout.trim(), KEY);
    assert.match(none.stderr, /the secret before is no longer good/);
    const some = await keys('rotate', 'ci', '--grace', '30m');
    assert.match(some.stderr, /the secret before is good until 20/);
    const [key] = JSON.parse((await keys('list', '--json')).stdout);
    assert.equal(key.expiresAt - key.issuedAt, 2 * 3_600_000, 'as long as was said last');
  });

  it('says what is wrong, and does nothing then', async () => {
    const keys = on();
    assert.equal((await keys('create', '--name', 'ci')).code, 0);
    for (const [args, code, says] of [
      [['create', '--name', 'ci'], 1, /there is an active key ci already \(.*tollgate keys rotate ci/],
      [['create'], 2, /--name/],
      [['create', '--name', '../x'], 2, /can't name a workload/],
      [['create', '--name', 'a', '--namespace', 'A b'], 2, /--namespace takes/],
      [['create', '--name', 'a', '--label', 'x'], 2, /--label takes NAME=VALUE/],
      [['create', '--name', 'a', '--agent', 'nobody'], 2, /--agent takes claude-code, .*sdk, not "nobody"/],
      [['create', '--name', 'a', '--expires', '90'], 2, /--expires takes a time such as/],
      [['create', '--name', 'a', '--expires', '0d'], 2, /--expires takes a time from 1s up/],
      [['create', '--name', 'a', '--max-concurrent', '0'], 2, /--max-concurrent takes a number from 1 up/],
      [['create', '--name', 'a', '--max-request-bytes', 'x'], 2, /--max-request-bytes takes/],
      [['rotate', 'nobody'], 1, /there is no key nobody; tollgate keys list/],
      [['rotate', 'ci', '--grace', 'long'], 2, /--grace takes a time such as/],
      [['revoke', 'nobody'], 1, /there is no key nobody/],
    ] as const) {
      const ended = await keys(...args);
      assert.doesNotMatch(ended.stderr, /^ +at /m, 'it is said in a line');
      assert.deepEqual([ended.code, says.test(ended.stderr), ended.stdout], [code, true, ''], ended.stderr);
    }
    assert.equal(JSON.parse((await keys('list', '--json')).stdout).length, 1);
  });

  it('makes a state folder for the first key only', async () => {
    const state = join(scratch('keys'), 'none');
    const keys = on(state);
    for (const args of [
      ['rotate', 'ci'],
      ['revoke', 'ci'],
    ]) {
      const { code, stderr } = await keys(...args);
      assert.deepEqual(
        [code, stderr],
        [2, `tollgate: there are no keys: nothing is recorded yet at ${state}\n`],
      );
    }
    const { code, stdout } = await keys('list');
    assert.deepEqual([code, stdout], [0, 'There are no keys. Make one: tollgate keys create --name NAME\n']);
    assert.equal((await keys('list', '--json')).stdout, '[]\n');
    assert.deepEqual(readdirSync(join(state, '..')), []);
    assert.equal((await keys('create', '--name', 'first')).code, 0);
    assert.equal((await keys('revoke', 'first')).code, 0);
  });
});
