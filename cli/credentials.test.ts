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
    const at = (url: string) => hostProblem([keyed], { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: url });
    assert.equal(hostProblem([keyed], { ANTHROPIC_API_KEY: 'k' }), undefined);
    assert.equal(at('https://p.example/v1'), undefined);
    assert.equal(at(''), undefined);
    assert.equal(
      at('https://me:T0KEN@llm.corp.example/anthropic'),
      "ANTHROPIC_BASE_URL sends this machine's calls to llm.corp.example, and ANTHROPIC_API_KEY may be that host's key; Tollgate would send it to p.example (Provider p). Name that host in a Provider manifest (spec.url) for anthropic-messages, or give Provider p a variable of its own (spec.auth.env), or unset ANTHROPIC_BASE_URL.",
    );
    assert.match(at('http://127.0.0.1:4141') ?? '', /calls to 127\.0\.0\.1:4141,/);
    for (const url of ['gateway', 'mailto:a@b']) assert.match(at(url) ?? '', /something that is no URL/);
  });

  it('belong to it on every wire, whichever of their SDKs’ variables leads there', () => {
    const openai = { ...keyed, wires: ['openai-chat', 'openai-responses'] } as const;
    const groq = { ...openai, auth: { type: 'key', env: 'GROQ_API_KEY' } } as const;
    for (const [spec, name] of [
      [keyed, 'ANTHROPIC'],
      [openai, 'OPENAI'],
      [groq, 'GROQ'],
    ] as const) {
      for (const variable of [`${name}_BASE_URL`, `${name}_API_BASE`, `${name}_API_URL`]) {
        const env = { [`${name}_API_KEY`]: 'k', [variable]: 'https://else.example' };
        const said = hostProblem([spec], env) ?? '';
        assert.ok(said.startsWith(`${variable} sends`) && said.includes(`${name}_API_KEY may`), variable);
        const others = [keyed, openai, groq].filter((other) => other !== spec);
        assert.equal(hostProblem(others, env), undefined, 'a key that is sent to nobody is no problem');
      }
    }
  });

  it('are no problem where there is none to send, or none is sent', () => {
    const env = { ANTHROPIC_BASE_URL: 'https://else.example' };
    assert.equal(hostProblem([keyed], env), undefined);
    assert.equal(hostProblem([keyed], { ...env, ANTHROPIC_API_KEY: ' ' }), undefined);
    const open = provider({ type: 'none' });
    assert.equal(hostProblem([open], { ...env, ANTHROPIC_API_KEY: 'k' }), undefined);
    const own = provider({ type: 'key', env: 'KEY_OF_P' });
    assert.equal(hostProblem([own], { KEY_OF_P: 'k', ANTHROPIC_API_KEY: 'k', ...env }), undefined);
  });

  it('are a problem also at a second provider, which gets the key of a host that was named for other wires', () => {
    const corp = { ...keyed, name: 'corp', origin: 'https://corp.example', wires: ['openai-chat'] } as const;
    const openai = { ...keyed, name: 'openai', wires: ['openai-responses'] } as const;
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'https://corp.example/v1' };
    assert.equal(hostProblem([corp], env), undefined);
    assert.match(hostProblem([corp, openai], env) ?? '', /\(Provider openai\).* for openai-responses, or/);
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
