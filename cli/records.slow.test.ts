/** `tollgate spend` and `tollgate audit …` on what a run left. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { entry, runCli, scratch } from './testing.ts';

const POLICY = `
apiVersion: tollgate.dev/v1alpha1
kind: ToolProfile
metadata: {name: full}
spec: {tier: full_vm_tools, audit: {content: full}}
`;

const TALK = `
  const url = process.env.ANTHROPIC_BASE_URL + '/v1/messages';
  const headers = { 'content-type': 'application/json', 'x-api-key': process.env.ANTHROPIC_API_KEY };
  const messages = [{ role: 'user', content: '/say the answer' }];
  const send = (model) => fetch(url, { method: 'POST', headers, body: JSON.stringify({ model, max_tokens: 50, system: 'be brief', messages }) });
  messages.push({ role: 'assistant', content: (await (await send('claude-sonnet-5')).json()).content });
  messages.push({ role: 'user', content: '/say more' });
  await (await send('claude-haiku-4-5')).text();
  messages.push('not a message');
  await (await send('claude-sonnet-5')).text();`;

interface Listed {
  readonly exchange: string;
  readonly session: string;
  readonly code: string | null;
  readonly charged: { readonly nanoUsd: number };
}

describe('records', { timeout: 600_000 }, () => {
  const state = scratch('records');
  const where = ['--rehearsal', '--state', state];
  const tollgate = (...args: string[]) => runCli([...args, ...where]);
  let listed: Listed[] = [];

  before(async () => {
    const policy = join(scratch('policy'), 'full.yaml');
    writeFileSync(policy, POLICY);
    const command = [process.execPath, '-e', TALK];
    const ran = await runCli([
      'run',
      '--rehearsal',
      '--policies',
      policy,
      '--name',
      'talker',
      '--state',
      state,
      '--',
      ...command,
    ]);
    assert.equal(ran.code, 0, ran.stderr);
    listed = JSON.parse((await tollgate('audit', 'list', '--json')).stdout);
  });

  it('lists exchanges, newest first, and finds the refused ones', async () => {
    assert.deepEqual(
      listed.map(({ code }) => code),
      ['bad_request', null, null],
    );
    const { stdout } = await tollgate('audit', 'list', '--refused', '--json');
    assert.equal((JSON.parse(stdout) as Listed[]).length, listed.filter(({ code }) => code !== null).length);
    assert.match(
      (await tollgate('audit', 'list')).stdout,
      /^time \([\w/+-]+\) +exchange +workload +model +spent +what became of it\n/,
    );
  });

  it('sums up spend, and the rows add up', async () => {
    const by = JSON.parse((await tollgate('spend', '--by', 'model', '--json')).stdout);
    const rows = by.rows as { key: string; charged: { nanoUsd: number } }[];
    assert.deepEqual(rows.map(({ key }) => key).sort(), ['claude-haiku-4-5', 'claude-sonnet-5']);
    const sum = rows.reduce((total, { charged }) => total + charged.nanoUsd, 0);
    assert.equal(by.total.charged.nanoUsd, sum);
    assert.equal(
      sum,
      listed.reduce((total, { charged }) => total + charged.nanoUsd, 0),
    );
    assert.match((await tollgate('spend', '--by', 'workload')).stdout, /local\/talker +\d+ +\d+ +\$0\.\d+/);
  });

  it('shows everything of one exchange, by the beginning of its id; its contents only when asked, and that is recorded', async () => {
    const id = listed.at(-1)?.exchange ?? '';
    const plain = await tollgate('audit', 'show', id.slice(0, 24));
    assert.match(plain.stdout, /opened .*\n(.*\n)*.*closed /);
    assert.ok(!plain.stdout.includes('be brief'));
    const full = await tollgate('audit', 'show', id, '--content');
    assert.match(full.stdout, /--- request, without its messages\n.*be brief/);
    assert.match(full.stdout, /--- message 1\n.*\/say the answer/);
    assert.match(full.stdout, /--- reply of the provider\n(.*\n)*.*\[rehearsal\] the answer/);
    assert.match((await tollgate('audit', 'export')).stdout, /"kind":"content_read"/);
    assert.equal((await tollgate('audit', 'show', 'ffff')).code, 1);
  });

  it('verifies, and exports every entry as a line of JSON with its hash', async () => {
    assert.equal((await tollgate('audit', 'verify')).code, 0);
    const lines = (await tollgate('audit', 'export')).stdout.trim().split('\n');
    for (const line of lines) assert.match(JSON.parse(line).hash, /^[0-9a-f]{64}$/);
    assert.ok(lines.length >= 8);
  });

  it('erases the contents of a session, and still verifies', async () => {
    const { session, exchange } = listed.at(-1) as Listed;
    const erased = await tollgate('audit', 'erase', session);
    assert.equal(erased.code, 0, erased.stdout);
    assert.match(erased.stdout, /No trace of the key is left in the database/);
    const gone = await tollgate('audit', 'show', exchange, '--content');
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /were erased/);
    assert.equal((await tollgate('audit', 'verify')).code, 0);
    const again = await tollgate('audit', 'erase', session);
    assert.equal(again.code, 0);
    assert.match(again.stdout, /was erased before/);
  });

  it('removes what is old, and still verifies', async () => {
    const pruned = await tollgate('audit', 'prune', '--older-than', '0m');
    assert.match(
      pruned.stdout,
      /Removed what was older than .*: \d+ entries, 2 leases, 0 messages, 0 sessions, 0 counters\. The log/,
    );
    assert.equal((await tollgate('audit', 'verify')).code, 0);
  });

  it('ends quietly when nobody reads on', async () => {
    const { status, stderr } = spawnSync(
      'bash',
      // Who would read is gone before the command starts.
      ['-c', 'exec 3> >(true); wait $!; "$@" >&3', '-', process.execPath, entry, 'audit', 'export', ...where],
      { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: scratch('home') } },
    );
    assert.equal(stderr, '');
    assert.equal(status, 141, 'as SIGPIPE ends others');
  });

  it('says so where there is nothing, which is no fault but for who wants to verify it', async () => {
    const state = scratch('nothing');
    const sentence = `Nothing is recorded yet at ${state} (rehearsals: --rehearsal).`;
    for (const args of [['spend'], ['audit', 'list']]) {
      const { code, stdout } = await runCli([...args, '--state', state]);
      assert.deepEqual([code, stdout], [0, `${sentence}\n`]);
    }
    const machines = await runCli(['audit', 'list', '--json', '--state', state]);
    assert.deepEqual([machines.stdout, machines.stderr], ['[]\n', `tollgate: ${sentence}\n`]);
    for (const args of [
      ['verify'],
      ['export'],
      ['erase', 's'],
      ['prune', '--older-than', '1d'],
      ['show', 'x'],
    ]) {
      const { code, stderr } = await runCli(['audit', ...args, '--state', state]);
      assert.deepEqual([code, stderr], [2, `tollgate: ${sentence}\n`]);
    }
    const copy = await runCli(['audit', 'verify', '--db', '/nowhere.db', '--state', state]);
    assert.deepEqual([copy.code, copy.stderr], [2, 'tollgate: there is no database at /nowhere.db\n']);
    assert.deepEqual(readdirSync(state), []);
  });
});
