import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { claudeCode } from '../core/agents/claude-code.ts';
import type { ProviderSpec } from '../core/policy/provider.ts';
import { bypasses, credentialProblem, hostProblem } from './credentials.ts';

const provider = (auth: ProviderSpec['auth']): ProviderSpec => ({
  name: 'p',
  origin: 'https://p.example',
  basePath: '/v1',
  outputCapField: 'max_completion_tokens',
  wires: ['anthropic-messages'],
  auth,
  privateAddresses: false,
  priceList: 'p',
  prices: [],
  allowedFields: new Set(),
  allowedBetas: new Set(),
});
const keyed = provider({ type: 'key' });
const home = mkdtempSync(join(tmpdir(), 'tollgate-home-'));

describe('credentials', () => {
  it('are there when one provider can be paid, or needs nothing', () => {
    assert.equal(credentialProblem([keyed], { ANTHROPIC_API_KEY: 'sk-ant-api03-x' }, home), undefined);
    assert.equal(credentialProblem([keyed, provider({ type: 'none' })], {}, home), undefined);
    const own = provider({ type: 'key', env: 'OWN_KEY' });
    assert.equal(credentialProblem([keyed, own], { OWN_KEY: 'k' }, home), undefined);
    assert.match(credentialProblem([own], { ANTHROPIC_API_KEY: 'k' }, home) ?? '', /set OWN_KEY/);
  });

  it('are asked for by name when there are none', () => {
    const problem = credentialProblem([keyed], { ANTHROPIC_API_KEY: '' }, home);
    assert.equal(
      problem,
      'there is no API key: set ANTHROPIC_API_KEY. To try Tollgate without one, add --rehearsal.',
    );
  });

  it('are not an OAuth login, and the refusal says why', () => {
    const loggedIn = mkdtempSync(join(tmpdir(), 'tollgate-home-'));
    mkdirSync(join(loggedIn, '.claude'));
    writeFileSync(join(loggedIn, '.claude', '.credentials.json'), '{}');
    for (const [env, folder] of [
      [{ CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-x' }, home],
      [{ ANTHROPIC_AUTH_TOKEN: 'sk-ant-oat01-x' }, home],
      [{ ANTHROPIC_API_KEY: 'sk-ant-oat01-x' }, home],
      [{}, loggedIn],
    ] as const) {
      const problem = credentialProblem([keyed], env, folder) ?? '';
      assert.match(
        problem,
        /an OAuth login .*but no API key\. A login belongs to a person/,
        JSON.stringify(env),
      );
      assert.doesNotMatch(problem, /oat01/);
    }
  });

  it('belong to the host that they were made for', () => {
    const at = (url: string) => hostProblem([keyed], { ANTHROPIC_BASE_URL: url });
    assert.equal(hostProblem([keyed], {}), undefined);
    assert.equal(at('https://p.example/v1'), undefined);
    assert.match(
      at('https://llm.corp.example/anthropic') ?? '',
      /calls to llm\.corp\.example.* Provider manifest/,
    );
    assert.match(at('http://127.0.0.1:4141') ?? '', /your key may be that host's/);
    assert.match(at('gateway') ?? '', /something that is no URL/);
  });

  it('are not a bearer token, which is no login', () => {
    const problem = credentialProblem([keyed], { ANTHROPIC_AUTH_TOKEN: 'gateway-token' }, home) ?? '';
    assert.match(
      problem,
      /^there is a bearer token in ANTHROPIC_AUTH_TOKEN, but no API key: .*API keys only/,
    );
    assert.doesNotMatch(problem, /OAuth|gateway-token/);
  });

  it('are of no use where a variable sends the agent elsewhere', () => {
    assert.deepEqual(bypasses(claudeCode, { CLAUDE_CODE_USE_BEDROCK: '0' }), []);
    assert.match(
      bypasses(claudeCode, { CLAUDE_CODE_USE_BEDROCK: '1' })[0] ?? '',
      /CLAUDE_CODE_USE_BEDROCK is set/,
    );
  });
});
