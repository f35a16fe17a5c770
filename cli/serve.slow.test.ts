/** `tollgate serve` in processes of its own: several on one state folder, keys that change, signals. */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { budget, PLENTY, profile, requests, usd } from '../test/support/policies.ts';
import { assertConsistent } from '../test/support/records.ts';
import { assertRefused } from '../test/support/refused.ts';
import { RENEWED, SELF_SIGNED } from '../test/support/tls.ts';
import { runCli, scratch } from './testing.ts';
import { ask, ServeProcess, Team } from './testing-serve.ts';

/** An address of this machine that no name of its own is for. */
const another = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
const SLOW = '/pace 50\n/chunk 4\n/say this takes about a second in many pieces';

describe('tollgate serve', { timeout: 900_000 }, () => {
  it('serves a team: two processes, one budget; no key and no hash is left anywhere', async (t) => {
    const team = await Team.start(t, [
      profile({}),
      budget({ limits: [requests(10, { per: 'namespace' })] }, 'of-all'),
      budget({ limits: [requests(4)], selector: { labels: { team: 'web' } } }, 'of-web'),
    ]);
    const [ci, web] = [await team.key('ci'), await team.key('web', '--label', 'team=web')];
    const processes = [team.serve('--metrics-port', '0'), team.serve()];
    const [one = '', two = ''] = await Promise.all(processes.map((process) => process.url()));
    const statuses = async (token: string, calls: number) => {
      const all = await Promise.all(
        Array.from({ length: calls }, (_, i) => ask(i % 2 === 0 ? one : two, token)),
      );
      await Promise.all(all.map((response) => response.text()));
      return all.filter(({ status }) => status === 200).length;
    };
    assert.equal(await statuses(web, 12), 4);
    assert.equal(await statuses(ci, 12), 6);
    const [, metricsUrl] = await (processes[0] as (typeof processes)[0]).said(/metrics and health at (\S+)/);
    const metrics = await (await fetch(`${metricsUrl}/metrics`)).text();
    assert.match(metrics, /tollgate_refusals_total\{code="budget_spent"\} \d/);
    await assertRefused(await ask(two, `${ci}x`), 'bad_key');
    for (const process of processes) assert.equal(await process.stop(), 0, process.stderr);
    assertConsistent(team.state);
    assert.match(await team.tollgate('audit', 'verify'), /The audit log is as it was written: 4 chains/);
    assert.match(
      await team.tollgate('spend', '--by', 'workload'),
      /local\/ci .*\n.*local\/web|local\/web .*\n.*local\/ci/,
    );
    const said = processes.map(({ stdout, stderr }) => stdout + stderr).join('');
    const log = await team.tollgate('audit', 'export');
    for (const token of [ci, web]) {
      const secret = token.slice(12);
      assert.ok(!(said + log + metrics).includes(secret));
      for (const name of globSync('**/*', { cwd: team.state, withFileTypes: true })) {
        if (name.isFile())
          assert.ok(!readFileSync(join(name.parentPath, name.name)).includes(secret), name.name);
      }
    }
  });

  it('refuses a key within a second of its being revoked, in all processes', async (t) => {
    const team = await Team.start(t, [PLENTY, profile({})]);
    const token = await team.key('ci');
    const urls = await Promise.all([team.serve(), team.serve()].map((process) => process.url()));
    for (const url of urls) assert.equal((await ask(url, token)).status, 200);
    await team.tollgate('keys', 'revoke', 'ci');
    for (const url of urls) await assertRefused(await ask(url, token), 'bad_key', /is revoked/);
    const next = await team.key('ci');
    const rotated = (await team.tollgate('keys', 'rotate', 'ci', '--grace', '1h')).trim();
    for (const url of urls)
      for (const good of [next, rotated]) assert.equal((await ask(url, good)).status, 200);
    assert.match(await team.tollgate('keys', 'list'), /^ci .* 20\S+ \S+ +active, the secret before until/m);
  });

  it('says how to make a key where there is none, and takes it once it is there', async (t) => {
    const team = await Team.start(t, [PLENTY, profile({})]);
    const process = team.serve();
    const url = await process.url();
    await process.said(
      /nobody has a key yet, so all calls are refused. Make one: tollgate keys create --name NAME --state /,
    );
    await assertRefused(await ask(url, 'sk-something'), 'bad_key');
    assert.equal((await ask(url, await team.key('first'))).status, 200);
    assert.equal(await process.stop(), 0);
  });

  it('says what nobody should rely on: keys without a limit, providers without a key', async (t) => {
    const team = await Team.start(t, [
      profile({}),
      budget({ limits: [usd('1')], selector: { workloads: ['web'] } }),
    ]);
    await team.key('ci');
    const process = team.serve();
    await process.said(/not in force in this release: scanning for PII/);
    await process.said(/no budget: what these may spend is not limited: local\/ci\n/);
    assert.doesNotMatch(process.stderr, /no API key/);
    assert.equal(await process.stop(), 0);
    const unpaid = new ServeProcess(['--state', scratch('serve'), '--port', '0'], { ANTHROPIC_API_KEY: '' });
    await unpaid.said(/no API key for any provider, so all calls will be refused: set ANTHROPIC_API_KEY or/);
    await unpaid.url();
    assert.equal(await unpaid.stop(), 0);
  });

  it('lets running replies end when it is stopped, and takes no new calls', async (t) => {
    const team = await Team.start(t, [PLENTY, profile({})]);
    const token = await team.key('ci');
    const process = team.serve('--grace', '20s');
    const url = await process.url();
    const running = await ask(url, token, SLOW, { stream: true });
    process.signal('SIGTERM');
    assert.match(await running.text(), /message_stop/);
    assert.equal(await process.ended(), 0);
    await assert.rejects(ask(url, token));
    assertConsistent(team.state);
  });

  it('breaks off what runs on after the grace', async (t) => {
    const team = await Team.start(t, [PLENTY, profile({})]);
    const token = await team.key('ci');
    const process = team.serve('--grace', '0s');
    const running = await ask(await process.url(), token, `/pace 1000\n/chunk 1\n${SLOW}`, { stream: true });
    process.signal('SIGINT');
    assert.doesNotMatch(await running.text().catch(() => 'broken off'), /message_stop/);
    assert.equal(await process.ended(), 0);
    assertConsistent(team.state);
  });

  it('reads policies and certificate anew on SIGHUP, and goes on', async (t) => {
    const team = await Team.start(t, [PLENTY, profile({})]);
    const [cert, key] = [join(team.state, 'tls.crt'), join(team.state, 'tls.key')];
    writeFileSync(cert, SELF_SIGNED.cert);
    writeFileSync(key, SELF_SIGNED.key);
    await team.key('ci');
    const process = team.serve('--tls-cert', cert, '--tls-key', key, '--host', '0.0.0.0');
    assert.match(await process.url(), /^https:\/\/0\.0\.0\.0:/);
    process.signal('SIGHUP');
    await process.said(/the certificate was read anew/);
    writeFileSync(cert, RENEWED.cert);
    writeFileSync(key, RENEWED.key);
    team.write([PLENTY, profile({ models: { allow: [] } })]);
    process.signal('SIGHUP');
    await process.said(/the certificate was read anew(.*\n)*.*the certificate was read anew/);
    await process.said(/changed policies are in force/);
    assert.equal(await process.stop(), 0);
  });

  it('does not send keys over a network in the clear by an oversight, and says what else is wrong', async () => {
    const state = scratch('serve');
    for (const [args, says] of [
      [
        ['--host', '0.0.0.0'],
        /--host 0\.0\.0\.0 would send keys.*in the clear: give --tls-cert and --tls-key, or --insecure-http/,
      ],
      [['--host', '::'], /in the clear/],
      [['--host', 'gateway.example'], /--host takes an address of this machine/],
      [['--tls-cert', 'x.pem'], /--tls-cert and --tls-key belong together/],
      [['--tls-cert', 'x.pem', '--tls-key', 'y.pem'], /--tls-cert: x\.pem can't be read \(ENOENT\)/],
      [['--allowed-host', 'https://x'], /--allowed-host takes a name without scheme and port/],
      [['--port', '99999'], /--port takes a number/],
      [['--grace', 'x'], /--grace takes a time such as/],
      [['--policies', '/nowhere'], /the policies can't be read/],
      [['--keep', 'x'], /--keep takes an age/],
      [['--log-level', 'loud'], /--log-level takes/],
    ] as const) {
      const { code, stdout, stderr } = await runCli(['serve', '--state', state, ...args]);
      assert.deepEqual([code, stdout, says.test(stderr)], [2, '', true], stderr);
    }
    for (const name of ['ANTHROPIC', 'OPENAI']) {
      const elsewhere = { [`${name}_API_KEY`]: 'x', [`${name}_BASE_URL`]: 'https://proxy.example' };
      const { code, stderr } = await runCli(['serve', '--state', state, '--port', '0'], elsewhere);
      const says = `${name}_API_KEY may be that host's key`;
      assert.deepEqual([code, stderr.includes(says)], [2, true], stderr);
    }
  });

  it('listens on all addresses where that is asked for by name, and warns', async (t) => {
    const team = await Team.start(t, [PLENTY, profile({})]);
    const token = await team.key('ci');
    const process = team.serve('--host', '0.0.0.0', '--insecure-http', '--allowed-host', 'localhost.example');
    const { port } = new URL(await process.url());
    assert.match(process.stderr, /WARNING: keys, and what is said, go to 0\.0\.0\.0 in the clear/);
    assert.equal(
      (await ask(`http://${another}:${port}`, token)).status,
      200,
      'by the address that it came to',
    );
    assert.equal(await process.stop(), 0);
  });
});
