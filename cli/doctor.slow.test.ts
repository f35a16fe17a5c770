/** `tollgate doctor`, on machines where something is missing. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Ended, runCli, scratch } from './testing.ts';

const PROVIDER = `
apiVersion: tollgate.dev/v1alpha1
kind: Provider
metadata: {name: nowhere}
spec: {url: "https://name.invalid", wires: [anthropic-messages], auth: {type: key, env: NOWHERE_KEY}}
`;
const KEY = { ANTHROPIC_API_KEY: 'sk-ant-api03-doctor' };

interface Report {
  readonly ok: boolean;
  readonly findings: readonly { readonly level: string; readonly what: string; readonly detail: string }[];
}

async function examine(args: string[] = [], env: Record<string, string> = {}): Promise<Report & Ended> {
  const ended = await runCli(['doctor', '--json', ...args], env);
  const report = JSON.parse(ended.stdout) as Report;
  assert.equal(ended.code, report.ok ? 0 : 1);
  return { ...ended, ...report };
}

const about = ({ findings }: Report, what: string) => findings.find((finding) => finding.what === what);

describe('tollgate doctor', { timeout: 600_000 }, () => {
  it('says what is there, in lines for people, and shows no key', async () => {
    const { code, stdout } = await runCli(['doctor'], KEY);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ok {3}Node: v\d/);
    assert.match(stdout, /^ok {3}state folder: .*\/\.local\/state\/tollgate would be created/m);
    assert.match(stdout, /^ok {3}API key: there is one$/m);
    assert.ok(!stdout.includes(KEY.ANTHROPIC_API_KEY));
  });

  it('warns of a key that is missing: a rehearsal needs none', async () => {
    const report = await examine();
    assert.equal(about(report, 'API key')?.level, 'warn');
    assert.match(about(report, 'API key')?.detail ?? '', /set ANTHROPIC_API_KEY/);
  });

  it('fails for a state folder that cannot be used', async () => {
    const finding = about(await examine(['--state', '/proc/nothing'], KEY), 'state folder');
    assert.equal(finding?.level, 'fail');
    assert.match(finding?.detail ?? '', /can't be written/);
  });

  it('makes no state folder: its name may be a typing mistake', async () => {
    const folder = join(scratch('state'), 'not', 'there');
    const finding = about(await examine(['--state', folder], KEY), 'state folder');
    assert.deepEqual(
      [finding?.level, finding?.detail],
      ['ok', `${folder} would be created by the first run`],
    );
    assert.ok(!existsSync(join(folder, '..')));
    await runCli(['run', '--rehearsal', '--state', folder, '--', 'true']);
    const made = join(folder, 'rehearsal');
    assert.equal(about(await examine(['--state', made], KEY), 'state folder')?.detail, made);
  });

  it('fails for what would send an agent around Tollgate: variables, and settings of Claude Code', async () => {
    const report = await examine([], { ...KEY, CLAUDE_CODE_USE_BEDROCK: '1' });
    assert.match(about(report, 'bypass')?.detail ?? '', /CLAUDE_CODE_USE_BEDROCK/);
    const home = scratch('home');
    mkdirSync(join(home, '.claude'));
    const env = { ANTHROPIC_BASE_URL: 'https://elsewhere.example', ANTHROPIC_API_KEY: 'sk-ant-api03-x' };
    writeFileSync(join(home, '.claude', 'settings.json'), JSON.stringify({ env }));
    const settings = await examine([], { ...KEY, HOME: home });
    const detail = about(settings, 'claude settings')?.detail ?? '';
    assert.match(detail, /settings\.json sets ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY for Claude Code/);
    assert.ok(!settings.stdout.includes('sk-ant-api03-x'));
  });

  it('says that a proxy of the environment is not used, and that a key may be another host’s', async () => {
    const report = await examine([], {
      ...KEY,
      HTTPS_PROXY: 'http://me:s3cret@proxy.example:3128',
      ANTHROPIC_BASE_URL: 'https://elsewhere.example',
    });
    assert.equal(about(report, 'proxy')?.level, 'warn');
    assert.match(about(report, 'proxy')?.detail ?? '', /HTTPS_PROXY is set, and Tollgate does not go by it/);
    assert.ok(!report.stdout.includes('s3cret'));
    assert.equal(about(report, 'API key')?.level, 'fail');
    assert.match(about(report, 'API key')?.detail ?? '', /calls to elsewhere\.example/);
    assert.equal(about(await examine([], KEY), 'proxy'), undefined);
  });

  it('looks at the policies that a run would use', async () => {
    const file = join(scratch('policies'), 'provider.yaml');
    writeFileSync(file, PROVIDER);
    const report = await examine(['--policies', file], KEY);
    assert.match(about(report, 'provider nowhere')?.detail ?? '', /name\.invalid can't be resolved/);
    assert.match(about(report, 'API key')?.detail ?? '', /NOWHERE_KEY/);
    const wrong = await examine(['--policies', '/nowhere'], KEY);
    assert.equal(about(wrong, 'policies')?.level, 'fail');
    assert.match(about(wrong, 'policies')?.detail ?? '', /can't be read \(ENOENT\)/);
    assert.ok(about(wrong, 'state folder'), 'the rest is looked at all the same');
  });
});
